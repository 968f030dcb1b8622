//! What a request may say about a submission.

use holdout_protocol::{Disclosure, NewSubmission, Reason, SubmissionTexts, TaskSettings, TeamName, Timestamp};
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
    Ok(texts(request).check()?)
}

fn texts(request: &NewSubmission) -> SubmissionTexts<'_> {
    SubmissionTexts {
        method: request.method.as_deref(),
        description: request.description.as_deref(),
        note: request.note.as_deref(),
        links: &request.links,
    }
}

/// Returns what a request discloses.
pub const fn disclosure(request: &NewSubmission) -> Disclosure {
    Disclosure { training_data: request.training_data, ensemble: request.ensemble }
}

/// Refuses a request of a team that does not say what the task requires.
///
/// # Errors
/// `invalid_value`.
pub fn check_required(request: &NewSubmission, task: &TaskSettings) -> Result<()> {
    Ok(task.check_required(&texts(request), disclosure(request), |_| true)?)
}

/// Refuses a team that somebody else than an organizer names.
///
/// # Errors
/// `forbidden`.
pub fn check_team(team: Option<&TeamName>, organizer: bool) -> Result<()> {
    if organizer || team.is_none() { Ok(()) } else { Err(for_organizers()) }
}

fn for_organizers() -> Error {
    Error::forbidden("only organizers submit for another team, with a note, as a baseline or with a date of its own; you submit for your own team")
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

/// A text that says something.
#[must_use]
pub fn present(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
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
            training_data: None,
            ensemble: None,
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
