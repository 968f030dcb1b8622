//! Writes down what happens without anybody's request: a season opens, closes or is published, and
//! another team leads a board.
//!
//! Every server does this. Two of them may see the same; the second finds under the season's lock
//! that it is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{LeaderboardQuery, SeasonEventKind, SeasonId, SeasonState, SubmissionId, TaskId, Timestamp};

use crate::app::App;
use crate::changes::{self, Topic};
use crate::db::season_events::{self, About};
use crate::db::season_news::Lead;
use crate::db::seasons::Clock;
use crate::db::{self, Conn, Lock};
use crate::error::Result;
use crate::messages::notices;
use crate::ranking::{self, Head};
use crate::seasons::milestones::{self, Milestone};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What was looked at before. It only saves time.
#[derive(Default)]
struct Seen {
    /// What a board depended on when its leader was last looked at.
    boards: HashMap<TaskId, (i64, Option<Timestamp>)>,
    /// Times of seasons that are written down.
    times: HashSet<Milestone>,
    /// Seasons whose teams were told that they close at this time.
    reminded: HashSet<(SeasonId, Timestamp)>,
}

/// Records for as long as the server runs.
pub async fn work(app: Arc<App>) {
    let (mut announcements, mut seen) = (app.changes.subscribe(Topic::Boards), Seen::default());
    loop {
        tokio::select! {
            () = changes::next(&mut announcements) => {}
            () = app.changes.stopped() => return,
        }
        if let Err(error) = look(&app, &mut seen).await {
            tracing::warn!(%error, "cannot record what happened in seasons; trying again");
        }
    }
}

async fn look(app: &App, seen: &mut Seen) -> Result<()> {
    let reached = app.db.read(|conn| milestones::reached(conn, Timestamp::now())).await?;
    let due: Vec<Milestone> = reached.into_iter().filter(|event| !seen.times.contains(event)).collect();
    if !due.is_empty() {
        let recorded = due.clone();
        app.db.write(move |conn| due.iter().try_for_each(|event| milestones::record(conn, *event))).await?;
        seen.times.extend(recorded);
    }
    let closing = app.db.read(|conn| closing(conn, Timestamp::now())).await?;
    for season in closing.into_iter().filter(|season| !seen.reminded.contains(season)).collect::<Vec<_>>() {
        app.db.write(move |conn| remind(conn, season)).await?;
        seen.reminded.insert(season);
    }
    let snapshot = ranking::snapshot(app).await?;
    if snapshot.stale().is_some() {
        return Ok(());
    }
    for (season, tasks) in snapshot.seasons.iter().filter(|(season, _)| !season.draft) {
        for task in tasks {
            let state = (task.board_version, season.frozen_at);
            if seen.boards.get(&task.id) != Some(&state) {
                let head = snapshot.find(season.slug.as_str(), task.slug.as_str(), false)?;
                if record_leader(app, &head).await? {
                    seen.boards.insert(task.id, state);
                }
            }
        }
    }
    Ok(())
}

/// Tells the teams that their season closes within a day. The rows themselves say who was told.
fn remind(conn: &mut Conn, (season, closes): (SeasonId, Timestamp)) -> Result<()> {
    db::lock(conn, Lock::Season(&season.to_string()))?;
    let season = db::seasons::get(conn, season)?;
    if season.closes_at == Some(closes) { notices::season_closing(conn, &season, closes) } else { Ok(()) }
}

/// The open seasons that close within a day.
fn closing(conn: &mut Conn, now: Timestamp) -> Result<Vec<(SeasonId, Timestamp)>> {
    let soon = |Clock { id, calendar }: Clock| {
        let closes = calendar.closes_at.filter(|closes| *closes <= now.plus(DAY))?;
        (calendar.state(now) == SeasonState::Open).then_some((id, closes))
    };
    Ok(db::seasons::clocks(conn)?.into_iter().filter_map(soon).collect())
}

/// Records which leads were taken back, and who leads the board that everybody sees, if it is
/// another team than before. Returns false if the board is still an older one, because it takes
/// long to build: then it has to be looked at again.
async fn record_leader(app: &App, head: &Head) -> Result<bool> {
    let (season, task) = (head.season.slug.as_str(), head.task.slug.as_str());
    let shown = ranking::find(app, season, task, &LeaderboardQuery::default(), false).await?;
    if shown.board.version < head.task.board_version {
        return Ok(false);
    }
    let board = &shown.board.board;
    let at = board.updated_at.unwrap_or_else(Timestamp::now);
    let first = board.rows.iter().find(|row| row.rank == Some(1)).map(|row| (row.submission, row.error));
    let (season, task, frozen_at) = (head.season.id, head.task.id, head.season.frozen_at);
    app.db.write(move |conn| record_board(conn, (season, task, frozen_at), first, at)).await
}

/// Records what has changed about a board of the time `at`; `first` is who leads it, and the error.
/// Returns false if the board is older than the last lead, which another server has recorded, or if
/// the lead was taken off the board since it was read.
fn record_board(
    conn: &mut Conn,
    (season, task, frozen_at): (SeasonId, TaskId, Option<Timestamp>),
    first: Option<(SubmissionId, f64)>,
    at: Timestamp,
) -> Result<bool> {
    db::lock(conn, Lock::Season(&season.to_string()))?;
    let told = db::season_news::of_board(conn, task)?;
    let leads = told.iter().map(|(_, submission)| *submission).chain(first.map(|(submission, _)| submission));
    let leads = db::season_news::leads(conn, leads, frozen_at)?;
    let gone_at = |submission| leads.get(&submission).and_then(|lead| lead.gone_at);
    // What was told last of a submission stands.
    let last: BTreeMap<SubmissionId, SeasonEventKind> =
        told.iter().map(|(kind, submission)| (*submission, *kind)).collect();
    for (submission, kind) in &last {
        if let (SeasonEventKind::Leader, Some(gone_at)) = (kind, gone_at(*submission)) {
            season_events::append(
                conn,
                season,
                gone_at,
                SeasonEventKind::Retracted,
                About::Retracted(task, *submission),
            )?;
        }
    }
    let Some((submission, error)) = first else { return Ok(true) };
    if gone_at(submission).is_some() {
        return Ok(false);
    }
    let before =
        told.iter().rev().find(|(kind, _)| *kind == SeasonEventKind::Leader).map(|(_, submission)| *submission);
    let stands =
        |before: &SubmissionId| gone_at(*before).is_none() && last.get(before) == Some(&SeasonEventKind::Leader);
    let team = |submission| leads.get(&submission).map(|lead| lead.team);
    let before = before.filter(stands);
    if before.is_some_and(|before| team(before) == team(submission)) {
        return Ok(true);
    }
    if frozen_at.is_none() && before.and_then(|before| leads.get(&before)).is_some_and(|before| is_missing(before, at))
    {
        return Ok(false);
    }
    // It leads since the result before it was taken back, if that was later than its own: events go
    // by time.
    let at = season_events::latest(conn, season, 1)?.first().map_or(at, |last| at.max(last.at));
    season_events::append(conn, season, at, SeasonEventKind::Leader, About::Board(task, submission, error))?;
    Ok(true)
}

/// Returns true if a board of this time cannot have the lead yet.
fn is_missing(lead: &Lead, board: Timestamp) -> bool {
    lead.finished_at.is_some_and(|finished_at| finished_at > board)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;
    use crate::samples::{at, season, settings};

    #[test]
    fn a_board_from_before_the_last_lead_is_not_recorded_again() {
        let lead = |finished_at| Lead {
            task: "classification".parse().unwrap(),
            settings: settings(),
            team: holdout_protocol::TeamId::new(),
            team_name: "Team".parse().unwrap(),
            finished_at,
            gone_at: None,
        };
        assert!(is_missing(&lead(Some(at(20))), at(19)));
        assert!(!is_missing(&lead(Some(at(20))), at(20)) && !is_missing(&lead(None), at(19)));
    }

    /// Adds a season that differs from the usual one, and returns its id.
    fn insert(conn: &mut Conn, slug: &str, change: impl FnOnce(&mut db::seasons::Season)) -> SeasonId {
        let mut season = db::seasons::Season { slug: slug.parse().unwrap(), ..season() };
        change(&mut season);
        db::seasons::insert(conn, &season, at(1)).unwrap();
        season.id
    }

    #[test]
    fn a_season_is_told_of_that_is_open_and_closes_within_a_day() {
        let (mut conn, day) = (in_memory(), 24 * 3600);
        let soon = insert(&mut conn, "soon", |season| season.closes_at = Some(at(200 + day)));
        insert(&mut conn, "later", |season| season.closes_at = Some(at(201 + day)));
        insert(&mut conn, "never", |season| season.closes_at = None);
        insert(&mut conn, "over", |season| season.closes_at = Some(at(200)));
        insert(&mut conn, "not-yet-open", |season| (season.opens_at, season.closes_at) = (at(201), Some(at(300))));
        assert_eq!(closing(&mut conn, at(200)).unwrap(), [(soon, at(200 + day))]);
    }
}
