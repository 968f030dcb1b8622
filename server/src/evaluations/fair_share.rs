//! Whose turn it is: the team with the fewest running and recent evaluations, then the one that has waited longest.

use std::collections::HashMap;
use std::time::Duration;

use holdout_protocol::{SubmissionKind, TaskId, TeamId, Timestamp};

use crate::db::Conn;
use crate::db::queue::{self, Waiting};
use crate::error::Result;

/// How far back an evaluation counts as recent.
const RECENT: Duration = Duration::from_secs(3600);

/// What the teams have had.
#[derive(Debug, Default)]
struct Load {
    running: HashMap<(TeamId, TaskId), u64>,
    recent: HashMap<TeamId, u64>,
}

impl Load {
    /// Running evaluations count twice, since they are recent too: what a team has now weighs more than what it had.
    fn of(&self, team: TeamId) -> u64 {
        let running: u64 = self.running.iter().filter(|((of, _), _)| *of == team).map(|(_, count)| *count).sum();
        running.saturating_add(self.recent.get(&team).copied().unwrap_or(0))
    }
}

/// The team and task whose turn it is, of those that run fewer than `per_team`; none where nothing may begin now.
///
/// # Errors
/// Where the database fails.
pub fn next(conn: &mut Conn, kinds: &[SubmissionKind], per_team: u32, now: Timestamp) -> Result<Option<Waiting>> {
    let waiting = queue::waiting(conn, kinds)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let running = queue::running(conn)?;
    let free = free(waiting, &running, per_team);
    // With one candidate there is nothing to weigh.
    if let [] | [_] = free.as_slice() {
        return Ok(free.first().copied());
    }
    let mut teams: Vec<TeamId> = free.iter().map(|waiting| waiting.team).collect();
    teams.sort_unstable();
    teams.dedup();
    let recent = queue::begun_since(conn, &teams, now.minus(RECENT))?;
    Ok(choose(&free, &Load { running, recent }))
}

fn free(waiting: Vec<Waiting>, running: &HashMap<(TeamId, TaskId), u64>, per_team: u32) -> Vec<Waiting> {
    let may =
        |waiting: &Waiting| running.get(&(waiting.team, waiting.task)).is_none_or(|count| *count < per_team.into());
    waiting.into_iter().filter(may).collect()
}

fn choose(free: &[Waiting], load: &Load) -> Option<Waiting> {
    free.iter().min_by_key(|waiting| (load.of(waiting.team), waiting.since, waiting.team, waiting.task)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(team: TeamId, task: TaskId, since: i64) -> Waiting {
        Waiting { team, task, since: Timestamp::from_micros(since) }
    }

    #[test]
    fn the_least_served_team_goes_first_then_the_oldest() {
        let (a, b, c, task) = (TeamId::new(), TeamId::new(), TeamId::new(), TaskId::new());
        let all = [waiting(a, task, 1), waiting(b, task, 3), waiting(c, task, 2)];
        let mut load = Load::default();
        assert_eq!(choose(&all, &load), Some(all[0]));
        load.recent.insert(a, 1);
        assert_eq!(choose(&all, &load), Some(all[2]));
        load.running.insert((c, TaskId::new()), 1);
        assert_eq!(choose(&all, &load), Some(all[1]));
        load.recent.insert(b, 2);
        assert_eq!(choose(&all, &load), Some(all[0]));
        assert_eq!(choose(&[], &load), None);
    }

    #[test]
    fn a_team_that_runs_enough_in_a_task_waits_there_only() {
        let (team, busy, idle) = (TeamId::new(), TaskId::new(), TaskId::new());
        let all = vec![waiting(team, busy, 1), waiting(team, idle, 2)];
        let running = HashMap::from([((team, busy), 1)]);
        assert_eq!(free(all.clone(), &running, 1), [all[1]]);
        assert_eq!(free(all.clone(), &running, 2), all);
    }
}
