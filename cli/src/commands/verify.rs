//! `verify`: receipts and the log they are in, without a server.

use std::path::{Path, PathBuf};
use std::slice;

use clap::Args;
use holdout_protocol::{LogProof, SubmissionReceipts};
use holdout_receipts::{
    Checkpoint, KeyChainError, TAG, VerifiedReceipt, VerifyingKey, verify_checkpoint, verify_extension, verify_receipt,
};
use serde_json::json;

use super::context::Context;
use super::verify_archive::verify_season;
use super::verify_input::{head_facts, not_proved, not_proved_by, own_key, parsed_key, read_text, unusable};
use crate::archive::{is_archive, is_plain_tar};
use crate::failure::Failure;
use crate::receipt_bundle::{BundleError, ProvedBundle, hashes, verify_bundle};
use crate::show::receipt;
use crate::text::visible_lines;

/// `verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everything that receipts can prove of the file is proved, and the rest is listed under Not proved; 1 something in it is wrong; 2 the input cannot be read."
)]
pub(crate) struct VerifyArguments {
    /// What `holdout receipts` or `holdout season export` saved; or one receipt, or a checkpoint,
    /// as signed text.
    file: PathBuf,
    /// The key to trust, NAME+HASH+KEY: get it from where the organizers publish it, not from the
    /// server.
    #[arg(long)]
    key: Option<String>,
    /// A checkpoint that you kept from before. Proves that the log of FILE continues it.
    #[arg(long, value_name = "FILE")]
    earlier: Option<PathBuf>,
    /// What `holdout log proof` saves for the sizes of both checkpoints; not needed for an archive.
    #[arg(long, value_name = "FILE", requires = "earlier")]
    proof: Option<PathBuf>,
}

/// What the file is.
enum Given {
    Bundle(Box<SubmissionReceipts>),
    Receipt(String),
    Checkpoint(String),
}

pub(crate) fn run(context: &Context, arguments: &VerifyArguments) -> Result<(), Failure> {
    if is_archive(&arguments.file) {
        if arguments.proof.is_some() {
            return Err(Failure::usage("`--proof` is not for an archive, which has the whole log"));
        }
        let VerifyArguments { file, key, earlier, .. } = arguments;
        return verify_season(context, file, key.as_deref(), earlier.as_deref());
    }
    if arguments.earlier.is_some() && arguments.proof.is_none() {
        return Err(Failure::usage("`--earlier` needs `--proof`, except for an archive"));
    }
    let given = read_given(&arguments.file)?;
    let key = key_of(arguments, &given)?;
    let console = context.console;
    let proved = prove(arguments, &given, &key)?;
    console.data(&json!({ "proved": true, "key": key.to_string(), "key_given": arguments.key.is_some(),
        "facts": proved.facts }))?;
    for line in &proved.lines {
        console.say(visible_lines(line))?;
    }
    if arguments.key.is_none() {
        console.say(own_key(&key))?;
    }
    console.say(receipt::LIMITS)
}

/// What was proved, for people and for programs.
struct Proved {
    lines: Vec<String>,
    facts: Vec<serde_json::Value>,
}

fn prove(arguments: &VerifyArguments, given: &Given, key: &VerifyingKey) -> Result<Proved, Failure> {
    let earlier = arguments.earlier.as_deref().zip(arguments.proof.as_deref());
    let mut keys = vec![key.clone()];
    let (mut proved, checkpoint) = match given {
        Given::Bundle(bundle) => {
            let found = verify_bundle(bundle, key).map_err(|error| bundle_not_proved(&error, key))?;
            keys = found.keys.keys();
            (of_bundle(&found, key), &bundle.checkpoint)
        }
        Given::Receipt(note) => {
            let VerifiedReceipt { receipt: found, leaf } = verify_receipt(note, slice::from_ref(key))
                .map_err(|error| not_proved_by(&error, slice::from_ref(key)))?;
            let lines = vec![
                format!("The receipt is signed by the key: {}", receipt::sentence(&found)),
                format!("That the log has it is not proved; it would have the hash {leaf}."),
            ];
            return Ok(Proved { lines, facts: vec![json!({ "receipt": found, "leaf": leaf })] });
        }
        Given::Checkpoint(note) if earlier.is_none() => {
            let found = verify_checkpoint(note, slice::from_ref(key))
                .map_err(|error| not_proved_by(&error, slice::from_ref(key)))?;
            (Proved { lines: vec![receipt::head(&found)], facts: vec![head_facts(&found)] }, note)
        }
        Given::Checkpoint(note) => (Proved { lines: Vec::new(), facts: Vec::new() }, note),
    };
    if let Some((earlier, proof)) = earlier {
        let (before, after) = extension(earlier, proof, checkpoint, &keys)?;
        proved.lines.push(format!(
            "The log of {} entries continues the one of {} entries that you kept: nothing was changed, left out or put in before \
             its end.",
            after.size, before.size
        ));
        proved.facts.push(json!({ "continues": head_facts(&before), "checkpoint": head_facts(&after) }));
    }
    Ok(proved)
}

fn extension(
    earlier: &Path,
    proof: &Path,
    checkpoint: &str,
    keys: &[VerifyingKey],
) -> Result<(Checkpoint, Checkpoint), Failure> {
    let earlier = read_text(earlier)?;
    let text = read_text(proof)?;
    let unreadable = |cause: String| unusable(proof, &cause);
    let proof: LogProof = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let proof = hashes(&proof.hashes).map_err(unreadable)?;
    verify_extension(&earlier, checkpoint, &proof, keys).map_err(|error| not_proved_by(&error, keys))
}

fn bundle_not_proved(error: &BundleError, key: &VerifyingKey) -> Failure {
    match error {
        BundleError::Keys(KeyChainError::Checkpoint(error)) => not_proved_by(error, slice::from_ref(key)),
        _ => not_proved(&error.to_string()),
    }
}

fn of_bundle(found: &ProvedBundle, key: &VerifyingKey) -> Proved {
    let mut lines = vec![receipt::head(&found.checkpoint)];
    lines.extend(receipt::key_changes(&found.keys, key));
    lines.extend(found.entries.iter().map(receipt::entry));
    if found.has_earlier {
        lines.push("There is an earlier receipt of this submission, which the file does not have.".to_owned());
    }
    let facts = found.entries.iter().map(
        |entry| json!({ "index": entry.index, "at": entry.at, "receipt": entry.receipt, "private": entry.private }),
    );
    let mut facts: Vec<_> = facts.collect();
    if found.keys.changes() > 0 {
        facts.push(json!({ "key_changes": found.keys.changes(), "present_key": found.keys.latest().to_string() }));
    }
    facts.push(json!({ "checkpoint": head_facts(&found.checkpoint) }));
    Proved { lines, facts }
}

fn key_of(arguments: &VerifyArguments, given: &Given) -> Result<VerifyingKey, Failure> {
    let (text, place) = match (&arguments.key, given) {
        (Some(key), _) => (key, "`--key`".to_owned()),
        (None, Given::Bundle(bundle)) => (&bundle.key, format!("`key` in `{}`", arguments.file.display())),
        (None, Given::Receipt(_) | Given::Checkpoint(_)) => {
            return Err(Failure::usage("a receipt or checkpoint alone does not say which key to trust")
                .advise("Give the key that the organizers publish with `--key`."));
        }
    };
    parsed_key(text, &place)
}

fn read_given(path: &Path) -> Result<Given, Failure> {
    if is_plain_tar(path) {
        return Err(unusable(
            path,
            "it is a tar file that was unpacked from an archive (`.tar.zst`); give the archive as it came",
        ));
    }
    let text = read_text(path)?;
    if text.trim_start().starts_with('{') {
        let bundle = serde_json::from_str(&text);
        return bundle
            .map(|bundle| Given::Bundle(Box::new(bundle)))
            .map_err(|error| unusable(path, &error.to_string()));
    }
    match text.lines().next() {
        Some(TAG) => Ok(Given::Receipt(text)),
        Some(_) if text.contains("\n\n") => Ok(Given::Checkpoint(text)),
        _ => Err(unusable(
            path,
            "it is neither a file of `holdout receipts`, nor an archive (`.tar.zst`), nor a receipt, nor a checkpoint",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn given(text: &str) -> Result<Given, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        read_given(file.path())
    }

    #[test]
    fn a_file_is_told_by_its_beginning() {
        assert!(matches!(given(&format!("{TAG}\n{{}}\n\n— k x\n")), Ok(Given::Receipt(_))));
        assert!(matches!(given("log.example\n3\nroot\n\n— k x\n"), Ok(Given::Checkpoint(_))));
        for (text, cause) in [("", "neither"), ("log.example\n3\nroot\n", "neither"), ("{\"a\": 1}", "missing field")] {
            let failure = given(text).map(drop).unwrap_err();
            assert!(failure.to_string().contains(cause), "{failure}");
            assert_eq!(failure.exit_code(), 2);
        }
    }

    fn key_for(key: Option<&str>, given: &Given) -> Failure {
        let key = key.map(str::to_owned);
        let arguments = VerifyArguments { file: PathBuf::from("r.txt"), key, earlier: None, proof: None };
        key_of(&arguments, given).unwrap_err()
    }

    #[test]
    fn a_receipt_alone_needs_the_key_and_a_key_that_is_none_is_named_by_its_place() {
        let receipt = Given::Receipt(String::new());
        let missing = key_for(None, &receipt).to_text();
        assert!(
            missing.contains("does not say which key to trust\nadvice: Give the key that the organizers publish"),
            "{missing}"
        );
        let odd = key_for(Some("no key"), &receipt).to_string();
        assert!(odd.starts_with("`--key`: "), "{odd}");
    }
}
