//! Whether this account may submit this to this task, now.

use std::time::Duration;

use holdout_protocol::{
    ErrorCode, ExtensionId, NewSubmission, OrganizerRole, Reason, SeasonState, SubmissionKind, TeamId, TeamName,
    TeamStatus, Timestamp,
};
use serde_json::json;

use super::entry;
use crate::auth::Account;
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::paths::TaskPath;
use crate::{bans, extensions, quota, seasons};

/// What somebody wants to submit, as far as the right to do so depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The team that an organizer names.
    pub team: Option<TeamName>,
    /// What the file is.
    pub kind: SubmissionKind,
    /// What counts for the deadline.
    pub deadline: Deadline,
}

/// What counts for the deadline: a submission is on time if it is made, or if the upload of just
/// this file was announced, before the season closes. An announced one may come a while later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When the upload was begun, with the file's digest.
    pub announced_at: Option<Timestamp>,
    /// How long afterwards an announced file is accepted.
    pub grace: Duration,
}

impl Deadline {
    /// Returns true if a submission at `now` is on time although the season closed at `closes`.
    fn is_kept(self, closes: Timestamp, now: Timestamp) -> bool {
        self.announced_at.is_some_and(|announced| announced < closes) && now < closes.plus(self.grace)
    }
}

/// For whom a submission is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrant {
    /// The own team.
    Member(TeamId),
    /// A team in whose name an organizer enters: neither quota nor queue nor calendar apply.
    Named(TeamName),
}

/// A right to submit, as long as nothing changes.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The season as it is for the team, with its own deadline if it has one.
    pub season: Season,
    pub task: Task,
    /// The present test set.
    pub test_set: TestSet,
    /// For whom.
    pub entrant: Entrant,
    /// Whether the season had closed for the others: the team has a deadline of its own.
    pub late: bool,
}

impl Grant {
    /// Refuses a team's submission that does not say what the task requires.
    ///
    /// # Errors
    /// `invalid_value`, with the field.
    pub fn check_required(&self, request: &NewSubmission) -> Result<()> {
        match self.entrant {
            Entrant::Member(_) => entry::check_required(request, &self.task.settings),
            Entrant::Named(_) => Ok(()),
        }
    }

    /// Refuses if the quota is used up. Returns the extension whose extra attempt a submission
    /// uses, if it takes no slot.
    ///
    /// # Errors
    /// `quota_exhausted`.
    pub fn check_quota(&self, conn: &mut Conn, now: Timestamp) -> Result<Option<ExtensionId>> {
        match self.entrant {
            Entrant::Member(team) => quota::status(conn, &self.task, team, now)?.check_remaining(now),
            Entrant::Named(_) => Ok(None),
        }
    }
}

/// Whether the account may submit this to this task.
///
/// # Errors
/// `not_found`; `forbidden` if the account is in no team; `wrong_state` if the season is not open,
/// or the task has no test set or none that fits the kind; `invalid_value` if the task does not
/// take this kind.
pub fn authorise(conn: &mut Conn, account: &Account, path: &TaskPath, intent: &Intent) -> Result<Grant> {
    let season = seasons::visible(conn, &path.season, account.organizer)?;
    let entrant = match (&intent.team, account.may(OrganizerRole::Organizer)) {
        (Some(name), true) => Entrant::Named(checked_name(name)?),
        _ => Entrant::Member(own_team(conn, &season, account)?),
    };
    let task = db::tasks::find(conn, season.id, path.task.as_str())?;
    let (mut season, mut late) = (season, false);
    if let Entrant::Member(team) = entrant {
        let now = Timestamp::now();
        let own = extensions::season_for(conn, &season, team)?;
        check_open(&own, intent.deadline, now)?;
        late = season.closes_at.is_some_and(|closes| closes <= now && !intent.deadline.is_kept(closes, now));
        season = own;
    }
    check_kind(&task, intent.kind)?;
    let Some(test_set) = task.test_set else {
        let message = format!("task `{}` has no test set yet; come back later", task.slug);
        return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::NoTestSet, json!({})));
    };
    let test_set = db::test_sets::get(conn, test_set)?;
    check_images(&task, &test_set, intent.kind)?;
    Ok(Grant { season, task, test_set, entrant, late })
}

fn own_team(conn: &mut Conn, season: &Season, account: &Account) -> Result<TeamId> {
    let membership = db::memberships::find(conn, season.id, account.id)?;
    let membership = membership.ok_or_else(no_team)?;
    bans::check_person(conn, season, account)?;
    bans::check_team(conn, membership.team)?;
    check_approved(conn, membership.team)?;
    check_has_no_organizer(conn, membership.team)?;
    Ok(membership.team)
}

/// Returns what somebody without a team is told, or whose team just went with its last member.
pub fn no_team() -> Error {
    Error::forbidden("only members of a team of this season submit; organizers name the team for which they do (`team`; `--team` on the command line)")
        .because(Reason::MembersOnly, json!({}))
}

/// Refuses a team that an organizer has not let in.
fn check_approved(conn: &mut Conn, team: TeamId) -> Result<()> {
    let team = db::teams::find(conn, team)?.ok_or_else(no_team)?;
    let why = match team.status {
        TeamStatus::Approved => return Ok(()),
        TeamStatus::Pending => "waits for an organizer to approve it; it can submit after that".to_owned(),
        TeamStatus::Declined => match &team.status_note {
            Some(note) => format!("was declined by an organizer, who wrote: {note}"),
            None => "was declined by an organizer; ask them why".to_owned(),
        },
    };
    let reason = if team.status == TeamStatus::Pending { Reason::TeamPending } else { Reason::TeamDeclined };
    let facts = json!({ "team_status": team.status, "team": team.name, "note": team.status_note });
    Err(Error::refused(ErrorCode::WrongState, format!("team `{}` {why}", team.name)).because(reason, facts))
}

/// Refuses a team with an organizer in it, because organizers see the labels.
fn check_has_no_organizer(conn: &mut Conn, team: TeamId) -> Result<()> {
    let Some(name) = db::memberships::organizer_in(conn, team)? else { return Ok(()) };
    let message = format!(
        "`{name}` is in your team and is an organizer, who sees the labels: the team cannot submit; organizers name the \
         team for which they do (`team`; `--team` on the command line)"
    );
    Err(Error::forbidden(message).because(Reason::OrganizerInTeam, json!({ "name": name })))
}

/// A name that is an id would be found as another team.
fn checked_name(name: &TeamName) -> Result<TeamName> {
    if name.as_str().parse::<TeamId>().is_ok() {
        return Err(Error::invalid("team", "a team's name cannot be a UUID: it would be taken for an id")
            .because(Reason::NameIsId, json!({})));
    }
    Ok(name.clone())
}

fn check_open(season: &Season, deadline: Deadline, now: Timestamp) -> Result<()> {
    let refused = |reason, at: Option<Timestamp>, why: String| {
        let message = format!("season `{}` takes no submissions: {why}", season.slug);
        Err(Error::refused(ErrorCode::WrongState, message).because(reason, json!({ "at": at })))
    };
    match season.state(now) {
        SeasonState::Open if season.paused => {
            refused(Reason::SeasonPaused, None, "it is paused by the organizers; come back later".to_owned())
        }
        SeasonState::Open => Ok(()),
        SeasonState::Closed
            if !season.paused && season.closes_at.is_some_and(|closes| deadline.is_kept(closes, now)) =>
        {
            Ok(())
        }
        SeasonState::Draft if season.draft => refused(Reason::SeasonDraft, None, "it is a draft".to_owned()),
        SeasonState::Draft => {
            refused(Reason::SeasonNotOpen, Some(season.opens_at), format!("it opens at {}", season.opens_at))
        }
        SeasonState::Closed | SeasonState::Published => match season.closes_at {
            Some(closes) => refused(Reason::SeasonClosed, Some(closes), format!("it closed at {closes}")),
            None => refused(Reason::SeasonOver, None, "it is over".to_owned()),
        },
    }
}

fn check_kind(task: &Task, kind: SubmissionKind) -> Result<()> {
    if task.settings.accepts.contains(&kind) {
        return Ok(());
    }
    let accepted: Vec<String> = task.settings.accepts.iter().map(|kind| format!("`{}`", kind.as_str())).collect();
    let (task, kind, accepted) = (&task.slug, kind.as_str(), accepted.join(" and "));
    let message = format!("task `{task}` does not take `{kind}`; it takes {accepted}");
    Err(Error::invalid("kind", message).because(Reason::KindNotTaken, json!({ "kind": kind })))
}

/// A task that came to accept models may still have a test set without images.
fn check_images(task: &Task, test_set: &TestSet, kind: SubmissionKind) -> Result<()> {
    if kind != SubmissionKind::Torchscript || test_set.images_blob.is_some() {
        return Ok(());
    }
    let message = format!("the test set of task `{}` has no images to run a model on yet; come back later", task.slug);
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::NoImages, json!({})))
}

#[cfg(test)]
mod tests;
