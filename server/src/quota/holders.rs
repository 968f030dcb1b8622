//! Those who hold what a task gives out in small numbers (slots of the quota, places in the queue,
//! finals): a team, and each of its members.
//!
//! A submission is attributed to everybody who is in the team when it is made. Everything that
//! limits a team counts the larger of what the team has and what each of its present members has,
//! wherever they got it. Whoever leaves and founds another team takes along what they have used.
//! Joining gives nothing either: N people never get more than N times the limit together, and one
//! person never more than the limit.

use holdout_protocol::{AccountId, SeasonId, SubmissionId, SubmissionState, TaskId, TeamId};

use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// Keeps the members of all teams of a season as they are, and all that the team and its members
/// hold in a task, until the transaction ends. Returns the members.
pub fn lock(conn: &mut Conn, season: SeasonId, task: TaskId, team: TeamId) -> Result<Vec<AccountId>> {
    // Whoever changes members or the season's times holds this lock alone. Without it, somebody
    // could leave between the reading of the members and the locking of what they hold.
    db::lock_shared(conn, Lock::Season(&season.to_string()))?;
    let members = db::memberships::accounts_of(conn, team)?;
    let mut keys = vec![format!("{task} {team}")];
    keys.extend(members.iter().map(|account| format!("{task} {account}")));
    db::lock_quotas(conn, &keys)?;
    Ok(members)
}

/// Returns how many evaluations wait for the team, or for the member who has most of them,
/// whichever is more.
pub fn waiting(conn: &mut Conn, task: TaskId, team: TeamId, members: &[AccountId]) -> Result<u32> {
    let own = db::queue_places::waiting(conn, task, team)?;
    Ok(own.max(db::submission_members::most_in_state(conn, task, members, SubmissionState::Queued)?))
}

/// Returns true if the people who wait with this team's evaluations have as many running, for any
/// team, as one team may have.
pub fn run_enough(conn: &mut Conn, task: TaskId, team: TeamId, per_team: u32) -> Result<bool> {
    let people = db::submission_members::waiting_for(conn, task, team)?;
    Ok(db::submission_members::most_in_state(conn, task, &people, SubmissionState::Running)? >= per_team)
}

/// The finals that count against the team's number of them: its own, or those of the member who has
/// most, whichever are more.
#[derive(Debug, PartialEq, Eq)]
pub struct Finals {
    /// The submissions, oldest first.
    pub chosen: Vec<SubmissionId>,
    /// Whether they are not the team's own.
    pub carried: bool,
}

/// Returns what finals count.
pub fn finals(conn: &mut Conn, task: TaskId, team: TeamId, members: &[AccountId]) -> Result<Finals> {
    let own = db::submissions::chosen(conn, task, team)?;
    let of_members = db::submission_members::chosen(conn, task, members)?;
    let most = of_members.into_values().max_by_key(Vec::len).unwrap_or_default();
    let carried = most.len() > own.len();
    Ok(Finals { chosen: if carried { most } else { own }, carried })
}
