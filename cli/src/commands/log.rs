//! `log`: the keys of the transparency log, its signed head, and proofs that it only grew.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdout_protocol::{LogKey, LogKeys, NewLogKey, Timestamp};

use super::context::Context;
use crate::failure::Failure;
use crate::new_file::write_or_print;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `log`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// The keys that the log has had, the first one first; the last one signs now.
    Keys,
    /// Save the signed head of the log, which a later log has to continue.
    Checkpoint(OutputArguments),
    /// Save the proof that the log of one size continues that of another, for `holdout verify
    /// --proof`.
    Proof {
        /// Entries of the earlier log: line 2 of its checkpoint.
        from: u64,
        /// Entries of the later log.
        to: u64,
        #[command(flatten)]
        output: OutputArguments,
    },
    /// Replace the key that signs by another one, for owners of the server.
    RotateKey {
        /// Days for which the old key signs heads of the log, too, 0 to 365.
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        overlap_days: u32,
        /// Say what would happen, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
}

/// Where an answer goes.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// The file to write, which must not exist [default: standard output].
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, command: &LogCommand) -> Result<(), Failure> {
    let save = |to: &OutputArguments, bytes: &[u8]| write_or_print(context.console, to.output.as_deref(), bytes);
    match *command {
        LogCommand::Keys => list_keys(context),
        LogCommand::Checkpoint(ref output) => save(output, context.anonymous()?.log_checkpoint()?.as_bytes()),
        LogCommand::Proof { from, to, ref output } => save(output, &context.anonymous()?.consistency_proof(from, to)?),
        LogCommand::RotateKey { overlap_days, dry_run, yes } => rotate(context, overlap_days, dry_run, yes),
    }
}

fn list_keys(context: &Context) -> Result<(), Failure> {
    let (keys, console) = (context.client()?.log_keys()?, context.console);
    console.data(&keys)?;
    let mut table = Table::new(&["since", "entry", "signs", "key"]);
    for key in keys.keys {
        let entry = key.entry.as_ref().map_or_else(|| "first key".to_owned(), |entry| entry.index.to_string());
        let signs = match key.signs_heads_until {
            None => "entries and heads".to_owned(),
            Some(until) if until > Timestamp::now() => format!("heads, until {}", time(until)),
            Some(until) => format!("nothing since {}", time(until)),
        };
        table.row(&[time(key.since), entry, signs, key.key]);
    }
    // Half a key is of no use.
    console.say(table.render(usize::MAX))
}

fn rotate(context: &Context, overlap_days: u32, dry_run: bool, yes: bool) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let replaces = present(&client.log_keys()?)?.key.clone();
    let heads = match overlap_days {
        0 => "The old one signs nothing more, and its secret is deleted at once".to_owned(),
        days => format!("The old one signs heads of the log, too, for {days} days; then its secret is deleted"),
    };
    let plan = format!(
        "The key that signs now is {}.\nThe server makes another one, which signs from the next entry on. {heads}. Receipts that it \
         signed stay valid.",
        visible(&replaces)
    );
    if dry_run {
        console.data(&serde_json::json!({ "replaces": replaces, "overlap_days": overlap_days, "dry_run": true }))?;
        return console.say(plan);
    }
    let question = format!("{plan}\nReplace it?");
    if !console.agree(yes, &question, ("there is nobody to ask whether to replace the key", "Run it with `--yes`."))? {
        return console.say("Nothing was changed.");
    }
    let keys = client.replace_log_key(&NewLogKey { replaces, overlap_days: Some(overlap_days) })?;
    console.data(&keys)?;
    console.remark(match overlap_days {
        0 => "Publish this key where teams find the old one, in its place, with the checkpoint of now (`holdout log checkpoint`):",
        _ => "Publish this key where teams find the old one, beside it until the overlap ends:",
    });
    console.say(visible(&present(&keys)?.key))
}

fn present(keys: &LogKeys) -> Result<&LogKey, Failure> {
    keys.keys.last().ok_or_else(|| Failure::refused("answer", "the server named no key of its log".to_owned()))
}
