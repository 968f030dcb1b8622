//! How much an account may keep on the server without using it, and whether there is room on the
//! disk.

use holdout_protocol::{ErrorCode, Reason, Timestamp, format_bytes};
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::Account;
use crate::config::UploadConfig;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Refuses another upload of `length` bytes if the account has too much that nothing uses, or that
/// was refused: a file that costs its team nothing may not cost the server its disk. Members of a
/// team may keep some, strangers as little as the operator allows, organizers what they need. The
/// account's uploads have to be locked.
///
/// # Errors
/// `forbidden` without a team; `wrong_state` beyond an allowance.
pub fn check_allowance(
    conn: &mut Conn,
    config: &UploadConfig,
    account: &Account,
    length: u64,
    now: Timestamp,
) -> Result<()> {
    // Files of a season's organizers are not asked for which season they are.
    if !account.roles.is_empty() {
        return Ok(());
    }
    let unused = db::uploads::unused(conn, account.id, now)?;
    let kept = db::uploads::refused_bytes(conn, account.id, now)?.saturating_add(length);
    let bytes = unused.iter().fold(kept, |sum, length| sum.saturating_add(*length));
    let in_team = !db::memberships::teams_of(conn, account.id)?.is_empty();
    let most_bytes = if in_team { config.unused_bytes_per_account } else { config.unused_bytes_without_team };
    if !in_team && bytes > most_bytes {
        return Err(Error::forbidden("only members of a team may upload files; create or join a team first")
            .because(Reason::MembersOnly, json!({})));
    }
    let most = config.unused_per_account;
    if unused.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
        let message =
            format!("you have {} uploads that no submission uses, and at most {most} are allowed", unused.len());
        let facts = json!({ "count": unused.len(), "limit": most });
        return Err(refused(&message, Reason::UploadsUnused, facts));
    }
    if bytes > most_bytes {
        let message = format!(
            "with this one, your uploads that no submission uses, or only one that was refused or cancelled at no charge, \
             would have {}, and at most {} are allowed",
            format_bytes(bytes),
            format_bytes(most_bytes)
        );
        let facts = json!({ "bytes": bytes, "limit_bytes": most_bytes });
        return Err(refused(&message, Reason::UploadsUnusedBytes, facts));
    }
    Ok(())
}

fn refused(message: &str, reason: Reason, facts: Value) -> Error {
    Error::refused(ErrorCode::WrongState, format!("{message}; delete or submit one")).because(reason, facts)
}

/// Returns true if the disk has room for an upload of some bytes; a bucket always has.
///
/// # Errors
/// If the disk cannot be asked.
pub fn has_room(app: &App) -> Result<bool> {
    Ok(shortage(app, 0)?.is_none())
}

/// Returns how many bytes uploads may take on the disk; `None` for a bucket.
///
/// # Errors
/// If the disk cannot be asked.
pub fn room(app: &App) -> Result<Option<u64>> {
    app.blobs.room(app.config.uploads.reserve_bytes)
}

/// The free bytes, if they are too few for an upload of so many.
fn shortage(app: &App, bytes: u64) -> Result<Option<u64>> {
    Ok(room(app)?.filter(|room| *room <= bytes))
}

/// Refuses this many more bytes if the disk has no room for them. Logins, boards and the queue
/// continue in the space that is kept free.
///
/// # Errors
/// `unavailable`.
pub fn check_room(app: &App, bytes: u64) -> Result<()> {
    let Some(free_bytes) = shortage(app, bytes)? else { return Ok(()) };
    tracing::warn!(free_bytes, bytes, "an upload is refused because the disk is nearly full");
    Err(Error::busy("the server's disk is nearly full and takes no uploads; the operator has to make room", 300)
        .because(Reason::DiskFull, json!({})))
}

/// Returns the bytes that an upload of this length takes at most: large ones are kept in parts and
/// put together.
pub fn footprint(length: u64, config: &UploadConfig) -> u64 {
    let in_parts = usize::try_from(length).is_ok_and(|length| length > config.part_bytes);
    if in_parts { length.saturating_mul(2) } else { length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_parts_takes_its_bytes_twice_until_it_is_put_together() {
        let config = UploadConfig { part_bytes: 100, ..UploadConfig::default() };
        assert_eq!(footprint(0, &config), 0);
        assert_eq!(footprint(100, &config), 100);
        assert_eq!(footprint(101, &config), 202);
        assert_eq!(footprint(u64::MAX, &config), u64::MAX);
    }
}
