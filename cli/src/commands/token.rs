//! `token`: personal API tokens.

use clap::Subcommand;
use holdout_protocol::{ApiTokenId, NewApiToken};

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;

/// `token`.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown this once.
    Create {
        /// What it is for.
        name: String,
        /// Days until it ends, 1 to 365 [default: 90].
        #[arg(long)]
        days: Option<u32>,
    },
    /// Your tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id.
        id: ApiTokenId,
    },
}

pub(crate) fn run(context: &Context, command: TokenCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        TokenCommand::Create { name, days } => {
            let created = client.create_token(&NewApiToken { name, days })?;
            console.data(&created)?;
            console.remark(format!(
                "Shown only this once; it ends {}. Use it as HOLDOUT_TOKEN.",
                time(created.token.expires_at)
            ));
            console.say(&created.secret)
        }
        TokenCommand::List => {
            let tokens = client.tokens()?;
            console.data(&tokens)?;
            let mut table = Table::new(&["id", "made", "ends", "last used", "name"]);
            for token in tokens {
                let used = token.last_used_at.map_or("never".to_owned(), time);
                table.row(&[token.id.to_string(), time(token.created_at), time(token.expires_at), used, token.name]);
            }
            console.say(if table.is_empty() { "No tokens.".to_owned() } else { table.render(console.columns()) })
        }
        TokenCommand::Revoke { id } => {
            client.revoke_token(id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}
