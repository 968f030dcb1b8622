//! Up to when somebody has seen what is said in a season.

use diesel::prelude::*;
use holdout_protocol::{AccountId, NewsSeen, SeasonId, Timestamp};

use crate::db::conn::Conn;
use crate::db::lock::{Lock, lock};
use crate::db::schema::news_seen;
use crate::error::Result;

/// Up to when an account has seen announcements, and up to when answers.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    pub announcements: Timestamp,
    pub answers: Timestamp,
}

/// Up to when an account has seen what is said: up to 1970 if it has never told.
pub fn until(conn: &mut Conn, account: AccountId, season: SeasonId) -> Result<Until> {
    let row: Option<(i64, i64)> = news_seen::table
        .find((account.to_string(), season.to_string()))
        .select((news_seen::announcements_until, news_seen::answers_until))
        .first(conn)
        .optional()?;
    let (announcements, answers) = row.unwrap_or_default();
    Ok(Until { announcements: announcements.into(), answers: answers.into() })
}

/// Remembers up to when an account has seen what is said; an earlier time than before changes
/// nothing.
pub fn mark(conn: &mut Conn, account: AccountId, season: SeasonId, seen: NewsSeen) -> Result<()> {
    lock(conn, Lock::NewsSeen(&account.to_string()))?;
    let before = until(conn, account, season)?;
    let later = |before: Timestamp, seen: Option<Timestamp>| seen.map_or(before, |seen| seen.max(before)).as_micros();
    let row = news_seen::table.find((account.to_string(), season.to_string()));
    diesel::delete(row).execute(conn)?;
    diesel::insert_into(news_seen::table)
        .values((
            news_seen::account_id.eq(account.to_string()),
            news_seen::season_id.eq(season.to_string()),
            news_seen::announcements_until.eq(later(before.announcements, seen.announcements)),
            news_seen::answers_until.eq(later(before.answers, seen.answers)),
        ))
        .execute(conn)?;
    Ok(())
}
