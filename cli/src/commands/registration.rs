//! `season code`, `season approve`, `season decline` and `season team-changes`, for organizers.

use holdout_protocol::{NewRegistrationCode, Slug, TeamAction, TeamDecision, TeamStatus};

use super::Context;
use crate::arguments::{DecisionArguments, RegistrationCodeCommand};
use crate::failure::Failure;
use crate::figures::time;
use crate::table::Table;
use crate::text::visible;

pub(super) fn codes(context: &Context, command: RegistrationCodeCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        RegistrationCodeCommand::Create { season, label, uses, days } => {
            let created = client.create_registration_code(&season, &NewRegistrationCode { label, uses, days })?;
            console.data(&created)?;
            let (people, ends) = (created.registration_code.max_uses, time(created.registration_code.expires_at));
            console.remark(format!(
                "Shown this once; lets {people} in until {ends}: holdout team create NAME --season {season} --code CODE"
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
            console.say(if table.is_empty() { "No codes.".to_owned() } else { table.render(console.width) })
        }
        RegistrationCodeCommand::Revoke { season, id } => {
            client.revoke_registration_code(&season, &id)?;
            console.data(&serde_json::json!({ "id": id, "revoked": true }))?;
            console.say("Revoked.")
        }
    }
}

pub(super) fn decide(context: &Context, arguments: DecisionArguments, status: TeamStatus) -> Result<(), Failure> {
    let DecisionArguments { season, team, note } = arguments;
    let team = context.client()?.decide_team(&season, &team, &TeamDecision { status, note })?;
    context.console.data(&team)?;
    let word = match team.status {
        TeamStatus::Approved => "may submit",
        TeamStatus::Pending | TeamStatus::Declined => "cannot submit",
    };
    context.console.say(format!("{} {word}.", visible(team.name.as_str())))
}

pub(super) fn team_changes(context: &Context, season: &Slug, all: bool) -> Result<(), Failure> {
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
        };
        let who = format!("{} <{}>", change.name, change.email);
        table.row(&[time(change.at), who, did.to_owned(), change.team_name, change.submissions.to_string()]);
    }
    console.say(if table.is_empty() { "Nobody.".to_owned() } else { table.render(console.width) })
}
