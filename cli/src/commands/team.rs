//! `team`.

use clap::{ArgGroup, Subcommand};
use holdout_protocol::{
    InvitationId, Member, MemberChanges, MemberRole, NewInvitation, NewTeam, Slug, TeamChanges, TeamName,
    UseRegistrationCode,
};

use super::context::Context;
use super::team_invitations::{invite, join_team, list_invitations};
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::team::{after_leaving, described, standing};
use crate::text::visible;

/// `team`.
#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Make a team; you become its captain.
    Create {
        /// Its name.
        name: TeamName,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// University or company.
        #[arg(long)]
        affiliation: Option<String>,
        /// Registration code from an organizer, if the season needs one.
        #[arg(long)]
        code: Option<String>,
    },
    /// Make an invitation; its code is shown this once.
    Invite {
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
        /// Only the account with this e-mail address can accept.
        #[arg(long)]
        email: Option<String>,
        /// Days until it ends, 1 to 90 [default: 14].
        #[arg(long)]
        days: Option<u32>,
    },
    /// Join a team.
    Join {
        /// The code of the invitation.
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        invitation: String,
        /// Registration code from an organizer, if the season needs one.
        #[arg(long)]
        code: Option<String>,
    },
    /// The team's open invitations, for its captain.
    Invitations {
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Revoke an invitation.
    Revoke {
        /// Its id, as `team invitations` shows it.
        invitation: InvitationId,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Leave your team. The captain makes somebody else the captain first.
    Leave {
        /// Do it without asking first.
        #[arg(long)]
        yes: bool,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Take a member out of the team, as its captain.
    Remove {
        /// The member, by name or account id.
        member: String,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Make a member the captain in your place.
    Captain {
        /// The member, by name or account id.
        member: String,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Correct the team's name or affiliation.
    #[command(group = ArgGroup::new("what").required(true).multiple(true))]
    Rename {
        /// The new name.
        #[arg(long, group = "what")]
        name: Option<TeamName>,
        /// University or company; "" takes it away.
        #[arg(long, group = "what")]
        affiliation: Option<String>,
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
    },
    /// A team with its members.
    Show {
        /// The season, by its short name, for example `ilsvrc-2012`.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
    },
}

pub(crate) fn run(context: &Context, command: TeamCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        TeamCommand::Create { name, season, affiliation, code } => {
            create_team(&client, console, &season, &NewTeam { name, affiliation }, code)
        }
        TeamCommand::Invite { season, team, email, days } => {
            let team = team_or_own(&client, &season, team)?;
            invite(&client, console, &season, &team, &NewInvitation { email, days })
        }
        TeamCommand::Join { invitation, code } => join_team(&client, console, &invitation, code),
        TeamCommand::Invitations { season } => list_invitations(&client, console, &season),
        TeamCommand::Revoke { invitation, season } => {
            client.revoke_invitation(&season, &own_team(&client, &season)?, invitation)?;
            console.data(&serde_json::json!({ "id": invitation, "revoked": true }))?;
            console.say("Revoked.")
        }
        TeamCommand::Leave { season, yes } => leave_team(&client, console, &season, yes),
        TeamCommand::Remove { member, season } => remove_member(&client, console, &season, &member),
        TeamCommand::Captain { member, season } => {
            let (team, member) = member_of_own(&client, &season, &member)?;
            client.change_member(&season, &team, member.account, &MemberChanges { role: MemberRole::Captain })?;
            console.data(&client.team(&season, &team)?)?;
            console.say(format!("{} is the captain now.", visible(&member.name)))
        }
        TeamCommand::Rename { name, affiliation, season, team } => {
            let team = team_or_own(&client, &season, team)?;
            let team = client.change_team(&season, &team, &TeamChanges { name, affiliation })?;
            console.data(&team)?;
            console.say(described(&team))
        }
        TeamCommand::Show { season, team } => {
            let team = client.team(&season, &team_or_own(&client, &season, team)?)?;
            console.data(&team)?;
            console.say(described(&team))
        }
    }
}

fn remove_member(client: &Client, console: Console, season: &Slug, member: &str) -> Result<(), Failure> {
    let (team, member) = member_of_own(client, season, member)?;
    client.remove_member(season, &team, member.account)?;
    console.data(&serde_json::json!({ "team": team, "account": member.account, "removed": true }))?;
    console.say(format!("{} is no longer in the team.", visible(&member.name)))
}

fn create_team(
    client: &Client,
    console: Console,
    season: &Slug,
    team: &NewTeam,
    code: Option<String>,
) -> Result<(), Failure> {
    register(client, season, code)?;
    let team = client.create_team(season, team)?;
    console.data(&team)?;
    let (name, takes_part) = (visible(team.name.as_str()), standing(&team));
    console.say(format!("{name} {takes_part}. Invite others: holdout team invite --season {season}"))
}

fn leave_team(client: &Client, console: Console, season: &Slug, yes: bool) -> Result<(), Failure> {
    let own = own_team(client, season)?;
    let team = client.team(season, &own)?;
    let (name, after) = (visible(team.name.as_str()), after_leaving(&team));
    let question = format!("Leave the team {name} of {season}? {after}");
    let missing = format!("there is no terminal to ask on: leave the team {name}? {after}");
    if !console.agree(yes, &question, (&missing, "`--yes` leaves without asking."))? {
        return console.say(format!("You are still in the team {name}."));
    }
    client.remove_member(season, &own, client.me()?.account.id)?;
    console.data(&serde_json::json!({ "team": own, "left": true }))?;
    console.say(format!("You have left the team {name}. {after}"))
}

/// Comes into the season by a registration code, if there is one.
pub(super) fn register(client: &Client, season: &Slug, code: Option<String>) -> Result<(), Failure> {
    match code {
        Some(code) => Ok(client.use_registration_code(season, &UseRegistrationCode { code })?),
        None => Ok(()),
    }
}

/// Returns the team named, else the one that the caller is in.
pub(super) fn team_or_own(client: &Client, season: &Slug, team: Option<String>) -> Result<String, Failure> {
    if let Some(team) = team {
        return Ok(team);
    }
    let advice = format!("{} Organizers name a team with `--team`.", joining(season));
    find_own(client, season)?.ok_or_else(|| in_no_team(season).advise(advice))
}

/// Returns the team that the caller is in.
pub(super) fn own_team(client: &Client, season: &Slug) -> Result<String, Failure> {
    find_own(client, season)?.ok_or_else(|| in_no_team(season).advise(joining(season)))
}

fn find_own(client: &Client, season: &Slug) -> Result<Option<String>, Failure> {
    let teams = client.me()?.teams;
    Ok(teams.into_iter().find(|team| team.season == *season).map(|team| team.id.to_string()))
}

fn in_no_team(season: &Slug) -> Failure {
    Failure::refused("not_found", format!("you are in no team of {season}"))
}

fn joining(season: &Slug) -> String {
    format!("Make one with `holdout team create NAME --season {season}`, or join one with its code.")
}

/// Returns the caller's team, and its member of this name or account id.
fn member_of_own(client: &Client, season: &Slug, wanted: &str) -> Result<(String, Member), Failure> {
    let own = own_team(client, season)?;
    let team = client.team(season, &own)?;
    let is_wanted = |member: &Member| member.name == wanted || member.account.to_string() == wanted;
    let mut found = team.members.into_iter().flatten().filter(is_wanted);
    match (found.next(), found.next()) {
        (Some(member), None) => Ok((own, member)),
        (Some(_), Some(_)) => Err(Failure::usage(format!("two members are called `{wanted}`"))
            .advise("Give the account id, as `holdout team show` prints it.")),
        (None, _) => Err(Failure::refused("not_found", format!("no member of your team is called `{wanted}`"))
            .advise("`holdout team show` lists them.")),
    }
}
