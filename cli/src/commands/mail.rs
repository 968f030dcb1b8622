//! `mail`: whether e-mail works, and what became of messages, for operators and organizers.

#[cfg(feature = "host")]
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use holdout_protocol::{Message, MessageId, MessageState, Slug};

use super::context::Context;
use crate::failure::Failure;
#[cfg(feature = "host")]
use crate::host::processes;
use crate::show::figures::time;
use crate::show::table::Table;
#[cfg(feature = "host")]
use crate::text::visible;

/// `mail`.
#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    #[cfg(feature = "host")]
    /// Send a test to an address with the mail server of the configuration, on the machine of the
    /// server.
    Test {
        /// E-mail address.
        address: String,
        /// Configuration file, the one of `holdout serve` or `holdout up`.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Messages of the server to people, newest first, with what became of them as e-mails.
    List {
        #[command(flatten)]
        about: AboutArguments,
        /// Largest number of messages to show.
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: usize,
    },
    /// Send a message again that was sent or has failed.
    Send {
        #[command(flatten)]
        about: AboutArguments,
        /// Its id, as `holdout mail list` shows it.
        id: MessageId,
    },
}

/// What messages are about.
#[derive(Debug, Args)]
pub(crate) struct AboutArguments {
    /// Messages about this season [default: all messages of the server].
    #[arg(long)]
    season: Option<Slug>,
}

pub(crate) fn run(context: &Context, command: MailCommand) -> Result<(), Failure> {
    let console = context.console;
    match command {
        #[cfg(feature = "host")]
        MailCommand::Test { address, config } => send_test(context, &address, config.as_deref()),
        MailCommand::List { about, limit } => {
            let messages = context.client()?.messages(about.season.as_ref(), limit)?;
            console.data(&messages)?;
            let mut table = Table::new(&["id", "made", "state", "to", "subject", "error"]);
            for message in messages {
                let (state, error) = (described(&message), message.error.unwrap_or_default());
                table.row(&[
                    message.id.to_string(),
                    time(message.created_at),
                    state,
                    message.address,
                    message.subject,
                    error,
                ]);
            }
            console.say(if table.is_empty() { "No messages.".to_owned() } else { table.render(console.columns()) })
        }
        MailCommand::Send { about, id } => {
            let message = context.client()?.send_message(about.season.as_ref(), id)?;
            console.data(&message)?;
            console.say("It will be sent again within seconds.")
        }
    }
}

#[cfg(feature = "host")]
fn send_test(context: &Context, address: &str, config: Option<&Path>) -> Result<(), Failure> {
    let settings = context.settings(config)?;
    let sent = processes::send_test_mail(&settings.server, address);
    sent.map_err(|failure| match config {
        None if settings.server.mail.server.is_none() => failure.advise(
            "Name the server's configuration file with `--config`; docs/guide-operator.md lists the fields of `mail`.",
        ),
        _ => failure,
    })?;
    context.console.data(&serde_json::json!({ "address": address, "sent": true }))?;
    context.console.say(format!("The mail server took a test for {}.", visible(address)))
}

/// Returns what became of a message as an e-mail.
pub(crate) fn described(message: &Message) -> String {
    match message.state {
        MessageState::Waiting if message.attempts > 0 => {
            let again = message.next_try_at.map_or_else(String::new, |at| format!(", again at {}", time(at)));
            format!("tried {} times{again}", message.attempts)
        }
        MessageState::Waiting => "waiting".to_owned(),
        MessageState::Sent => "sent".to_owned(),
        MessageState::Failed => "failed".to_owned(),
        MessageState::NotSent => "not sent".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_whether_it_was_sent_and_when_it_is_tried_again() {
        let described = |state: &str, attempts: u32, again: Option<&str>| {
            let fields = serde_json::json!({
                "id": "0190a5d0-0000-7000-8000-000000000001", "kind": "answer", "season": null, "address": "a@b",
                "subject": "s", "text": "t", "path": null, "created_at": "2026-01-01T00:00:00Z", "state": state,
                "attempts": attempts, "next_try_at": again, "ended_at": null, "error": null,
            });
            described(&serde_json::from_value(fields).unwrap())
        };
        assert_eq!(described("waiting", 0, Some("2026-01-02T00:00:00Z")), "waiting");
        let again = described("waiting", 2, Some("2026-01-02T00:00:00Z"));
        assert_eq!(again, "tried 2 times, again at 2026-01-02 00:00:00 UTC");
        assert_eq!(described("waiting", 2, None), "tried 2 times");
        let ended =
            [("sent", 1), ("failed", 9), ("not_sent", 0)].map(|(state, attempts)| described(state, attempts, None));
        assert_eq!(ended, ["sent", "failed", "not sent"]);
    }
}
