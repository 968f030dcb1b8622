//! `account delete`.

use clap::Args;
use holdout_protocol::AccountDeletion;

use super::account;
use super::context::Context;
use super::passwords::{PasswordArguments, warn_of_the_open_network, wrong_password};
use crate::failure::Failure;
use crate::text::visible;

/// `account delete`.
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    /// Keep name, affiliation, descriptions and links of teams that nobody but you was ever in.
    #[arg(long)]
    keep_teams: bool,
    /// Delete without asking.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    password: PasswordArguments,
}

pub(super) fn run(context: &Context, arguments: &DeleteArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let own = client.me()?.account;
    let (email, server) = (visible(&own.email), client.server().clone());
    let teams = match arguments.keep_teams {
        true => "Teams keep their names.",
        false => "Teams that nobody but you was ever in get a name that says nothing; others keep theirs.",
    };
    let question = format!(
        "Delete the account {email} at {server} for good? Your name, address, messages and API tokens go, and you leave \
         your teams. Submissions and scores stay. {teams} The address cannot be used again while a season runs in \
         which you submitted, for a year at most."
    );
    let missing = format!("there is no terminal to ask on: delete the account {email} at {server}?");
    if !console.agree(arguments.yes, &question, (&missing, "`--yes` deletes without asking."))? {
        return console.say("Nothing was deleted.");
    }
    warn_of_the_open_network(context, &server);
    let password = arguments.password.present(console, "Your password:")?;
    let request = AccountDeletion { password: password.reveal().to_owned(), keep_teams: arguments.keep_teams };
    client.delete_account(&request).map_err(wrong_password)?;
    account::forget_session(context)?;
    console.data(&serde_json::json!({ "deleted": true }))?;
    console.say(format!("The account {email} is deleted."))
}
