//! Whose turn it is: the team with the fewest running and recent evaluations, then the one that has
//! waited longest. Organizers are shown the order that follows from it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use holdout_protocol::{EvaluationId, SubmissionKind, TaskId, TeamId, Timestamp};

use crate::db::queue::{self, Asking, Waiting};
use crate::db::{Conn, running};
use crate::error::Result;
use crate::quota::holders;

/// How far back an evaluation counts as recent.
const RECENT: Duration = Duration::from_secs(3600);

/// What the teams have had.
#[derive(Debug, Default)]
struct Load {
    running: HashMap<(TeamId, TaskId), u64>,
    recent: HashMap<TeamId, u64>,
}

impl Load {
    /// Running evaluations count twice, since they are recent too: what a team has now weighs more
    /// than what it had. For example, one that runs and one that has ended count three.
    fn of_team(&self, team: TeamId) -> u64 {
        let running: u64 = self.running.iter().filter(|((of, _), _)| *of == team).map(|(_, count)| *count).sum();
        running.saturating_add(self.recent.get(&team).copied().unwrap_or(0))
    }
}

/// The team and task whose turn it is, of those that run fewer than `per_team`, counting what their
/// people run for teams that they left. Returns `None` if nothing may begin now.
pub fn next(conn: &mut Conn, asking: &Asking, per_team: u32) -> Result<Option<Waiting>> {
    let waiting = queue::waiting(conn, asking)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let running = running::count_by_team(conn)?;
    let mut free = free(waiting, &running, per_team);
    // With one candidate there is nothing to weigh.
    let recent = if free.len() > 1 { recent(conn, &free, asking.now)? } else { HashMap::new() };
    let load = Load { running, recent };
    while let Some(next) = choose(&free, &load) {
        // Asked only for the one whose turn it is, because it hardly ever has to wait for a team
        // that its people left.
        let elsewhere = load.running.keys().any(|(team, task)| *task == next.task && *team != next.team);
        if !elsewhere || !holders::run_enough(conn, next.task, next.team, per_team)? {
            return Ok(Some(next));
        }
        free.retain(|waiting| *waiting != next);
    }
    Ok(None)
}

fn recent(conn: &mut Conn, waiting: &[Waiting], now: Timestamp) -> Result<HashMap<TeamId, u64>> {
    let mut teams: Vec<TeamId> = waiting.iter().map(|waiting| waiting.team).collect();
    teams.sort_unstable();
    teams.dedup();
    running::begun_since(conn, &teams, now.minus(RECENT))
}

/// Returns what waits, in the order in which it will be taken if nothing else comes; `most` at
/// most. The first one is that of [`next`], for a scorer of all kinds.
pub fn foreseen(conn: &mut Conn, per_team: u32, most: usize, now: Timestamp) -> Result<Vec<EvaluationId>> {
    let kinds = [SubmissionKind::Predictions, SubmissionKind::Torchscript];
    let mut order = Vec::new();
    for rescoring in [false, true] {
        let waiting = queue::all_waiting(conn, &kinds, rescoring)?;
        let load = load_of(conn, &waiting, now)?;
        order.extend(foresee(&waiting, load, per_team, most.saturating_sub(order.len())));
    }
    Ok(order)
}

fn load_of(conn: &mut Conn, waiting: &[(EvaluationId, Waiting)], now: Timestamp) -> Result<Load> {
    let running = running::count_by_team(conn)?;
    let places: Vec<Waiting> = waiting.iter().map(|(_, place)| *place).collect();
    Ok(Load { running, recent: recent(conn, &places, now)? })
}

/// The scorers that take a kind, and what they are at.
#[derive(Debug, Clone, Default)]
pub struct ScorerPool {
    /// How many there are.
    pub scorers: usize,
    /// The running evaluations, and how much of each is left.
    pub running: Vec<(TeamId, TaskId, Duration)>,
    /// How long an evaluation takes, if that is known.
    pub length: Option<Duration>,
}

/// Returns what waits with a file of this kind, in the order in which scorers will take it if
/// nothing else comes, and how soon: `None` if that is not known. `most` at most.
pub fn timetable(
    conn: &mut Conn,
    kind: SubmissionKind,
    per_team: u32,
    most: usize,
    pool: &ScorerPool,
    now: Timestamp,
) -> Result<Vec<(EvaluationId, Option<Duration>)>> {
    let waiting = queue::all_waiting(conn, &[kind], false)?;
    let load = load_of(conn, &waiting, now)?;
    Ok(simulate(&waiting, load, per_team, pool, most))
}

/// Lets the scorers work through the queue: whoever is free takes what [`choose`] says, and each
/// evaluation takes as long as the others did.
fn simulate(
    waiting: &[(EvaluationId, Waiting)],
    mut load: Load,
    per_team: u32,
    pool: &ScorerPool,
    most: usize,
) -> Vec<(EvaluationId, Option<Duration>)> {
    let mut lines = lines(waiting);
    // Without scorers or a known length the order is that of one scorer, and of any length.
    let (scorers, length) = (pool.scorers.max(1), pool.length.unwrap_or(Duration::from_secs(1)));
    let mut at_work = pool.running.clone();
    let mut now = Duration::ZERO;
    let mut order = Vec::new();
    while order.len() < most {
        let heads = heads(&lines);
        let mut next = None;
        if at_work.len() < scorers {
            next = choose(&free(heads.clone(), &load.running, per_team), &load);
        }
        // All that waits is kept back by what its teams run elsewhere, such as a model, and nobody
        // knows for how long.
        let is_kept_back = next.is_none() && at_work.is_empty();
        if is_kept_back {
            next = choose(&heads, &load);
        }
        if let Some(next) = next {
            let taken = lines.get_mut(&(next.team, next.task)).and_then(VecDeque::pop_front);
            let known = !is_kept_back && pool.scorers > 0 && (pool.length.is_some() || now.is_zero());
            order.extend(taken.map(|(id, _)| (id, known.then_some(now))));
            at_work.push((next.team, next.task, now.saturating_add(length)));
            *load.running.entry((next.team, next.task)).or_default() += 1;
            *load.recent.entry(next.team).or_default() += 1;
            continue;
        }
        at_work.sort_unstable_by_key(|(.., end)| std::cmp::Reverse(*end));
        let Some((team, task, end)) = at_work.pop() else { break };
        if heads.is_empty() {
            break;
        }
        now = now.max(end);
        if let Some(count) = load.running.get_mut(&(team, task)) {
            *count = count.saturating_sub(1);
        }
    }
    order
}

type Lines = HashMap<(TeamId, TaskId), VecDeque<(EvaluationId, Waiting)>>;

fn lines(waiting: &[(EvaluationId, Waiting)]) -> Lines {
    let mut lines = Lines::new();
    for (id, place) in waiting {
        lines.entry((place.team, place.task)).or_default().push_back((*id, *place));
    }
    lines
}

/// Returns what each team would have taken next in each task.
fn heads(lines: &Lines) -> Vec<Waiting> {
    lines.values().filter_map(|line| line.front().map(|(_, place)| *place)).collect()
}

/// Takes one after the other, as if each were over when the next is taken. What a team has running
/// keeps its others back for as long as others are there to be taken.
fn foresee(waiting: &[(EvaluationId, Waiting)], mut load: Load, per_team: u32, most: usize) -> Vec<EvaluationId> {
    let mut lines = lines(waiting);
    let mut order = Vec::new();
    while order.len() < most {
        let heads = heads(&lines);
        let free = free(heads.clone(), &load.running, per_team);
        let Some(next) = choose(if free.is_empty() { &heads } else { &free }, &load) else { break };
        let taken = lines.get_mut(&(next.team, next.task)).and_then(VecDeque::pop_front);
        order.extend(taken.map(|(id, _)| id));
        let recent = load.recent.entry(next.team).or_default();
        *recent = recent.saturating_add(1);
    }
    order
}

fn free(waiting: Vec<Waiting>, running: &HashMap<(TeamId, TaskId), u64>, per_team: u32) -> Vec<Waiting> {
    let may =
        |waiting: &Waiting| running.get(&(waiting.team, waiting.task)).is_none_or(|count| *count < per_team.into());
    waiting.into_iter().filter(may).collect()
}

fn choose(free: &[Waiting], load: &Load) -> Option<Waiting> {
    free.iter().min_by_key(|waiting| (load.of_team(waiting.team), waiting.since, waiting.team, waiting.task)).copied()
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
    fn what_is_foreseen_alternates_between_teams() {
        let (a, b, task) = (TeamId::new(), TeamId::new(), TaskId::new());
        let of = |team, since| (EvaluationId::new(), waiting(team, task, since));
        let all = [of(a, 1), of(a, 2), of(a, 3), of(b, 4), of(b, 5)];
        let [a1, a2, a3, b1, b2] = all.map(|(id, _)| id);
        assert_eq!(foresee(&all, Load::default(), 1, 9), [a1, b1, a2, b2, a3]);
        assert_eq!(foresee(&all, Load::default(), 1, 2), [a1, b1]);
        // Team A runs one: it waits until B's are taken, whatever they had.
        let busy = || Load { running: HashMap::from([((a, task), 1)]), recent: HashMap::from([(b, 9)]) };
        assert_eq!(foresee(&all, busy(), 1, 9), [b1, b2, a1, a2, a3]);
        assert_eq!(foresee(&all, busy(), 2, 3), [a1, a2, a3]);
        assert!(foresee(&[], Load::default(), 1, 9).is_empty());
    }

    fn pool(scorers: usize, running: &[(TeamId, TaskId, u64)], length: Option<u64>) -> ScorerPool {
        let running = running.iter().map(|(team, task, left)| (*team, *task, Duration::from_secs(*left))).collect();
        ScorerPool { scorers, running, length: length.map(Duration::from_secs) }
    }

    fn seconds(order: Vec<(EvaluationId, Option<Duration>)>) -> Vec<(EvaluationId, Option<u64>)> {
        order.into_iter().map(|(id, start)| (id, start.map(|start| start.as_secs()))).collect()
    }

    #[test]
    fn scorers_work_through_the_queue_by_turns() {
        let (a, b, task) = (TeamId::new(), TeamId::new(), TaskId::new());
        let of = |team, since| (EvaluationId::new(), waiting(team, task, since));
        let all = [of(a, 1), of(a, 2), of(a, 3), of(b, 4)];
        let [a1, a2, a3, b1] = all.map(|(id, _)| id);
        let at = |pool: &ScorerPool, load| seconds(simulate(&all, load, 1, pool, 9));
        let some =
            |ids: [EvaluationId; 4], starts: [u64; 4]| -> Vec<_> { ids.into_iter().zip(starts.map(Some)).collect() };
        assert_eq!(at(&pool(1, &[], Some(10)), Load::default()), some([a1, b1, a2, a3], [0, 10, 20, 30]));
        // A team runs one at a time, so that a second scorer has nothing more of it to do.
        assert_eq!(at(&pool(2, &[], Some(10)), Load::default()), some([a1, b1, a2, a3], [0, 0, 10, 20]));
        let busy = Load { running: HashMap::from([((a, task), 1)]), recent: HashMap::from([(a, 1)]) };
        assert_eq!(at(&pool(1, &[(a, task, 4)], Some(10)), busy), some([b1, a1, a2, a3], [4, 14, 24, 34]));
    }

    #[test]
    fn what_waits_for_another_kind_of_its_team_has_no_known_start() {
        let (team, other, task) = (TeamId::new(), TeamId::new(), TaskId::new());
        let all = [team, other].map(|team| (EvaluationId::new(), waiting(team, task, 1)));
        // The team runs a model, which these scorers do not.
        let load = || Load { running: HashMap::from([((team, task), 1)]), ..Load::default() };
        let order = seconds(simulate(&all, load(), 1, &pool(2, &[], Some(10)), 9));
        assert_eq!(order, [(all[1].0, Some(0)), (all[0].0, None)]);
        assert_eq!(seconds(simulate(&all[..1], load(), 1, &pool(2, &[], Some(10)), 9)), [(all[0].0, None)]);
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let (a, b, task) = (TeamId::new(), TeamId::new(), TaskId::new());
        let all = [a, b].map(|team| (EvaluationId::new(), waiting(team, task, 1)));
        let starts = |pool: &ScorerPool| -> Vec<Option<u64>> {
            seconds(simulate(&all, Load::default(), 1, pool, 9)).into_iter().map(|(_, start)| start).collect()
        };
        assert_eq!(starts(&pool(0, &[], Some(10))), [None, None]);
        assert_eq!(starts(&pool(1, &[], None)), [Some(0), None], "a free scorer takes the first at once");
        assert_eq!(starts(&pool(1, &[(a, task, 1)], None)), [None, None]);
        assert_eq!(starts(&pool(1, &[(a, task, 0)], Some(10))), [Some(0), Some(10)], "it is over any moment");
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
