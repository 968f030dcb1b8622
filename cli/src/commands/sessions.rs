//! `account sessions` and `account end-session`.

use clap::Args;
use holdout_protocol::SessionId;

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `account end-session`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct EndSessionArguments {
    /// Its id, as `account sessions` shows it.
    id: Option<SessionId>,
    /// End all but the one that this command uses.
    #[arg(long)]
    others: bool,
}

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let (sessions, console) = (context.client()?.sessions()?, context.console);
    console.data(&sessions)?;
    let mut table = Table::new(&["id", "login", "last renewed", "", "client"]);
    for session in sessions {
        let mark = if session.current { "this one" } else { "" };
        let client = session.client.as_deref().map_or("unknown".to_owned(), visible);
        let (login, renewed) = (time(session.created_at), time(session.renewed_at));
        table.row(&[session.id.to_string(), login, renewed, mark.to_owned(), client]);
    }
    console.say(if table.is_empty() { "No sessions.".to_owned() } else { table.render(console.columns()) })
}

pub(super) fn end(context: &Context, arguments: &EndSessionArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match arguments.id {
        Some(id) => {
            client.end_own_session(id)?;
            console.data(&serde_json::json!({ "id": id, "ended": true }))?;
            console.say("The session has ended. API tokens that were made in it stay valid.")
        }
        None => {
            client.end_other_sessions()?;
            console.data(&serde_json::json!({ "others": true, "ended": true }))?;
            // A token has no session of its own to keep.
            let which = if context.environment.token.is_some() { "All" } else { "All other" };
            console.say(format!("{which} sessions have ended. API tokens stay valid."))
        }
    }
}
