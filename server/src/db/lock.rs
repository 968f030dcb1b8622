//! Locks between transactions. Only PostgreSQL needs them: on SQLite a writer is alone anyway.

use diesel::prelude::*;

use super::conn::Conn;
use crate::error::Result;

/// What a transaction may exclude others from; see [`lock`].
#[derive(Debug, Clone, Copy)]
pub enum Lock<'a> {
    /// What a team or a person uses in a task: quota, places in the queue, finals.
    Quota(&'a str),
    /// Claims of work.
    Claims,
    /// A blob's being named and its being swept.
    Blob(&'a str),
    /// A season and its teams, tasks and test sets.
    Season(&'a str),
    /// The number of an account's uploads.
    Uploads(&'a str),
    /// The settings that all servers share.
    Settings,
    /// A bucket of a rate limit.
    Rate(&'a str),
    /// An account's `Idempotency-Key`.
    IdempotencyKey(&'a str),
    /// An account's password and the links that set it.
    Passwords(&'a str),
    /// Who is an organizer, and the set-up of the first one.
    Organizers,
    /// What an account has seen of announcements and answers.
    NewsSeen(&'a str),
    /// Claims of messages to send.
    Messages,
    /// Which e-mails an address does not want.
    MailOptouts(&'a str),
    /// The places in the log.
    Log,
    /// Claims of deliveries to webhooks, and what organizers change of webhooks.
    Webhooks,
}

impl<'a> Lock<'a> {
    /// The two numbers that PostgreSQL knows a lock by; of the second one, the text that is hashed.
    const fn class_and_key(self) -> (i32, &'a str) {
        match self {
            Lock::Quota(key) => (1, key),
            Lock::Claims => (2, ""),
            Lock::Blob(key) => (3, key),
            Lock::Season(key) => (4, key),
            Lock::Settings => (5, ""),
            Lock::Rate(key) => (6, key),
            Lock::Uploads(key) => (7, key),
            Lock::IdempotencyKey(key) => (8, key),
            Lock::Passwords(key) => (9, key),
            Lock::Organizers => (10, ""),
            Lock::NewsSeen(key) => (11, key),
            Lock::Messages => (12, ""),
            Lock::MailOptouts(key) => (13, key),
            Lock::Log => (14, ""),
            Lock::Webhooks => (15, ""),
        }
    }
}

/// Excludes other transactions that lock the same, until this one ends. On SQLite a writer is alone
/// anyway.
pub fn lock(conn: &mut Conn, lock: Lock<'_>) -> Result<()> {
    advisory(conn, "SELECT pg_advisory_xact_lock($1, hashtext($2))", lock)
}

/// Takes the lock together with others that share it, and keeps out only those that take it with
/// [`lock`]. A transaction that shares a lock must not take it for itself later, because two of
/// them would wait for each other.
pub fn lock_shared(conn: &mut Conn, lock: Lock<'_>) -> Result<()> {
    advisory(conn, "SELECT pg_advisory_xact_lock_shared($1, hashtext($2))", lock)
}

fn advisory(conn: &mut Conn, statement: &str, lock: Lock<'_>) -> Result<()> {
    if let Conn::Postgresql(pg) = conn {
        let (class, key) = lock.class_and_key();
        diesel::sql_query(statement)
            .bind::<diesel::sql_types::Integer, _>(class)
            .bind::<diesel::sql_types::Text, _>(key)
            .execute(pg)?;
    }
    Ok(())
}

/// Locks the quotas of these keys, as [`lock`] does for one. They are taken in the order of their
/// hashes, the same for everybody, so that two transactions with common keys never wait for each
/// other.
pub fn lock_quotas(conn: &mut Conn, keys: &[String]) -> Result<()> {
    if let Conn::Postgresql(pg) = conn {
        let (class, _) = Lock::Quota("").class_and_key();
        let statement = "SELECT pg_advisory_xact_lock($1, hash) FROM \
             (SELECT DISTINCT hashtext(key) AS hash FROM unnest($2) AS key ORDER BY hash) AS hashes";
        diesel::sql_query(statement)
            .bind::<diesel::sql_types::Integer, _>(class)
            .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(keys)
            .execute(pg)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn locks_of_different_things_never_exclude_each_other() {
        let all = [
            Lock::Quota("k"),
            Lock::Claims,
            Lock::Blob("k"),
            Lock::Season("k"),
            Lock::Uploads("k"),
            Lock::Settings,
            Lock::Rate("k"),
            Lock::IdempotencyKey("k"),
            Lock::Passwords("k"),
            Lock::Organizers,
            Lock::NewsSeen("k"),
            Lock::Messages,
            Lock::MailOptouts("k"),
            Lock::Log,
            Lock::Webhooks,
        ];
        let classes: HashSet<i32> = all.iter().map(|lock| lock.class_and_key().0).collect();
        assert_eq!(classes.len(), all.len());
        assert_eq!(
            Lock::Season("one").class_and_key().1,
            "one",
            "and those of one kind only if they have the same key"
        );
    }
}
