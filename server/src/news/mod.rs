//! What is said in a season: announcements of its organizers, questions of its teams, and answers. All of it is plain text.
//! What of it everybody may know is also an event, beside what the clock and the boards bring.

pub mod announcements;
pub mod events;
pub mod questions;
pub mod recorder;

use holdout_protocol::{NewsSeen, Reason, SeasonId, Slug, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::auth::{Account, Caller};
use crate::db::news_seen::Until;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::seasons;

/// Up to when the caller has seen what is said in a season; `None` for those who are not logged in, to whom nothing is unread.
fn seen_until(conn: &mut Conn, caller: &Caller, season: SeasonId) -> Result<Option<Until>> {
    caller.0.as_ref().map(|account| db::news_seen::until(conn, account.id, season)).transpose()
}

/// Remembers up to when the caller has seen what is said in a season.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn mark_seen(app: &App, account: Account, slug: Slug, seen: NewsSeen) -> Result<()> {
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

/// A plain text of several lines, with line feeds alone at their ends. It may have no other control characters but tabs: it is
/// shown in terminals, too.
fn checked_text(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    check(field, &text, most, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// A text of one line.
fn checked_line(field: &str, text: &str, most: usize) -> Result<String> {
    check(field, text, most, char::is_control)
}

fn check(field: &str, text: &str, most: usize, forbidden: impl Fn(char) -> bool) -> Result<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() || text.chars().count() > most {
        let message = format!("`{field}` takes 1 to {most} characters, and has {}", text.chars().count());
        return Err(Error::invalid(field, message).because(Reason::TextRequired, json!({ "most": most })));
    }
    match text.chars().find(|c| forbidden(*c)) {
        Some(c) => {
            let shown = c.escape_unicode().to_string();
            Err(Error::invalid(field, format!("`{field}` contains {shown}; it takes plain text"))
                .because(Reason::ControlCharacter, json!({ "value": shown })))
        }
        None => Ok(trimmed.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_no_control_characters() {
        assert_eq!(checked_text("text", " one\r\ntwo\rthree\tfour \n", 100).unwrap(), "one\ntwo\nthree\tfour");
        for bad in ["", " \n\t", "\u{1b}[31m", "a\0b", &"x".repeat(101)] {
            assert!(checked_text("text", bad, 100).is_err(), "{bad:?}");
        }
        assert!(checked_line("title", "one\ntwo", 100).is_err());
        assert_eq!(checked_text("text", &"é".repeat(100), 100).unwrap().chars().count(), 100);
    }
}
