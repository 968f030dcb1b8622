//! The right edge of the log's tree, and its signed heads.

use holdout_receipts::{Checkpoint, Frontier, SigningKey, sign_note_with_all, subtrees};

use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// The right edge of the log.
pub(super) fn frontier(conn: &mut Conn) -> Result<Frontier> {
    let size = db::log_checkpoints::latest(conn)?.map_or(0, |(size, _)| size);
    let hashes = subtrees(size).into_iter().map(|id| db::log_nodes::get(conn, id)).collect::<Result<_>>()?;
    Frontier::new(size, hashes).map_err(Error::internal)
}

/// The head of a log, signed by these keys.
pub(super) fn signed_head(tree: &Frontier, signers: &[SigningKey]) -> String {
    let origin = signers.first().map_or_else(String::new, |key| key.verifying_key().name().to_string());
    sign_note_with_all(&Checkpoint { origin, size: tree.size(), root: tree.root() }.to_string(), signers)
}

/// The signatures of a note over this text: a note is the text, an empty line, and its signatures.
pub(super) fn signatures_of<'n>(note: &'n str, text: &str) -> Result<&'n str> {
    note.get(text.len() + 1..).ok_or_else(|| Error::internal("a note without signatures"))
}
