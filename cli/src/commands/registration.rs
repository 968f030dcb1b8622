//! `season code`, `season approve`, `season decline` and `season team-changes`, for organizers.

use clap::{Args, Subcommand};
use holdout_protocol::{NewRegistrationCode, RegistrationCodeId, Slug, TeamAction, TeamDecision, TeamStatus};

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `season code`.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistrationCodeCommand {
    /// Make a code; it is shown this once.
    Create {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// For whom it is; only organizers see it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How many people may use it, 1 to 10000.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        uses: u32,
        /// Days until it ends, 1 to 366.
        #[arg(long, value_name = "NUMBER", default_value_t = 30)]
        days: u32,
    },
    /// The codes, without their text.
    List {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Revoke a code; whoever came in by it stays.
    Revoke {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// Its id.
        id: RegistrationCodeId,
    },
}

/// `season approve` and `season decline`.
#[derive(Debug, Args)]
pub(crate) struct DecisionArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    pub(crate) season: Slug,
    /// The team, by name or id.
    pub(crate) team: String,
    /// A note that the team sees.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

pub(crate) fn codes(context: &Context, command: RegistrationCodeCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        RegistrationCodeCommand::Create { season, label, uses, days } => {
            let created = client.create_registration_code(&season, &NewRegistrationCode { label, uses, days })?;
            console.data(&created)?;
            let (people, ends) = (created.registration_code.max_uses, time(created.registration_code.expires_at));
            console.remark(format!(
                "Shown only this once; lets {people} in until {ends}: holdout team create NAME --season {season} --code CODE"
            ));
            console.say(&created.code)
        }
        RegistrationCodeCommand::List { season } => {
            let codes = client.registration_codes(&season)?;
            console.data(&codes)?;
            let mut table = Table::new(&["id", "used", "ends", "revoked", "label"]);
            for code in codes {
                let revoked = code.revoked_at.map_or("no".to_owned(), time);
                let used = format!("{} of {}", code.uses, code.max_uses);
                table.row(&[code.id.to_string(), used, time(code.expires_at), revoked, code.label]);
            }
            console.say(if table.is_empty() { "No codes.".to_owned() } else { table.render(console.columns()) })
        }
        RegistrationCodeCommand::Revoke { season, id } => {
            client.revoke_registration_code(&season, id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}

pub(crate) fn decide(context: &Context, arguments: DecisionArguments, status: TeamStatus) -> Result<(), Failure> {
    let DecisionArguments { season, team, note } = arguments;
    let team = context.client()?.decide_team(&season, &team, &TeamDecision { status, note })?;
    context.console.data(&team)?;
    let word = match team.status {
        TeamStatus::Approved => "may submit",
        TeamStatus::Pending | TeamStatus::Declined => "cannot submit",
    };
    context.console.say(format!("{} {word}.", visible(team.name.as_str())))
}

pub(crate) fn team_changes(context: &Context, season: &Slug, all: bool) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let changes = client.team_changes(season, all)?;
    console.data(&changes)?;
    let mut table = Table::new(&["when", "who", "did", "team", "submissions before"]);
    for change in changes {
        let did = match change.action {
            TeamAction::Founded => "founded",
            TeamAction::Joined => "joined",
            TeamAction::Left => "left",
            TeamAction::Removed => "was taken out of",
            TeamAction::Merged => "was merged into",
        };
        let who = format!("{} <{}>", change.name, change.email);
        table.row(&[time(change.at), who, did.to_owned(), change.team_name, change.submissions.to_string()]);
    }
    console.say(if table.is_empty() { "Nobody.".to_owned() } else { table.render(console.columns()) })
}
