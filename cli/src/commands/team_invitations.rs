//! Invitations to teams.

use holdout_protocol::{NewInvitation, Slug};

use super::team::{own_team, register};
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::show::team::standing;
use crate::text::visible;

pub(super) fn invite(
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

pub(super) fn join_team(
    client: &Client,
    console: Console,
    invitation: &str,
    code: Option<String>,
) -> Result<(), Failure> {
    if code.is_some() {
        register(client, &client.invitation(invitation)?.season, code)?;
    }
    let team = client.accept_invitation(invitation)?;
    console.data(&team)?;
    let (name, takes_part) = (visible(team.name.as_str()), standing(&team));
    console.say(format!("You are in the team {name}, which {takes_part}."))
}

pub(super) fn list_invitations(client: &Client, console: Console, season: &Slug) -> Result<(), Failure> {
    let invitations = client.invitations(season, &own_team(client, season)?)?;
    console.data(&invitations)?;
    let mut table = Table::new(&["id", "for", "until", "accepted"]);
    for invitation in invitations {
        let accepted = invitation.accepted_at.map_or_else(|| "no".to_owned(), time);
        let whom = invitation.email.unwrap_or_else(|| "anybody".to_owned());
        table.row(&[invitation.id.to_string(), whom, time(invitation.expires_at), accepted]);
    }
    console.say(if table.is_empty() { "No invitations.".to_owned() } else { table.render(console.columns()) })
}
