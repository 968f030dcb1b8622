//! Changes of the log's key: another one is made, the old one keeps signing heads for a while, and
//! then its secret is deleted.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::{AccountId, ErrorCode, LogEntryKind, LogKeys, NewLogKey, Timestamp};
use holdout_receipts::{Frontier, Hash, Nonce, Receipt, SigningKey, Statement, sign_note_with_all};
use serde_json::json;

use super::heads::{frontier, signatures_of, signed_head};
use super::keys::{self, Seed};
use super::read;
use crate::app::App;
use crate::audit;
use crate::db::log_entries::NewEntry;
use crate::db::log_retired_keys::RetiredKey;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

const DEFAULT_OVERLAP_DAYS: u32 = 30;
const MOST_OVERLAP_DAYS: u32 = 365;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many keys sign heads at once, at most: a reader takes 32 signatures, and leaves room for
/// those of witnesses.
const MOST_SIGNERS: usize = 4;

/// Makes another key, which signs from the next entry on, and returns all keys.
///
/// # Errors
/// `wrong_state` if another key than `replaces` signs now, or too many old keys still sign heads;
/// `invalid_value`.
pub async fn rotate(app: &App, by: AccountId, request: NewLogKey) -> Result<LogKeys> {
    let days = request.overlap_days.unwrap_or(DEFAULT_OVERLAP_DAYS);
    if days > MOST_OVERLAP_DAYS {
        let message = format!("`overlap_days` is {days}; 0 to {MOST_OVERLAP_DAYS} are allowed");
        return Err(Error::invalid("overlap_days", message));
    }
    app.db.write(move |conn| replace_key(conn, by, &request.replaces, days, Timestamp::now())).await
}

fn replace_key(conn: &mut Conn, by: AccountId, replaces: &str, days: u32, now: Timestamp) -> Result<LogKeys> {
    db::lock(conn, Lock::Log)?;
    let old = keys::signing_key(conn)?;
    check_may_replace(conn, &old, (replaces, days), now)?;
    if days == 0 {
        // Whoever has the secrets of this database has those of the keys before, too.
        db::log_retired_keys::end_overlaps(conn, now)?;
    }
    let seed: Seed = rand::random();
    let new = SigningKey::from_seed(old.verifying_key().name().clone(), &seed).map_err(Error::internal)?;
    let signs_until = now.plus(DAY.saturating_mul(days));
    let mut tree = frontier(conn)?;
    let index = tree.size();
    write_change(conn, [&old, &new], &mut tree, now)?;
    let retired = RetiredKey {
        position: index,
        verifier: old.verifying_key().to_string(),
        signs_until,
        seed: (days > 0).then(|| keys::seed_of_present(conn)).transpose()?,
    };
    db::log_retired_keys::insert(conn, &retired)?;
    db::settings::set(conn, keys::KEY, &STANDARD.encode(seed))?;
    let head = signed_head(&tree, &keys::head_signers(conn, now)?);
    db::log_checkpoints::insert(conn, tree.size(), &head, now)?;
    let detail =
        json!({ "replaces": replaces, "index": index, "overlap_days": days, "signs_heads_until": signs_until });
    audit::record(conn, Some(by), "log_key.rotate", &new.verifying_key().to_string(), &detail)?;
    read::keys_of(conn)
}

fn check_may_replace(
    conn: &mut Conn,
    present: &SigningKey,
    (replaces, days): (&str, u32),
    now: Timestamp,
) -> Result<()> {
    let present = present.verifying_key().to_string();
    if replaces != present {
        let named: String = replaces.chars().filter(|letter| !letter.is_control()).take(120).collect();
        let message = format!("`replaces` is `{named}`; the key that signs now is `{present}`, so nothing was changed");
        return Err(Error::refused(ErrorCode::WrongState, message).with(json!({ "key": present })));
    }
    let retired = db::log_retired_keys::list(conn)?;
    let signers = retired.iter().filter(|key| key.signs_until > now && key.seed.is_some()).count() + 1;
    // A key in strange hands has to be replaced now, and without an overlap no signature is added.
    if signers < MOST_SIGNERS || days == 0 {
        return Ok(());
    }
    let next = retired.iter().filter(|key| key.signs_until > now).map(|key| key.signs_until).min();
    let until = next.map_or_else(String::new, |at| format!("; the first of them ends at {at}"));
    let message = format!(
        "{signers} keys sign heads of the log now, and at most {MOST_SIGNERS} may{until}. With `overlap_days` 0 the key can be replaced now"
    );
    Err(Error::refused(ErrorCode::WrongState, message))
}

/// Writes the entry that names the new key, signed by both, at the next place of the log.
///
/// Entries that wait for theirs come after it, so the new key signs them although they may be
/// older.
fn write_change(conn: &mut Conn, [old, new]: [&SigningKey; 2], tree: &mut Frontier, at: Timestamp) -> Result<()> {
    let (replaces, key) = (old.verifying_key().to_string(), new.verifying_key().to_string());
    let receipt = Receipt {
        log: old.verifying_key().name().to_string(),
        nonce: Nonce(rand::random()),
        at: at.to_string(),
        previous: None,
        statement: Statement::Key { replaces, key },
    };
    let body = receipt.to_string();
    let leaf = Hash::of_leaf(body.as_bytes());
    let note = sign_note_with_all(&body, [old, new]);
    let signatures = signatures_of(&note, &body)?.to_owned();
    let entry = NewEntry { kind: LogEntryKind::Key, at, body, leaf, submission: None, evaluation: None, opening: None };
    db::log_entries::insert_placed(conn, entry, tree.size(), &signatures)?;
    db::log_nodes::insert(conn, &tree.append(leaf))
}

/// Deletes the secrets of keys that no longer sign heads, and takes their signatures from the
/// present one.
pub(super) async fn retire(app: &App) -> Result<()> {
    // Looking costs no place among the writers.
    if !app.db.read(|conn| db::log_retired_keys::has_seed_to_delete(conn, Timestamp::now())).await? {
        return Ok(());
    }
    let retired = app.db.write(|conn| {
        let now = Timestamp::now();
        db::lock(conn, Lock::Log)?;
        let deleted = db::log_retired_keys::delete_seeds(conn, now)?;
        let tree = frontier(conn)?;
        let head = signed_head(&tree, &keys::head_signers(conn, now)?);
        db::log_checkpoints::sign_again(conn, tree.size(), &head)?;
        Ok(deleted)
    });
    let retired = retired.await?;
    tracing::info!(retired, "the secrets of old keys of the log are deleted");
    Ok(())
}
