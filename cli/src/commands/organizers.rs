//! `organizer`: who runs seasons, and what each may do.

use clap::{Args, Subcommand};
use holdout_protocol::{
    NewOrganizerInvitation, OrganizerChange, OrganizerInvitationId, OrganizerProfile, OrganizerRole, Slug,
};

use super::context::Context;
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// Where a role counts.
#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    /// In this season only [default: on the whole server].
    #[arg(long)]
    season: Option<Slug>,
}

/// `organizer`.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizerCommand {
    /// The organizers and their roles: all, or those of one season.
    List(PlaceArguments),
    /// Invite a person to become an organizer; the link is shown this once.
    Invite {
        #[command(flatten)]
        place: PlaceArguments,
        /// What the person may do: observer, judge, organizer or owner [default: organizer].
        #[arg(long)]
        role: Option<OrganizerRole>,
        /// Only the account with this e-mail address can accept.
        #[arg(long)]
        email: Option<String>,
        /// Days until it ends, 1 to 30 [default: 7].
        #[arg(long)]
        days: Option<u32>,
    },
    /// The invitations that were not taken back: all, or those to one season.
    Invitations(PlaceArguments),
    /// Revoke an invitation.
    Revoke {
        #[command(flatten)]
        place: PlaceArguments,
        /// Its id, as `organizer invitations` shows it.
        invitation: OrganizerInvitationId,
    },
    /// Become an organizer by an invitation.
    Join {
        /// The link of the invitation, or its code: the last part of the link.
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        invitation: String,
    },
    /// Give an organizer another role.
    Change {
        #[command(flatten)]
        place: PlaceArguments,
        /// The organizer, by e-mail address or account id.
        organizer: String,
        /// What they may do: observer, judge, organizer or owner.
        role: OrganizerRole,
    },
    /// Make an organizer an owner, and yourself an organizer.
    Transfer {
        #[command(flatten)]
        place: PlaceArguments,
        /// The organizer, by e-mail address or account id.
        organizer: String,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
    /// Take an organizer's role away. Their sessions and API tokens end at once; the account stays.
    Remove {
        #[command(flatten)]
        place: PlaceArguments,
        /// The organizer, by e-mail address or account id.
        organizer: String,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
    /// Make another link that sets the first organizer up, while no owner of the server has a
    /// password.
    SetupLink,
}

pub(crate) fn run(context: &Context, command: OrganizerCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        OrganizerCommand::List(place) => list_organizers(&client, console, place.season.as_ref()),
        OrganizerCommand::Invite { place, role, email, days } => {
            let request = NewOrganizerInvitation { email, days, role };
            invite(&client, console, place.season.as_ref(), &request)
        }
        OrganizerCommand::Invitations(place) => list_invitations(&client, console, place.season.as_ref()),
        OrganizerCommand::Revoke { place, invitation } => {
            client.revoke_organizer_invitation(place.season.as_ref(), invitation)?;
            console.data(&serde_json::json!({ "id": invitation, "revoked": true }))?;
            console.say("Revoked.")
        }
        OrganizerCommand::Join { invitation } => join(&client, console, &invitation),
        OrganizerCommand::Change { place, organizer, role } => {
            let season = place.season.as_ref();
            let found = find(&client, season, &organizer)?;
            client.change_organizer(season, found.account, &OrganizerChange { role })?;
            console.data(&serde_json::json!({ "account": found.account, "season": season, "role": role }))?;
            console.say(format!("{} is now {}.", visible(&found.name), described(role, season)))
        }
        OrganizerCommand::Transfer { place, organizer, yes } => {
            transfer(&client, console, place.season.as_ref(), &organizer, yes)
        }
        OrganizerCommand::Remove { place, organizer, yes } => {
            remove(&client, console, place.season.as_ref(), &organizer, yes)
        }
        OrganizerCommand::SetupLink => create_setup_link(&client, console),
    }
}

fn remove(client: &Client, console: Console, season: Option<&Slug>, organizer: &str, yes: bool) -> Result<(), Failure> {
    let found = find(client, season, organizer)?;
    let (name, role) = (visible(&found.name), described(found.role, season));
    let question = format!("{name} is {role}. Take this role away, and end their sessions and API tokens?");
    if !console.agree(yes, &question, ("there is nobody to ask whether to remove them", "Run it with `--yes`."))? {
        return console.say("Nothing was changed.");
    }
    client.remove_organizer(season, found.account)?;
    console.data(&serde_json::json!({ "account": found.account, "season": season, "removed": true }))?;
    console.say(format!("{name} is no longer {role}."))
}

fn invite(
    client: &Client,
    console: Console,
    season: Option<&Slug>,
    request: &NewOrganizerInvitation,
) -> Result<(), Failure> {
    let created = client.create_organizer_invitation(season, request)?;
    let link = page(client, "organizer-invitations", &created.code);
    console.data(&serde_json::json!({ "invitation": created.invitation, "code": created.code, "link": link }))?;
    let ends = time(created.invitation.expires_at);
    let role = described(created.invitation.role, created.invitation.season.as_ref());
    let delivery = delivery(client, request.email.as_deref());
    console.remark(format!(
        "Shown only this once; it makes one person {role} until {ends}. {delivery} Somebody who takes part in a season \
         that is not over cannot become an organizer of it."
    ));
    console.say(link)
}

/// Returns a sentence on how the link of an invitation gets to the person.
fn delivery(client: &Client, email: Option<&str>) -> String {
    let Some(email) = email else { return "Anyone who has the link can use it.".to_owned() };
    match client.mail_settings() {
        Ok(settings) if settings.sends => {
            format!("The server also sends it to {}, unless its limit of links an hour is reached.", visible(email))
        }
        Ok(_) => "The server sends no e-mail, so pass the link on.".to_owned(),
        // The invitation is made already, so its link is printed nevertheless.
        Err(_) => "Pass the link on, in case the server sends no e-mail.".to_owned(),
    }
}

fn join(client: &Client, console: Console, invitation: &str) -> Result<(), Failure> {
    if invitation.contains("/setup/") {
        let message = "this link sets up the first organizer, and invites nobody";
        return Err(
            Failure::usage(message).advise("Open it in a browser; more organizers come by `holdout organizer invite`.")
        );
    }
    let me = client.accept_organizer_invitation(code_of(invitation))?;
    console.data(&me)?;
    console.say(format!("You are an organizer at {}.", client.server()))?;
    for held in &me.roles {
        console.say(format!("  {}", described(held.role, held.season.as_ref())))?;
    }
    Ok(())
}

fn transfer(
    client: &Client,
    console: Console,
    season: Option<&Slug>,
    organizer: &str,
    yes: bool,
) -> Result<(), Failure> {
    let found = find(client, season, organizer)?;
    let name = visible(&found.name);
    let owner = described(OrganizerRole::Owner, season);
    let question = format!("Make {name} {owner}, and give your own ownership up?");
    let alone = ("there is nobody to ask whether to hand the ownership over", "Run it with `--yes`.");
    if !console.agree(yes, &question, alone)? {
        return console.say("Nothing was changed.");
    }
    client.transfer_ownership(season, found.account)?;
    console.data(&serde_json::json!({ "account": found.account, "season": season, "role": "owner" }))?;
    console.say(format!("{name} is now {owner}."))
}

fn create_setup_link(client: &Client, console: Console) -> Result<(), Failure> {
    let created = client.create_setup_link()?;
    let link = page(client, "setup", &created.code);
    let (code, ends) = (created.code, created.expires_at);
    console.data(&serde_json::json!({ "link": link, "code": code, "expires_at": ends }))?;
    console.remark(format!("Shown only this once; it works once, until {}.", time(ends)));
    console.say(link)
}

/// A role in words: "judge of small", "owner of the server".
pub(crate) fn described(role: OrganizerRole, season: Option<&Slug>) -> String {
    season.map_or_else(|| format!("{role} of the server"), |season| format!("{role} of {season}"))
}

fn list_organizers(client: &Client, console: Console, season: Option<&Slug>) -> Result<(), Failure> {
    let organizers = client.organizers(season)?;
    console.data(&organizers)?;
    let mut table = Table::new(&["account", "e-mail address", "role", "name", "since", "invited by"]);
    for one in organizers {
        let name = if one.has_password { one.name } else { format!("{} (not set up)", one.name) };
        let by = one.invited_by.unwrap_or_else(|| "nobody".to_owned());
        let role = described(one.role, one.season.as_ref());
        table.row(&[one.account.to_string(), one.email, role, name, time(one.since), by]);
    }
    console.say(if table.is_empty() { "No organizers of its own.".to_owned() } else { table.render(console.columns()) })
}

fn list_invitations(client: &Client, console: Console, season: Option<&Slug>) -> Result<(), Failure> {
    let invitations = client.organizer_invitations(season)?;
    console.data(&invitations)?;
    let mut table = Table::new(&["id", "for", "role", "by", "until", "accepted"]);
    for one in invitations {
        let whom = one.email.unwrap_or_else(|| "anybody".to_owned());
        let accepted = match (one.accepted_by, one.accepted_at) {
            (Some(name), Some(at)) => format!("by {name}, {}", time(at)),
            _ => "no".to_owned(),
        };
        let role = described(one.role, one.season.as_ref());
        table.row(&[one.id.to_string(), whom, role, one.invited_by, time(one.expires_at), accepted]);
    }
    console.say(if table.is_empty() { "No invitations.".to_owned() } else { table.render(console.columns()) })
}

/// Returns the code of a link, which is the last part of it; people type either.
pub(crate) fn code_of(link: &str) -> &str {
    link.trim_end_matches('/').rsplit('/').next().unwrap_or(link)
}

/// Returns the address of a page of the server that takes a code.
pub(crate) fn page(client: &Client, name: &str, code: &str) -> String {
    format!("{}/{name}/{code}", client.server().as_str().trim_end_matches('/'))
}

fn find(client: &Client, season: Option<&Slug>, reference: &str) -> Result<OrganizerProfile, Failure> {
    let wanted = reference.trim().to_lowercase();
    let here = client.organizers(season)?.into_iter().filter(|one| one.season.as_ref() == season);
    let found = here.into_iter().find(|one| one.email == wanted || one.account.to_string() == wanted);
    found.ok_or_else(|| {
        let place = season.map_or_else(|| "the server".to_owned(), |season| format!("season {season}"));
        Failure::usage(format!("no organizer of {place} has the e-mail address or account id `{reference}`")).advise(
            "`holdout organizer list` shows all organizers; name the season with `--season` if the role is in one.",
        )
    })
}

#[cfg(test)]
mod tests;
