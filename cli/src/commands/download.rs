//! `download`: what a team sent.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::Args;
use holdout_protocol::{ErrorCode, Sha256, SubmissionId, format_bytes};
use sha2::{Digest as _, Sha256 as Hasher};

use super::context::Context;
use crate::failure::Failure;
use crate::new_file::NewFile;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

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
    let failed = |error: io::Error| Failure::file(&path, &error);
    let broken = |error: io::Error| Failure::unreachable(format!("the download broke off: {error}"));
    let mut file = NewFile::beside(&path)?;
    let mut body = client.submission_file(submission.id)?;
    let (mut hasher, mut chunk) = (Hasher::new(), vec![0; CHUNK]);
    loop {
        let count = body.read(&mut chunk).map_err(broken)?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        file.write_all(read).map_err(failed)?;
    }
    if Sha256::from_bytes(hasher.finalize().into()) != submission.sha256 {
        let message = "what came is damaged: it is not the file that was submitted";
        return Err(
            Failure::refused(ErrorCode::ChecksumMismatch.as_str(), message).advise("Try again; nothing was kept.")
        );
    }
    file.put_in_place()?;
    console.data(&serde_json::json!({ "id": submission.id, "file": path, "size": submission.size }))?;
    console.say(format!("{}: {}, SHA-256 {}", path.display(), format_bytes(submission.size), submission.sha256))
}
