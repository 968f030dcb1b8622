//! Uploads by tus 1.0: its core, creation, checksum, expiration and termination.

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{ErrorBody, ErrorCode, Preflight, TUS_CHECKSUMS, TUS_EXTENSIONS, TUS_VERSION, Upload, UploadId};

use super::refusals::{InvalidValue, NotFound};
use super::tus;
use crate::app::App;
use crate::auth::Account;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::intake;
use crate::paths::TaskPath;
use crate::uploads::{self, IncomingBody};

/// The bytes of a file, or of a piece of it.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used: bodies are read as they come")]
pub struct Binary(Vec<u8>);

/// What the server offers of tus.
#[utoipa::path(options, path = "/api/v1/uploads", tag = "uploads", responses(
    (status = 204, description = "headers `Tus-Version`, `Tus-Extension`, `Tus-Max-Size`, `Tus-Checksum-Algorithm`"),
))]
pub async fn discover_uploads(app: web::Data<App>) -> HttpResponse {
    tus::reply(Ok(HttpResponse::NoContent()
        .insert_header((tus::VERSION, TUS_VERSION))
        .insert_header(("Tus-Extension", TUS_EXTENSIONS))
        .insert_header(("Tus-Max-Size", app.config.uploads.max_bytes))
        .insert_header(("Tus-Checksum-Algorithm", TUS_CHECKSUMS))
        .finish()))
}

/// Begin an upload; a body is its first piece.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads",
    request_body(content = Binary, content_type = "application/octet-stream", description = "the bytes; clients of tus send them as `application/offset+octet-stream`"),
    params(("Tus-Resumable" = String, Header), ("Upload-Length" = u64, Header, description = "bytes of the file"),
        ("Upload-Metadata" = Option<String>, Header, description = "`KEY BASE64` pairs: \
            `filename`; `sha256`, the digest in hexadecimal digits, which lets the submission count if the season closes while \
            the upload runs; `season`, `task` and `kind`, which refuse an upload that could not be submitted"),
        ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "begun; `Location` is its address", body = Upload),
    (status = 400, description = "`invalid_body`", body = ErrorBody),
    (status = 403, description = "`forbidden`: `season` and `task` are given, and the account is in no team there", body = ErrorBody),
    (status = 404, description = "`not_found`: `season` or `task`", body = ErrorBody),
    (status = 409, description = "`wrong_state`: too many unfinished uploads, or the season takes no submissions; \
        `idempotency_mismatch`", body = ErrorBody),
    (status = 412, description = "`precondition_failed`: another version of tus", body = ErrorBody),
    (status = 413, description = "`too_large`", body = ErrorBody),
    (status = 415, description = "`unsupported_media_type`", body = ErrorBody),
    InvalidValue,
    (status = 429, description = "`quota_exhausted`, `queue_full`: `season` and `task` are given", body = ErrorBody),
    (status = 460, description = "`checksum_mismatch`: the upload is begun, its body was not kept", body = ErrorBody),
))]
pub async fn create_upload(
    app: web::Data<App>,
    account: Account,
    key: IdempotencyKey,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    tus::reply(create(app, account, key, &request, body).await)
}

async fn create(
    app: web::Data<App>,
    account: Account,
    key: IdempotencyKey,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse> {
    let headers = request.headers();
    tus::check_version(headers)?;
    let (length, metadata, checksum) = (tus::length(headers)?, tus::metadata(headers)?, tus::checksum(headers)?);
    let body_length = tus::body_length(headers)?;
    // Some clients send an empty body in chunks with every POST; one with a piece in it says so by
    // its type.
    let has_body = body_length.map_or_else(|| headers.contains_key("Content-Type"), |length| length > 0);
    if has_body {
        tus::check_content_type(headers)?;
    }
    if let Some((season, task, kind)) = metadata.purpose {
        let sha256 = metadata.sha256;
        // Whether the same file may be submitted again is asked when it is.
        let question = Preflight { kind, size: length, sha256, team: None, again: true };
        intake::preflight(&app, account.clone(), TaskPath { season, task }, question).await?;
    }
    let begun = uploads::NewUpload { length, filename: metadata.filename, announced: metadata.sha256 };
    let created = uploads::create(&app, &account, begun, key).await?;
    let mut upload = uploads::load(&app, account.id, created.id).await?;
    // A repeated request finds the first one's bytes there already.
    if upload.received == 0 && upload.sha256.is_none() && (has_body || length == 0) {
        upload = take(app, IncomingBody { upload, offset: 0, length: body_length, checksum }, body).await?;
    }
    let shown = uploads::view(&upload);
    let location = format!("/api/v1/uploads/{}", shown.id);
    let response = HttpResponse::Created().insert_header((LOCATION, location)).json(&shown);
    Ok(tus::describe(response, &shown))
}

/// Receives in a task of its own, so that what arrived is kept even if the client hangs up.
async fn take(app: web::Data<App>, arrival: IncomingBody, body: web::Payload) -> Result<crate::db::uploads::Upload> {
    let receiving = uploads::receive(app.into_inner(), arrival, body);
    actix_web::rt::spawn(receiving).await.map_err(Error::internal)?
}

/// How far an upload is.
#[utoipa::path(head, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header)), responses(
    (status = 200, description = "headers `Upload-Offset`, `Upload-Length`, `Upload-Expires`; `Upload-Sha256` once complete"),
    (status = 401, description = "`unauthenticated`"),
    (status = 404, description = "`not_found`"),
    (status = 410, description = "`gone`: expired"),
    (status = 412, description = "`precondition_failed`: another version of tus"),
))]
pub async fn head_upload(
    app: web::Data<App>,
    account: Account,
    id: web::Path<UploadId>,
    request: HttpRequest,
) -> HttpResponse {
    let outcome = async {
        tus::check_version(request.headers())?;
        let upload = show(&app, &account, *id).await?;
        Ok(tus::describe_creation(tus::describe(HttpResponse::Ok().finish(), &upload), &upload))
    };
    tus::reply(outcome.await)
}

/// An upload.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "uploads", params(("id" = UploadId, Path)), responses(
    (status = 200, description = "the upload", body = Upload),
    NotFound,
    (status = 410, description = "`gone`: expired", body = ErrorBody),
))]
pub async fn get_upload(app: web::Data<App>, account: Account, id: web::Path<UploadId>) -> HttpResponse {
    let upload = show(&app, &account, *id).await;
    tus::reply(upload.map(|upload| tus::describe(HttpResponse::Ok().json(&upload), &upload)))
}

async fn show(app: &App, account: &Account, id: UploadId) -> Result<Upload> {
    let upload = uploads::settle(app, uploads::load(app, account.id, id).await?).await?;
    Ok(uploads::view(&uploads::finish(app, upload).await?))
}

/// Send a piece of an upload.
#[utoipa::path(patch, path = "/api/v1/uploads/{id}", tag = "uploads",
    request_body(content = Binary, content_type = "application/octet-stream", description = "the bytes; clients of tus send them as `application/offset+octet-stream`"),
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha256 BASE64` or `sha1 BASE64` of \
            the body. What arrives of a body that breaks off is kept unverified; compare the receipt at the end")),
    responses(
    (status = 204, description = "kept; headers `Upload-Offset`, `Upload-Expires`; `Upload-Sha256` once complete"),
    (status = 400, description = "`invalid_body`: interrupted (what arrived is kept), or an invalid checksum", body = ErrorBody),
    NotFound,
    (status = 409, description = "`offset_mismatch`; `detail.offset` is where the upload is", body = ErrorBody),
    (status = 410, description = "`gone`: expired", body = ErrorBody),
    (status = 412, description = "`precondition_failed`: another version of tus", body = ErrorBody),
    (status = 413, description = "`too_large`", body = ErrorBody),
    (status = 415, description = "`unsupported_media_type`", body = ErrorBody),
    InvalidValue,
    (status = 460, description = "`checksum_mismatch`: nothing of the body was kept", body = ErrorBody),
))]
pub async fn patch_upload(
    app: web::Data<App>,
    account: Account,
    id: web::Path<UploadId>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    tus::reply(patch(app, &account, *id, &request, body).await)
}

async fn patch(
    app: web::Data<App>,
    account: &Account,
    id: UploadId,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse> {
    let headers = request.headers();
    tus::check_version(headers)?;
    tus::check_content_type(headers)?;
    let (offset, length, checksum) = (tus::offset(headers)?, tus::body_length(headers)?, tus::checksum(headers)?);
    let upload = uploads::load(&app, account.id, id).await?;
    let upload = take(app, IncomingBody { upload, offset, length, checksum }, body).await?;
    Ok(tus::describe(HttpResponse::NoContent().finish(), &uploads::view(&upload)))
}

/// Throw an upload away.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header)), responses(
    (status = 204, description = "gone"),
    NotFound,
    (status = 410, description = "`gone`: expired", body = ErrorBody),
    (status = 412, description = "`precondition_failed`: another version of tus", body = ErrorBody),
))]
pub async fn delete_upload(
    app: web::Data<App>,
    account: Account,
    id: web::Path<UploadId>,
    request: HttpRequest,
) -> HttpResponse {
    tus::reply(delete(&app, &account, *id, &request).await)
}

async fn delete(app: &App, account: &Account, id: UploadId, request: &HttpRequest) -> Result<HttpResponse> {
    tus::check_version(request.headers())?;
    uploads::terminate(app, account.id, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send a piece, or throw an upload away, if the network lets neither PATCH nor DELETE through.
#[utoipa::path(post, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path), ("X-HTTP-Method-Override" = String, Header, description = "`PATCH` or `DELETE`")),
    responses(
    (status = 204, description = "as the method named by the header"),
    (status = 405, description = "`method_not_allowed`: the header names another method", body = ErrorBody),
))]
pub async fn override_upload(
    app: web::Data<App>,
    account: Account,
    id: web::Path<UploadId>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    let header = request.headers().get("X-HTTP-Method-Override").map(|value| value.as_bytes().to_ascii_uppercase());
    let method = header.and_then(|name| Method::from_bytes(&name).ok());
    tus::reply(match method {
        Some(Method::PATCH) => patch(app, &account, *id, &request, body).await,
        Some(Method::DELETE) => delete(&app, &account, *id, &request).await,
        _ => Err(Error::refused(
            ErrorCode::MethodNotAllowed,
            "POST at an upload needs `X-HTTP-Method-Override: PATCH` or `DELETE`",
        )),
    })
}
