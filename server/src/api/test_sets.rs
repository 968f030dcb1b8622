//! Routes of test sets and their lists.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use holdout_protocol::{DiscardQuery, ErrorBody, NewTestSet, Slug, TestSetId, TestSetSummary, VersionQuery};

use super::refusals::{Forbidden, InvalidQuery};
use super::uploads::Binary;
use super::{etags, files};
use crate::app::App;
use crate::auth::{After, Caller, Judges, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::seasons::{Names, stored_test_sets, test_sets};

/// Give a task a test set, from uploads; the same one again changes nothing, and an earlier one
/// comes back with its results. If the present one has results, they are counted for the new one
/// first: it is staged until an organizer applies that.
#[utoipa::path(put, path = "/api/v1/seasons/{season}/tasks/{task}/test-set", tag = "seasons",
    request_body = NewTestSet, params(("season" = Slug, Path), ("task" = Slug, Path), DiscardQuery), responses(
    (status = 200, description = "the present version", body = TestSetSummary),
    (status = 202, description = "the staged version: `GET …/rescoring` tells what it changes", body = TestSetSummary),
    Forbidden,
    (status = 404, description = "`not_found`: the task or an upload", body = ErrorBody),
    (status = 409, description = "`wrong_state`: an upload is not complete, or the task is being re-scored for version \
        `detail.version`", body = ErrorBody),
    (status = 410, description = "`gone`: an upload has expired", body = ErrorBody),
    (status = 413, description = "`too_large`", body = ErrorBody),
    (status = 422, description = "`invalid_value`; `detail.lines` has the first twenty faults", body = ErrorBody),
))]
pub async fn put_test_set(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewTestSet>>,
    path: web::Path<TaskPath>,
    query: Query<DiscardQuery>,
) -> Result<HttpResponse> {
    let discard = query.discard_results.unwrap_or(false);
    let summary = test_sets::put(&app, organizer.0, path.into_inner(), body.into_inner(), discard).await?;
    let mut answer = if summary.staged { HttpResponse::Accepted() } else { HttpResponse::Ok() };
    Ok(answer.json(summary))
}

/// A task's classes in the models' output order: class number, class id and name, with tabs
/// between.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/classes", tag = "seasons",
    params(("season" = Slug, Path), ("task" = Slug, Path),
        ("If-None-Match" = Option<String>, Header, description = "`ETag` of the list that the caller has")), responses(
    (status = 304, description = "the caller's list is the present one"),
    (status = 200, description = "classes", body = String, content_type = "text/tab-separated-values"),
    (status = 404, description = "`not_found`: also if there is no test set yet", body = ErrorBody),
))]
pub async fn list_classes(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<TaskPath>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const KIND: &str = "text/tab-separated-values; charset=utf-8";
    names(&app, caller, path.into_inner(), &request, KIND, "classes", |names| names.classes.clone()).await
}

/// Answers with one of the lists of a test set, or with 304 if the caller has it: its content never
/// changes under its tag.
async fn names(
    app: &App,
    caller: Caller,
    path: TaskPath,
    request: &HttpRequest,
    kind: &str,
    name: &str,
    list: fn(&Names) -> Bytes,
) -> Result<HttpResponse> {
    let tag = |set: TestSetId| format!("\"{set}-{name}\"");
    // Drafts are for organizers only, and another version may come at any time: caches ask again,
    // which costs a tag.
    let caching = if caller.is_organizer() { "private, no-cache" } else { "public, no-cache" };
    let (set, names) = stored_test_sets::names(app, caller, path, |set| !etags::matches(request, &tag(set))).await?;
    let mut answer = if names.is_some() { HttpResponse::Ok() } else { HttpResponse::NotModified() };
    answer.insert_header((ETAG, tag(set))).insert_header((CACHE_CONTROL, caching));
    Ok(match names {
        Some(names) => answer.content_type(kind).body(list(&names)),
        None => answer.finish(),
    })
}

/// The names of a task's images, one a line: line i of a prediction file in the kit's form is the
/// i-th one.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/images", tag = "seasons",
    params(("season" = Slug, Path), ("task" = Slug, Path),
        ("If-None-Match" = Option<String>, Header, description = "`ETag` of the list that the caller has")), responses(
    (status = 304, description = "the caller's list is the present one"),
    (status = 200, description = "names", body = String, content_type = "text/plain"),
    (status = 404, description = "`not_found`: also if there is no test set yet", body = ErrorBody),
))]
pub async fn list_images(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<TaskPath>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const KIND: &str = "text/plain; charset=utf-8";
    names(&app, caller, path.into_inner(), &request, KIND, "images", |names| names.images.clone()).await
}

/// The archive with the images of a task's test set, as it was sent. The audit log has who got it.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/test-set/images", tag = "seasons",
    params(("season" = Slug, Path), ("task" = Slug, Path),
        ("Range" = Option<String>, Header, description = "one range of bytes")), responses(
    (status = 200, description = "the archive", content_type = "application/octet-stream"),
    (status = 206, description = "a part of the archive", content_type = "application/octet-stream"),
    Forbidden,
    (status = 404, description = "`not_found`: also if there is no test set yet, or it has no images", body = ErrorBody),
    (status = 416, description = "`invalid_value`: the archive ends before the range", body = ErrorBody),
))]
pub async fn get_image_archive(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    path: web::Path<TaskPath>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let range = files::range(&request);
    let mut reply = files::reply(stored_test_sets::image_archive(&app, organizer.0, path.into_inner(), range).await?);
    let saved = HeaderValue::from_static("attachment; filename=\"images\"");
    reply.headers_mut().insert(CONTENT_DISPOSITION, saved);
    Ok(reply)
}

/// A task's test set with its labels, in the form that the commitment is about; the present version
/// if none is named.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/test-set/labels", tag = "seasons",
    params(("season" = Slug, Path), ("task" = Slug, Path), VersionQuery), responses(
    (status = 200, description = "the canonical form", body = Binary, content_type = "application/octet-stream", headers(
        ("Images-SHA256" = Option<String>, description = "SHA-256 of the archive of images, if the test set has any: what need not be sent again"))),
    Forbidden,
    (status = 404, description = "`not_found`: also if there is no test set yet, or no such version", body = ErrorBody),
    InvalidQuery,
))]
pub async fn get_labels(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    path: web::Path<TaskPath>,
    query: Query<VersionQuery>,
) -> Result<HttpResponse> {
    let found = stored_test_sets::labels(&app, organizer.0, path.into_inner(), query.version).await?;
    let stored_test_sets::Stored { id, canonical, images } = found;
    let mut answer = HttpResponse::Ok();
    if let Some(images) = images {
        answer.insert_header(("Images-SHA256", images.to_string()));
    }
    Ok(answer
        .content_type("application/octet-stream")
        .insert_header((ETAG, format!("\"{id}\"")))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"test-set\""))
        .body(canonical))
}
