//! `account`, `scorer-token` and `audit`, for organizers.

use holdout_protocol::{NewPasswordReset, NewScorerToken};

use super::Context;
use crate::arguments::{AccountCommand, AuditArguments, ScorerTokenCommand};
use crate::failure::Failure;
use crate::figures::time;
use crate::table::Table;

pub(super) fn scorer_tokens(context: &Context, command: ScorerTokenCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        ScorerTokenCommand::Create { name } => {
            let created = client.create_scorer_token(&NewScorerToken { name })?;
            console.data(&created)?;
            console.remark("Shown this once. Give it to `holdout score` as HOLDOUT_SCORER_TOKEN.");
            console.say(&created.secret)
        }
        ScorerTokenCommand::List => {
            let tokens = client.scorer_tokens()?;
            console.data(&tokens)?;
            let mut table = Table::new(&["id", "made", "revoked", "name"]);
            for token in tokens {
                let revoked = token.revoked_at.map_or("no".to_owned(), time);
                table.row(&[token.id.to_string(), time(token.created_at), revoked, token.name]);
            }
            console.say(if table.is_empty() { "No tokens.".to_owned() } else { table.render(console.width) })
        }
        ScorerTokenCommand::Revoke { id } => {
            client.revoke_scorer_token(&id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}

pub(super) fn accounts(context: &Context, command: AccountCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let AccountCommand::ResetLink { email } = command;
    let created = client.create_password_reset(&NewPasswordReset { email })?;
    let link = format!("{}/reset/{}", client.server().as_str().trim_end_matches('/'), created.code);
    console.data(&serde_json::json!({ "link": link, "code": created.code, "expires_at": created.expires_at }))?;
    console.remark(format!(
        "Shown this once; it works once, until {}. Give it to nobody but the person.",
        time(created.expires_at)
    ));
    console.say(link)
}

pub(super) fn audit(context: &Context, arguments: &AuditArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let entries = client.audit(Some(arguments.limit))?;
    console.data(&entries)?;
    let mut table = Table::new(&["when", "who", "what", "to what", "detail"]);
    for entry in entries {
        let account = entry.account.map_or("the program".to_owned(), |account| account.to_string());
        let who = entry.name.unwrap_or(account);
        let detail = if entry.detail.is_null() { String::new() } else { entry.detail.to_string() };
        table.row(&[time(entry.at), who, entry.action, entry.object, detail]);
    }
    console.say(if table.is_empty() { "Nothing yet.".to_owned() } else { table.render(console.width) })
}
