//! From the last byte to the receipt: stored first, then named.

use holdout_protocol::{Sha256, UploadId};

use crate::app::App;
use crate::db::{self, uploads::Upload};
use crate::error::{Error, Result};
use crate::object_name::ObjectName;

/// Tries before giving up: each is undone only by a sweep or another server at the same moment.
const TRIES: u32 = 16;
/// Makes the blob of an upload all of whose bytes are there; any other upload is returned as it is.
/// Can be repeated at any time, by any server.
///
/// # Errors
/// If database or store fail; `not_found` if the upload has been deleted meanwhile, or the store
/// has lost a part of it.
pub async fn finish(app: &App, upload: Upload) -> Result<Upload> {
    if is_settled(&upload) {
        return Ok(upload);
    }
    let id = upload.id;
    // Keeps this server from doing the same work many times. Two servers may both do it, because
    // the outcome is the same.
    let _turn = app.finishing.take(id).await;
    let mut missing = None;
    for _ in 0..TRIES {
        let (upload, parts) = with_parts(app, id).await?;
        if is_settled(&upload) {
            return Ok(upload);
        }
        let names: Vec<ObjectName> = parts.into_iter().map(|part| part.object).collect();
        let blob = match app.blobs.assemble(&names).await {
            Ok(blob) => blob,
            // Another server was first and has deleted the parts, or the upload was thrown away:
            // then the row is another.
            Err(Error::Store(object_store::Error::NotFound { .. })) if missing.as_ref() != Some(&names) => {
                missing = Some(names);
                continue;
            }
            Err(Error::Store(object_store::Error::NotFound { .. })) => return Err(lost(app, id).await?),
            Err(error) => return Err(error),
        };
        if blob.size != upload.length {
            let message = format!("upload {id}: the parts have {} bytes instead of {}", blob.size, upload.length);
            return Err(Error::internal(message));
        }
        if name(app, id, upload.length, blob.sha256).await? == Named::Yes {
            app.blobs.delete_parts(&names).await?;
            return Ok(Upload { sha256: Some(blob.sha256), ..upload });
        }
    }
    Err(Error::internal(format!("upload {id} cannot be completed: its blob is swept again and again")))
}

/// Drops an upload of which the store has lost a part. Its client is told that it is gone, because
/// it can send the file again; otherwise it would ask for ever.
async fn lost(app: &App, id: UploadId) -> Result<Error> {
    tracing::error!(upload = %id, "a part of an upload is not in the store; the upload is dropped");
    app.db.write(move |conn| db::uploads::delete(conn, id)).await?;
    app.blobs.remove_upload(id).await?;
    Ok(Error::not_found("upload", id))
}

fn is_settled(upload: &Upload) -> bool {
    upload.sha256.is_some() || upload.received < upload.length
}

async fn with_parts(app: &App, id: UploadId) -> Result<(Upload, Vec<db::upload_parts::Part>)> {
    app.db
        .read(move |conn| {
            let upload = db::uploads::find(conn, id)?.ok_or_else(|| Error::not_found("upload", id))?;
            Ok((upload, db::upload_parts::parts(conn, id)?))
        })
        .await
}

/// Whether an upload's row names its blob now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It does.
    Yes,
    /// The blob was swept in between: store it again.
    Swept,
    /// The upload is not where it was thought to be.
    Moved,
}

/// Names a blob that has just been stored in the row of an upload that is at `from`.
pub async fn name(app: &App, id: UploadId, from: u64, sha256: Sha256) -> Result<Named> {
    let blobs = app.blobs.clone();
    app.db
        .write(move |conn| {
            if !blobs.hold(conn, sha256)? {
                return Ok(Named::Swept);
            }
            Ok(if db::uploads::complete(conn, id, from, sha256)? { Named::Yes } else { Named::Moved })
        })
        .await
}

#[cfg(test)]
mod tests {
    use holdout_protocol::AccountId;

    use super::*;
    use crate::samples::at;

    #[test]
    fn an_upload_is_to_be_finished_when_its_last_byte_is_there_and_its_digest_is_not() {
        let settled = |received, sha256| {
            is_settled(&Upload {
                id: UploadId::new(),
                account: AccountId::new(),
                length: 10,
                received,
                filename: None,
                sha256,
                created_at: at(1),
                expires_at: at(2),
                writer: 0,
                announced: Some(Sha256::from_bytes([1; 32])),
            })
        };
        assert!(settled(9, None), "its bytes still come");
        assert!(!settled(10, None));
        assert!(settled(10, Some(Sha256::from_bytes([1; 32]))), "it was finished before");
    }
}
