//! Boards: JSON, CSV and a stream of changes.

use std::time::Duration;

use actix_web::http::header::{self, ContentType, ETAG};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use holdout_protocol::{
    Comparison, ComparisonQuery, Entry, EntryQuery, ErrorBody, Leaderboard, LeaderboardEvent, LeaderboardQuery,
    SubmissionId,
};

use super::etags;
use super::refusals::{InvalidQuery, NotFound};
use crate::app::App;
use crate::auth::{Caller, StreamLogin};
use crate::compress::{self, Coding};
use crate::error::Result;
use crate::extraction::Query;
use crate::ranking::{self, Shown, Viewer};
use crate::rates::ClientAddress;

/// A task's leaderboard.
///
/// A team's row is its best scored submission by the task's metric, of equal ones the earlier; if
/// it chose some as its finals, the best of these. What organizers enter on a team's behalf counts
/// like its own; the best baseline of a team is a row beside its other one. Rows are by error,
/// equal errors share a rank (1, 2, 2, 4). A rank range is what exact McNemar tests of all pairs
/// leave open, with Holm's correction at 5 %; on a board of more than 2000 rows it is `null`.
#[utoipa::path(
    get,
    path = "/api/v1/seasons/{season}/tasks/{task}/leaderboard",
    tag = "boards",
    params(
        ("season" = String, Path),
        ("task" = String, Path),
        LeaderboardQuery,
        ("If-None-Match" = Option<String>, Header, description = "`ETag` of the board that the caller has"),
    ),
    responses(
        (status = 200, description = "the board", body = Leaderboard, headers(("ETag" = String, description = "Entity tag: strong; weak if the answer is compressed"),
            ("Age" = Option<u64>, description = "Age of the board in seconds; sent only while the database does not answer"))),
        (status = 304, description = "The caller's board is still the present one"),
        (status = 403, body = ErrorBody, description = "`forbidden`: the private scores are not published"),
        NotFound,
        InvalidQuery,
    ),
)]
pub async fn get_leaderboard(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    query: Query<LeaderboardQuery>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Shown { board: built, stale } = ranking::find(&app, &path.0, &path.1, &query, caller.is_organizer()).await?;
    if etags::matches(&request, &built.etag) {
        return Ok(not_modified(&built.etag, stale));
    }
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(ContentType::json())
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept-Encoding"));
    add_age(&mut answer, stale);
    if compress::coding(&request) == Coding::Identity {
        return Ok(answer.insert_header((ETAG, built.etag.as_str())).body(built.json.clone()));
    }
    // A strong tag would promise the same bytes.
    Ok(answer
        .insert_header((ETAG, format!("W/{}", built.etag)))
        .insert_header((header::CONTENT_ENCODING, "gzip"))
        .body(built.gzip()?))
}

/// A task's leaderboard as CSV.
///
/// Columns: `rank`, `rank_best`, `rank_worst`, `team`, `method`, `error`, `wrong`, `n`, `low_95`,
/// `high_95`, `low_999`, `high_999`, `gap_to_best`, `baseline`, `note`, `entries`, `submission`,
/// `submitted_at`, `images_per_second`, `wall_seconds`, `parameters`, `device`,
/// `peak_memory_bytes`, `peak_device_memory_bytes`, `missing_layers` (separated by spaces),
/// `final`, `gap_to_baseline`, `baseline_p_value`, `entered_at`, `late`, `training_data`,
/// `ensemble`. Cells without a value are empty. A cell that a spreadsheet would take for a formula
/// begins with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/seasons/{season}/tasks/{task}/leaderboard.csv",
    tag = "boards",
    params(
        ("season" = String, Path),
        ("task" = String, Path),
        LeaderboardQuery,
        ("If-None-Match" = Option<String>, Header, description = "`ETag` of the board that the caller has"),
    ),
    responses(
        (status = 200, description = "the board as CSV", body = String, content_type = "text/csv", headers(("ETag" = String, description = "Strong entity tag"),
            ("Age" = Option<u64>, description = "Age of the board in seconds; sent only while the database does not answer"))),
        (status = 304, description = "The caller's board is still the present one"),
        (status = 403, body = ErrorBody, description = "`forbidden`: the private scores are not published"),
        NotFound,
        InvalidQuery,
    ),
)]
pub async fn get_leaderboard_csv(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    query: Query<LeaderboardQuery>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Shown { board: built, stale } = ranking::find(&app, &path.0, &path.1, &query, caller.is_organizer()).await?;
    let etag = built.csv_etag();
    if etags::matches(&request, &etag) {
        return Ok(not_modified(&etag, stale));
    }
    // Slugs: nothing in them needs quoting.
    let file = format!("attachment; filename=\"{}-{}-leaderboard.csv\"", built.board.season, built.board.task);
    let mut answer = HttpResponse::Ok();
    add_age(&mut answer, stale);
    Ok(answer
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .insert_header((ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(built.csv()?))
}

/// Two to five entries of a task's leaderboard against each other: how far they are apart, with
/// interval and test, and on how many images they agree. The entries are rows of the board of the
/// teams' best, and for organizers of that of all entries. As long as somebody can submit, only
/// organizers compare: the counts would tell too much about the labels.
#[utoipa::path(
    get,
    path = "/api/v1/seasons/{season}/tasks/{task}/comparison",
    tag = "boards",
    params(
        ("season" = String, Path),
        ("task" = String, Path),
        ComparisonQuery,
    ),
    responses(
        (status = 200, body = Comparison, description = "The entries and all pairs of them"),
        (status = 403, body = ErrorBody, description = "`forbidden`: somebody can still submit, or the private scores
            are not published"),
        NotFound,
        InvalidQuery,
    ),
)]
pub async fn get_comparison(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
    query: Query<ComparisonQuery>,
) -> Result<HttpResponse> {
    let comparison = ranking::comparison(&app, &path.0, &path.1, query.into_inner(), caller.is_organizer()).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(comparison))
}

/// An entry of a task's leaderboard, as the board of all entries shows it to the caller; what that
/// does not show is not there.
#[utoipa::path(
    get,
    path = "/api/v1/seasons/{season}/tasks/{task}/entries/{submission}",
    tag = "boards",
    params(
        ("season" = String, Path),
        ("task" = String, Path),
        ("submission" = SubmissionId, Path),
        EntryQuery,
    ),
    responses(
        (status = 200, body = Entry, description = "The entry, and its team's others"),
        NotFound,
        InvalidQuery,
    ),
)]
pub async fn get_entry(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String, SubmissionId)>,
    query: Query<EntryQuery>,
) -> Result<HttpResponse> {
    let (season, task, id) = path.into_inner();
    let entry = ranking::entry(&app, &season, &task, id, &query, caller.is_organizer()).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(entry))
}

/// The changes of a task's leaderboard, as they come.
///
/// Server-sent events `leaderboard` with the entity tag of the public board: the first at once,
/// then one at each change.
#[utoipa::path(
    get,
    path = "/api/v1/seasons/{season}/tasks/{task}/leaderboard/events",
    tag = "boards",
    params(
        ("season" = String, Path),
        ("task" = String, Path),
    ),
    responses(
        (status = 200, body = LeaderboardEvent, content_type = "text/event-stream", description = "`event: leaderboard`, `data:` as here"),
        NotFound,
    ),
)]
pub async fn watch_leaderboard(
    app: web::Data<App>,
    caller: Caller,
    from: ClientAddress,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let place = app.streams.enter(&caller, from, &app.config.limits)?;
    let login = caller.0.as_ref().map(|account| StreamLogin::of_request(&request, account)).transpose()?;
    let viewer = Viewer { organizer: caller.is_organizer(), login };
    let (season, task) = path.into_inner();
    ranking::follow(app, season, task, viewer, place).await
}

fn not_modified(etag: &str, stale: Option<Duration>) -> HttpResponse {
    let mut answer = HttpResponse::NotModified();
    add_age(&mut answer, stale);
    answer.insert_header((ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache")).finish()
}

/// Says how old an answer is that stands in for a database which does not answer.
fn add_age(answer: &mut HttpResponseBuilder, stale: Option<Duration>) {
    if let Some(age) = stale {
        answer.insert_header((header::AGE, age.as_secs().to_string()));
    }
}
