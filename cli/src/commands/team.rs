//! `team`.

use clap::{ArgGroup, Subcommand};
use holdout_protocol::{
    InvitationId, Member, MemberChanges, MemberRole, NewInvitation, NewTeam, Slug, Team, TeamChanges, TeamName,
    TeamStatus, UseRegistrationCode,
};

use super::context::Context;
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `team`.
#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Make a team; you become its captain.
    Create {
        /// Its name.
        name: TeamName,
        /// Season.
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
        /// Season.
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
        invitation: String,
        /// Registration code from an organizer, if the season needs one.
        #[arg(long)]
        code: Option<String>,
    },
    /// The team's open invitations, for its captain.
    Invitations {
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Take an invitation back.
    Revoke {
        /// Its id, as `team invitations` shows it.
        invitation: InvitationId,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Leave your team. The captain makes somebody else the captain first.
    Leave {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Take a member out of the team, as its captain.
    Remove {
        /// The member, by name or account id.
        member: String,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Make a member the captain in your place.
    Captain {
        /// The member, by name or account id.
        member: String,
        /// Season.
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
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
    },
    /// A team with its members.
    Show {
        /// Season.
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
            client.revoke_invitation(&season, &team_or_own(&client, &season, None)?, invitation)?;
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

fn invite(
    client: &Client,
    console: Console,
    season: &Slug,
    team: &str,
    invitation: &NewInvitation,
) -> Result<(), Failure> {
    let created = client.create_invitation(season, team, invitation)?;
    console.data(&created)?;
    let ends = time(created.invitation.expires_at);
    console.remark(format!("Shown only this once; valid for one person until {ends}: holdout team join CODE"));
    console.say(&created.code)
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

fn join_team(client: &Client, console: Console, invitation: &str, code: Option<String>) -> Result<(), Failure> {
    if code.is_some() {
        register(client, &client.invitation(invitation)?.season, code)?;
    }
    let team = client.accept_invitation(invitation)?;
    console.data(&team)?;
    let (name, takes_part) = (visible(team.name.as_str()), standing(&team));
    console.say(format!("You are in the team {name}, which {takes_part}."))
}

fn leave_team(client: &Client, console: Console, season: &Slug, yes: bool) -> Result<(), Failure> {
    let own = team_or_own(client, season, None)?;
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

/// Returns what it takes to come back into a team that the caller leaves.
fn after_leaving(team: &Team) -> String {
    let is_last = team.members.as_ref().is_some_and(|members| members.len() == 1);
    match (is_last, team.submissions) {
        (false, _) => "To come back, you need an invitation from its captain.".to_owned(),
        (true, 0) => "It has no other member and has submitted nothing, so it is deleted.".to_owned(),
        (true, _) => "It has no other member: to come back, create a team of the same name.".to_owned(),
    }
}

fn list_invitations(client: &Client, console: Console, season: &Slug) -> Result<(), Failure> {
    let invitations = client.invitations(season, &team_or_own(client, season, None)?)?;
    console.data(&invitations)?;
    let mut table = Table::new(&["id", "for", "until", "accepted"]);
    for invitation in invitations {
        let accepted = invitation.accepted_at.map_or_else(|| "no".to_owned(), time);
        let whom = invitation.email.unwrap_or_else(|| "anybody".to_owned());
        table.row(&[invitation.id.to_string(), whom, time(invitation.expires_at), accepted]);
    }
    console.say(if table.is_empty() { "No invitations.".to_owned() } else { table.render(console.width) })
}

/// Comes into the season by a registration code, if there is one.
fn register(client: &Client, season: &Slug, code: Option<String>) -> Result<(), Failure> {
    match code {
        Some(code) => Ok(client.use_registration_code(season, &UseRegistrationCode { code })?),
        None => Ok(()),
    }
}

/// Returns whether a team takes part, as the end of a sentence.
fn standing(team: &Team) -> String {
    match team.status {
        TeamStatus::Approved => format!("takes part in {}", team.season),
        TeamStatus::Pending => format!("waits for an organizer of {} to approve it", team.season),
        TeamStatus::Declined => format!("was declined by an organizer of {}", team.season),
    }
}

/// Returns the team named, else the one that the caller is in.
fn team_or_own(client: &Client, season: &Slug, team: Option<String>) -> Result<String, Failure> {
    if let Some(team) = team {
        return Ok(team);
    }
    let teams = client.me()?.teams;
    let own = teams.into_iter().find(|team| team.season == *season);
    own.map(|team| team.id.to_string()).ok_or_else(|| {
        Failure::refused("not_found", format!("you are in no team of {season}"))
            .advise(format!("Make one with `holdout team create NAME --season {season}`, join one with its code, or name one with `--team`."))
    })
}

/// Returns the caller's team, and its member of this name or account id.
fn member_of_own(client: &Client, season: &Slug, wanted: &str) -> Result<(String, Member), Failure> {
    let own = team_or_own(client, season, None)?;
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

fn described(team: &Team) -> String {
    let mut lines = vec![format!("{} ({})", visible(team.name.as_str()), team.season)];
    if let Some(affiliation) = &team.affiliation {
        lines.push(format!("  {}", visible(affiliation)));
    }
    lines.push(format!("  id {}, since {}, {} submissions", team.id, time(team.created_at), team.submissions));
    if team.status != TeamStatus::Approved {
        lines.push(format!("  {}", standing(team)));
    }
    if let Some(note) = &team.status_note {
        lines.push(format!("  note from an organizer: {}", visible(note)));
    }
    for member in team.members.iter().flatten() {
        let role = match member.role {
            MemberRole::Captain => "captain",
            MemberRole::Member => "member",
        };
        lines.push(format!(
            "  {role}: {} ({}), since {}",
            visible(&member.name),
            member.account,
            time(member.joined_at)
        ));
    }
    lines.join("\n")
}
