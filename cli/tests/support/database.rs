//! With `HOLDOUT_TEST_POSTGRES`, a server under test works on a database of its own in that
//! cluster.

/// A database of one's own in a PostgreSQL cluster.
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// A new database, if a cluster is named.
    pub fn from_environment() -> Option<Self> {
        let server = std::env::var("HOLDOUT_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let database = Self { server, name: format!("holdout_{}", uuid::Uuid::now_v7().simple()) };
        database.administer(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server.trim_end_matches('/'), self.name)
    }

    fn administer(&self, statement: &str) {
        use diesel::prelude::*;
        let url = format!("{}/postgres", self.server.trim_end_matches('/'));
        let mut conn = diesel::PgConnection::establish(&url).expect("the PostgreSQL cluster answers");
        diesel::sql_query(statement).execute(&mut conn).expect("the statement works");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
