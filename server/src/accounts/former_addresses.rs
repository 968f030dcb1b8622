//! Addresses of accounts that were deleted.

use std::time::Duration;

use holdout_protocol::{ErrorCode, Reason, Timestamp};
use serde_json::json;

use crate::db::{self, Conn, deleted_accounts};
use crate::error::{Error, Result};
use crate::secret;

/// The longest time for which an address is refused.
const WAIT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Refuses an address whose account was deleted, if that submitted in a season that is not over.
///
/// # Errors
/// `wrong_state`, with the seasons.
pub fn check_address(conn: &mut Conn, email: &str, now: Timestamp) -> Result<()> {
    let digest = secret::sha256(email.as_bytes());
    let mut running = Vec::new();
    for season in deleted_accounts::seasons_of_former(conn, digest, now.minus(WAIT))? {
        let season = db::seasons::get(conn, season)?;
        if !season.is_over(now) && !running.contains(&season.slug) {
            running.push(season.slug);
        }
    }
    if running.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = running.iter().map(|slug| slug.as_str()).collect();
    let message = format!(
        "the account with this address was deleted after it, or its team, had submitted; the address can be used again \
         when these seasons are over, and after a year at the latest: {}",
        names.join(", ")
    );
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::AddressWaits, json!({ "seasons": running })))
}
