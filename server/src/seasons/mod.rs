//! Seasons: who may see them, and how organizers make, change and publish them.

mod access;
pub mod citation;
pub mod commitments;
pub mod lists;
pub mod milestones;
pub mod open_matters;
pub mod stored_test_sets;
pub mod tasks;
mod test_set_images;
pub mod test_sets;
mod view;

use holdout_protocol::{
    ErrorCode, NewSeason, Page, PageQuery, Reason, Season, SeasonChanges, SeasonId, SeasonState, SeasonTerms, Slug,
    Timestamp, check_reason, check_season,
};
use serde_json::{Value, json};

use self::access::locked;
pub use self::access::visible;
pub use self::lists::Names;
use self::view::Audience;
pub use self::view::summary as test_set_summary;
use crate::app::App;
use crate::auth::{Account, Caller};
use crate::changes::Topic;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::{audit, extensions};

/// A page of the seasons that the caller may see, newest first.
pub async fn list_seasons(app: &App, caller: Caller, query: PageQuery) -> Result<Page<Season>> {
    app.db
        .read(move |conn| {
            let page = db::seasons::page(conn, &drafts_of(&caller), &query)?;
            let ids: Vec<SeasonId> = page.items.iter().map(|season| season.id).collect();
            let mut items = Vec::with_capacity(page.items.len());
            for season in page.items {
                let audience = Audience::of_caller(&caller.clone().about(Some(season.slug.as_str())));
                items.push(view::season(conn, season, audience)?);
            }
            Ok(db::page_of_views(items, &ids, page.next_cursor))
        })
        .await
}

/// A season as everybody sees it.
pub fn of_row(conn: &mut Conn, row: db::seasons::Season) -> Result<Season> {
    view::season(conn, row, Audience::Public)
}

/// The drafts that the caller may see.
fn drafts_of(caller: &Caller) -> db::seasons::Drafts {
    match &caller.0 {
        Some(account) if account.role_in(None).is_some() => db::seasons::Drafts::All,
        Some(account) => db::seasons::Drafts::Of(account.roles.iter().filter_map(|held| held.season.clone()).collect()),
        None => db::seasons::Drafts::Of(Vec::new()),
    }
}

/// A season that the caller may see.
///
/// # Errors
/// `not_found` if there is none.
pub async fn get(app: &App, caller: Caller, slug: Slug) -> Result<Season> {
    app.db
        .read(move |conn| {
            let season = visible(conn, &slug, caller.is_organizer())?;
            view::season(conn, season, Audience::of_caller(&caller))
        })
        .await
}

/// Makes a season.
///
/// # Errors
/// `invalid_value`; `already_exists` if the name is taken.
pub async fn create(app: &App, organizer: Account, key: IdempotencyKey, request: NewSeason) -> Result<Season> {
    let once = IdempotentRequest::new(Some(organizer.id), key, "create_season", &request)?;
    let slug = request.season.clone();
    let taken = format!("there is a season `{}` already; choose another name or change that one", request.season);
    let season = db::seasons::Season {
        id: SeasonId::new(),
        slug: request.season,
        title: request.title,
        rules: request.rules,
        opens_at: request.opens,
        closes_at: request.closes,
        draft: request.draft,
        paused: false,
        frozen_at: None,
        published_at: None,
        first_published_at: None,
        registration: request.registration,
    };
    check_terms(&season)?;
    let work = move |conn: &mut Conn| {
        db::seasons::insert(conn, &season, Timestamp::now())?;
        let detail = json!({ "title": season.title, "opens": season.opens_at, "closes": season.closes_at,
            "draft": season.draft, "registration": season.registration });
        audit::record(conn, Some(organizer.id), "season.create", season.slug.as_str(), &detail)?;
        view::season(conn, season, Audience::Organizers)
    };
    write_once(&app.db, once, work).await.map_err(|error| {
        error.or_taken(|| {
            let facts = json!({ "field": "season", "season": slug });
            Error::refused(ErrorCode::AlreadyExists, taken).because(Reason::SeasonTaken, facts)
        })
    })
}

/// Changes a season: its texts, its times, and what its boards show.
///
/// # Errors
/// `not_found`, `invalid_value`; `wrong_state` if private scores would be published before the
/// season is over, for teams with a deadline of their own, too, or a published season would open
/// again.
pub async fn change(app: &App, organizer: Account, slug: Slug, changes: SeasonChanges) -> Result<Season> {
    if let Some(reason) = &changes.reason {
        check_reason(reason)?;
    }
    let changed = app
        .db
        .write(move |conn| {
            let before = locked(conn, &slug)?;
            let now = Timestamp::now();
            let after = changed(&before, &changes, now)?;
            if after != before {
                if after.published_at.is_some() && before.published_at.is_none() {
                    extensions::check_none_runs(conn, &before, now)?;
                }
                db::seasons::update(conn, &after)?;
                let punctual = after.closes_at != before.closes_at
                    && db::submissions::clear_late(conn, after.id, after.closes_at)? > 0;
                milestones::record_publication(conn, &before, &after, now)?;
                let boards = (after.frozen_at, after.published_at) != (before.frozen_at, before.published_at);
                if boards || punctual {
                    bump_boards(conn, after.id)?;
                }
                audit::record(conn, Some(organizer.id), "season.update", slug.as_str(), &summary(&changes)?)?;
            }
            view::season(conn, after, Audience::Organizers)
        })
        .await?;
    app.changes.announce(Topic::Boards);
    // A season that is resumed may have work waiting.
    app.changes.announce(Topic::Queue);
    Ok(changed)
}

fn changed(before: &db::seasons::Season, changes: &SeasonChanges, now: Timestamp) -> Result<db::seasons::Season> {
    let mut after = before.clone();
    after.title = changes.title.clone().unwrap_or(after.title);
    after.rules = changes.rules.clone().unwrap_or(after.rules);
    after.opens_at = changes.opens.unwrap_or(after.opens_at);
    after.closes_at = changes.closes.unwrap_or(after.closes_at);
    after.draft = changes.draft.unwrap_or(after.draft);
    after.registration = changes.registration.clone().unwrap_or(after.registration);
    after.paused = changes.paused.unwrap_or(after.paused);
    if let Some(frozen) = changes.frozen {
        if frozen && before.published_at.is_some() && before.frozen_at.is_none() {
            let message =
                format!("season `{}` is published, so its boards do not change and cannot be frozen", before.slug);
            return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::SeasonOver, json!({})));
        }
        after.frozen_at = frozen.then(|| before.frozen_at.unwrap_or(now));
    }
    if changes.published == Some(false) {
        after.published_at = None;
    }
    check_terms(&after)?;
    if after.published_at.is_some() && after.closes_at != before.closes_at && after.closes_at.is_none_or(|at| at > now)
    {
        return Err(reopens_published(&after));
    }
    if changes.published == Some(true) && after.published_at.is_none() {
        if after.state(now) != SeasonState::Closed {
            return Err(not_over(&after, now));
        }
        after.published_at = Some(now);
        after.first_published_at = before.first_published_at.or(Some(now));
    }
    Ok(after)
}

fn check_terms(season: &db::seasons::Season) -> Result<()> {
    let db::seasons::Season { title, rules, opens_at, closes_at, registration, .. } = season;
    Ok(check_season(SeasonTerms { title, rules, opens: *opens_at, closes: *closes_at, registration })?)
}

/// Teams have seen private scores: only who hides them again, and so says that it is meant, opens
/// such a season.
fn reopens_published(season: &db::seasons::Season) -> Error {
    let slug = &season.slug;
    let message = format!(
        "season `{slug}` is published, and `closes` would open it again to teams that have seen private scores; hide the \
         results first: `holdout season unpublish {slug}`, or on the season's page for organizers"
    );
    Error::refused(ErrorCode::WrongState, message).because(Reason::SeasonPublished, json!({}))
}

fn not_over(season: &db::seasons::Season, now: Timestamp) -> Error {
    let closes =
        season.closes_at.map_or_else(|| "it never closes".to_owned(), |closes| format!("it closes at {closes}"));
    let state = season.state(now);
    let reason = if season.closes_at.is_some() { Reason::SeasonNotOver } else { Reason::SeasonEndless };
    let message = format!(
        "season `{}` is not over: {closes}, and it is {now}; private scores are published after that",
        season.slug
    );
    Error::refused(ErrorCode::WrongState, message).because(reason, json!({ "state": state, "at": season.closes_at }))
}

fn bump_boards(conn: &mut Conn, season: SeasonId) -> Result<()> {
    for task in db::tasks::of_season(conn, season)? {
        db::tasks::bump_board(conn, task.id)?;
    }
    Ok(())
}

/// The changes for the audit log; of long rules only that they changed.
fn summary(changes: &SeasonChanges) -> Result<Value> {
    let mut value = serde_json::to_value(changes).map_err(Error::internal)?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, value| !value.is_null() || (name == "closes" && changes.closes.is_some()));
        if let Some(rules) = &changes.rules {
            fields.insert("rules".to_owned(), json!({ "characters": rules.chars().count() }));
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests;
