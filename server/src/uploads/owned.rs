//! The row of an upload, for its owner.

use std::time::Duration;

use holdout_protocol::{AccountId, ErrorCode, Reason, Timestamp, UploadId};
use serde_json::json;

use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// An upload of this account, as far as it has come.
///
/// # Errors
/// `not_found` if the account has none with this id; `gone` if it has expired.
pub async fn load(app: &App, account: AccountId, id: UploadId) -> Result<db::uploads::Upload> {
    app.db.read(move |conn| owned(conn, account, id)).await
}

/// The same inside a transaction.
pub(super) fn owned(conn: &mut Conn, account: AccountId, id: UploadId) -> Result<db::uploads::Upload> {
    let found = db::uploads::find(conn, id)?.filter(|upload| upload.account == account);
    let upload = found.ok_or_else(|| Error::not_found("upload", id))?;
    if upload.expires_at <= Timestamp::now() {
        let message = format!("the upload `{id}` expired at {}; begin a new one", upload.expires_at);
        return Err(
            Error::refused(ErrorCode::Gone, message).because(Reason::UploadExpired, json!({ "at": upload.expires_at }))
        );
    }
    Ok(upload)
}

/// Returns how long an unfinished upload is kept after its last byte.
pub(super) fn life(app: &App) -> Duration {
    Duration::from_secs(app.config.uploads.life_seconds)
}

/// Refuses a piece that does not begin where the upload is.
pub(super) fn offset_mismatch(offset: u64) -> Error {
    let message = format!("the upload is at offset {offset}; continue from there");
    Error::refused(ErrorCode::OffsetMismatch, message).with(json!({ "offset": offset }))
}
