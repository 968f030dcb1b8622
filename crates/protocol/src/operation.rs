//! What organizers see of the operation: the audit log.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AuditId, PageQuery, Slug, Timestamp};

/// An entry of the audit log, which is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// The id of the entry.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who; `null` for the program itself.
    pub account: Option<AccountId>,
    /// Name of the account's owner.
    #[serde(default)]
    pub name: Option<String>,
    /// What was done: `season.create`, `task.update`, ….
    pub action: String,
    /// To what: `ilsvrc-2012`, `ilsvrc-2012/classification`, an id.
    pub object: String,
    /// Facts, by action.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: serde_json::Value,
}

/// The query of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct AuditQuery {
    /// Only what was done to this season and what belongs to it.
    pub season: Option<Slug>,
    /// Only what contains this, without regard to case; at most 200 characters.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl AuditQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}
