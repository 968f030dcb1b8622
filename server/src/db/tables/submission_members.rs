//! To whom submissions are attributed: the members of the team at the moment of each.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use holdout_protocol::{AccountId, ChargeState, SeasonId, SubmissionId, SubmissionState, TaskId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, quota_ledger, submission_members, submissions};
use crate::db::tables::evaluations::OPEN;
use crate::db::values::{int, parsed, texts, to_word};
use crate::error::Result;

/// Attributes a submission to these people.
pub fn insert(conn: &mut Conn, submission: SubmissionId, members: &[AccountId]) -> Result<()> {
    let rows: Vec<_> = members
        .iter()
        .map(|account| {
            (
                submission_members::submission_id.eq(submission.to_string()),
                submission_members::account_id.eq(account.to_string()),
            )
        })
        .collect();
    for row in rows {
        diesel::insert_into(submission_members::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Returns true if a submission is attributed to somebody; what organizers enter is not.
pub fn has_some(conn: &mut Conn, submission: SubmissionId) -> Result<bool> {
    let of_submission = submission_members::table.filter(submission_members::submission_id.eq(submission.to_string()));
    Ok(diesel::select(exists(of_submission.select(submission_members::account_id))).get_result(conn)?)
}

/// When the submissions of each of these people in a task that take slots of the quota were
/// reserved, oldest first, after `since`; whichever team they were made for.
pub fn slots_since(
    conn: &mut Conn,
    task: TaskId,
    accounts: &[AccountId],
    since: Timestamp,
) -> Result<HashMap<AccountId, Vec<Timestamp>>> {
    let rows: Vec<(String, i64)> = submission_members::table
        .inner_join(quota_ledger::table.on(quota_ledger::submission_id.eq(submission_members::submission_id)))
        .filter(submission_members::account_id.eq_any(texts(accounts)))
        .filter(quota_ledger::task_id.eq(task.to_string()))
        .filter(quota_ledger::reserved_at.gt(since.as_micros()))
        .filter(quota_ledger::state.ne(to_word(&ChargeState::Refunded)?))
        .filter(quota_ledger::extension_id.is_null())
        .order(quota_ledger::reserved_at)
        .select((submission_members::account_id, quota_ledger::reserved_at))
        .load(conn)?;
    let mut charged: HashMap<AccountId, Vec<Timestamp>> = HashMap::new();
    for (account, reserved_at) in rows {
        charged.entry(parsed(account)?).or_default().push(Timestamp::from(reserved_at));
    }
    Ok(charged)
}

/// Returns how many submissions are charged to a person in a season, in all its tasks and ever.
pub fn charged_in_season(conn: &mut Conn, season: SeasonId, account: AccountId) -> Result<u32> {
    let count: i64 = submission_members::table
        .inner_join(submissions::table)
        .inner_join(quota_ledger::table.on(quota_ledger::submission_id.eq(submission_members::submission_id)))
        .filter(submission_members::account_id.eq(account.to_string()))
        .filter(submissions::season_id.eq(season.to_string()))
        .filter(quota_ledger::state.ne(to_word(&ChargeState::Refunded)?))
        .count()
        .get_result(conn)?;
    int(count)
}

/// The largest number of evaluations in this state in a task that one of these people has,
/// whichever team they were submitted for.
pub fn most_in_state(conn: &mut Conn, task: TaskId, accounts: &[AccountId], state: SubmissionState) -> Result<u32> {
    let rows: Vec<i64> = evaluations::table
        .inner_join(submission_members::table.on(submission_members::submission_id.eq(evaluations::submission_id)))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(OPEN))
        .filter(evaluations::state.eq(state.as_str()))
        .filter(evaluations::rescoring.eq(false))
        .filter(evaluations::task_id.eq(task.to_string()))
        .filter(submission_members::account_id.eq_any(texts(accounts)))
        .group_by(submission_members::account_id)
        .select(count_star())
        .load(conn)?;
    int(rows.into_iter().max().unwrap_or(0))
}

/// The people to whom what a team has waiting in a task is attributed.
pub fn waiting_for(conn: &mut Conn, task: TaskId, team: TeamId) -> Result<Vec<AccountId>> {
    let accounts: Vec<String> = evaluations::table
        .inner_join(submission_members::table.on(submission_members::submission_id.eq(evaluations::submission_id)))
        .filter(evaluations::team_id.eq(team.to_string()))
        .filter(evaluations::task_id.eq(task.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .select(submission_members::account_id)
        .distinct()
        .load(conn)?;
    accounts.into_iter().map(parsed).collect()
}

/// The submissions to a task that were chosen as finals, by person, oldest first; of these people.
pub fn chosen(conn: &mut Conn, task: TaskId, accounts: &[AccountId]) -> Result<HashMap<AccountId, Vec<SubmissionId>>> {
    let rows: Vec<(String, String)> = submission_members::table
        .inner_join(submissions::table)
        .filter(submission_members::account_id.eq_any(texts(accounts)))
        .filter(submissions::task_id.eq(task.to_string()))
        .filter(submissions::final_at.is_not_null())
        .order(submissions::id)
        .select((submission_members::account_id, submissions::id))
        .load(conn)?;
    let mut chosen: HashMap<AccountId, Vec<SubmissionId>> = HashMap::new();
    for (account, submission) in rows {
        chosen.entry(parsed(account)?).or_default().push(parsed(submission)?);
    }
    Ok(chosen)
}
