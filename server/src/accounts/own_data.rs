//! What a person has at the server, in one document.

use std::collections::HashMap;

use holdout_protocol::{OwnData, Page, PageQuery, Question, Submission, SubmissionId, TaskId, Timestamp};
use serde_json::json;

use super::read_me;
use crate::app::App;
use crate::auth::Account;
use crate::db::audit::Filter;
use crate::db::message_lists::Whose;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::messages::read_settings;
use crate::news::questions;
use crate::submissions::{Looking, views};

/// Reads what the caller has here.
pub async fn read(app: &App, account: Account) -> Result<OwnData> {
    let (sends, looking) = (app.mailer.is_some(), Looking::at(app, false));
    app.db.read(move |conn| collect(conn, &account, sends, looking)).await
}

fn collect(conn: &mut Conn, account: &Account, sends: bool, looking: Looking) -> Result<OwnData> {
    let (id, read_at) = (account.id, Timestamp::now());
    let mut activity = all(|query| db::audit::page(conn, Filter { by: Some(id), ..Filter::default() }, query))?;
    for entry in activity.iter_mut().filter(|entry| entry.object.contains('/')) {
        // It may name others.
        entry.detail = json!({});
    }
    Ok(OwnData {
        read_at,
        me: read_me(conn, id)?,
        mail: read_settings(conn, id, sends)?,
        sessions: all(|query| db::sessions::page(conn, id, account.session, read_at, query))?,
        api_tokens: all(|query| db::tokens::page(conn, id, query))?,
        messages: all(|query| db::message_lists::page(conn, Whose::Account(id), query))?,
        submissions: submissions(conn, account, looking)?,
        questions: asked(conn, account)?,
        activity,
    })
}

/// All items of a list that comes in pages.
fn all<T>(mut page: impl FnMut(&PageQuery) -> Result<Page<T>>) -> Result<Vec<T>> {
    let mut query = PageQuery::default();
    let mut found = Vec::new();
    loop {
        let Page { items, next_cursor } = page(&query)?;
        found.extend(items);
        match next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(found),
        }
    }
}

/// What the account submitted, as a team sees it.
fn submissions(conn: &mut Conn, account: &Account, looking: Looking) -> Result<Vec<Submission>> {
    let rows = db::submissions::of_account(conn, account.id)?;
    let order: Vec<SubmissionId> = rows.iter().map(|row| row.id).collect();
    let mut by_task: HashMap<TaskId, Vec<_>> = HashMap::new();
    for row in rows {
        by_task.entry(row.task).or_default().push(row);
    }
    let mut shown = HashMap::new();
    for (task, rows) in by_task {
        let task = db::tasks::get(conn, task)?;
        let season = db::seasons::get(conn, task.season)?;
        for view in views(conn, &season, &task, &rows, looking)? {
            shown.insert(view.id, view);
        }
    }
    Ok(order.into_iter().filter_map(|id| shown.remove(&id)).collect())
}

/// What the account asked. An answer that is not public is its team's, and thus not there for who
/// left the team.
fn asked(conn: &mut Conn, account: &Account) -> Result<Vec<Question>> {
    let mut found = Vec::new();
    for (season, slug, mut row) in db::questions::of_account(conn, account.id)? {
        let team = db::memberships::find(conn, season, account.id)?.map(|place| place.team);
        if team != Some(row.team) {
            row.answer = row.answer.filter(|answer| answer.public);
        }
        found.push(questions::view(&slug, row, true, false));
    }
    Ok(found)
}
