//! `receipts`: the receipts of a submission, with all that verifies them.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use holdout_protocol::SubmissionId;

use super::context::Context;
use crate::failure::Failure;
use crate::new_file::NewFile;

/// `receipts`.
#[derive(Debug, Args)]
pub(crate) struct ReceiptsArguments {
    /// Id of the submission.
    id: SubmissionId,
    /// The file to write, which must not exist; ID.receipts.json here without it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, arguments: ReceiptsArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let receipts = client.receipts(arguments.id)?;
    if receipts.receipts.is_empty() {
        let message =
            format!("submission {} has no receipts: only results and decisions about them have some", arguments.id);
        return Err(
            Failure::refused("not_found", message).advise("A result that has just come has its receipt in a moment.")
        );
    }
    let path = arguments.output.unwrap_or_else(|| PathBuf::from(format!("{}.receipts.json", arguments.id)));
    let failed = |error: std::io::Error| Failure::file(&path, &error);
    let text =
        serde_json::to_string_pretty(&receipts).map_err(|error| Failure::refused("output", error.to_string()))?;
    let mut file = NewFile::beside(&path)
        .map_err(|failure| failure.advise("Name another file with `--output`, or move this one away."))?;
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.put_in_place()?;
    let count = receipts.receipts.len();
    console.data(&serde_json::json!({ "id": arguments.id, "file": path, "receipts": count }))?;
    console.say(format!("{}: receipts: {count}. Verify with `holdout verify {}`.", path.display(), path.display()))
}
