//! The times that a season reaches, as events: it opens, closes, is published, and is hidden again.

use std::time::Duration;

use holdout_protocol::{SeasonEventKind, SeasonId, SeasonState, Timestamp};

use crate::db::season_events::{self, About};
use crate::db::seasons::{Clock, Season};
use crate::db::{self, Conn, Lock};
use crate::error::Result;
use crate::messages::notices;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A time that a season reached: it opened, closed or was published.
pub type Milestone = (SeasonId, SeasonEventKind, Timestamp);

/// Returns what the clocks of seasons have reached, in the order of time.
pub fn reached(conn: &mut Conn, now: Timestamp) -> Result<Vec<Milestone>> {
    let clocks = db::seasons::clocks(conn)?;
    let mut found: Vec<Milestone> = clocks.into_iter().flat_map(|clock| reached_by(clock, now)).collect();
    found.sort_by_key(|(_, _, at)| *at);
    Ok(found)
}

/// What the clock of one season has reached, in the order of the season.
fn reached_by(Clock { id, calendar }: Clock, now: Timestamp) -> Vec<Milestone> {
    if calendar.draft || calendar.state(now) == SeasonState::Draft {
        return Vec::new();
    }
    let times = [
        (SeasonEventKind::Opened, Some(calendar.opens_at)),
        (SeasonEventKind::Closed, calendar.closes_at),
        (SeasonEventKind::Published, calendar.published_at),
    ];
    let past = |(kind, at): (_, Option<Timestamp>)| at.filter(|at| *at <= now).map(|at| (id, kind, at));
    times.into_iter().filter_map(past).collect()
}

/// Writes down a milestone, unless it is written.
pub fn record(conn: &mut Conn, (season, kind, at): Milestone) -> Result<()> {
    db::lock(conn, Lock::Season(&season.to_string()))?;
    if season_events::has(conn, season, kind, at)? {
        return Ok(());
    }
    season_events::append(conn, season, at, kind, About::Season)?;
    // Nobody wants to be told of what happened while no server ran.
    if kind == SeasonEventKind::Opened && at > Timestamp::now().minus(DAY) {
        let season = db::seasons::get(conn, season)?;
        notices::season_opened(conn, &season)?;
    }
    Ok(())
}

/// Writes down that the private scores of a season are shown or hidden again, after what its clock
/// reached before.
pub(super) fn record_publication(conn: &mut Conn, before: &Season, after: &Season, now: Timestamp) -> Result<()> {
    match (before.published_at, after.published_at) {
        (None, Some(_)) => reached_by(Clock { id: after.id, calendar: after.calendar() }, now)
            .into_iter()
            .try_for_each(|milestone| record(conn, milestone)),
        (Some(at), None) if season_events::has(conn, after.id, SeasonEventKind::Published, at)? => {
            season_events::append(conn, after.id, now, SeasonEventKind::Unpublished, About::Season)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;
    use crate::samples::{at, season};

    /// Adds a season that differs from the usual one, and returns its id.
    fn insert(conn: &mut Conn, slug: &str, change: impl FnOnce(&mut Season)) -> SeasonId {
        let mut season = Season { slug: slug.parse().unwrap(), ..season() };
        change(&mut season);
        db::seasons::insert(conn, &season, at(1)).unwrap();
        season.id
    }

    #[test]
    fn what_the_clocks_have_reached_is_told_in_the_order_of_time() {
        use SeasonEventKind::{Closed, Opened, Published};
        let mut conn = in_memory();
        let early = insert(&mut conn, "early", |_| ());
        let late = insert(&mut conn, "late", |season| (season.opens_at, season.closes_at) = (at(150), None));
        insert(&mut conn, "draft", |season| season.draft = true);
        let mut found = |now| reached(&mut conn, at(now)).unwrap();
        assert!(found(99).is_empty());
        assert_eq!(found(100), [(early, Opened, at(100))]);
        assert_eq!(found(300), [(early, Opened, at(100)), (late, Opened, at(150)), (early, Closed, at(200))]);
        let out = insert(&mut conn, "out", |season| season.published_at = Some(at(250)));
        let found = reached(&mut conn, at(250)).unwrap();
        assert_eq!(found.last(), Some(&(out, Published, at(250))));
        assert_eq!(reached(&mut conn, at(249)).unwrap().len(), found.len() - 1);
    }

    #[test]
    fn publishing_and_hiding_are_told_once_each_and_after_the_close() {
        let mut conn = in_memory();
        let before = season();
        db::seasons::insert(&mut conn, &before, at(1)).unwrap();
        let shown = Season { published_at: Some(at(250)), ..before.clone() };
        db::seasons::update(&mut conn, &shown).unwrap();
        record_publication(&mut conn, &before, &shown, at(250)).unwrap();
        record_publication(&mut conn, &shown, &shown, at(260)).unwrap();
        db::seasons::update(&mut conn, &before).unwrap();
        record_publication(&mut conn, &shown, &before, at(270)).unwrap();
        let told = season_events::after(&mut conn, before.id, 0, 9).unwrap();
        let told: Vec<_> = told.into_iter().map(|event| (event.kind, event.at)).collect();
        use SeasonEventKind::{Closed, Opened, Published, Unpublished};
        assert_eq!(told, [(Opened, at(100)), (Closed, at(200)), (Published, at(250)), (Unpublished, at(270))]);
    }

    #[test]
    fn what_was_published_while_it_was_a_draft_is_not_told_as_hidden() {
        let mut conn = in_memory();
        let hidden = Season { draft: true, ..season() };
        db::seasons::insert(&mut conn, &hidden, at(1)).unwrap();
        let shown = Season { published_at: Some(at(250)), ..hidden.clone() };
        record_publication(&mut conn, &shown, &hidden, at(270)).unwrap();
        assert!(season_events::after(&mut conn, hidden.id, 0, 9).unwrap().is_empty());
    }
}
