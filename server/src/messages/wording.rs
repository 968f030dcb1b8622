//! What messages say in English, made from their facts. The pages say the same in the language of
//! their reader, therefore a sentence names nothing that is not among the facts, and
//! `tests/messages.json` has each sentence for the tests of the pages.

use holdout_protocol::{MessageFacts, MessageKind, Timestamp};

use super::compose::visible_line;
use crate::db::messages::Wording;

/// Returns the wording of a message. `words` is what people wrote: an announcement, or a question
/// with its answer.
pub(super) fn in_english(kind: MessageKind, facts: MessageFacts, words: &str) -> Wording {
    let subject = match (&facts.season, subject(kind, &facts)) {
        (Some(season), subject) => format!("[{season}] {subject}"),
        (None, subject) => subject.to_owned(),
    };
    let text = match kind {
        MessageKind::Announcement if facts.withdrawn => "This announcement was withdrawn.".to_owned(),
        MessageKind::Announcement | MessageKind::Answer => words.to_owned(),
        MessageKind::SubmissionScored | MessageKind::SubmissionRejected | MessageKind::SubmissionStalled => {
            about_submission(kind, &facts)
        }
        MessageKind::SeasonOpened | MessageKind::SeasonClosing => about_season(kind, &facts),
        MessageKind::Invitation => invitation(&facts),
        MessageKind::Verification | MessageKind::PasswordReset | MessageKind::AddressChanged => {
            about_account(kind, &facts)
        }
    };
    Wording { subject, text, facts }
}

fn subject(kind: MessageKind, facts: &MessageFacts) -> &str {
    match kind {
        MessageKind::Verification => "Confirm your e-mail address",
        MessageKind::PasswordReset => "Set a new password",
        MessageKind::AddressChanged => "Your e-mail address was changed",
        MessageKind::Invitation if facts.role.is_some() => "Invitation to be an organizer",
        MessageKind::Invitation => "Invitation to a team",
        MessageKind::SubmissionScored => "Submission scored",
        MessageKind::SubmissionRejected => "Submission rejected",
        MessageKind::SubmissionStalled => "Submission could not be evaluated",
        MessageKind::SeasonOpened => "Open",
        MessageKind::SeasonClosing => "Closes within a day",
        MessageKind::Announcement if facts.withdrawn => "Withdrawn announcement",
        MessageKind::Announcement => facts.title.as_deref().unwrap_or_default(),
        MessageKind::Answer => "Your question was answered",
    }
}

fn about_submission(kind: MessageKind, facts: &MessageFacts) -> String {
    let outcome = match kind {
        MessageKind::SubmissionScored if facts.unapproved => {
            "was scored. Its result is shown once an organizer has approved it. Its page:".to_owned()
        }
        MessageKind::SubmissionScored => "was scored. See its page for the result:".to_owned(),
        MessageKind::SubmissionRejected => {
            let code = facts.verdict.map_or("rejected", |code| code.as_str());
            format!("was rejected ({code}). See its page for what is wrong and what you can do:")
        }
        _ => "could not be evaluated, because the platform failed. It is not charged, and the organizers can queue it again. Its page:".to_owned(),
    };
    let method = facts.method.as_ref().map_or_else(String::new, |method| format!(" \"{method}\""));
    let task = facts.task.as_deref().unwrap_or_default();
    format!("The submission{method} of your team to \"{task}\" {outcome}")
}

fn about_season(kind: MessageKind, facts: &MessageFacts) -> String {
    let season = facts.season.as_deref().unwrap_or_default();
    let closes = facts.closes_at.map(readable).unwrap_or_default();
    if kind == MessageKind::SeasonClosing {
        return format!(
            "\"{season}\" closes at {closes}. A deadline that the organizers gave your team alone counts in its place."
        );
    }
    let closes = facts.closes_at.map_or_else(String::new, |_| format!(" It closes at {closes}."));
    format!("\"{season}\" takes submissions from now on.{closes}")
}

fn invitation(facts: &MessageFacts) -> String {
    let invited = match (&facts.role, &facts.season) {
        (None, season) => {
            format!("You are invited to join a team in \"{}\".", season.as_deref().unwrap_or_default())
        }
        (Some(role), Some(season)) => {
            format!("You are invited to be an organizer of \"{season}\", with the role \"{role}\".")
        }
        (Some(role), None) => {
            format!("You are invited to be an organizer of this server, with the role \"{role}\".")
        }
    };
    let expires = facts.expires_at.map(readable).unwrap_or_default();
    format!("{invited} Open this link before {expires} to see the invitation and to accept it; it works once.")
}

fn about_account(kind: MessageKind, facts: &MessageFacts) -> String {
    let expires = facts.expires_at.map(readable).unwrap_or_default();
    match kind {
        MessageKind::Verification => format!(
            "Someone, probably you, entered this e-mail address for a Holdout account. If it was you, confirm the address by \
             opening this link before {expires}. If it was not you, ignore this e-mail: nothing happens unless you confirm."
        ),
        MessageKind::PasswordReset => format!(
            "Someone, probably you, asked to reset the password of your Holdout account. Open this link before {expires} to set \
             a new one; it works once. If it was not you, ignore this e-mail: your password stays the same."
        ),
        _ => "The e-mail address of your Holdout account was changed, so you get no more e-mails at this one. If you did not \
              change it, tell the organizers at once."
            .to_owned(),
    }
}

/// A title or name as a fact: one line without characters that hide, or turn the direction of
/// writing.
pub(super) fn named(text: &str) -> Option<String> {
    Some(visible_line(text)).filter(|line| !line.is_empty())
}

/// A point in time as people read it, to the minute. For example, `2012-09-30 23:00 UTC`.
fn readable(at: Timestamp) -> String {
    let text = at.to_string();
    let minute: String = text.chars().take(16).collect();
    format!("{} UTC", minute.replace('T', " "))
}

#[cfg(test)]
mod tests;
