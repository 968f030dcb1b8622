//! The audit log: who did what to what, and when. Written in the transaction that does it; never
//! changed.

use holdout_protocol::AccountId;
use serde_json::Value;

use crate::db::{self, Conn};
use crate::error::Result;

/// Records an action. `action` is `thing.verb`, `object` names the thing as its address does;
/// `detail` holds no secrets.
pub fn record(conn: &mut Conn, account: Option<AccountId>, action: &str, object: &str, detail: &Value) -> Result<()> {
    db::audit::insert(conn, account, action, object, detail)
}
