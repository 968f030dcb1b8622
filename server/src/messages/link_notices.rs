//! Messages about accounts, and those with a link that has a code. Some go to addresses that nobody
//! has confirmed, so nothing that a participant wrote is in them: otherwise anybody could have the
//! server send their words to strangers.

use holdout_protocol::{AccountId, MessageFacts, MessageId, MessageKind, OrganizerRole, Timestamp};

use super::notices::about;
use super::wording::in_english;
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
        wording: in_english(kind, MessageFacts { expires_at, ..MessageFacts::default() }, ""),
        link,
        expires_at,
    };
    db::messages::insert(conn, &new, Timestamp::now())
}

/// Sends a link that confirms an address.
pub fn verification(conn: &mut Conn, to: (AccountId, &str), link: SecretLink) -> Result<()> {
    about_account(conn, to, MessageKind::Verification, Some(link))
}

/// Sends a link that sets a new password.
pub fn password_reset(conn: &mut Conn, to: (AccountId, &str), link: SecretLink) -> Result<()> {
    about_account(conn, to, MessageKind::PasswordReset, Some(link))
}

/// Tells the former address of an account that it has another one.
pub fn address_changed(conn: &mut Conn, to: (AccountId, &str)) -> Result<()> {
    about_account(conn, to, MessageKind::AddressChanged, None)
}

/// An invitation that goes to an address, which need not have an account: to a team, or to the role
/// of an organizer.
fn invitation(
    conn: &mut Conn,
    address: &str,
    season: Option<&Season>,
    role: Option<OrganizerRole>,
    link: SecretLink,
) -> Result<()> {
    let account = db::accounts::confirmed_owner(conn, address)?;
    let expires_at = Some(link.expires_at);
    let facts = MessageFacts { role, expires_at, ..season.map(about).unwrap_or_default() };
    let new = New {
        id: MessageId::new(),
        account,
        address: address.to_owned(),
        kind: MessageKind::Invitation,
        season: season.map(|season| season.id),
        once: None,
        wording: in_english(MessageKind::Invitation, facts, ""),
        link: Link::Secret(link.path),
        expires_at,
    };
    db::messages::insert(conn, &new, Timestamp::now())
}

/// Sends an invitation to a team. The captain chose the team's name, so the link tells it and the
/// e-mail does not.
pub fn team_invitation(conn: &mut Conn, address: &str, season: &Season, link: SecretLink) -> Result<()> {
    invitation(conn, address, Some(season), None, link)
}

/// Sends an invitation to a role as an organizer.
pub fn organizer_invitation(
    conn: &mut Conn,
    address: &str,
    season: Option<&Season>,
    role: OrganizerRole,
    link: SecretLink,
) -> Result<()> {
    invitation(conn, address, season, Some(role), link)
}
