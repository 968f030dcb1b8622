//! Which blob store belongs to the database. The sweeper removes what the database does not name,
//! so a new database, or another one, would empty the store.

use crate::blobs::Blobs;
use crate::db::{self, Conn, Db};
use crate::error::{Error, Result};
use crate::secret;

/// The setting with what the database's own store is marked with.
const SETTING: &str = "blob-store";
/// The setting that every database has after its first start.
const STARTED: &str = "access-key";

/// Marks the blob store as this database's, if it has no mark.
///
/// # Errors
/// [`Error::Unfit`] if the store has another mark, or has files and no mark while the database is
/// new; and if it cannot be reached.
pub async fn check(db: &Db, blobs: &Blobs, url: &str) -> Result<()> {
    let mark = blobs.mark().await?;
    // A store that was this database's when the server began, and is not any more, is another one
    // in its place.
    blobs.check_present().await?;
    let read = |conn: &mut _| Ok((db::settings::get(conn, SETTING)?, is_new(conn)?));
    let (own, is_new) = db.read(read).await?;
    if mark == own
        && let Some(mark) = mark
    {
        blobs.expect_mark(mark);
        return Ok(());
    }
    let is_empty = mark.is_none() && blobs.is_empty().await?;
    // Two marks are not equal here.
    let is_foreign = (mark.is_some() && own.is_some()) || (is_new && !is_empty);
    if is_foreign {
        return Err(Error::Unfit(foreign(url, is_new)));
    }
    if own.is_some() && is_empty {
        tracing::warn!(
            "the blob store `{url}` is empty and was not used before, but the database is not new: files of a backup may be missing, or \
             another server of this database has its files in another store"
        );
    }
    let text = mark.clone().unwrap_or_else(secret::random);
    let own = db.write(move |conn| db::settings::get_or_insert(conn, SETTING, &text)).await?;
    if mark.is_none() {
        blobs.set_mark(own.clone()).await?;
    }
    blobs.expect_mark(own);
    Ok(())
}

/// Returns true if no server was started with this database before.
///
/// # Errors
/// If the database fails.
pub fn is_new(conn: &mut Conn) -> Result<bool> {
    Ok(db::settings::get(conn, STARTED)?.is_none())
}

/// Why a server does not start with a new database while its store cannot be reached: at the next
/// start the database would no longer be new, and the files of another one would be taken for its
/// own.
#[must_use]
pub fn unseen(url: &str, cause: &Error) -> Error {
    Error::Unfit(format!(
        "the blob store `{url}` cannot be reached, and this database is new: a server starts with it when it can see that the store has no files \
         of another database ({cause})"
    ))
}

fn foreign(url: &str, is_new: bool) -> String {
    let database = if is_new { "this database is new" } else { "this is another database" };
    format!(
        "the blob store `{url}` has files of a database, and {database}: it does not name these files, so they would be \
         removed. Start with the database that they belong to, or name another place with `blobs` (`data` has both)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn db(&self, name: &str) -> Db {
            Db::open(&self.folder.path().join(name).display().to_string(), 2).unwrap()
        }

        fn blobs(&self, name: &str) -> Blobs {
            Blobs::at(&self.folder.path().join(name).display().to_string()).unwrap()
        }
    }

    /// As the first start leaves a database.
    async fn start(db: &Db, blobs: &Blobs) {
        check(db, blobs, "store").await.unwrap();
        db.write(|conn| db::settings::set(conn, STARTED, "key")).await.unwrap();
    }

    fn refusal(result: Result<()>) -> String {
        let Err(Error::Unfit(message)) = result else { panic!("{result:?}") };
        message
    }

    #[actix_web::test]
    async fn a_store_stays_with_the_database_that_marked_it() {
        let place = Place::new();
        let (one, other) = (place.db("one.db"), place.db("other.db"));
        let (ours, theirs) = (place.blobs("ours"), place.blobs("theirs"));
        start(&one, &ours).await;
        start(&other, &theirs).await;
        ours.put_bytes(bytes::Bytes::from_static(b"labels")).await.unwrap();
        check(&one, &ours, "store").await.unwrap();
        let said = refusal(check(&other, &ours, "the/store").await);
        assert!(said.contains("`the/store`") && said.contains("another database"), "{said}");
        refusal(check(&one, &theirs, "store").await);
        let new = place.db("new.db");
        for _ in 0..2 {
            let said = refusal(check(&new, &ours, "store").await);
            assert!(said.contains("this database is new"), "{said}");
        }
    }

    #[actix_web::test]
    async fn files_without_a_mark_are_not_those_of_a_new_database() {
        let place = Place::new();
        let (db, blobs) = (place.db("a.db"), place.blobs("store"));
        blobs.put_bytes(bytes::Bytes::from_static(b"labels")).await.unwrap();
        refusal(check(&db, &blobs, "store").await);
        assert_eq!(blobs.mark().await.unwrap(), None);
        // A database of before there were marks keeps its store.
        db.write(|conn| db::settings::set(conn, STARTED, "key")).await.unwrap();
        check(&db, &blobs, "store").await.unwrap();
        assert!(blobs.mark().await.unwrap().is_some());
    }

    #[actix_web::test]
    async fn a_backup_from_before_the_mark_and_one_without_its_files_are_taken() {
        let place = Place::new();
        let (db, blobs) = (place.db("a.db"), place.blobs("store"));
        start(&db, &blobs).await;
        let mark = blobs.mark().await.unwrap();
        let older = place.db("older.db");
        older.write(|conn| db::settings::set(conn, STARTED, "key")).await.unwrap();
        check(&older, &blobs, "store").await.unwrap();
        let own = older.read(|conn| db::settings::get(conn, SETTING)).await.unwrap();
        assert_eq!(own, mark);
        let empty = place.blobs("empty");
        check(&db, &empty, "store").await.unwrap();
        assert_eq!(empty.mark().await.unwrap(), mark);
    }
}
