//! `scorer-token`, `queue`, `requeue` and `audit`, for organizers.

use clap::{Args, Subcommand};
use holdout_protocol::{NewScorerToken, QueueRow, ScorerTokenId, Slug};

use super::context::Context;
use crate::arguments::SubmissionArgument;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::submission::describe_state;
use crate::show::table::Table;

/// `scorer-token`.
#[derive(Debug, Subcommand)]
pub(crate) enum ScorerTokenCommand {
    /// Make a token; it is shown this once.
    Create {
        /// What it is for.
        name: String,
    },
    /// The tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id.
        id: ScorerTokenId,
    },
}

/// `audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// Largest number of entries to show.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Only what was done to this season and what belongs to it.
    #[arg(long, value_name = "SEASON")]
    pub(crate) season: Option<Slug>,
}

pub(crate) fn scorer_tokens(context: &Context, command: ScorerTokenCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        ScorerTokenCommand::Create { name } => {
            let created = client.create_scorer_token(&NewScorerToken { name })?;
            console.data(&created)?;
            console.remark("Shown only this once. Give it to `holdout score` as HOLDOUT_SCORER_TOKEN.");
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
            console.say(if table.is_empty() { "No tokens.".to_owned() } else { table.render(console.columns()) })
        }
        ScorerTokenCommand::Revoke { id } => {
            client.revoke_scorer_token(id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}

pub(crate) fn queue(context: &Context) -> Result<(), Failure> {
    let (queue, console) = (context.client()?.queue()?, context.console);
    console.data(&queue)?;
    // The id first: the last columns are cut if the terminal is narrow.
    let mut table = Table::new(&["submission", "place", "since", "team", "task", "season", "kind"]);
    for QueueRow { evaluation, position } in queue.rows {
        let place = position.map_or_else(|| "running".to_owned(), |position| position.to_string());
        let since = time(evaluation.started_at.filter(|_| position.is_none()).unwrap_or(evaluation.queued_at));
        let (id, kind) = (evaluation.submission.to_string(), evaluation.kind.as_str().to_owned());
        let [team, task, season] =
            [evaluation.team.to_string(), evaluation.task.to_string(), evaluation.season.to_string()];
        table.row(&[id, place, since, team, task, season, kind]);
    }
    console.say(if table.is_empty() { "Nothing runs or waits.".to_owned() } else { table.render(console.columns()) })
}

pub(crate) fn requeue(context: &Context, argument: &SubmissionArgument) -> Result<(), Failure> {
    let submission = context.client()?.requeue(argument.id)?;
    context.console.data(&submission)?;
    context.console.say(describe_state(&submission))
}

pub(crate) fn audit(context: &Context, arguments: &AuditArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let entries = client.audit(arguments.season.as_ref(), Some(arguments.limit))?;
    console.data(&entries)?;
    let mut table = Table::new(&["when", "who", "what", "to what", "detail"]);
    for entry in entries {
        let account = entry.account.map_or("the program".to_owned(), |account| account.to_string());
        let who = entry.name.unwrap_or(account);
        let detail = if entry.detail.is_null() { String::new() } else { entry.detail.to_string() };
        table.row(&[time(entry.at), who, entry.action, entry.object, detail]);
    }
    console.say(if table.is_empty() { "Nothing yet.".to_owned() } else { table.render(console.columns()) })
}
