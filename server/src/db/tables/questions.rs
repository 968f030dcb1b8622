//! Questions of teams to organizers, and their answers.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{AccountId, Page, PageQuery, QuestionId, SeasonId, Slug, TaskId, TeamId, TeamName, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{questions, seasons, tasks, teams};
use crate::db::values::{parsed, texts};
use crate::error::{Error, Result};

/// An answer of the organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub text: String,
    /// Whether everybody sees question and answer.
    pub public: bool,
    /// When it was last written.
    pub at: Timestamp,
}

/// A question.
#[derive(Debug, Clone, Serialize)]
pub struct Question {
    pub id: QuestionId,
    /// The task that it is about.
    pub task: Option<Slug>,
    pub team: TeamId,
    /// The name of the team; a team that its last member left before it had submitted is gone.
    pub team_name: Option<TeamName>,
    pub text: String,
    pub asked_at: Timestamp,
    pub answer: Option<Answer>,
}

/// A question that is asked.
#[derive(Debug)]
pub struct New {
    pub id: QuestionId,
    pub season: SeasonId,
    pub task: Option<TaskId>,
    pub team: TeamId,
    pub account: AccountId,
    pub text: String,
    pub asked_at: Timestamp,
}

/// The questions that are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Seen {
    All,
    /// Those with a public answer, and those of this team.
    PublicOr(Option<TeamId>),
}

pub fn insert(conn: &mut Conn, new: &New) -> Result<()> {
    diesel::insert_into(questions::table)
        .values((
            questions::id.eq(new.id.to_string()),
            questions::season_id.eq(new.season.to_string()),
            questions::task_id.eq(new.task.map(String::from)),
            questions::team_id.eq(new.team.to_string()),
            questions::account_id.eq(new.account.to_string()),
            questions::text.eq(&new.text),
            questions::asked_at.eq(new.asked_at.as_micros()),
            questions::answer_public.eq(false),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes an answer, in the place of any before.
pub fn answer(conn: &mut Conn, id: QuestionId, by: AccountId, answer: &Answer) -> Result<()> {
    diesel::update(questions::table.find(id.to_string()))
        .set((
            questions::answer.eq(&answer.text),
            questions::answer_public.eq(answer.public),
            questions::answered_by.eq(by.to_string()),
            questions::answered_at.eq(answer.at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (String, Option<String>, String, Option<String>, String, i64, Option<String>, bool, Option<i64>);

macro_rules! select {
    () => {
        questions::table
            .left_join(tasks::table.on(questions::task_id.eq(tasks::id.nullable())))
            .left_join(teams::table.on(questions::team_id.eq(teams::id)))
            .select((
                questions::id,
                tasks::slug.nullable(),
                questions::team_id,
                teams::name.nullable(),
                questions::text,
                questions::asked_at,
                questions::answer,
                questions::answer_public,
                questions::answered_at,
            ))
    };
}

fn question((id, task, team, team_name, text, asked_at, answer, public, at): Row) -> Result<Question> {
    let answer = answer.zip(at).map(|(text, at)| Answer { text, public, at: Timestamp::from_micros(at) });
    Ok(Question {
        id: parsed(id)?,
        task: task.map(parsed).transpose()?,
        team: parsed(team)?,
        team_name: team_name.map(parsed).transpose()?,
        text,
        asked_at: Timestamp::from_micros(asked_at),
        answer,
    })
}

/// The question of this season with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn find(conn: &mut Conn, season: SeasonId, id: QuestionId) -> Result<Question> {
    let row: Option<Row> = select!()
        .filter(questions::id.eq(id.to_string()))
        .filter(questions::season_id.eq(season.to_string()))
        .first(conn)
        .optional()?;
    question(row.ok_or_else(|| Error::not_found("question", id))?)
}

/// These questions.
pub fn of_ids(conn: &mut Conn, ids: impl IntoIterator<Item = QuestionId>) -> Result<HashMap<QuestionId, Question>> {
    let rows: Vec<Row> = select!().filter(questions::id.eq_any(texts(ids))).load(conn)?;
    rows.into_iter().map(|row| question(row).map(|found| (found.id, found))).collect()
}

/// What an account asked, each with its season, newest first; not in drafts, which only organizers
/// see.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<(SeasonId, Slug, Question)>> {
    let own: Vec<(String, String, String)> = questions::table
        .inner_join(seasons::table.on(questions::season_id.eq(seasons::id)))
        .filter(questions::account_id.eq(account.to_string()))
        .filter(seasons::draft.eq(false))
        .order(questions::id.desc())
        .select((questions::id, seasons::id, seasons::slug))
        .load(conn)?;
    let mut found = Vec::with_capacity(own.len());
    for (id, season, slug) in own {
        let season = parsed(season)?;
        found.push((season, parsed(slug)?, find(conn, season, parsed(id)?)?));
    }
    Ok(found)
}

/// A page of a season's questions, newest first; if `open`, those without an answer.
pub fn page(conn: &mut Conn, season: SeasonId, seen: Seen, open: bool, query: &PageQuery) -> Result<Page<Question>> {
    let mut select = select!()
        .filter(questions::season_id.eq(season.to_string()))
        .order(questions::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Seen::PublicOr(team) = seen {
        let public = questions::answer_public.eq(true);
        select = match team {
            Some(team) => select.filter(public.or(questions::team_id.eq(team.to_string()))),
            None => select.filter(public),
        };
    }
    if open {
        select = select.filter(questions::answer.is_null());
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(questions::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(question).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |one| one.id.to_string()))
}
