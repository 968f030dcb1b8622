//! The quota ledger: reserve, then commit or refund. One row a submission that counts against a
//! quota.
//!
//! A row is charged in the rolling window that begins at its reservation, unless it was refunded or
//! used an extra attempt.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use holdout_protocol::{Charge, ChargeState, ExtensionId, RefundReason, SubmissionId, TaskId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::quota_ledger;
use crate::db::values::{int, parsed, to_word};
use crate::error::{Error, Result};

/// Returns when the submissions of a team in a task that take slots of the quota were reserved,
/// oldest first, after `since`.
pub fn slots_since(conn: &mut Conn, task: TaskId, team: TeamId, since: Timestamp) -> Result<Vec<Timestamp>> {
    let times: Vec<i64> = quota_ledger::table
        .filter(quota_ledger::task_id.eq(task.to_string()))
        .filter(quota_ledger::team_id.eq(team.to_string()))
        .filter(quota_ledger::reserved_at.gt(since.as_micros()))
        .filter(quota_ledger::state.ne(to_word(&ChargeState::Refunded)?))
        .filter(quota_ledger::extension_id.is_null())
        .order(quota_ledger::reserved_at)
        .select(quota_ledger::reserved_at)
        .load(conn)?;
    Ok(times.into_iter().map(Timestamp::from).collect())
}

/// Returns how many attempts of each of a team's extensions were used in a task.
pub fn used_extras(conn: &mut Conn, task: TaskId, team: TeamId) -> Result<HashMap<ExtensionId, u32>> {
    let rows: Vec<(Option<String>, i64)> = quota_ledger::table
        .filter(quota_ledger::task_id.eq(task.to_string()))
        .filter(quota_ledger::team_id.eq(team.to_string()))
        .filter(quota_ledger::state.ne(to_word(&ChargeState::Refunded)?))
        .filter(quota_ledger::extension_id.is_not_null())
        .group_by(quota_ledger::extension_id)
        .select((quota_ledger::extension_id, count_star()))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(id, used)| Some((id?, used)))
        .map(|(id, used)| Ok((parsed(id)?, int(used)?)))
        .collect()
}

/// A slot, or an extra attempt, to reserve for a submission.
#[derive(Debug, Clone, Copy)]
pub struct Reservation {
    pub submission: SubmissionId,
    pub task: TaskId,
    pub team: TeamId,
    /// The extension whose extra attempt is used; `None` for a slot of the quota.
    pub extension: Option<ExtensionId>,
}

/// Reserves it.
pub fn reserve(conn: &mut Conn, new: &Reservation, now: Timestamp) -> Result<()> {
    diesel::insert_into(quota_ledger::table)
        .values((
            quota_ledger::submission_id.eq(new.submission.to_string()),
            quota_ledger::task_id.eq(new.task.to_string()),
            quota_ledger::team_id.eq(new.team.to_string()),
            quota_ledger::state.eq(to_word(&ChargeState::Reserved)?),
            quota_ledger::reserved_at.eq(now.as_micros()),
            quota_ledger::extension_id.eq(new.extension.map(String::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Settles a reservation: charged if `refund` is none, given back otherwise. One that is settled
/// stays as it is, and a submission without one (an organizer's entry) has nothing to settle.
pub fn settle(conn: &mut Conn, submission: SubmissionId, refund: Option<RefundReason>, now: Timestamp) -> Result<()> {
    let state = if refund.is_some() { ChargeState::Refunded } else { ChargeState::Committed };
    diesel::update(quota_ledger::table.find(submission.to_string()))
        .filter(quota_ledger::state.eq(to_word(&ChargeState::Reserved)?))
        .set((
            quota_ledger::state.eq(to_word(&state)?),
            quota_ledger::reason.eq(refund.as_ref().map(to_word).transpose()?),
            quota_ledger::settled_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The rows of submissions that ended at no charge, and not because the platform failed: refused
/// before they needed hidden images, or withdrawn before they began.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn free() -> _ {
    let refunded: &'static str = "refunded";
    let causes: [&'static str; 2] = ["format", "cancelled"];
    quota_ledger::table.filter(quota_ledger::state.eq(refunded)).filter(quota_ledger::reason.eq_any(causes))
}

/// Returns how these submissions stand in the ledger; those that do not count against a quota are
/// missing.
pub fn charges_of(
    conn: &mut Conn,
    submissions: impl IntoIterator<Item = SubmissionId>,
) -> Result<HashMap<SubmissionId, Charge>> {
    let ids: Vec<String> = submissions.into_iter().map(String::from).collect();
    let rows: Vec<(String, String, Option<String>)> = quota_ledger::table
        .filter(quota_ledger::submission_id.eq_any(ids))
        .select((quota_ledger::submission_id, quota_ledger::state, quota_ledger::reason))
        .load(conn)?;
    let charge = |(id, state, reason): (String, String, Option<String>)| {
        let value = serde_json::json!({ "state": state, "reason": reason });
        Ok((parsed(id)?, serde_json::from_value(value).map_err(Error::internal)?))
    };
    rows.into_iter().map(charge).collect()
}
