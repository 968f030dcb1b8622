//! Messages about accounts, and those with a link that has a code. Some go to addresses that nobody
//! has confirmed, so nothing that a participant wrote is in them: otherwise anybody could have the
//! server send their words to strangers.

use holdout_protocol::{AccountId, MessageId, MessageKind, OrganizerRole, SeasonId, Timestamp};

use super::compose::one_line;
use super::notices::{about, readable};
use crate::db::messages::{Link, New};
use crate::db::seasons::Season;
use crate::db::{self, Conn};
use crate::error::Result;

/// A link with a code, and when it ends.
#[derive(Debug, Clone)]
pub struct SecretLink {
    pub path: String,
    pub expires_at: Timestamp,
}

/// A message about an account itself.
fn about_account(
    conn: &mut Conn,
    (account, address): (AccountId, &str),
    kind: MessageKind,
    (subject, text): (&str, String),
    link: Option<SecretLink>,
) -> Result<()> {
    let (link, expires_at) = link.map_or((Link::None, None), |link| (Link::Secret(link.path), Some(link.expires_at)));
    let new = New {
        id: MessageId::new(),
        account: Some(account),
        address: address.to_owned(),
        kind,
        season: None,
        once: None,
        subject: subject.to_owned(),
        text,
        link,
        expires_at,
    };
    db::messages::insert(conn, &new, Timestamp::now())
}

/// Sends a link that confirms an address.
pub fn verification(conn: &mut Conn, to: (AccountId, &str), link: SecretLink) -> Result<()> {
    let text = format!(
        "Someone, probably you, entered this e-mail address for a Holdout account. If it was you, confirm the address by \
         opening this link before {}. If it was not you, ignore this e-mail: nothing happens unless you confirm.",
        readable(link.expires_at)
    );
    about_account(conn, to, MessageKind::Verification, ("Confirm your e-mail address", text), Some(link))
}

/// Sends a link that sets a new password.
pub fn password_reset(conn: &mut Conn, to: (AccountId, &str), link: SecretLink) -> Result<()> {
    let text = format!(
        "Someone, probably you, asked to reset the password of your Holdout account. Open this link before {} to set a new \
         one; it works once. If it was not you, ignore this e-mail: your password stays the same.",
        readable(link.expires_at)
    );
    about_account(conn, to, MessageKind::PasswordReset, ("Set a new password", text), Some(link))
}

/// Tells the former address of an account that it has another one.
pub fn address_changed(conn: &mut Conn, to: (AccountId, &str)) -> Result<()> {
    let text = "The e-mail address of your Holdout account was changed, so you get no more e-mails at this one. If you did not \
                change it, tell the organizers at once."
        .to_owned();
    about_account(conn, to, MessageKind::AddressChanged, ("Your e-mail address was changed", text), None)
}

/// An invitation that goes to an address, which need not have an account.
fn invitation(
    conn: &mut Conn,
    address: &str,
    place: (Option<SeasonId>, String),
    text: &str,
    link: SecretLink,
) -> Result<()> {
    let account = db::accounts::confirmed_owner(conn, address)?;
    let (season, subject) = place;
    let new = New {
        id: MessageId::new(),
        account,
        address: address.to_owned(),
        kind: MessageKind::Invitation,
        season,
        once: None,
        subject,
        text: format!(
            "{text} Open this link before {} to see the invitation and to accept it; it works once.",
            readable(link.expires_at)
        ),
        link: Link::Secret(link.path),
        expires_at: Some(link.expires_at),
    };
    db::messages::insert(conn, &new, Timestamp::now())
}

/// Sends an invitation to a team. The captain chose the team's name, so the link tells it and the
/// e-mail does not.
pub fn team_invitation(conn: &mut Conn, address: &str, season: &Season, link: SecretLink) -> Result<()> {
    let title = one_line(&season.title);
    let text = format!("You are invited to join a team in \"{title}\".");
    invitation(conn, address, (Some(season.id), about(season, "Invitation to a team")), &text, link)
}

/// Sends an invitation to a role as an organizer.
pub fn organizer_invitation(
    conn: &mut Conn,
    address: &str,
    season: Option<&Season>,
    role: OrganizerRole,
    link: SecretLink,
) -> Result<()> {
    let place = season.map_or_else(|| "this server".to_owned(), |season| format!("\"{}\"", one_line(&season.title)));
    let text = format!("You are invited to be an organizer of {place}, with the role \"{role}\".");
    let subject = season.map_or_else(
        || "Invitation to be an organizer".to_owned(),
        |season| about(season, "Invitation to be an organizer"),
    );
    invitation(conn, address, (season.map(|season| season.id), subject), &text, link)
}
