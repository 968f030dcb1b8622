//! `download`: what a team sent.

use std::path::PathBuf;

use clap::Args;
use holdout_protocol::{SubmissionId, format_bytes};

use super::context::Context;
use crate::failure::Failure;
use crate::fetched::fetch;
use crate::new_file::NewFile;

/// `download`.
#[derive(Debug, Args)]
pub(crate) struct DownloadArguments {
    /// Id of the submission.
    id: SubmissionId,
    /// The file to write, which must not exist; ID.predictions or ID.pt here without it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, arguments: DownloadArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let submission = client.submission(arguments.id)?;
    let ending = submission.kind.file_ending();
    let path = arguments.output.unwrap_or_else(|| PathBuf::from(format!("{}.{ending}", submission.id)));
    let mut file = NewFile::beside(&path)?;
    fetch(client.submission_file(submission.id)?, &mut file, &path, submission.sha256)?;
    file.put_in_place()?;
    console.data(&serde_json::json!({ "id": submission.id, "file": path, "size": submission.size }))?;
    console.say(format!("{}: {}, SHA-256 {}", path.display(), format_bytes(submission.size), submission.sha256))
}
