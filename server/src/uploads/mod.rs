//! Uploads: files on their way in, in pieces, over as many connections as it takes (tus 1.0).
//!
//! What has come is kept in parts, each an object of the store and a row. When the last byte is
//! there the parts become one blob and the upload shows its SHA-256: the receipt. Whoever needs the
//! file asks [`finished`], which completes what a server that died left half-done.
//!
//! Any connection that carries bytes makes progress: what has arrived is recorded as soon as the
//! connection pauses, breaks, or somebody asks how far the upload is. A record names the offset and
//! the writer it builds on, so that of two connections one wins and nothing is lost or doubled, on
//! whichever servers they are.

mod allowance;
mod checksum;
mod finish;
mod incoming;
mod owned;
mod parts;
mod receive;
mod settle;
pub mod turns;
pub mod writers;

use holdout_protocol::{AccountId, BlobRef, ErrorCode, Reason, Sha256, Timestamp, Upload, UploadId};
use serde_json::json;

pub use self::allowance::{check_room, has_room, room};
pub use self::checksum::Checksum;
pub use self::finish::finish;
pub use self::incoming::IncomingBody;
pub use self::owned::load;
use self::owned::{life, owned};
pub use self::receive::receive;
pub use self::settle::settle;
use crate::app::App;
use crate::auth::Account;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::rates::{self, Rate};
use crate::sweeper;

/// A file that has been received.
#[derive(Debug, Clone)]
pub struct FinishedUpload {
    pub upload: UploadId,
    pub blob: BlobRef,
}

/// An upload that is to begin.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Size of the file, bytes.
    pub length: u64,
    /// Name of the file.
    pub filename: Option<String>,
    /// The file's SHA-256, if the client announces it.
    pub announced: Option<Sha256>,
}

/// Begins an upload.
///
/// # Errors
/// `too_large` beyond the largest upload; `wrong_state` if the account has too many unfinished
/// ones.
pub async fn create(app: &App, account: &Account, begun: NewUpload, key: IdempotencyKey) -> Result<Upload> {
    let NewUpload { length, filename, announced } = begun;
    let most = app.config.uploads.max_bytes;
    if length > most {
        let message = format!("an upload of {length} bytes is too large; at most {most} bytes are allowed");
        let facts = json!({ "size": length, "limit": most });
        return Err(Error::refused(ErrorCode::TooLarge, message).because(Reason::FileTooLarge, facts));
    }
    let (owner, limit) = (account.id, app.config.uploads.unfinished_per_account);
    check_room(app, allowance::footprint(length, &app.config.uploads))?;
    let (config, rates, who) = (app.config.uploads.clone(), app.config.rates.clone(), account.clone());
    let now = Timestamp::now();
    let once = match announced {
        None => IdempotentRequest::new(Some(owner), key, "create_upload", &(length, &filename))?,
        Some(announced) => IdempotentRequest::new(Some(owner), key, "create_upload", &(length, &filename, announced))?,
    };
    let upload = db::uploads::Upload {
        id: UploadId::new(),
        account: owner,
        length,
        received: 0,
        filename,
        sha256: None,
        created_at: now,
        expires_at: now.plus(life(app)),
        writer: 0,
        announced,
    };
    write_once(&app.db, once, move |conn| {
        db::lock(conn, Lock::Uploads(&owner.to_string()))?;
        rates::spend_in(conn, &rates, &Rate::Uploads(owner), now)?;
        allowance::check_allowance(conn, &config, &who, length, now)?;
        let unfinished = db::uploads::unfinished(conn, owner, now)?;
        if unfinished >= limit {
            let message =
                format!("you have {unfinished} unfinished uploads, at most {limit} are allowed; finish or delete one");
            let facts = json!({ "unfinished": unfinished, "limit": limit });
            return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::UploadsUnfinished, facts));
        }
        db::uploads::insert(conn, &upload)?;
        Ok(view(&upload))
    })
    .await
}

/// When an upload was begun that announced the digest of its file; `None` if it announced none, or
/// if another file came. Nothing of the file could change from that moment on.
pub fn announced_at(conn: &mut Conn, account: AccountId, id: UploadId) -> Result<Option<Timestamp>> {
    let found = db::uploads::find(conn, id)?.filter(|upload| upload.account == account && upload.announced.is_some());
    let kept = found.filter(|upload| upload.sha256.is_none() || upload.sha256 == upload.announced);
    Ok(kept.map(|upload| upload.created_at))
}

/// Throws an upload away, and its file at once unless a submission, a test set or another upload
/// uses it.
///
/// # Errors
/// As [`load`].
pub async fn terminate(app: &App, account: AccountId, id: UploadId) -> Result<()> {
    let file = app
        .db
        .write(move |conn| {
            let upload = owned(conn, account, id)?;
            db::uploads::delete(conn, id)?;
            Ok(upload.sha256)
        })
        .await?;
    app.blobs.remove_upload(id).await?;
    if let Some(file) = file {
        sweeper::remove_unnamed(app, file).await?;
    }
    Ok(())
}

/// The file of an upload of this account.
///
/// # Errors
/// As [`load`]; `wrong_state` if it is not complete.
pub async fn finished(app: &App, account: AccountId, id: UploadId) -> Result<FinishedUpload> {
    let upload = load(app, account, id).await?;
    complete_one(&finish(app, upload).await?)
}

/// The same file inside a transaction that is going to name it: from here to the end of the
/// transaction the sweeper leaves it alone, so that it cannot go away between [`finished`] and the
/// row that names it.
///
/// # Errors
/// As [`finished`].
pub fn hold(conn: &mut Conn, account: AccountId, finished: &FinishedUpload) -> Result<()> {
    db::lock(conn, Lock::Blob(&finished.blob.sha256.to_string()))?;
    complete_one(&owned(conn, account, finished.upload)?).map(drop)
}

fn complete_one(upload: &db::uploads::Upload) -> Result<FinishedUpload> {
    let (id, received, length) = (upload.id, upload.received, upload.length);
    let sha256: Sha256 = upload.sha256.ok_or_else(|| {
        let message = format!("the upload `{id}` is not complete: {received} of {length} bytes are there");
        Error::refused(ErrorCode::WrongState, message)
            .because(Reason::UploadIncomplete, json!({ "offset": received, "bytes": received, "size": length }))
    })?;
    Ok(FinishedUpload { upload: id, blob: BlobRef { sha256, size: length } })
}

/// An upload as its owner sees it.
pub fn view(upload: &db::uploads::Upload) -> Upload {
    Upload {
        id: upload.id,
        length: upload.length,
        offset: upload.received,
        filename: upload.filename.clone(),
        sha256: upload.sha256,
        created_at: upload.created_at,
        expires_at: upload.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;

    fn row(received: u64, sha256: Option<Sha256>) -> db::uploads::Upload {
        db::uploads::Upload {
            id: UploadId::new(),
            account: AccountId::new(),
            length: 10,
            received,
            filename: Some("a.csv".to_owned()),
            sha256,
            created_at: at(1),
            expires_at: at(2),
            writer: 3,
            announced: None,
        }
    }

    #[test]
    fn a_file_is_there_when_its_digest_is() {
        let digest = Sha256::from_bytes([1; 32]);
        let upload = row(10, Some(digest));
        let found = complete_one(&upload).unwrap();
        assert_eq!((found.upload, found.blob), (upload.id, BlobRef { sha256: digest, size: 10 }));
        // The last byte has come, and the file is still being put together.
        assert!(complete_one(&row(10, None)).is_err());
    }

    #[test]
    fn a_file_that_is_not_complete_tells_how_far_it_is() {
        let upload = row(4, None);
        let told = complete_one(&upload).unwrap_err().body().error;
        assert_eq!((told.code, told.reason), (ErrorCode::WrongState, Some(Reason::UploadIncomplete)));
        assert_eq!(told.message, format!("the upload `{}` is not complete: 4 of 10 bytes are there", upload.id));
        assert_eq!(told.detail, json!({ "offset": 4, "bytes": 4, "size": 10 }));
    }

    #[test]
    fn the_owner_of_an_upload_sees_how_far_it_is_and_how_long_it_lives() {
        let upload = row(4, None);
        let shown = view(&upload);
        assert_eq!((shown.id, shown.length, shown.offset, shown.sha256), (upload.id, 10, 4, None));
        assert_eq!((shown.created_at, shown.expires_at), (at(1), at(2)));
        assert_eq!(shown.filename.as_deref(), Some("a.csv"));
    }
}
