//! Messages to people as they are listed, with the season that each is about.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, Message, MessageId, MessageState, Page, PageQuery, SeasonId, Timestamp, UnsentReason,
};

use crate::db::conn::Conn;
use crate::db::pages::page_in_steps;
use crate::db::schema::{messages, seasons};
use crate::db::values::{from_json, from_word, int, parsed};
use crate::error::{Error, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages)]
struct Row {
    id: String,
    address: String,
    kind: String,
    subject: String,
    text: String,
    facts: Option<String>,
    path: Option<String>,
    secret: bool,
    created_at: i64,
    state: String,
    attempts: i32,
    next_try_at: i64,
    ended_at: Option<i64>,
    error: Option<String>,
}

/// A message, and whether its link has a code.
fn message((row, season): (Row, Option<String>)) -> Result<(Message, bool)> {
    let state = from_word(&row.state)?;
    let message = Message {
        id: parsed(row.id)?,
        kind: from_word(&row.kind)?,
        season: season.map(parsed).transpose()?,
        address: row.address,
        subject: row.subject,
        text: row.text,
        // Subject and text say the same, so facts that cannot be read cost nobody a message.
        facts: row.facts.and_then(|facts| from_json(&facts).ok()),
        path: row.path.filter(|_| !row.secret),
        created_at: row.created_at.into(),
        state,
        attempts: int(row.attempts)?,
        next_try_at: (state == MessageState::Waiting).then(|| row.next_try_at.into()),
        ended_at: row.ended_at.map(Timestamp::from),
        unsent: row.error.as_deref().and_then(UnsentReason::of_error),
        error: row.error,
    };
    Ok((message, row.secret))
}

/// Whose messages a list has.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// Those of one person.
    Account(AccountId),
    /// Those about one season.
    Season(SeasonId),
    /// All.
    All,
}

/// A page of messages, newest first.
pub fn page(conn: &mut Conn, whose: Whose, query: &PageQuery) -> Result<Page<Message>> {
    let read = |after: Option<String>, rows: i64| {
        let mut select = messages::table
            .left_join(seasons::table.on(messages::season_id.eq(seasons::id.nullable())))
            .order(messages::id.desc())
            .limit(rows)
            .select((Row::as_select(), seasons::slug.nullable()))
            .into_boxed();
        match whose {
            Whose::Account(account) => {
                // To others than organizers a season that is a draft again does not exist.
                let shown = messages::season_id.is_null().or(seasons::draft.eq(false));
                select = select.filter(messages::account_id.eq(account.to_string())).filter(shown);
            }
            Whose::Season(season) => select = select.filter(messages::season_id.eq(season.to_string())),
            Whose::All => (),
        }
        if let Some(after) = after {
            select = select.filter(messages::id.lt(after));
        }
        let found: Vec<(Row, Option<String>)> = select.load(conn)?;
        found.into_iter().map(|row| message(row).map(|(message, _)| message)).collect()
    };
    page_in_steps(query, |message: &Message| message.id.to_string(), read)
}

/// The message with this id, of this season if one is named; and whether its link has a code.
///
/// # Errors
/// `not_found` if there is none.
pub fn find(conn: &mut Conn, season: Option<SeasonId>, id: MessageId) -> Result<(Message, bool)> {
    let mut select = messages::table
        .left_join(seasons::table.on(messages::season_id.eq(seasons::id.nullable())))
        .filter(messages::id.eq(id.to_string()))
        .select((Row::as_select(), seasons::slug.nullable()))
        .into_boxed();
    if let Some(season) = season {
        select = select.filter(messages::season_id.eq(season.to_string()));
    }
    let row: Option<(Row, Option<String>)> = select.first(conn).optional()?;
    message(row.ok_or_else(|| Error::not_found("message", id))?)
}

/// Returns whether the season that a message is about is a draft.
pub fn is_about_draft(conn: &mut Conn, id: MessageId) -> Result<bool> {
    let found: i64 = messages::table
        .inner_join(seasons::table.on(messages::season_id.eq(seasons::id.nullable())))
        .filter(messages::id.eq(id.to_string()))
        .filter(seasons::draft.eq(true))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}
