//! The images of a new version of a test set: those of an upload, or those that an earlier version
//! has.

use std::io::Read as _;

use holdout_protocol::{AccountId, BlobRef, NewTestSet, Reason, Sha256, SubmissionKind, TaskId};
use serde_json::json;

use crate::app::App;
use crate::blocking::blocking;
use crate::db;
use crate::error::{Error, Result};
use crate::uploads::{self, FinishedUpload};

/// The images of a new version, which are kept as they are and looked at by scorers only.
pub(super) enum Images {
    /// Those of an upload.
    Uploaded(FinishedUpload),
    /// Those of a version of the task. Its row names them, so the sweeper leaves them alone.
    Known(BlobRef),
}

impl Images {
    pub(super) fn blob(&self) -> &BlobRef {
        match self {
            Self::Uploaded(upload) => &upload.blob,
            Self::Known(blob) => blob,
        }
    }
}

pub(super) async fn images(
    app: &App,
    account: AccountId,
    task: &db::tasks::Task,
    request: &NewTestSet,
) -> Result<Option<Images>> {
    let models = task.settings.accepts.contains(&SubmissionKind::Torchscript);
    let upload = match (request.images, request.known_images) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("known_images", "send either `images` or `known_images`, and not both")
                .because(Reason::RequestUnfit, json!({})));
        }
        (None, Some(sha256)) if models => return known_images(app, task.id, sha256).await.map(Some),
        (None, Some(_)) => return Err(images_unwanted(task)),
        (upload, None) => upload,
    };
    let Some(upload) = upload else {
        if models {
            let message =
                format!("`images` is missing; task `{}` accepts `torchscript`, and models need them", task.slug);
            return Err(Error::invalid("images", message).because(Reason::ImagesMissing, json!({})));
        }
        return Ok(None);
    };
    if !models {
        return Err(images_unwanted(task));
    }
    let file = uploads::finished(app, account, upload).await?;
    let (blobs, blob) = (app.blobs.clone(), file.blob.clone());
    let head = blocking(move || {
        let mut head = Vec::new();
        blobs.open_sync(blob.sha256)?.take(512).read_to_end(&mut head).map_err(Error::Read)?;
        Ok(head)
    })
    .await?;
    if is_archive(&head) {
        return Ok(Some(Images::Uploaded(file)));
    }
    Err(Error::invalid("images", "`images` is neither a tar, a gzipped tar nor a zip file by its first bytes")
        .because(Reason::NotAnArchive, json!({})))
}

pub(super) fn images_unwanted(task: &db::tasks::Task) -> Error {
    let message = format!("`images` is given, but task `{}` does not accept `torchscript`", task.slug);
    Error::invalid("images", message).because(Reason::ImagesUnwanted, json!({}))
}

/// Finds images among those of the task's own versions only, because nobody should get at another
/// task's by their digest.
async fn known_images(app: &App, task: TaskId, sha256: Sha256) -> Result<Images> {
    let versions = app.db.read(move |conn| db::test_sets::of_task(conn, task)).await?;
    let found = versions.into_iter().filter_map(|version| version.images_blob).find(|blob| blob.sha256 == sha256);
    found.map(Images::Known).ok_or_else(|| {
        let message =
            format!("`known_images` is {sha256}; no version of the task has these images, so send them as `images`");
        Error::invalid("known_images", message).because(Reason::ImagesMissing, json!({}))
    })
}

pub(super) fn is_archive(head: &[u8]) -> bool {
    let tar = head.get(257..262) == Some(b"ustar");
    tar || head.starts_with(b"PK\x03\x04") || head.starts_with(b"\x1f\x8b")
}
