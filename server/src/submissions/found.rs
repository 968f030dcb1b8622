//! A submission with what it belongs to.

use holdout_protocol::{OrganizerRole, SubmissionId};

use crate::auth::Account;
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::organizers::needs_role;

/// A submission with what it belongs to.
pub struct Found {
    pub season: Season,
    pub task: Task,
    pub submission: db::submissions::Submission,
}

/// The submission with this id, if the account may see it.
///
/// # Errors
/// `not_found` if there is no such submission, or it is another team's.
pub fn find(conn: &mut Conn, account: &Account, id: SubmissionId) -> Result<Found> {
    let submission = db::submissions::get(conn, id)?;
    if !account.organizer {
        let membership = db::memberships::find(conn, submission.season, account.id)?;
        if membership.is_none_or(|membership| membership.team != submission.team) {
            return Err(Error::not_found("submission", id));
        }
    }
    let season = db::seasons::get(conn, submission.season)?;
    // A season that became a draft again is to its teams as if it had never been made.
    if season.draft && !account.organizer {
        return Err(Error::not_found("submission", id));
    }
    let task = db::tasks::get(conn, submission.task)?;
    Ok(Found { season, task, submission })
}

/// The submission with this id, if the account may change it: it is its team's, or the account
/// judges the season.
///
/// # Errors
/// As [`find`]; `forbidden` if the account may only see it.
pub fn find_to_change(conn: &mut Conn, account: &Account, id: SubmissionId) -> Result<Found> {
    let found = find(conn, account, id)?;
    if !account.may(OrganizerRole::Judge) {
        let membership = db::memberships::find(conn, found.season.id, account.id)?;
        if membership.is_none_or(|membership| membership.team != found.submission.team) {
            return Err(needs_role(OrganizerRole::Judge, Some(found.season.slug.as_str())));
        }
    }
    Ok(found)
}
