//! Until when an invitation can be accepted, and by whom: the columns that the tables of
//! invitations share.

use holdout_protocol::{AccountId, Timestamp};

use super::values::parsed;
use crate::error::Result;

/// Whether an invitation can be accepted.
#[derive(Debug, Clone)]
pub struct Openness {
    /// The only address that can accept.
    pub email: Option<String>,
    pub expires_at: Timestamp,
    pub accepted_by: Option<AccountId>,
    /// Whether whoever made it took it back.
    pub revoked: bool,
}

/// The columns `email`, `expires_at`, `accepted_by` and `revoked_at`.
pub(super) type OpennessRow = (Option<String>, i64, Option<String>, Option<i64>);

impl Openness {
    pub(super) fn from_row((email, expires_at, accepted_by, revoked_at): OpennessRow) -> Result<Self> {
        Ok(Self {
            email,
            expires_at: Timestamp::from_micros(expires_at),
            accepted_by: accepted_by.map(parsed).transpose()?,
            revoked: revoked_at.is_some(),
        })
    }
}
