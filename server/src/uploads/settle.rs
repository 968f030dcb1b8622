//! Waits until the connection that writes to an upload has recorded what it has received.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::owned::load;
use super::writers::{PAUSE, Request};
use crate::app::App;
use crate::db::uploads::Upload;
use crate::error::Result;

/// How long a connection of another server may take: it records after [`PAUSE`] without a byte.
const ELSEWHERE: Duration = Duration::from_secs(1);
/// Pause between two looks at the row.
const LOOK: Duration = Duration::from_millis(50);

/// The upload after the connection that writes to it, if there is one, has recorded what it has
/// received.
///
/// # Errors
/// If the database fails; `not_found` if the upload has been deleted meanwhile.
pub async fn settle(app: &App, upload: Upload) -> Result<Upload> {
    settle_with(app, upload, Request::Record).await
}

/// Does the same as [`settle`], and ends a connection that has received nothing beyond `offset`.
pub(super) async fn take_over(app: &App, upload: Upload, offset: u64) -> Result<Upload> {
    settle_with(app, upload, |reply| Request::Yield(offset, reply)).await
}

async fn settle_with(
    app: &App,
    upload: Upload,
    request: impl FnOnce(oneshot::Sender<()>) -> Request,
) -> Result<Upload> {
    if upload.sha256.is_some() {
        return Ok(upload);
    }
    if app.writers.ask(upload.id, request).await {
        return load(app, upload.account, upload.id).await;
    }
    if upload.writer == 0 {
        return Ok(upload);
    }
    recorded_elsewhere(app, upload).await
}

/// Gives the connection of another server, which may have died with it, the time to record what it
/// has received.
async fn recorded_elsewhere(app: &App, upload: Upload) -> Result<Upload> {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = load(app, upload.account, upload.id).await?;
        if now.received != upload.received || now.writer != upload.writer || begun.elapsed() >= ELSEWHERE.max(PAUSE) {
            return Ok(now);
        }
    }
}
