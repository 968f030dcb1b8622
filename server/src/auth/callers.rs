//! Who can call: the types that handlers and domain modules take.

use holdout_protocol::{ScorerTokenId, TeamId};

use crate::db;
pub use crate::db::logins::Account;

/// Any caller, logged in or not. An invalid `Bearer` token is refused; an invalid cookie is ignored, because browsers send
/// it without being asked.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Account>);

impl Caller {
    /// Whether the caller runs seasons.
    pub fn is_organizer(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.organizer)
    }
}

/// Somebody who runs seasons.
#[derive(Debug, Clone)]
pub struct Organizer(pub Account);

/// Somebody who belongs to a team of the season in the path.
#[derive(Debug, Clone)]
pub struct Member {
    pub account: Account,
    /// Their team in this season.
    pub team: TeamId,
}

/// Somebody who takes part in the season in the path, as a member of one of its teams or as an organizer.
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
