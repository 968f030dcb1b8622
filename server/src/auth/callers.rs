//! Who can call: the types that handlers and domain modules take.

use std::marker::PhantomData;

use holdout_protocol::{OrganizerRole, ScorerTokenId, TeamId};

use crate::db;
pub use crate::db::logins::Account;

/// Any caller, logged in or not. An invalid `Bearer` token is refused; an invalid cookie is
/// ignored, because browsers send it without being asked.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Account>);

impl Caller {
    /// Returns true if the caller may see what organizers see of the season that the request is
    /// about.
    pub fn is_organizer(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.organizer)
    }
}

impl Caller {
    /// The caller as they count for a season; see [`Account::about`].
    #[must_use]
    pub fn about(self, season: Option<&str>) -> Self {
        Self(self.0.map(|account| account.about(season)))
    }
}

/// The least role that a handler asks for.
pub trait LeastRole {
    const ROLE: OrganizerRole;
    /// Whether a role in any season lets the caller in, because the body says which season it is
    /// about. Then the domain module checks by [`crate::organizers::check_may`].
    const SOMEWHERE: bool = false;
}

/// The same role, in whichever season the body names.
#[derive(Debug, Clone, Copy)]
pub struct Somewhere<Least>(PhantomData<Least>);

impl<Least: LeastRole> LeastRole for Somewhere<Least> {
    const ROLE: OrganizerRole = Least::ROLE;
    const SOMEWHERE: bool = true;
}

macro_rules! least_roles {
    ($($(#[$doc:meta])* $name:ident = $role:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl LeastRole for $name {
            const ROLE: OrganizerRole = OrganizerRole::$role;
        }
    )*};
}

least_roles! {
    /// Reads.
    Observes = Observer;
    /// Sees everything and decides about submissions.
    Judges = Judge;
    /// Changes settings.
    Organizes = Organizer;
    /// Decides who the organizers are.
    Owns = Owner;
}

/// An organizer whose role suffices for what the request is about: for the season in it, or for the
/// whole server.
#[derive(Debug, Clone)]
pub struct Organizer<Least = Organizes>(pub Account, pub(super) PhantomData<Least>);

/// Somebody who belongs to a team of the season in the path.
#[derive(Debug, Clone)]
pub struct Member {
    pub account: Account,
    /// Their team in this season.
    pub team: TeamId,
}

/// Somebody who takes part in the season in the path, as a member of one of its teams or as an
/// organizer.
#[derive(Debug, Clone)]
pub struct Participant {
    pub account: Account,
    /// Their team in this season; organizers may have none.
    pub team: Option<TeamId>,
}

/// The captain of the team in the path.
#[derive(Debug, Clone)]
pub struct Captain {
    pub account: Account,
    /// Their team, which is the one in the path.
    pub team: db::teams::Team,
}

#[derive(Debug, Clone)]
pub struct Scorer {
    /// The token it holds.
    pub token: ScorerTokenId,
}
