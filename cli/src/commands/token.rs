//! `token`: personal API tokens.

use holdout_protocol::NewApiToken;

use super::Context;
use crate::arguments::TokenCommand;
use crate::failure::Failure;
use crate::figures::time;
use crate::table::Table;

pub(super) fn run(context: &Context, command: TokenCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        TokenCommand::Create { name, days } => {
            let created = client.create_token(&NewApiToken { name, days })?;
            console.data(&created)?;
            console.remark(format!(
                "Shown this once; it ends {}. Use it as HOLDOUT_TOKEN.",
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
                table.row([token.id.to_string(), time(token.created_at), time(token.expires_at), used, token.name]);
            }
            console.say(if table.is_empty() { "No tokens.".to_owned() } else { table.render(console.width) })
        }
        TokenCommand::Revoke { id } => {
            client.revoke_token(&id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}
