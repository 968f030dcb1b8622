//! The transparency log: heads, entries, proofs and receipts.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use holdout_protocol::{
    ConsistencyQuery, ErrorBody, InclusionQuery, LogEntries, LogEntriesQuery, LogKeys, LogProof, NewLogKey, SeasonLog,
    Slug, SubmissionId, SubmissionReceipts,
};

use super::refusals::{InvalidQuery, InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Caller, Observes, Organizer, Owns};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::receipts;

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(body)
}

/// The signed head of the log: its name, its size and its root, as a signed note of C2SP.
#[utoipa::path(get, path = "/api/v1/log/checkpoint", tag = "log", responses(
    (status = 200, description = "the checkpoint", body = String, content_type = "text/plain"),
))]
pub async fn get_checkpoint(app: web::Data<App>) -> Result<HttpResponse> {
    receipts::checkpoint(&app).await.map(text)
}

/// The key that verifies what the log signs now, as `NAME+HASH+KEY`.
///
/// Compare it with the one that the organizers publish elsewhere: a server that lies about its
/// results can lie about its key.
#[utoipa::path(get, path = "/api/v1/log/key", tag = "log", responses(
    (status = 200, description = "the key", body = String, content_type = "text/plain"),
))]
pub async fn get_log_key(app: web::Data<App>) -> Result<HttpResponse> {
    receipts::key(&app).await.map(|key| text(format!("{key}\n")))
}

/// All keys that the log has had, the first one first, each with the entry that brought it in and
/// the proof that the log has it.
///
/// Both the key before and the new key sign such an entry, so anyone who knows one key can follow
/// to the others.
#[utoipa::path(get, path = "/api/v1/log/keys", tag = "log", responses(
    (status = 200, description = "the keys", body = LogKeys),
))]
pub async fn list_log_keys(app: web::Data<App>) -> Result<web::Json<LogKeys>> {
    receipts::log_keys(&app).await.map(web::Json)
}

/// Replace the key of the log by another one, which the server makes and which signs from the next
/// entry on.
///
/// An entry of the log names the new key; the old and the new one sign it. The old one signs heads
/// of the log, too, for `overlap_days`; then its secret is deleted. Receipts that it signed stay
/// valid.
#[utoipa::path(post, path = "/api/v1/log/keys", tag = "log", request_body = NewLogKey, responses(
    (status = 201, description = "all keys; the last one signs from now on", body = LogKeys),
    (status = 409, description = "`wrong_state`: another key signs now (`detail.key`), or four keys sign heads already",
        body = ErrorBody),
    InvalidValue,
))]
pub async fn create_log_key(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Owns>, JsonBody<NewLogKey>>,
) -> Result<HttpResponse> {
    let keys = receipts::rotate(&app, organizer.0.id, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(keys))
}

/// Entries of the log: what each is about, when it happened, and its hash. They do not tell whose
/// they are.
#[utoipa::path(get, path = "/api/v1/log/entries", tag = "log", params(LogEntriesQuery), responses(
    (status = 200, description = "the entries", body = LogEntries),
    InvalidQuery,
))]
pub async fn list_log_entries(app: web::Data<App>, query: Query<LogEntriesQuery>) -> Result<web::Json<LogEntries>> {
    receipts::entries(&app, query.into_inner()).await.map(web::Json)
}

/// The proof that an entry is in the log of a size (RFC 6962, section 2.1.1).
#[utoipa::path(get, path = "/api/v1/log/proofs/inclusion", tag = "log", params(InclusionQuery), responses(
    (status = 200, description = "the proof", body = LogProof),
    InvalidQuery,
))]
pub async fn get_inclusion_proof(app: web::Data<App>, query: Query<InclusionQuery>) -> Result<web::Json<LogProof>> {
    receipts::inclusion(&app, query.into_inner()).await.map(web::Json)
}

/// The proof that the log of one size continues the log of another (RFC 6962, section 2.1.2).
#[utoipa::path(get, path = "/api/v1/log/proofs/consistency", tag = "log", params(ConsistencyQuery), responses(
    (status = 200, description = "the proof", body = LogProof),
    InvalidQuery,
))]
pub async fn get_consistency_proof(app: web::Data<App>, query: Query<ConsistencyQuery>) -> Result<web::Json<LogProof>> {
    receipts::consistency(&app, query.into_inner()).await.map(web::Json)
}

/// The receipts of a submission, with all that verifies them without a server.
///
/// Its team and organizers get all of them; everybody else gets that of the result that the public
/// board shows now.
#[utoipa::path(get, path = "/api/v1/submissions/{id}/receipts", tag = "log", params(("id" = SubmissionId, Path)),
    responses(
    (status = 200, description = "the receipts", body = SubmissionReceipts),
    NotFound,
))]
pub async fn get_receipts(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<SubmissionReceipts>> {
    receipts::of_submission(&app, &caller, id.into_inner()).await.map(web::Json)
}

/// Which entries of the log are about a season, in a text that the server signs.
///
/// Whoever has the receipts of all these entries knows that no result and no decision of the season
/// was left out.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/log", tag = "organizers", params(("season" = Slug, Path)),
    responses(
    (status = 200, description = "the entries, and what is signed about them", body = SeasonLog),
    NotFound,
))]
pub async fn get_season_log(
    app: web::Data<App>,
    _: Organizer<Observes>,
    season: web::Path<Slug>,
) -> Result<web::Json<SeasonLog>> {
    receipts::of_season(&app, season.into_inner()).await.map(web::Json)
}
