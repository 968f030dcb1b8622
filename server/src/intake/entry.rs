//! What a request may say about a submission.

use actix_web::http::Uri;
use holdout_protocol::limits::{DESCRIPTION, LINK, LINKS, METHOD, NOTE};
use holdout_protocol::{NewSubmission, Reason, TeamName, Timestamp, unusable_character};
use serde_json::json;

use crate::error::{Error, Result};

/// Looks at the texts of a request, and whether the caller may say them.
///
/// # Errors
/// `invalid_value`; `forbidden` if somebody else uses what is for organizers.
pub fn check_entry(request: &NewSubmission, organizer: bool) -> Result<()> {
    check_team(request.team.as_ref(), organizer)?;
    if !organizer && (request.note.is_some() || request.baseline || request.submitted_at.is_some()) {
        return Err(for_organizers());
    }
    check_date(request, Timestamp::now())?;
    let texts = Texts {
        method: request.method.as_deref(),
        description: request.description.as_deref(),
        note: request.note.as_deref(),
        links: &request.links,
    };
    texts.check_all()
}

/// Refuses a team that somebody else than an organizer names.
///
/// # Errors
/// `forbidden`.
pub fn check_team(team: Option<&TeamName>, organizer: bool) -> Result<()> {
    if organizer || team.is_none() { Ok(()) } else { Err(for_organizers()) }
}

fn for_organizers() -> Error {
    Error::forbidden("`team`, `note`, `baseline` and `submitted_at` are for organizers")
        .because(Reason::OrganizersOnly, json!({}))
}

/// Refuses a date of the future, and one of the organizer's own submission.
fn check_date(request: &NewSubmission, now: Timestamp) -> Result<()> {
    let Some(at) = request.submitted_at else { return Ok(()) };
    if request.team.is_none() {
        let message = "`submitted_at` is for what organizers enter on behalf of a team; name it with `team`";
        return Err(Error::invalid("submitted_at", message).because(Reason::DateNeedsTeam, json!({})));
    }
    if at > now || at.as_micros() < 0 {
        let message = format!("`submitted_at` is {at}; it takes a time from 1970 until now, {now}");
        return Err(Error::invalid("submitted_at", message).because(Reason::DateOutside, json!({ "at": at })));
    }
    Ok(())
}

/// What is said of a submission.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// Name of the method.
    pub method: Option<&'a str>,
    pub description: Option<&'a str>,
    /// A note by the organizers.
    pub note: Option<&'a str>,
    pub links: &'a [String],
}

impl Texts<'_> {
    /// Looks at lengths and characters.
    ///
    /// # Errors
    /// `invalid_value`.
    pub fn check_all(&self) -> Result<()> {
        check_line("method", self.method, METHOD)?;
        check_line("note", self.note, NOTE)?;
        description(self.description)?;
        if self.links.len() > LINKS {
            let count = self.links.len();
            let message = format!("{count} `links`; a submission takes at most {LINKS}");
            let facts = json!({ "count": count, "most": LINKS });
            return Err(Error::invalid("links", message).because(Reason::TooManyLinks, facts));
        }
        self.links.iter().try_for_each(|text| link(text))
    }
}

/// A text that says something.
#[must_use]
pub fn present(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text of one line. Control characters would reach terminals through the board, and what turns the direction of writing
/// would turn its row.
///
/// # Errors
/// `invalid_value`.
pub fn check_line(field: &str, text: Option<&str>, most: usize) -> Result<()> {
    let text = text.unwrap_or_default();
    length(field, text, most)?;
    match unusable_character(text) {
        Some(c) => {
            let shown = c.escape_unicode().to_string();
            Err(Error::invalid(field, format!("`{field}` contains {shown}; it is one line of text"))
                .because(Reason::ControlCharacter, json!({ "value": shown })))
        }
        None => Ok(()),
    }
}

fn description(text: Option<&str>) -> Result<()> {
    let text = text.unwrap_or_default();
    length("description", text, DESCRIPTION)?;
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(c) => {
            let shown = c.escape_unicode().to_string();
            let message = format!("`description` contains {shown}; it takes text, line ends and tabs");
            Err(Error::invalid("description", message).because(Reason::ControlCharacter, json!({ "value": shown })))
        }
        None => Ok(()),
    }
}

fn length(field: &str, text: &str, most: usize) -> Result<()> {
    match text.chars().count() {
        count if count > most => {
            let message = format!("`{field}` has {count} characters; at most {most} are allowed");
            Err(Error::invalid(field, message).because(Reason::TextTooLong, json!({ "length": count, "most": most })))
        }
        _ => Ok(()),
    }
}

fn link(text: &str) -> Result<()> {
    length("links", text, LINK)?;
    let uri: Option<Uri> = text.parse().ok();
    let web = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            // `https://known.example@other.example/` leads to the latter.
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    });
    if web && !text.chars().any(|c| matches!(c, '"' | '<' | '>')) {
        return Ok(());
    }
    let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let message = format!("`{shown}` is not a link; use an address that begins with http:// or https://");
    Err(Error::invalid("links", message).because(Reason::BadLink, json!({ "value": shown })))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{ErrorCode, SubmissionKind, UploadId};

    use super::*;

    fn request() -> NewSubmission {
        NewSubmission {
            upload: UploadId::new(),
            kind: SubmissionKind::Predictions,
            method: None,
            description: None,
            links: Vec::new(),
            team: None,
            note: None,
            baseline: false,
            again: false,
            create_team: false,
            submitted_at: None,
        }
    }

    fn field(request: &NewSubmission) -> Option<String> {
        let error = check_entry(request, true).err()?.body().error;
        assert_eq!(error.code, ErrorCode::InvalidValue);
        error.detail["field"].as_str().map(str::to_owned)
    }

    #[test]
    fn texts_have_their_longest_lengths() {
        let (ä, x) = ("ä", "x");
        let full = NewSubmission {
            method: Some(ä.repeat(200)),
            description: Some(ä.repeat(20_000)),
            note: Some(ä.repeat(500)),
            links: vec![format!("https://example.org/{}", x.repeat(480)); 10],
            ..request()
        };
        assert_eq!(field(&full), None);
        assert_eq!(field(&NewSubmission { method: Some(x.repeat(201)), ..request() }).unwrap(), "method");
        assert_eq!(field(&NewSubmission { description: Some(x.repeat(20_001)), ..request() }).unwrap(), "description");
        assert_eq!(field(&NewSubmission { note: Some(x.repeat(501)), ..request() }).unwrap(), "note");
        let links = vec!["https://example.org".to_owned(); 11];
        assert_eq!(field(&NewSubmission { links, ..request() }).unwrap(), "links");
        let links = vec![format!("https://example.org/{}", x.repeat(481))];
        assert_eq!(field(&NewSubmission { links, ..request() }).unwrap(), "links");
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(field(&NewSubmission { method: Some("a\u{1b}[2J".into()), ..request() }).unwrap(), "method");
        assert_eq!(field(&NewSubmission { note: Some("a\nb".into()), ..request() }).unwrap(), "note");
        assert_eq!(field(&NewSubmission { description: Some("a\n\tb\r\n".into()), ..request() }), None);
        assert_eq!(field(&NewSubmission { description: Some("a\0b".into()), ..request() }).unwrap(), "description");
    }

    #[test]
    fn links_are_addresses_of_the_web() {
        for good in ["http://example.org", "https://example.org:8443/a?b=c#d", "https://[2001:db8::1]/"] {
            link(good).unwrap();
        }
        let bad = [
            "",
            "example.org",
            "/a",
            "ftp://example.org",
            "javascript:alert(1)",
            "https://",
            "https:///a",
            "https://known.example@other.example/",
            "https://example.org/\"><script>",
            "https://example.org/a b",
        ];
        for bad in bad {
            assert!(link(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_entry_is_dated_to_the_past_and_on_behalf_of_a_team() {
        let (now, team) = (Timestamp::from_micros(1000), Some("T".parse().unwrap()));
        let dated = |at, team: &Option<TeamName>| {
            let request =
                NewSubmission { submitted_at: Some(Timestamp::from_micros(at)), team: team.clone(), ..request() };
            check_date(&request, now)
        };
        dated(0, &team).unwrap();
        dated(1000, &team).unwrap();
        for refused in [dated(1001, &team), dated(-1, &team), dated(1, &None)] {
            assert_eq!(refused.unwrap_err().body().error.detail["field"], "submitted_at");
        }
    }

    #[test]
    fn some_fields_are_for_organizers() {
        let forbidden = |request| {
            check_entry(&request, true).unwrap();
            assert_eq!(check_entry(&request, false).unwrap_err().code(), ErrorCode::Forbidden);
        };
        forbidden(NewSubmission { team: Some("T".parse().unwrap()), ..request() });
        forbidden(NewSubmission { note: Some("n".into()), ..request() });
        forbidden(NewSubmission { baseline: true, ..request() });
        let (team, past) = (Some("T".parse().unwrap()), Some(Timestamp::from_micros(1)));
        forbidden(NewSubmission { team, submitted_at: past, ..request() });
        check_entry(&request(), false).unwrap();
    }
}
