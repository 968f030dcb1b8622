//! What a season holds, for organizers' own tools: read and sent a page after the other, so that no
//! size of a season matters.

use std::collections::VecDeque;

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Bytes, Data};
use csv::{Terminator, WriterBuilder};
use futures_util::stream;
use holdout_protocol::{EvaluationQuery, ExportFormat, PageQuery, Slug, Submission, SubmissionState};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::db::audit::Filter;
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::spreadsheet::guarded;
use crate::submissions::{self, Looking};

/// Rows that are read at once.
const ROWS: u32 = 200;

/// The columns of exported submissions.
const SUBMISSION_FIELDS: &[&str] = &[
    "id",
    "task",
    "team",
    "team_id",
    "kind",
    "state",
    "standing",
    "reason",
    "public_reason",
    "flag",
    "late",
    "baseline",
    "method",
    "created_at",
    "submitted_at",
    "finished_at",
    "version",
    "public_top1_error",
    "public_top5_error",
    "public_images",
    "private_top1_error",
    "private_top5_error",
    "private_images",
    "verdict",
    "charge",
    "final",
    "note",
    "sha256",
    "size",
    "attempts",
];

/// The columns of exported evaluations.
const EVALUATION_FIELDS: &[&str] = &[
    "id",
    "submission",
    "task",
    "team",
    "method",
    "kind",
    "state",
    "version",
    "rescoring",
    "current",
    "failures",
    "verdict",
    "scorer_version",
    "queued_at",
    "started_at",
    "finished_at",
];

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The members of teams, with their e-mail addresses if the flag is set.
    Participants(bool),
    Submissions,
    Evaluations,
    Audit,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Participants(_) => "participants",
            Self::Submissions => "submissions",
            Self::Evaluations => "evaluations",
            Self::Audit => "audit",
        }
    }

    /// The fields of its rows, in order.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Participants(true) => {
                &["account", "name", "email", "team", "team_name", "team_status", "affiliation", "role", "joined_at"]
            }
            Self::Participants(false) => {
                &["account", "name", "team", "team_name", "team_status", "affiliation", "role", "joined_at"]
            }
            Self::Submissions => SUBMISSION_FIELDS,
            Self::Evaluations => EVALUATION_FIELDS,
            Self::Audit => &["id", "at", "account", "name", "action", "object", "detail"],
        }
    }
}

/// Where an export stands.
#[derive(Debug)]
struct Export {
    season: Season,
    table: Table,
    format: ExportFormat,
    looking: Looking,
    /// Tasks whose submissions are still to come.
    tasks: VecDeque<Task>,
    cursor: Option<String>,
    /// Whether anything was sent.
    began: bool,
    /// Whether a row was sent: a task without submissions has none.
    has_rows: bool,
    over: bool,
}

type Row = Map<String, Value>;

/// Answers with a table of a season.
///
/// # Errors
/// `not_found` if there is no such season. A failure later breaks the answer off.
pub async fn export(app: Data<App>, slug: Slug, table: Table, format: ExportFormat) -> Result<HttpResponse> {
    let (season, tasks) = app
        .db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            let tasks = db::tasks::of_season(conn, season.id)?;
            Ok((season, VecDeque::from(tasks)))
        })
        .await?;
    let (kind, ending) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::Json => ("application/json", "json"),
    };
    let name = format!("attachment; filename=\"{}-{}.{ending}\"", season.slug, table.name());
    let looking = Looking::at(&app, true);
    let export =
        Export { season, table, format, looking, tasks, cursor: None, began: false, has_rows: false, over: false };
    let chunks = stream::try_unfold((app, export), |(app, mut export)| async move {
        if export.over {
            return Ok::<_, Error>(None);
        }
        let (export, chunk) = app
            .db
            .read(move |conn| {
                let rows = export.next_rows(conn)?;
                let chunk = export.write(&rows)?;
                Ok((export, chunk))
            })
            .await?;
        Ok(Some((chunk, (app, export))))
    });
    Ok(HttpResponse::Ok().content_type(kind).insert_header((CONTENT_DISPOSITION, name)).streaming(chunks))
}

impl Export {
    /// The next rows; the last ones set `over`.
    fn next_rows(&mut self, conn: &mut Conn) -> Result<Vec<Row>> {
        let query = PageQuery { cursor: self.cursor.take(), limit: Some(ROWS) };
        let (rows, next): (Vec<Value>, Option<String>) = match self.table {
            Table::Participants(_) => {
                let page = db::participants::page(conn, self.season.id, &query)?;
                (values(&page.items)?, page.next_cursor)
            }
            Table::Submissions => return self.next_submissions(conn, &query),
            Table::Evaluations => {
                let PageQuery { cursor, limit } = query;
                let season = Some(self.season.slug.clone());
                let page = db::records::page(conn, &EvaluationQuery { season, cursor, limit, ..Default::default() })?;
                (values(&page.items)?, page.next_cursor)
            }
            Table::Audit => {
                let page =
                    db::audit::page(conn, Filter { season: Some(&self.season.slug), ..Filter::default() }, &query)?;
                (values(&page.items)?, page.next_cursor)
            }
        };
        self.over = next.is_none();
        self.cursor = next;
        rows.into_iter().map(|row| self.row(row)).collect()
    }

    fn next_submissions(&mut self, conn: &mut Conn, query: &PageQuery) -> Result<Vec<Row>> {
        let Some(task) = self.tasks.front() else {
            self.over = true;
            return Ok(Vec::new());
        };
        let page = db::submissions::page(conn, task.id, &db::submissions::Filter::default(), query)?;
        let views = submissions::views(conn, &self.season, task, &page.items, self.looking)?;
        self.cursor = page.next_cursor;
        if self.cursor.is_none() {
            self.tasks.pop_front();
        }
        self.over = self.tasks.is_empty();
        views.into_iter().zip(&page.items).map(|(view, stored)| self.row(flattened(view, stored)?)).collect()
    }

    /// The fields that the table has, in their order; all else is left out.
    fn row(&self, value: Value) -> Result<Row> {
        let Value::Object(mut fields) = value else { return Err(Error::internal("a row of an export is no object")) };
        if let Some(code) = fields.get("verdict").and_then(|verdict| verdict.get("code")).cloned() {
            fields.insert("verdict".to_owned(), code);
        }
        let field = |name: &&str| ((*name).to_owned(), fields.remove(*name).unwrap_or(Value::Null));
        Ok(self.table.fields().iter().map(field).collect())
    }

    /// The rows as they are sent, with what stands before the first and after the last one.
    fn write(&mut self, rows: &[Row]) -> Result<Bytes> {
        let first = !std::mem::replace(&mut self.began, true);
        let bytes = match self.format {
            ExportFormat::Csv => {
                let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
                if first {
                    writer.write_record(self.table.fields()).map_err(Error::internal)?;
                }
                for row in rows {
                    let cells = self.table.fields().iter().map(|name| row.get(*name).map(cell).unwrap_or_default());
                    writer.write_record(cells).map_err(Error::internal)?;
                }
                writer.into_inner().map_err(Error::internal)?
            }
            ExportFormat::Json => {
                let mut text = String::from(if first { "[" } else { "" });
                for row in rows {
                    text.push_str(if std::mem::replace(&mut self.has_rows, true) { ",\n" } else { "\n" });
                    text.push_str(&serde_json::to_string(row).map_err(Error::internal)?);
                }
                if self.over {
                    text.push_str("\n]\n");
                }
                text.into_bytes()
            }
        };
        Ok(Bytes::from(bytes))
    }
}

fn values(items: &[impl serde::Serialize]) -> Result<Vec<Value>> {
    items.iter().map(|item| serde_json::to_value(item).map_err(Error::internal)).collect()
}

/// Returns how the result of a submission stands; `None` if there is none yet and nothing was
/// decided about it.
fn standing(submission: &Submission) -> Option<&'static str> {
    match &submission.judgement {
        Some(judgement) => Some(judgement.ruling.as_str()),
        None if submission.withdrawn_at.is_some() => Some("withdrawn"),
        None => Some("counted").filter(|_| submission.state == SubmissionState::Scored),
    }
}

/// A submission with its scores and what was decided about it beside its other fields.
fn flattened(submission: Submission, stored: &db::submissions::Submission) -> Result<Value> {
    let standing = standing(&submission);
    let scores = submission.scores.clone();
    let charge = submission.charge.as_ref().map(|charge| charge.state);
    let mut value = serde_json::to_value(submission).map_err(Error::internal)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("charge".to_owned(), json!(charge));
        fields.insert("team_id".to_owned(), json!(stored.team));
        fields.insert("baseline".to_owned(), json!(stored.baseline));
        fields.insert("standing".to_owned(), json!(standing));
        let judgement = fields.get("judgement").cloned().unwrap_or_default();
        for name in ["reason", "public_reason"] {
            fields.insert(name.to_owned(), judgement.get(name).cloned().unwrap_or_default());
        }
        let public = scores.as_ref().map(|scores| &scores.public);
        let private = scores.as_ref().and_then(|scores| scores.private.as_ref());
        for (part, score) in [("public", public), ("private", private)] {
            let Some(score) = score else { continue };
            fields.insert(format!("{part}_top1_error"), json!(score.top1_error));
            fields.insert(format!("{part}_top5_error"), json!(score.top5_error));
            fields.insert(format!("{part}_images"), json!(score.n));
        }
    }
    Ok(value)
}

/// A value as a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => guarded(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(_) | Value::Object(_) => guarded(&value.to_string()),
    }
}

#[cfg(test)]
mod tests;
