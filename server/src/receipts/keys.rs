//! The log's name and its signing key, which all servers on a database share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::Timestamp;
use holdout_receipts::{Checkpoint, Frontier, KeyName, SigningKey, sign_note};

use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// The setting with the log's name.
const NAME: &str = "log-name";
/// The setting with the seed of the signing key, base64. It never leaves the database.
const KEY: &str = "log-key";

/// Makes the log's name, its key and the head of the empty log, if they are not there.
pub fn prepare(conn: &mut Conn) -> Result<()> {
    db::lock(conn, Lock::Log)?;
    let name: [u8; 8] = rand::random();
    db::settings::get_or_insert(conn, NAME, &format!("holdout-{:016x}/log", u64::from_be_bytes(name)))?;
    let seed: [u8; 32] = rand::random();
    db::settings::get_or_insert(conn, KEY, &STANDARD.encode(seed))?;
    if db::log_checkpoints::latest(conn)?.is_none() {
        let key = signing_key(conn)?;
        let now = Timestamp::now();
        db::log_checkpoints::insert(conn, 0, &signed_head(&Frontier::default(), &key), now)?;
    }
    Ok(())
}

/// The log's name.
pub(super) fn log_name(conn: &mut Conn) -> Result<String> {
    db::settings::get(conn, NAME)?.ok_or_else(|| Error::internal("the log has no name"))
}

/// The key that signs.
pub(super) fn signing_key(conn: &mut Conn) -> Result<SigningKey> {
    let name: KeyName = log_name(conn)?.parse().map_err(Error::internal)?;
    let seed = db::settings::get(conn, KEY)?.and_then(|text| STANDARD.decode(text).ok());
    let seed = seed.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    // Neither the text nor why it cannot be read is said, because it is a secret.
    let seed = seed.ok_or_else(|| Error::internal(format!("the setting `{KEY}` has no key of 32 bytes")))?;
    SigningKey::from_seed(name, &seed).map_err(Error::internal)
}

/// The signed head of a log.
pub(super) fn signed_head(tree: &Frontier, key: &SigningKey) -> String {
    let origin = key.verifying_key().name().to_string();
    sign_note(&Checkpoint { origin, size: tree.size(), root: tree.root() }.to_string(), key)
}
