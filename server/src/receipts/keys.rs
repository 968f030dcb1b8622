//! The log's name and its signing key, which all servers on a database share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::Timestamp;
use holdout_receipts::{Frontier, KeyName, SigningKey};

use super::heads::signed_head;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// The setting with the log's name.
const NAME: &str = "log-name";
/// The setting with the seed of the signing key, base64. It never leaves the database.
pub(super) const KEY: &str = "log-key";

/// What a key is made from.
pub(super) type Seed = [u8; 32];

/// Makes the log's name, its key and the head of the empty log, if they are not there.
pub fn prepare(conn: &mut Conn) -> Result<()> {
    db::lock(conn, Lock::Log)?;
    let name: [u8; 8] = rand::random();
    db::settings::get_or_insert(conn, NAME, &format!("holdout-{:016x}/log", u64::from_be_bytes(name)))?;
    if db::settings::get(conn, KEY)?.is_none() && db::log_checkpoints::latest(conn)?.is_some() {
        // Another key would sign without a change that links it, so everybody who verifies would
        // raise an alarm.
        return Err(Error::Unfit(format!(
            "the database has a log, but not the key that signs it (the setting `{KEY}`): take it from a backup, or begin another log as \
             the operator's guide says (the key of the log)"
        )));
    }
    let seed: Seed = rand::random();
    db::settings::get_or_insert(conn, KEY, &STANDARD.encode(seed))?;
    if db::log_checkpoints::latest(conn)?.is_none() {
        let now = Timestamp::now();
        let signers = head_signers(conn, now)?;
        db::log_checkpoints::insert(conn, 0, &signed_head(&Frontier::default(), &signers), now)?;
    }
    Ok(())
}

/// The log's name.
pub(super) fn log_name(conn: &mut Conn) -> Result<String> {
    db::settings::get(conn, NAME)?.ok_or_else(|| Error::internal("the log has no name"))
}

/// The key that signs. It is read whenever it is needed, because another server may have replaced
/// it.
pub(super) fn signing_key(conn: &mut Conn) -> Result<SigningKey> {
    let seed = seed_of_present(conn)?;
    from_seed(conn, &seed, &format!("the setting `{KEY}`"))
}

/// The seed of the key that signs, base64.
pub(super) fn seed_of_present(conn: &mut Conn) -> Result<String> {
    db::settings::get(conn, KEY)?.ok_or_else(|| Error::internal(format!("the setting `{KEY}` is missing")))
}

/// The keys that sign heads of the log at this time: the present one, and those that were replaced
/// not long ago, the latest first.
pub(super) fn head_signers(conn: &mut Conn, now: Timestamp) -> Result<Vec<SigningKey>> {
    let mut signers = vec![signing_key(conn)?];
    let retired = db::log_retired_keys::list(conn)?;
    for key in retired.into_iter().rev().filter(|key| key.signs_until > now) {
        let Some(seed) = key.seed else { continue };
        signers.push(from_seed(conn, &seed, &format!("the key until entry {} of the log", key.position))?);
    }
    Ok(signers)
}

fn from_seed(conn: &mut Conn, text: &str, place: &str) -> Result<SigningKey> {
    let name: KeyName = log_name(conn)?.parse().map_err(Error::internal)?;
    let seed = STANDARD.decode(text).ok().and_then(|bytes| Seed::try_from(bytes).ok());
    // Neither the text nor why it cannot be read is said, because it is a secret.
    let seed = seed.ok_or_else(|| Error::internal(format!("{place} has no key of 32 bytes")))?;
    SigningKey::from_seed(name, &seed).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use holdout_receipts::Note;

    use super::*;
    use crate::db::in_memory;

    #[test]
    fn a_log_that_lost_its_key_does_not_get_another_one() {
        let mut conn = in_memory();
        prepare(&mut conn).unwrap();
        let key = signing_key(&mut conn).unwrap().verifying_key();
        prepare(&mut conn).unwrap();
        assert_eq!(signing_key(&mut conn).unwrap().verifying_key(), key, "another start changes nothing");
        let Conn::Sqlite(sqlite) = &mut conn else { panic!("a database in memory") };
        diesel::sql_query("DELETE FROM settings WHERE name = 'log-key'").execute(sqlite).unwrap();
        let error = prepare(&mut conn).unwrap_err().to_string();
        assert!(error.contains("not the key that signs it (the setting `log-key`)"), "{error}");
    }

    #[test]
    fn a_retired_key_signs_heads_until_its_time_has_come() {
        let mut conn = in_memory();
        prepare(&mut conn).unwrap();
        let name: KeyName = log_name(&mut conn).unwrap().parse().unwrap();
        let old = SigningKey::from_seed(name, &[7; 32]).unwrap().verifying_key();
        let retired = db::log_retired_keys::RetiredKey {
            position: 0,
            verifier: old.to_string(),
            signs_until: Timestamp::from(100),
            seed: Some(STANDARD.encode([7; 32])),
        };
        db::log_retired_keys::insert(&mut conn, &retired).unwrap();
        let mut signers = |now: i64| {
            let signers = head_signers(&mut conn, Timestamp::from(now)).unwrap();
            let head = signed_head(&Frontier::default(), &signers);
            (signers.len(), Note::open(&head, std::slice::from_ref(&old)).is_ok())
        };
        assert_eq!((signers(99), signers(100)), ((2, true), (1, false)));
        assert_eq!(db::log_retired_keys::delete_seeds(&mut conn, Timestamp::from(99)).unwrap(), 0);
        assert_eq!(db::log_retired_keys::delete_seeds(&mut conn, Timestamp::from(100)).unwrap(), 1);
        assert_eq!(db::log_retired_keys::list(&mut conn).unwrap()[0].seed, None);
    }
}
