//! The file of a submission: an upload that is complete.

use holdout_protocol::{ErrorCode, Limits, NewSubmission, Reason};
use serde_json::json;

use crate::app::App;
use crate::auth::Account;
use crate::error::{Error, Result};
use crate::uploads::{self, FinishedUpload};

/// The file of the request's upload, which has to be the account's own, complete, and no larger
/// than the task allows.
///
/// # Errors
/// Those of [`uploads::finished`]; `too_large`.
pub async fn receive(app: &App, account: &Account, request: &NewSubmission, limits: &Limits) -> Result<FinishedUpload> {
    let upload = uploads::finished(app, account.id, request.upload).await?;
    check_size(upload.blob.size, limits.bytes(request.kind))?;
    Ok(upload)
}

/// Refuses a file that is larger than the task allows.
///
/// # Errors
/// `too_large`.
pub fn check_size(size: u64, limit: u64) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    let message = format!("the file has {size} bytes; this task takes at most {limit}");
    Err(Error::refused(ErrorCode::TooLarge, message)
        .because(Reason::FileTooLarge, json!({ "size": size, "limit": limit })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_as_many_bytes_as_the_limit() {
        check_size(100, 100).unwrap();
        let error = check_size(101, 100).unwrap_err();
        assert_eq!(error.code(), ErrorCode::TooLarge);
        assert_eq!(error.body().error.detail, json!({ "size": 101, "limit": 100 }));
    }
}
