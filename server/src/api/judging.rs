//! Decisions of organizers about results.

use actix_web::web;
use holdout_protocol::{JudgementReply, NewJudgement};

use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Judges, Organizer, Somewhere};
use crate::error::Result;
use crate::json::JsonBody;
use crate::judging;

/// Disqualify, hide, flag or restore the result of a submission, or all results of a team. With `dry_run` only what would
/// change is said.
#[utoipa::path(post, path = "/api/v1/organizer/judgements", tag = "organizers", request_body = NewJudgement, responses(
    (status = 200, description = "the submissions and the rows of boards that it changes", body = JudgementReply),
    NotFound,
    InvalidValue,
))]
pub async fn create_judgement(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Somewhere<Judges>>, JsonBody<NewJudgement>>,
) -> Result<web::Json<JudgementReply>> {
    judging::judge(&app, organizer.0, body.into_inner()).await.map(web::Json)
}
