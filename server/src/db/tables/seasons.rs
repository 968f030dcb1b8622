//! Seasons.

use std::time::Duration;

use diesel::prelude::*;
use holdout_protocol::{Page, PageQuery, Registration, SeasonId, SeasonState, Slug, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::seasons;
use crate::db::values::parsed;
use crate::error::{Error, Result};

/// What decides where a season stands.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    /// Not opened by the clock.
    pub draft: bool,
    pub opens_at: Timestamp,
    pub closes_at: Option<Timestamp>,
    /// When the private scores were published.
    pub published_at: Option<Timestamp>,
}

impl Calendar {
    /// Returns where the season stands at `now`.
    #[must_use]
    pub fn state(self, now: Timestamp) -> SeasonState {
        if self.published_at.is_some_and(|at| at <= now) {
            SeasonState::Published
        } else if self.draft || now < self.opens_at {
            SeasonState::Draft
        } else if self.closes_at.is_some_and(|closes| closes <= now) {
            SeasonState::Closed
        } else {
            SeasonState::Open
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Season {
    pub id: SeasonId,
    pub slug: Slug,
    pub title: String,
    /// Rules, Markdown.
    pub rules: String,
    pub opens_at: Timestamp,
    pub closes_at: Option<Timestamp>,
    /// Hidden from all but organizers.
    pub draft: bool,
    /// Takes no submissions for the moment.
    pub paused: bool,
    /// The board shows results up to this time.
    pub frozen_at: Option<Timestamp>,
    /// When the private scores were published.
    pub published_at: Option<Timestamp>,
    /// When they were published first; it stays if they are hidden again.
    pub first_published_at: Option<Timestamp>,
    /// Who may found and join its teams.
    pub registration: Registration,
}

impl Season {
    /// Returns what decides where the season stands.
    #[must_use]
    pub const fn calendar(&self) -> Calendar {
        let (opens_at, closes_at) = (self.opens_at, self.closes_at);
        Calendar { draft: self.draft, opens_at, closes_at, published_at: self.published_at }
    }

    /// Returns where the season stands at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SeasonState {
        self.calendar().state(now)
    }

    /// Returns true if the season was open and is no more. Teams with a later deadline of their own
    /// may still submit.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self.state(now), SeasonState::Closed | SeasonState::Published)
    }

    /// Returns true if the season closed so short a time ago that it still accepts uploads that
    /// were begun before. As long, teams choose finals and write, so that what is accepted then can
    /// stand for its team.
    #[must_use]
    pub fn closed_within(&self, grace: Duration, now: Timestamp) -> bool {
        self.state(now) == SeasonState::Closed && self.choices_end(grace).is_some_and(|end| now < end)
    }

    /// Until when teams decide what stands for them: `grace` after the close, because uploads that
    /// were begun before become submissions until then. `None` if the season does not close, and if
    /// private scores were shown after the close: whoever has seen them does not choose any more,
    /// also if they are hidden again.
    #[must_use]
    pub fn choices_end(&self, grace: Duration) -> Option<Timestamp> {
        let closes = self.closes_at.filter(|closes| self.first_published_at.is_none_or(|seen| seen < *closes))?;
        Some(closes.plus(grace))
    }
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = seasons)]
pub struct Row {
    id: String,
    slug: String,
    title: String,
    rules: String,
    opens_at: i64,
    closes_at: Option<i64>,
    draft: bool,
    paused: bool,
    frozen_at: Option<i64>,
    published_at: Option<i64>,
    created_at: i64,
    registration: String,
    first_published_at: Option<i64>,
}

impl TryFrom<Row> for Season {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            slug: parsed(row.slug)?,
            title: row.title,
            rules: row.rules,
            opens_at: row.opens_at.into(),
            closes_at: row.closes_at.map(Timestamp::from),
            draft: row.draft,
            paused: row.paused,
            frozen_at: row.frozen_at.map(Timestamp::from),
            published_at: row.published_at.map(Timestamp::from),
            first_published_at: row.first_published_at.map(Timestamp::from),
            registration: serde_json::from_str(&row.registration).map_err(Error::internal)?,
        })
    }
}

/// The season with this name. Whether the caller may see a draft is for the caller of this function
/// to decide.
///
/// # Errors
/// `not_found` if there is none.
pub fn find(conn: &mut Conn, slug: &str) -> Result<Season> {
    let row: Option<Row> =
        seasons::table.filter(seasons::slug.eq(slug)).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("season", slug))?.try_into()
}

/// The season with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: SeasonId) -> Result<Season> {
    let row: Option<Row> = seasons::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("season", id))?.try_into()
}

/// Adds a season.
///
/// # Errors
/// A unique violation if the name is taken.
pub fn insert(conn: &mut Conn, season: &Season, now: Timestamp) -> Result<()> {
    let row = Row {
        id: season.id.to_string(),
        slug: season.slug.to_string(),
        title: season.title.clone(),
        rules: season.rules.clone(),
        opens_at: season.opens_at.into(),
        closes_at: season.closes_at.map(i64::from),
        draft: season.draft,
        paused: season.paused,
        frozen_at: season.frozen_at.map(i64::from),
        published_at: season.published_at.map(i64::from),
        created_at: now.into(),
        registration: serde_json::to_string(&season.registration).map_err(Error::internal)?,
        first_published_at: season.first_published_at.map(i64::from),
    };
    diesel::insert_into(seasons::table).values(row).execute(conn)?;
    Ok(())
}

/// The drafts among the seasons that are asked for.
#[derive(Debug)]
pub enum Drafts {
    All,
    /// Those with these names.
    Of(Vec<Slug>),
}

/// A page of the seasons, newest first, with these drafts.
pub fn page(conn: &mut Conn, drafts: &Drafts, query: &PageQuery) -> Result<Page<Season>> {
    let mut select =
        seasons::table.select(Row::as_select()).order(seasons::id.desc()).limit(rows_to_fetch(query)).into_boxed();
    if let Drafts::Of(own) = drafts {
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        select = select.filter(seasons::draft.eq(false).or(seasons::slug.eq_any(own)));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(seasons::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(Season::try_from).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |season| season.id.to_string()))
}

/// A season's times.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub id: SeasonId,
    pub calendar: Calendar,
}

/// The times of all seasons but drafts.
pub fn clocks(conn: &mut Conn) -> Result<Vec<Clock>> {
    let rows: Vec<(String, i64, Option<i64>, Option<i64>)> = seasons::table
        .filter(seasons::draft.eq(false))
        .select((seasons::id, seasons::opens_at, seasons::closes_at, seasons::published_at))
        .load(conn)?;
    let clock = |(id, opens, closes, published): (String, i64, Option<i64>, Option<i64>)| {
        let calendar = Calendar {
            draft: false,
            opens_at: opens.into(),
            closes_at: closes.map(Timestamp::from),
            published_at: published.map(Timestamp::from),
        };
        Ok(Clock { id: parsed(id)?, calendar })
    };
    rows.into_iter().map(clock).collect()
}

/// Writes what can change of a season.
pub fn update(conn: &mut Conn, season: &Season) -> Result<()> {
    diesel::update(seasons::table.find(season.id.to_string()))
        .set((
            seasons::title.eq(&season.title),
            seasons::rules.eq(&season.rules),
            seasons::opens_at.eq(i64::from(season.opens_at)),
            seasons::closes_at.eq(season.closes_at.map(i64::from)),
            seasons::draft.eq(season.draft),
            seasons::paused.eq(season.paused),
            seasons::frozen_at.eq(season.frozen_at.map(i64::from)),
            seasons::published_at.eq(season.published_at.map(i64::from)),
            seasons::first_published_at.eq(season.first_published_at.map(i64::from)),
            seasons::registration.eq(serde_json::to_string(&season.registration).map_err(Error::internal)?),
        ))
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn season(opens: i64, closes: Option<i64>, draft: bool, published: Option<i64>) -> Season {
        Season {
            id: SeasonId::new(),
            slug: "s".parse().unwrap(),
            title: String::new(),
            rules: String::new(),
            opens_at: opens.into(),
            closes_at: closes.map(Timestamp::from),
            draft,
            paused: false,
            frozen_at: None,
            published_at: published.map(Timestamp::from),
            first_published_at: published.map(Timestamp::from),
            registration: Registration::default(),
        }
    }

    #[test]
    fn the_clock_and_two_switches_make_the_state() {
        use SeasonState::{Closed, Draft, Open, Published};
        for (opens, closes, draft, published, state) in [
            (11, Some(20), false, None, Draft),
            (11, None, false, None, Draft),
            (10, Some(20), false, None, Open),
            (10, None, false, None, Open),
            (1, Some(11), false, None, Open),
            (1, Some(10), false, None, Closed),
            (1, Some(9), false, None, Closed),
            (1, Some(9), true, None, Draft),
            (10, Some(20), true, None, Draft),
            (11, Some(20), true, None, Draft),
            (1, Some(9), false, Some(10), Published),
            (1, Some(9), false, Some(11), Closed),
            (1, Some(20), false, Some(10), Published),
            (11, None, true, Some(9), Published),
        ] {
            let found = season(opens, closes, draft, published).state(Timestamp::from_micros(10));
            assert_eq!(found, state, "opens {opens}, closes {closes:?}, draft {draft}, published {published:?}");
        }
    }
}
