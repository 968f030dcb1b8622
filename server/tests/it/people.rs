//! People, seasons and rows for tests.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::test_app::TestApp;

/// The password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with an account and a session.
pub struct Person {
    /// Account id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// Access token.
    pub token: String,
    /// Refresh token.
    pub refresh: String,
}

impl TestApp {
    /// Makes an account and logs in.
    pub fn person(&self, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let account = json!({ "email": email, "name": name, "password": PASSWORD });
        let id = text(&self.post("/accounts", None, &account).expect(201).json()["id"]);
        let session = self.log_in(&email);
        Person { id, email, token: text(&session["access_token"]), refresh: text(&session["refresh_token"]) }
    }

    /// Makes an account that runs seasons, and logs in.
    pub fn organizer(&self) -> Person {
        let person = self.person("organizer");
        self.appoint(&person, "owner", None);
        person
    }

    /// Gives somebody a role as an organizer: in a season, or on the server.
    pub fn appoint(&self, person: &Person, role: &str, season: Option<&str>) {
        let (id, account) = (uuid::Uuid::now_v7(), &person.id);
        let season = season.map_or("NULL".to_owned(), |slug| format!("(SELECT id FROM seasons WHERE slug = '{slug}')"));
        self.execute(&format!(
            "INSERT INTO organizer_roles (id, account_id, season_id, role, granted_at) \
             VALUES ('{id}', '{account}', {season}, '{role}', 1)"
        ));
    }

    /// Begins a session with [`PASSWORD`].
    pub fn log_in(&self, email: &str) -> Value {
        self.post("/sessions", None, &json!({ "email": email, "password": PASSWORD })).expect(201).json()
    }

    /// Adds a season that has just opened and does not close.
    pub fn season(&self, slug: &str) {
        let id = uuid::Uuid::now_v7();
        self.execute(&format!(
            "INSERT INTO seasons (id, slug, title, rules, opens_at, draft, paused, created_at) \
             VALUES ('{id}', '{slug}', 'Season', '', 1, FALSE, FALSE, 1)"
        ));
    }

    /// Runs a statement in the server's database.
    pub fn execute(&self, sql: &str) {
        if self.on_postgres() {
            PgConnection::establish(&self.database_url()).unwrap().batch_execute(sql).unwrap();
        } else {
            self.sqlite().batch_execute(sql).unwrap();
        }
    }

    /// Keeps the server from writing to a table until what this returns is dropped.
    pub fn hold_writes(&self, table: &str) -> Box<dyn std::any::Any> {
        if self.on_postgres() {
            let mut conn = PgConnection::establish(&self.database_url()).unwrap();
            conn.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")).unwrap();
            return Box::new(conn);
        }
        let mut conn = self.sqlite();
        conn.batch_execute("BEGIN IMMEDIATE").unwrap();
        Box::new(conn)
    }

    /// The `number` that a query selects.
    pub fn number(&self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let row: Number = if self.on_postgres() {
            query.get_result(&mut PgConnection::establish(&self.database_url()).unwrap()).unwrap()
        } else {
            query.get_result(&mut self.sqlite()).unwrap()
        };
        row.number
    }

    /// Everything that the database holds, as text.
    pub fn dump(&self) -> String {
        if self.on_postgres() {
            let mut conn = PgConnection::establish(&self.database_url()).unwrap();
            let sql = "SELECT COALESCE(string_agg(query_to_xml('SELECT * FROM ' || tablename, true, true, '')::text, \
                       ''), '') AS text FROM pg_tables WHERE schemaname = 'public'";
            return diesel::sql_query(sql).get_result::<Text>(&mut conn).unwrap().text;
        }
        self.sqlite().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        String::from_utf8_lossy(&std::fs::read(self.database_url()).unwrap()).into_owned()
    }

    /// Returns true if the server works on PostgreSQL.
    pub fn on_postgres(&self) -> bool {
        self.database_url().starts_with("postgres")
    }

    /// A connection of the test's own to an SQLite database.
    pub fn sqlite(&self) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(&self.database_url()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        conn
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// A string of JSON.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}")).to_owned()
}
