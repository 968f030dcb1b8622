//! `organizer`: who runs seasons.

use clap::Subcommand;
use holdout_protocol::{NewOrganizerInvitation, OrganizerInvitationId, OrganizerProfile};

use super::context::Context;
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `organizer`.
#[derive(Debug, Subcommand)]
pub(crate) enum OrganizerCommand {
    /// The organizers.
    List,
    /// Invite a person to become an organizer; the link is shown this once.
    Invite {
        /// Only the account with this e-mail address can accept.
        #[arg(long)]
        email: Option<String>,
        /// Days until it ends, 1 to 30 [default: 7].
        #[arg(long)]
        days: Option<u32>,
    },
    /// The invitations that were not taken back.
    Invitations,
    /// Take an invitation back.
    Revoke {
        /// Its id, as `organizer invitations` shows it.
        invitation: OrganizerInvitationId,
    },
    /// Become an organizer by an invitation.
    Join {
        /// The code of the invitation: the last part of its link.
        invitation: String,
    },
    /// Remove an organizer. Their sessions and API tokens end at once; the account stays.
    Remove {
        /// The organizer, by e-mail address or account id.
        organizer: String,
    },
    /// Make another link that sets the first organizer up, while no organizer has a password.
    SetupLink,
}

pub(crate) fn run(context: &Context, command: OrganizerCommand) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    match command {
        OrganizerCommand::List => list_organizers(&client, console),
        OrganizerCommand::Invite { email, days } => {
            let created = client.create_organizer_invitation(&NewOrganizerInvitation { email, days })?;
            let link = page(&client, "organizer-invitations", &created.code);
            console.data(&serde_json::json!({
                "invitation": created.invitation, "code": created.code, "link": link
            }))?;
            let ends = time(created.invitation.expires_at);
            console.remark(format!(
                "Shown only this once; it makes one person an organizer, who sees hidden labels, until {ends}. No mail is sent."
            ));
            console.say(link)
        }
        OrganizerCommand::Invitations => list_invitations(&client, console),
        OrganizerCommand::Revoke { invitation } => {
            client.revoke_organizer_invitation(invitation)?;
            console.data(&serde_json::json!({ "id": invitation, "revoked": true }))?;
            console.say("Revoked.")
        }
        OrganizerCommand::Join { invitation } => {
            let me = client.accept_organizer_invitation(&invitation)?;
            console.data(&me)?;
            console.say(format!("You are an organizer at {}.", client.server()))
        }
        OrganizerCommand::Remove { organizer } => {
            let found = find(&client, &organizer)?;
            client.remove_organizer(found.account)?;
            console.data(&serde_json::json!({ "account": found.account, "removed": true }))?;
            console.say(format!("{} is no longer an organizer.", visible(&found.name)))
        }
        OrganizerCommand::SetupLink => {
            let created = client.create_setup_link()?;
            let link = page(&client, "setup", &created.code);
            let (code, ends) = (created.code, created.expires_at);
            console.data(&serde_json::json!({ "link": link, "code": code, "expires_at": ends }))?;
            console.remark(format!("Shown only this once; it works once, until {}.", time(ends)));
            console.say(link)
        }
    }
}

fn list_organizers(client: &Client, console: Console) -> Result<(), Failure> {
    let organizers = client.organizers()?;
    console.data(&organizers)?;
    let mut table = Table::new(&["account", "e-mail address", "name", "since", "invited by"]);
    for one in organizers {
        let name = if one.has_password { one.name } else { format!("{} (not set up)", one.name) };
        let by = one.invited_by.unwrap_or_else(|| "nobody".to_owned());
        table.row(&[one.account.to_string(), one.email, name, time(one.since), by]);
    }
    console.say(table.render(console.width))
}

fn list_invitations(client: &Client, console: Console) -> Result<(), Failure> {
    let invitations = client.organizer_invitations()?;
    console.data(&invitations)?;
    let mut table = Table::new(&["id", "for", "by", "until", "accepted"]);
    for one in invitations {
        let whom = one.email.unwrap_or_else(|| "anybody".to_owned());
        let accepted = match (one.accepted_by, one.accepted_at) {
            (Some(name), Some(at)) => format!("by {name}, {}", time(at)),
            _ => "no".to_owned(),
        };
        table.row(&[one.id.to_string(), whom, one.invited_by, time(one.expires_at), accepted]);
    }
    console.say(if table.is_empty() { "No invitations.".to_owned() } else { table.render(console.width) })
}

/// Returns the address of a page of the server that takes a code.
pub(crate) fn page(client: &Client, name: &str, code: &str) -> String {
    format!("{}/{name}/{code}", client.server().as_str().trim_end_matches('/'))
}

fn find(client: &Client, reference: &str) -> Result<OrganizerProfile, Failure> {
    let wanted = reference.trim().to_lowercase();
    let organizers = client.organizers()?;
    let found = organizers.into_iter().find(|one| one.email == wanted || one.account.to_string() == wanted);
    found.ok_or_else(|| {
        Failure::usage(format!("no organizer has the e-mail address or account id `{reference}`"))
            .advise("`holdout organizer list` shows them.")
    })
}
