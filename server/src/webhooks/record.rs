//! What only organizers are told of. Each function writes rows in the transaction of what they tell
//! of. What everybody may know is recorded with the event itself: `db::season_events`.
//!
//! Nothing here tells a score. Whoever wants to know it asks the API. Teams are recorded by id,
//! because a delivery tells the name that its team has when it is sent.

use holdout_protocol::{QuestionId, SeasonId, SubmissionState, Timestamp, WebhookEventKind};
use serde_json::{Value, json};

use crate::db::evaluations::Evaluation;
use crate::db::seasons::Season;
use crate::db::teams::Team;
use crate::db::webhook_deliveries::Told;
use crate::db::{self, Conn};
use crate::error::Result;

/// Tells how the evaluation of a submission ended.
pub fn evaluated(conn: &mut Conn, evaluation: &Evaluation, now: Timestamp) -> Result<()> {
    let kind = match evaluation.state {
        SubmissionState::Scored => WebhookEventKind::SubmissionScored,
        SubmissionState::Rejected => WebhookEventKind::SubmissionRejected,
        SubmissionState::Stalled => WebhookEventKind::SubmissionStalled,
        _ => return Ok(()),
    };
    let submission = db::submissions::get(conn, evaluation.submission)?;
    // As in messages: organizers' entries are nobody's news, and what is scored again was told of
    // before.
    if submission.baseline || evaluation.rescoring {
        return Ok(());
    }
    tell(conn, submission.season, kind, now, |conn| {
        let task = db::tasks::get(conn, submission.task)?;
        let verdict = evaluation.verdict.as_ref().map(|verdict| verdict.code);
        Ok(json!({
            "submission": submission.id, "task": task.slug, "team_id": submission.team, "method": submission.method,
            "verdict": verdict,
        }))
    })
}

/// Tells that a team was founded.
pub fn founded(conn: &mut Conn, season: &Season, team: &Team) -> Result<()> {
    tell(conn, season.id, WebhookEventKind::TeamFounded, team.created_at, |_| {
        Ok(json!({ "team_id": team.id, "status": team.status }))
    })
}

/// Tells that a team asked something.
pub fn asked(conn: &mut Conn, season: &Season, id: QuestionId, now: Timestamp) -> Result<()> {
    tell(conn, season.id, WebhookEventKind::QuestionAsked, now, |conn| {
        let question = db::questions::find(conn, season.id, id)?;
        Ok(json!({
            "question": id, "team_id": question.team, "task": question.task, "text": question.text,
        }))
    })
}

fn tell(
    conn: &mut Conn,
    season: SeasonId,
    kind: WebhookEventKind,
    at: Timestamp,
    data: impl FnOnce(&mut Conn) -> Result<Value>,
) -> Result<()> {
    let listening = db::webhooks::listening(conn, season, kind)?;
    if listening.is_empty() {
        return Ok(());
    }
    let told = Told::Data(data(conn)?.to_string());
    db::webhook_deliveries::enqueue(conn, listening, kind, at, &told)
}
