//! What organizers see of the operation: the audit log.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AuditId, Timestamp};

/// An entry of the audit log, which is only ever added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Identifier.
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
