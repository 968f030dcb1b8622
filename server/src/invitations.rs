//! What every invitation has in common, whether it is to a team or to become an organizer: until
//! when it can be accepted.

use holdout_protocol::{ErrorCode, Reason, Timestamp};
use serde_json::json;

use crate::auth::Account;
use crate::db::Openness;
use crate::error::{Error, Result};

/// Who can make another invitation, as refusals name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inviter {
    Captain,
    Organizer,
}

impl Inviter {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Captain => "the captain",
            Self::Organizer => "an organizer",
        }
    }

    /// Refuses an invitation that `account` cannot accept, and says why.
    ///
    /// # Errors
    /// `wrong_state` if it was taken back, was used or has expired; `forbidden` if it is for
    /// another address.
    pub fn check_may_accept(self, invitation: &Openness, account: &Account, now: Timestamp) -> Result<()> {
        if invitation.revoked {
            return Err(self.over(Reason::InvitationRevoked, "was taken back"));
        }
        if invitation.accepted_by.is_some() {
            return Err(self.used());
        }
        if invitation.expires_at <= now {
            let when = invitation.expires_at;
            return Err(self
                .over(Reason::InvitationExpired, &format!("expired at {when}"))
                .because(Reason::InvitationExpired, json!({ "at": when })));
        }
        if invitation.email.as_ref().is_some_and(|email| *email != account.email) {
            return Err(Error::forbidden("this invitation is for another e-mail address than that of your account")
                .because(Reason::InvitationOfOther, json!({})));
        }
        Ok(())
    }

    /// Refuses an invitation that nobody can accept any more, without saying why, because the
    /// caller need not be logged in.
    ///
    /// # Errors
    /// `gone`.
    pub fn check_is_open(self, invitation: &Openness, now: Timestamp) -> Result<()> {
        if !invitation.revoked && invitation.accepted_by.is_none() && now < invitation.expires_at {
            return Ok(());
        }
        let who = self.as_str();
        let message = format!("this invitation was used or taken back, or has expired; ask {who} for another");
        Err(Error::refused(ErrorCode::Gone, message).because(Reason::InvitationOver, json!({})))
    }

    /// Returns what somebody is told if another person used their code.
    pub fn used(self) -> Error {
        self.over(Reason::InvitationUsed, "was used")
    }

    fn over(self, reason: Reason, why: &str) -> Error {
        let message = format!("this invitation {why}; ask {} for another", self.as_str());
        Error::refused(ErrorCode::WrongState, message).because(reason, json!({}))
    }
}

/// Returns what somebody is told who revokes an accepted invitation. `instead` says what to do.
pub fn already_accepted(instead: &str) -> Error {
    Error::refused(ErrorCode::WrongState, format!("this invitation was accepted; {instead}"))
        .because(Reason::InvitationAccepted, json!({}))
}

/// Returns what somebody is told who repeats a request whose invitation is no longer open.
pub fn used_since() -> Error {
    let message = "the invitation that this request made was accepted or taken back since";
    Error::refused(ErrorCode::WrongState, message).because(Reason::UsedSince, json!({}))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::AccountId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn account(email: &str) -> Account {
        let (roles, role) = (Vec::new(), None);
        Account {
            id: AccountId::new(),
            email: email.to_owned(),
            roles,
            season: None,
            role,
            organizer: false,
            session: None,
            token: None,
        }
    }

    fn open() -> Openness {
        Openness { email: None, expires_at: Timestamp::from_micros(1_000_001), accepted_by: None, revoked: false }
    }

    /// Returns what somebody with the address `ada@example.org` is told who accepts the invitation.
    fn refusal(invitation: &Openness) -> Option<(Option<Reason>, String)> {
        let refused = Inviter::Captain.check_may_accept(invitation, &account("ada@example.org"), NOW).err()?;
        let told = refused.body().error;
        Some((told.reason, told.message))
    }

    #[test]
    fn an_invitation_can_be_accepted_until_the_moment_it_expires() {
        assert_eq!(refusal(&open()), None);
        let (reason, message) = refusal(&Openness { expires_at: NOW, ..open() }).unwrap();
        assert_eq!(reason, Some(Reason::InvitationExpired));
        assert!(message.starts_with("this invitation expired at 1970-01-01T00:00:01"), "{message}");
        assert!(message.ends_with("; ask the captain for another"), "{message}");
    }

    #[test]
    fn the_first_reason_that_nobody_can_change_is_the_one_that_is_told() {
        let over = Openness { revoked: true, accepted_by: Some(AccountId::new()), expires_at: NOW, ..open() };
        assert_eq!(refusal(&over).unwrap().0, Some(Reason::InvitationRevoked));
        let used = Openness { accepted_by: Some(AccountId::new()), expires_at: NOW, ..open() };
        assert_eq!(refusal(&used).unwrap().0, Some(Reason::InvitationUsed));
    }

    #[test]
    fn an_invitation_for_an_address_is_for_its_owner() {
        let of = |email: &str| Openness { email: Some(email.to_owned()), ..open() };
        assert_eq!(refusal(&of("ada@example.org")), None);
        assert_eq!(refusal(&of("bob@example.org")).unwrap().0, Some(Reason::InvitationOfOther));
    }

    #[test]
    fn a_look_tells_no_more_than_that_it_is_over() {
        let look = |invitation: &Openness| {
            Inviter::Organizer.check_is_open(invitation, NOW).map_err(|error| error.body().error.message)
        };
        assert_eq!(look(&open()), Ok(()));
        let over = [
            Openness { revoked: true, ..open() },
            Openness { accepted_by: Some(AccountId::new()), ..open() },
            Openness { expires_at: NOW, ..open() },
        ];
        for invitation in over {
            let said = "this invitation was used or taken back, or has expired; ask an organizer for another";
            assert_eq!(look(&invitation), Err(said.to_owned()));
        }
    }
}
