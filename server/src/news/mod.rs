//! What is said in a season: announcements of its organizers, questions of its teams, and answers.
//! All of it is plain text. What of it everybody may know is also an event, beside what the clock
//! and the boards bring.

pub mod announcements;
pub mod events;
pub mod questions;
pub mod recorder;

use holdout_protocol::{NewsSeen, SeasonId, Slug, Timestamp};

use crate::app::App;
use crate::auth::{Account, Caller};
use crate::db::news_seen::Until;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::rates::{self, Rate};
use crate::seasons;

/// Up to when the caller has seen what is said in a season; `None` for those who are not logged in,
/// to whom nothing is unread.
fn seen_until(conn: &mut Conn, caller: &Caller, season: SeasonId) -> Result<Option<Until>> {
    caller.0.as_ref().map(|account| db::news_seen::until(conn, account.id, season)).transpose()
}

/// Remembers up to when the caller has seen what is said in a season.
///
/// # Errors
/// `not_found` if there is no season that the caller may see; `rate_limited`.
pub async fn mark_seen(app: &App, account: Account, slug: Slug, seen: NewsSeen) -> Result<()> {
    rates::spend(app, Rate::NewsSeen(account.id)).await?;
    app.db
        .write(move |conn| {
            let (season, now) = (seasons::visible(conn, &slug, account.organizer)?, Timestamp::now());
            // Nobody has seen what is not said yet.
            let past = |at: Option<Timestamp>| at.map(|at| at.min(now));
            let seen = NewsSeen { announcements: past(seen.announcements), answers: past(seen.answers) };
            db::news_seen::mark(conn, account.id, season.id, seen)
        })
        .await
}
