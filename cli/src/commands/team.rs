//! `team`.

use holdout_protocol::{
    Member, MemberChanges, MemberRole, NewInvitation, NewTeam, Slug, Team, TeamChanges, TeamStatus, UseRegistrationCode,
};

use super::Context;
use crate::arguments::TeamCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::figures::time;
use crate::table::Table;
use crate::text::visible;

pub(super) fn run(context: &Context, command: TeamCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        TeamCommand::Create { name, season, affiliation, code } => {
            register(&client, &season, code)?;
            let team = client.create_team(&season, &NewTeam { name, affiliation })?;
            console.data(&team)?;
            let (name, takes_part) = (visible(team.name.as_str()), standing(&team));
            console.say(format!("{name} {takes_part}. Invite others: holdout team invite --season {season}"))
        }
        TeamCommand::Invite { season, team, email, days } => {
            let team = team_or_own(&client, &season, team)?;
            let created = client.create_invitation(&season, &team, &NewInvitation { email, days })?;
            console.data(&created)?;
            let ends = time(created.invitation.expires_at);
            console.remark(format!("Shown this once; good for one person until {ends}: holdout team join CODE"));
            console.say(&created.code)
        }
        TeamCommand::Join { invitation, code } => {
            if code.is_some() {
                register(&client, &client.invitation(&invitation)?.season, code)?;
            }
            let team = client.accept_invitation(&invitation)?;
            console.data(&team)?;
            let (name, takes_part) = (visible(team.name.as_str()), standing(&team));
            console.say(format!("You are in the team {name}, which {takes_part}."))
        }
        TeamCommand::Invitations { season } => {
            let invitations = client.invitations(&season, &team_or_own(&client, &season, None)?)?;
            console.data(&invitations)?;
            let mut table = Table::new(&["id", "for", "until", "accepted"]);
            for invitation in invitations {
                let accepted = invitation.accepted_at.map_or_else(|| "no".to_owned(), time);
                let whom = invitation.email.unwrap_or_else(|| "anybody".to_owned());
                table.row(&[invitation.id.to_string(), whom, time(invitation.expires_at), accepted]);
            }
            console.say(if table.is_empty() { "No invitations.".to_owned() } else { table.render(console.width) })
        }
        TeamCommand::Revoke { invitation, season } => {
            client.revoke_invitation(&season, &team_or_own(&client, &season, None)?, invitation)?;
            console.data(&serde_json::json!({ "id": invitation, "revoked": true }))?;
            console.say("Revoked.")
        }
        TeamCommand::Leave { season } => {
            let team = team_or_own(&client, &season, None)?;
            client.remove_member(&season, &team, client.me()?.account.id)?;
            console.data(&serde_json::json!({ "team": team, "left": true }))?;
            console.say("You have left the team.")
        }
        TeamCommand::Remove { member, season } => {
            let (team, member) = member_of_own(&client, &season, &member)?;
            client.remove_member(&season, &team, member.account)?;
            console.data(&serde_json::json!({ "team": team, "account": member.account, "removed": true }))?;
            console.say(format!("{} is no longer in the team.", visible(&member.name)))
        }
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

/// Comes into the season by a registration code, if there is one.
fn register(client: &Client, season: &Slug, code: Option<String>) -> Result<(), Failure> {
    match code {
        Some(code) => Ok(client.use_registration_code(season, &UseRegistrationCode { code })?),
        None => Ok(()),
    }
}

/// Whether a team takes part, as the end of a sentence.
fn standing(team: &Team) -> String {
    match team.status {
        TeamStatus::Approved => format!("takes part in {}", team.season),
        TeamStatus::Pending => format!("waits for an organizer of {} to approve it", team.season),
        TeamStatus::Declined => format!("was declined by an organizer of {}", team.season),
    }
}

/// The team named, else the one that the caller is in.
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

/// The caller's team, and its member of this name or account id.
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
