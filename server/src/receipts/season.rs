//! Which entries of the log are about a season.

use std::collections::BTreeMap;

use holdout_protocol::{CorrectionNote, SeasonLog, Slug};
use holdout_receipts::{Hash, Receipt, SeasonStatement, Statement, root_of, sign_note};

use super::keys;
use super::read::head_and_key;
use crate::app::App;
use crate::db::log_entries::{self, Entry};
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// The entries of the log that are about a season, with a signed text that says which, so that
/// nobody can leave one out later.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn of_season(app: &App, slug: Slug) -> Result<SeasonLog> {
    app.db.read(move |conn| season_log(conn, &slug)).await
}

fn season_log(conn: &mut Conn, slug: &Slug) -> Result<SeasonLog> {
    let season = db::seasons::find(conn, slug.as_str())?;
    let (size, key) = head_and_key(conn)?;
    let mut leaves: BTreeMap<u64, Hash> = log_entries::of_season(conn, season.id, size)?.into_iter().collect();
    let mut corrections = Vec::new();
    for entry in log_entries::corrections(conn, size)? {
        if !is_about(&entry, slug)? {
            continue;
        }
        let index = entry.index.ok_or_else(|| Error::internal("an entry of the log without a place"))?;
        leaves.insert(index, entry.leaf);
        let note = format!("{}\n{}", entry.body, entry.signatures.unwrap_or_default());
        corrections.push(CorrectionNote { index, note });
    }
    let log = keys::log_name(conn)?;
    let entries: Vec<u64> = leaves.keys().copied().collect();
    let count = u64::try_from(entries.len()).map_err(Error::internal)?;
    let root = root_of(leaves.into_values());
    let statement = SeasonStatement { log, season: slug.to_string(), size, entries: count, root };
    Ok(SeasonLog { statement: sign_note(&statement.to_string(), &key), entries, corrections })
}

fn is_about(correction: &Entry, slug: &Slug) -> Result<bool> {
    let receipt = Receipt::parse(&correction.body).map_err(Error::internal)?;
    Ok(matches!(receipt.statement, Statement::Correction { season, .. } if season == slug.as_str()))
}
