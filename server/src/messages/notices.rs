//! What is told to whom about seasons and submissions. Each function writes rows in the transaction
//! of what they tell of.
//!
//! The texts have no labels and no scores, because e-mail is read by others on its way: who wants
//! to know more follows the link.

use holdout_protocol::{MessageFacts, MessageId, MessageKind, SubmissionState, Timestamp, UnsentReason};

use super::wording::{in_english, named};
use crate::db::evaluations::Evaluation;
use crate::db::messages::{Link, New};
use crate::db::questions::Question;
use crate::db::recipients::Recipient;
use crate::db::seasons::Season;
use crate::db::{self, Conn};
use crate::error::Result;

/// What is told to several people.
struct Notice<'a> {
    kind: MessageKind,
    season: &'a Season,
    /// Tells it from everything else that is told of this kind.
    key: String,
    facts: MessageFacts,
    /// What people wrote.
    words: &'a str,
    path: String,
    expires_at: Option<Timestamp>,
}

fn tell(conn: &mut Conn, people: Vec<Recipient>, notice: &Notice<'_>) -> Result<()> {
    if notice.season.draft {
        return Ok(());
    }
    let now = Timestamp::now();
    let wording = in_english(notice.kind, notice.facts.clone(), notice.words);
    people.into_iter().try_for_each(|(account, address)| {
        let new = New {
            id: MessageId::new(),
            account: Some(account),
            address,
            kind: notice.kind,
            season: Some(notice.season.id),
            once: Some(format!("{}:{}:{account}", notice.kind.as_str(), notice.key)),
            wording: wording.clone(),
            link: Link::Page(notice.path.clone()),
            expires_at: notice.expires_at,
        };
        db::messages::insert(conn, &new, now)
    })
}

/// The fact that a message is about a season, to which others are added.
pub(super) fn about(season: &Season) -> MessageFacts {
    MessageFacts { season: named(&season.title), ..MessageFacts::default() }
}

/// Tells a team how the evaluation of a submission ended.
pub fn evaluated(conn: &mut Conn, evaluation: &Evaluation) -> Result<()> {
    let submission = db::submissions::get(conn, evaluation.submission)?;
    let kind = match evaluation.state {
        SubmissionState::Scored => MessageKind::SubmissionScored,
        SubmissionState::Rejected => MessageKind::SubmissionRejected,
        SubmissionState::Stalled => MessageKind::SubmissionStalled,
        _ => return Ok(()),
    };
    // Organizers' entries are nobody's news, and what is scored again was told of before.
    if submission.baseline || evaluation.rescoring {
        return Ok(());
    }
    let season = db::seasons::get(conn, submission.season)?;
    let task = db::tasks::get(conn, submission.task)?;
    let people = db::recipients::of_team(conn, submission.team)?;
    let facts = MessageFacts {
        task: named(&task.settings.title),
        method: submission.method.as_deref().and_then(named),
        unapproved: kind == MessageKind::SubmissionScored && submission.is_unapproved(),
        verdict: evaluation.verdict.as_ref().map(|verdict| verdict.code),
        ..about(&season)
    };
    let notice = Notice {
        kind,
        season: &season,
        key: evaluation.id.to_string(),
        facts,
        words: "",
        path: format!("/submissions/{}", submission.id),
        expires_at: None,
    };
    tell(conn, people, &notice)
}

/// Tells all teams of a season that it takes submissions.
pub fn season_opened(conn: &mut Conn, season: &Season) -> Result<()> {
    tell_season(conn, season, MessageKind::SeasonOpened, season.opens_at, season.closes_at)
}

/// Tells all teams of a season that it closes soon.
pub fn season_closing(conn: &mut Conn, season: &Season, closes: Timestamp) -> Result<()> {
    tell_season(conn, season, MessageKind::SeasonClosing, closes, Some(closes))
}

fn tell_season(
    conn: &mut Conn,
    season: &Season,
    kind: MessageKind,
    at: Timestamp,
    closes_at: Option<Timestamp>,
) -> Result<()> {
    let people = db::recipients::of_season(conn, season.id)?;
    let notice = Notice {
        kind,
        season,
        key: format!("{}:{}", season.id, at.as_micros()),
        facts: MessageFacts { closes_at, ..about(season) },
        words: "",
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
        facts: MessageFacts { title: named(&announcement.title), ..about(season) },
        words: &announcement.text,
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
    let withdrawn = announcement.withdrawn_at.map(|_| UnsentReason::Withdrawn);
    // What was withdrawn is in none of them any more.
    let facts = match withdrawn {
        Some(_) => MessageFacts { withdrawn: true, ..about(season) },
        None => MessageFacts { title: named(&announcement.title), ..about(season) },
    };
    let wording = in_english(MessageKind::Announcement, facts, &announcement.text);
    db::messages::rewrite(conn, season.id, &once, &wording, withdrawn, announcement.updated_at)
}

/// Sends the answer to a question to the team that asked.
pub fn answered(conn: &mut Conn, season: &Season, question: &Question, (answer, at): (&str, Timestamp)) -> Result<()> {
    let people = db::recipients::of_team(conn, question.team)?;
    let asked: String = question.text.lines().map(|line| format!("> {line}\n")).collect();
    let notice = Notice {
        kind: MessageKind::Answer,
        season,
        key: format!("{}:{}", question.id, at.as_micros()),
        facts: about(season),
        words: &format!("{asked}\n{answer}"),
        path: format!("/seasons/{}", season.slug),
        expires_at: None,
    };
    tell(conn, people, &notice)
}
