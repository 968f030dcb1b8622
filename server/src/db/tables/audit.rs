//! The audit log.

use diesel::prelude::*;
use holdout_protocol::{AccountId, AuditEntry, AuditId, Page, PageQuery, Slug, Timestamp};
use serde_json::Value;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, audit_log::dsl, seasons, submissions};
use crate::db::search::{Search, contains};
use crate::db::values::parsed;
use crate::error::Result;

pub fn insert(conn: &mut Conn, account: Option<AccountId>, action: &str, object: &str, detail: &Value) -> Result<()> {
    diesel::insert_into(dsl::audit_log)
        .values((
            dsl::id.eq(AuditId::new().to_string()),
            dsl::at.eq(Timestamp::now().as_micros()),
            dsl::account_id.eq(account.map(String::from)),
            dsl::action.eq(action),
            dsl::object.eq(object),
            dsl::detail.eq(detail.to_string()),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (String, i64, Option<String>, Option<String>, String, String, String);

/// Which entries of the log are wanted: all that fit everything that is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// What was done to this season, to what belongs to it, and to its submissions.
    pub season: Option<&'a Slug>,
    /// Entries whose action, object or person contains this.
    pub search: Option<&'a Search>,
    /// What this account did.
    pub by: Option<AccountId>,
}

/// A page of the log, newest first.
pub fn page(conn: &mut Conn, filter: Filter<'_>, query: &PageQuery) -> Result<Page<AuditEntry>> {
    let mut select = dsl::audit_log
        .left_join(accounts::table.on(dsl::account_id.eq(accounts::id.nullable())))
        .select((dsl::id, dsl::at, dsl::account_id, accounts::name.nullable(), dsl::action, dsl::object, dsl::detail))
        .order(dsl::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(by) = filter.by {
        select = select.filter(dsl::account_id.eq(by.to_string()));
    }
    if let Some(season) = filter.season {
        let own = submissions::table
            .inner_join(seasons::table)
            .filter(seasons::slug.eq(season.to_string()))
            .select(submissions::id);
        // Names of seasons have none of the characters that `LIKE` knows.
        let of_season = dsl::object.eq(season.to_string()).or(dsl::object.like(format!("{season}/%")));
        select = select.filter(of_season.or(dsl::object.eq_any(own)));
    }
    if let Some(search) = filter.search {
        let done = contains!(dsl::action, search).or(contains!(dsl::object, search));
        select = select.filter(done.or(contains!(accounts::name, search)));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(dsl::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    Ok(page_of(entries, query, |entry| entry.id.to_string()))
}

fn entry((id, at, account, name, action, object, detail): Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: parsed(id)?,
        at: Timestamp::from_micros(at),
        account: account.map(parsed).transpose()?,
        name,
        action,
        object,
        detail: serde_json::from_str(&detail).unwrap_or(Value::Null),
    })
}
