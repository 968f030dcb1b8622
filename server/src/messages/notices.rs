//! What is told to whom about seasons and submissions. Each function writes rows in the transaction
//! of what they tell of.
//!
//! The texts have no labels and no scores, because e-mail is read by others on its way: who wants
//! to know more follows the link.

use holdout_protocol::{MessageId, MessageKind, SubmissionState, Timestamp};

use super::compose::one_line;
use crate::db::evaluations::Evaluation;
use crate::db::messages::{Link, New};
use crate::db::questions::Question;
use crate::db::recipients::Recipient;
use crate::db::seasons::Season;
use crate::db::{self, Conn};
use crate::error::Result;

/// A point in time as people read it, to the minute. For example, `2012-09-30 23:00 UTC`.
pub(super) fn readable(at: Timestamp) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take(16).collect();
    format!("{} UTC", minute.replace('T', " "))
}

pub(super) fn about(season: &Season, subject: &str) -> String {
    format!("[{}] {subject}", one_line(&season.title))
}

/// What is told to several people.
struct Notice<'a> {
    kind: MessageKind,
    season: &'a Season,
    /// Tells it from everything else that is told of this kind.
    key: String,
    subject: &'a str,
    text: String,
    path: String,
    expires_at: Option<Timestamp>,
}

fn tell(conn: &mut Conn, people: Vec<Recipient>, notice: &Notice<'_>) -> Result<()> {
    if notice.season.draft {
        return Ok(());
    }
    let now = Timestamp::now();
    people.into_iter().try_for_each(|(account, address)| {
        let new = New {
            id: MessageId::new(),
            account: Some(account),
            address,
            kind: notice.kind,
            season: Some(notice.season.id),
            once: Some(format!("{}:{}:{account}", notice.kind.as_str(), notice.key)),
            subject: about(notice.season, notice.subject),
            text: notice.text.clone(),
            link: Link::Page(notice.path.clone()),
            expires_at: notice.expires_at,
        };
        db::messages::insert(conn, &new, now)
    })
}

/// Tells a team how the evaluation of a submission ended.
pub fn evaluated(conn: &mut Conn, evaluation: &Evaluation) -> Result<()> {
    let submission = db::submissions::get(conn, evaluation.submission)?;
    let (kind, subject, outcome) = match evaluation.state {
        SubmissionState::Scored => {
            let outcome = if submission.is_unapproved() {
                "was scored. Its result is shown once an organizer has approved it. Its page:"
            } else {
                "was scored. See its page for the result:"
            };
            (MessageKind::SubmissionScored, "Submission scored", outcome.to_owned())
        }
        SubmissionState::Rejected => {
            let code = evaluation.verdict.as_ref().map_or("rejected", |verdict| verdict.code.as_str());
            let outcome = format!("was rejected ({code}). See its page for what is wrong and what you can do:");
            (MessageKind::SubmissionRejected, "Submission rejected", outcome)
        }
        SubmissionState::Stalled => (
            MessageKind::SubmissionStalled,
            "Submission could not be evaluated",
            "could not be evaluated, because the platform failed. It is not charged, and the organizers can queue it again. Its page:"
                .to_owned(),
        ),
        _ => return Ok(()),
    };
    // Organizers' entries are nobody's news, and what is scored again was told of before.
    if submission.baseline || evaluation.rescoring {
        return Ok(());
    }
    let season = db::seasons::get(conn, submission.season)?;
    let task = db::tasks::get(conn, submission.task)?;
    let name = submission.method.as_deref().map(one_line).filter(|method| !method.is_empty());
    let name = name.map_or_else(String::new, |method| format!(" \"{method}\""));
    let people = db::recipients::of_team(conn, submission.team)?;
    let notice = Notice {
        kind,
        season: &season,
        key: evaluation.id.to_string(),
        subject,
        text: format!("The submission{name} of your team to \"{}\" {outcome}", one_line(&task.settings.title)),
        path: format!("/submissions/{}", submission.id),
        expires_at: None,
    };
    tell(conn, people, &notice)
}

/// Tells all teams of a season that it takes submissions.
pub fn season_opened(conn: &mut Conn, season: &Season) -> Result<()> {
    let closes = season.closes_at.map_or_else(String::new, |at| format!(" It closes at {}.", readable(at)));
    let text = format!("\"{}\" takes submissions from now on.{closes}", one_line(&season.title));
    tell_season(conn, season, MessageKind::SeasonOpened, season.opens_at, "Open", text)
}

/// Tells all teams of a season that it closes soon.
pub fn season_closing(conn: &mut Conn, season: &Season, closes: Timestamp) -> Result<()> {
    let text = format!(
        "\"{}\" closes at {}. A deadline that the organizers gave your team alone counts in its place.",
        one_line(&season.title),
        readable(closes)
    );
    tell_season(conn, season, MessageKind::SeasonClosing, closes, "Closes within a day", text)
}

fn tell_season(
    conn: &mut Conn,
    season: &Season,
    kind: MessageKind,
    at: Timestamp,
    subject: &str,
    text: String,
) -> Result<()> {
    let people = db::recipients::of_season(conn, season.id)?;
    let notice = Notice {
        kind,
        season,
        key: format!("{}:{}", season.id, at.as_micros()),
        subject,
        text,
        path: format!("/seasons/{}", season.slug),
        expires_at: season.closes_at,
    };
    tell(conn, people, &notice)
}

/// Sends an announcement to all teams of its season.
pub fn announced(conn: &mut Conn, season: &Season, announcement: &db::announcements::Announcement) -> Result<()> {
    let people = db::recipients::of_season(conn, season.id)?;
    let notice = Notice {
        kind: MessageKind::Announcement,
        season,
        key: announcement.id.to_string(),
        subject: &announcement.title,
        text: announcement.text.clone(),
        path: format!("/seasons/{}", season.slug),
        expires_at: None,
    };
    tell(conn, people, &notice)
}

/// Makes the messages of an announcement say what it says now, or that it was withdrawn, because
/// people read them on the page *Account* later. What was sent as an e-mail cannot be taken back.
pub fn announcement_changed(
    conn: &mut Conn,
    season: &Season,
    announcement: &db::announcements::Announcement,
) -> Result<()> {
    let once = format!("{}:{}:", MessageKind::Announcement.as_str(), announcement.id);
    let withdrawn = announcement.withdrawn_at.map(|_| "the announcement was withdrawn");
    let (title, text) = match withdrawn {
        Some(_) => ("Withdrawn announcement", "This announcement was withdrawn."),
        None => (announcement.title.as_str(), announcement.text.as_str()),
    };
    db::messages::rewrite(conn, season.id, &once, (&about(season, title), text), withdrawn, announcement.updated_at)
}

/// Sends the answer to a question to the team that asked.
pub fn answered(conn: &mut Conn, season: &Season, question: &Question, (answer, at): (&str, Timestamp)) -> Result<()> {
    let people = db::recipients::of_team(conn, question.team)?;
    let asked: String = question.text.lines().map(|line| format!("> {line}\n")).collect();
    let notice = Notice {
        kind: MessageKind::Answer,
        season,
        key: format!("{}:{}", question.id, at.as_micros()),
        subject: "Your question was answered",
        text: format!("{asked}\n{answer}"),
        path: format!("/seasons/{}", season.slug),
        expires_at: None,
    };
    tell(conn, people, &notice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::season;

    #[test]
    fn a_time_is_told_to_the_minute_and_with_its_zone() {
        let told = |text: &str| readable(text.parse().unwrap());
        assert_eq!(told("2012-09-30T23:59:59.999999Z"), "2012-09-30 23:59 UTC");
        assert_eq!(told("2012-09-30T23:00:00+02:00"), "2012-09-30 21:00 UTC");
    }

    #[test]
    fn a_subject_begins_with_the_season_on_one_line() {
        let hostile = Season { title: "Demo\r\nBcc: eve@example.org".to_owned(), ..season() };
        assert_eq!(about(&hostile, "Open"), "[Demo Bcc: eve@example.org] Open");
    }
}
