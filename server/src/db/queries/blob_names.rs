//! Which blobs the rows name. A new column that names a blob belongs into both functions.

use std::collections::HashSet;

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{Sha256, SubmissionState};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, quota_ledger, submissions, tasks, test_sets, uploads};
use crate::db::tables::evaluations::OPEN;
use crate::db::tables::quota;
use crate::db::values::parsed;
use crate::error::Result;

/// Those of `blobs` that some row names; a hundred or so at once.
pub fn among(conn: &mut Conn, blobs: &[Sha256]) -> Result<HashSet<Sha256>> {
    let names: Vec<String> = blobs.iter().map(Sha256::to_string).collect();
    // Nobody will look again at a file that was refused before any scorer saw it, or that cost its
    // team nothing: if such files were kept, one account could fill the disk.
    let refused = evaluations::table
        .filter(evaluations::submission_id.eq(submissions::id))
        .filter(evaluations::state.eq(SubmissionState::Rejected.as_str()))
        .filter(evaluations::attempt.eq(0));
    let free = quota::free().filter(quota_ledger::submission_id.eq(submissions::id));
    let mut found: Vec<String> = submissions::table
        .filter(submissions::sha256.eq_any(&names))
        .filter(not(exists(refused)))
        .filter(not(exists(free)))
        .select(submissions::sha256)
        .distinct()
        .load(conn)?;
    found.extend::<Vec<String>>(
        test_sets::table.filter(test_sets::sha256.eq_any(&names)).select(test_sets::sha256).load(conn)?,
    );
    let images: Vec<Option<String>> =
        test_sets::table.filter(test_sets::images_sha256.eq_any(&names)).select(test_sets::images_sha256).load(conn)?;
    let uploaded: Vec<Option<String>> =
        uploads::table.filter(uploads::sha256.eq_any(&names)).select(uploads::sha256).distinct().load(conn)?;
    found.extend(images.into_iter().chain(uploaded).flatten());
    found.into_iter().map(parsed).collect()
}

/// The blobs that scorers need next, at most `most` of each kind: those of the test sets that tasks
/// have now, and of the submissions that wait.
pub fn needed(conn: &mut Conn, most: i64) -> Result<Vec<Sha256>> {
    let present: Vec<(String, Option<String>)> = test_sets::table
        .inner_join(tasks::table.on(tasks::test_set_id.eq(test_sets::id.nullable())))
        .order(test_sets::id.desc())
        .limit(most)
        .select((test_sets::sha256, test_sets::images_sha256))
        .load(conn)?;
    let waiting: Vec<String> = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .limit(most)
        .select(submissions::sha256)
        .load(conn)?;
    let of_test_sets = present.into_iter().flat_map(|(canonical, images)| [Some(canonical), images]).flatten();
    of_test_sets.chain(waiting).map(parsed).collect()
}

/// Returns true if some row names this blob.
pub fn is_named(conn: &mut Conn, blob: Sha256) -> Result<bool> {
    Ok(!among(conn, &[blob])?.is_empty())
}
