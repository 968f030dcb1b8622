//! Announcements of organizers to everybody who sees the season.

use holdout_protocol::limits::{ANNOUNCEMENT, ANNOUNCEMENT_TITLE};
use holdout_protocol::{
    AccountId, Announcement, AnnouncementChanges, AnnouncementId, NewAnnouncement, Page, PageQuery, SeasonEventKind,
    Slug, Timestamp, required_line, required_lines,
};
use serde_json::json;

use super::seen_until;
use crate::app::App;
use crate::auth::Caller;
use crate::db::announcements::Announcement as Row;
use crate::db::season_events::{self, About};
use crate::db::{self, Conn, Lock};
use crate::error::Result;
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::messages::notices;
use crate::rates::{self, Rate};
use crate::{audit, seasons};

/// A page of a season's announcements, newest first.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn list_announcements(app: &App, caller: Caller, slug: Slug, query: PageQuery) -> Result<Page<Announcement>> {
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, caller.is_organizer())?;
            let seen = seen_until(conn, &caller, season.id)?;
            let reader = caller.0.as_ref().map(|account| account.id);
            let page = db::announcements::page(conn, season.id, &query)?;
            let shown = |row: Row| {
                let unread = seen.is_some_and(|seen| seen.announcements < row.updated_at) && reader != Some(row.by);
                view(&slug, row, caller.is_organizer(), unread)
            };
            Ok(Page { items: page.items.into_iter().map(shown).collect(), next_cursor: page.next_cursor })
        })
        .await
}

/// An announcement as it is shown. What one said that was withdrawn is for organizers only.
fn view(season: &Slug, row: Row, organizer: bool, unread: bool) -> Announcement {
    let said = organizer || row.withdrawn_at.is_none();
    Announcement {
        id: row.id,
        season: season.clone(),
        title: said.then_some(row.title),
        text: said.then_some(row.text),
        created_at: row.created_at,
        edited_at: row.edited_at,
        withdrawn_at: row.withdrawn_at,
        updated_at: row.updated_at,
        unread,
    }
}

/// Makes an announcement.
///
/// # Errors
/// `not_found`, `invalid_value`, `idempotency_mismatch`, `rate_limited`.
pub async fn create(
    app: &App,
    by: AccountId,
    key: IdempotencyKey,
    slug: Slug,
    request: NewAnnouncement,
) -> Result<Announcement> {
    let once = IdempotentRequest::new(Some(by), key, "create_announcement", &(&slug, &request))?;
    let title = required_line("title", &request.title, ANNOUNCEMENT_TITLE)?;
    let text = required_lines("text", &request.text, ANNOUNCEMENT)?;
    let rates = app.config.rates.clone();
    let work = move |conn: &mut Conn| {
        let (found, now) = (db::seasons::find(conn, slug.as_str())?, Timestamp::now());
        let season = found.id;
        rates::spend_in(conn, &rates, &Rate::Announcements(by), now)?;
        let id = AnnouncementId::new();
        let (created_at, updated_at, edited_at, withdrawn_at) = (now, now, None, None);
        let new = Row { id, season, by, created_at, title, text, edited_at, withdrawn_at, updated_at };
        db::announcements::insert(conn, &new)?;
        season_events::append(conn, season, now, SeasonEventKind::Announced, About::Announcement(id))?;
        notices::announced(conn, &found, &new)?;
        let object = format!("{slug}/{id}");
        audit::record(conn, Some(by), "announcement.create", &object, &json!({ "title": new.title }))?;
        Ok(view(&slug, new, true, false))
    };
    write_once(&app.db, once, work).await
}

/// Changes or withdraws an announcement.
///
/// # Errors
/// `not_found`, `invalid_value`, `rate_limited`.
pub async fn change(
    app: &App,
    by: AccountId,
    slug: Slug,
    id: AnnouncementId,
    changes: AnnouncementChanges,
) -> Result<Announcement> {
    let title = changes.title.map(|title| required_line("title", &title, ANNOUNCEMENT_TITLE)).transpose()?;
    let text = changes.text.map(|text| required_lines("text", &text, ANNOUNCEMENT)).transpose()?;
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let found = db::seasons::find(conn, slug.as_str())?;
            let season = found.id;
            db::lock(conn, Lock::Season(&season.to_string()))?;
            let (before, now) = (db::announcements::find(conn, season, id)?, Timestamp::now());
            let mut after = before.clone();
            after.title = title.unwrap_or(after.title);
            after.text = text.unwrap_or(after.text);
            if (&after.title, &after.text) != (&before.title, &before.text) {
                after.edited_at = Some(now);
            }
            match changes.withdrawn {
                Some(true) if before.withdrawn_at.is_none() => after.withdrawn_at = Some(now),
                Some(false) => after.withdrawn_at = None,
                _ => (),
            }
            if after != before {
                rates::spend_in(conn, &rates, &Rate::Announcements(by), now)?;
                after.updated_at = now;
                db::announcements::update(conn, &after)?;
                notices::announcement_changed(conn, &found, &after)?;
                season_events::append(
                    conn,
                    season,
                    now,
                    SeasonEventKind::AnnouncementChanged,
                    About::Announcement(id),
                )?;
                let detail = json!({ "title": after.title, "edited": after.edited_at != before.edited_at,
                    "withdrawn": after.withdrawn_at.is_some() });
                audit::record(conn, Some(by), "announcement.update", &format!("{slug}/{id}"), &detail)?;
            }
            Ok(view(&slug, after, true, false))
        })
        .await
}

#[cfg(test)]
mod tests {
    use holdout_protocol::SeasonId;

    use super::*;
    use crate::samples::at;

    #[test]
    fn what_a_withdrawn_announcement_said_is_for_organizers_only() {
        let row = |withdrawn_at: Option<i64>| Row {
            id: AnnouncementId::new(),
            season: SeasonId::new(),
            by: AccountId::new(),
            created_at: at(1),
            title: "Title".to_owned(),
            text: "Text".to_owned(),
            edited_at: None,
            withdrawn_at: withdrawn_at.map(at),
            updated_at: at(2),
        };
        let slug: Slug = "demo".parse().unwrap();
        let said = |withdrawn, organizer| {
            let shown = view(&slug, row(withdrawn), organizer, true);
            assert_eq!((shown.withdrawn_at, shown.updated_at, shown.unread), (withdrawn.map(at), at(2), true));
            (shown.title.is_some(), shown.text.is_some())
        };
        assert_eq!([said(None, false), said(None, true), said(Some(2), true)], [(true, true); 3]);
        assert_eq!(said(Some(2), false), (false, false));
    }
}
