//! Making a team part of another one, which then has the people, the submissions and what was used
//! of quotas of both.

use std::collections::HashSet;

use holdout_protocol::{
    AccountId, ErrorCode, JudgedBoard, MergedQuota, Reason, Slug, SubmissionId, TeamAction, TeamMerge, TeamMergeReply,
    Timestamp, check_reason,
};
use serde_json::json;

use super::changes::Change;
use crate::app::App;
use crate::changes::Topic;
use crate::db::boards::Entry;
use crate::db::seasons::Season;
use crate::db::submissions::{Meant, Submission};
use crate::db::tasks::Task;
use crate::db::teams::Team;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::ranking::changed_boards;
use crate::{audit, bans, quota};

/// Makes a team part of another one. The reply says what that changes; with `dry_run` nothing else
/// happens.
///
/// # Errors
/// `not_found`; `invalid_value` if both are the same team, or for the reason; `forbidden` if one of
/// them is banned.
pub async fn merge(
    app: &App,
    organizer: AccountId,
    slug: Slug,
    reference: String,
    request: TeamMerge,
) -> Result<TeamMergeReply> {
    check_reason(&request.reason)?;
    let dry_run = request.dry_run;
    let work = move |conn: &mut Conn| {
        let season = db::seasons::find(conn, slug.as_str())?;
        if !dry_run {
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
        }
        let mut team = |reference: &str| {
            let found = db::teams::by_reference(conn, season.id, reference)?;
            found.ok_or_else(|| Error::not_found("team", reference))
        };
        let (from, into) = (team(&reference)?, team(&request.into)?);
        if from.id == into.id {
            let message = format!("`{reference}` is team `{}`, which `into` names; name two teams", into.name);
            return Err(Error::refused(ErrorCode::InvalidValue, message)
                .because(Reason::SameTeam, json!({ "field": "into", "team": into.name })));
        }
        let merger = Merger::new(conn, season, from, into)?;
        let reply = merger.reply(conn, dry_run)?;
        if !dry_run {
            merger.carry_out(conn, organizer, request.reason.trim(), &reply)?;
        }
        Ok(reply)
    };
    if dry_run {
        return app.db.read(work).await;
    }
    let reply = app.db.write(work).await?;
    app.boards.forget();
    app.changes.announce(Topic::Submissions);
    app.changes.announce(Topic::Boards);
    Ok(reply)
}

/// Two teams of a season that become one.
struct Merger {
    season: Season,
    tasks: Vec<Task>,
    from: Team,
    into: Team,
    /// The submissions of `from`.
    moved: Vec<Submission>,
    /// Those of them that do not stand for the team any more.
    given_up: Vec<SubmissionId>,
    at: Timestamp,
}

impl Merger {
    fn new(conn: &mut Conn, season: Season, from: Team, into: Team) -> Result<Self> {
        // Their bans would end, or be about everybody of the other team.
        bans::check_team(conn, from.id)?;
        bans::check_team(conn, into.id)?;
        let tasks = db::tasks::of_season(conn, season.id)?;
        let moved = db::submissions::meant(conn, Meant::OfTeam(from.id), None)?;
        let mut given_up = Vec::new();
        for task in &tasks {
            let chosen = db::submissions::chosen(conn, task.id, from.id)?;
            let kept = db::submissions::chosen(conn, task.id, into.id)?;
            if is_too_many(chosen.len(), kept.len(), task.settings.finals) {
                given_up.extend(chosen);
            }
        }
        Ok(Self { season, tasks, from, into, moved, given_up, at: Timestamp::now() })
    }

    fn reply(&self, conn: &mut Conn, dry_run: bool) -> Result<TeamMergeReply> {
        let Self { from, into, .. } = self;
        Ok(TeamMergeReply {
            from: from.name.clone(),
            into: into.name.clone(),
            members: db::memberships::members_of(conn, &[from.id])?.remove(&from.id).unwrap_or_default(),
            submissions: db::int(self.moved.len())?,
            finals_given_up: self.given_up.clone(),
            quotas: self.quotas(conn)?,
            boards: self.boards(conn)?,
            dry_run,
        })
    }

    fn quotas(&self, conn: &mut Conn) -> Result<Vec<MergedQuota>> {
        let (from, into) = (self.from.id, self.into.id);
        let mut quotas = Vec::new();
        for task in &self.tasks {
            let used = |conn: &mut Conn, team| Ok::<_, Error>(quota::status(conn, task, team, self.at)?.used());
            let together = quota::status_of_all(conn, task, &[into, from], self.at)?;
            if together.used() > 0 {
                quotas.push(MergedQuota {
                    task: task.slug.clone(),
                    limit: task.settings.quota.submissions,
                    from: used(conn, from)?,
                    into: used(conn, into)?,
                    together: together.used(),
                    remaining: together.remaining(),
                });
            }
        }
        Ok(quotas)
    }

    fn boards(&self, conn: &mut Conn) -> Result<Vec<JudgedBoard>> {
        let given_up: HashSet<&SubmissionId> = self.given_up.iter().collect();
        let merged = |entry: &Entry| {
            let mut entry = entry.clone();
            if entry.team == self.from.id {
                (entry.team, entry.team_name) = (self.into.id, self.into.name.clone());
            }
            entry.final_at = entry.final_at.filter(|_| !given_up.contains(&entry.submission));
            entry
        };
        let mut boards = Vec::new();
        for task in self.tasks.iter().filter(|task| self.moved.iter().any(|moved| moved.task == task.id)) {
            boards.extend(changed_boards(conn, &self.season, task, merged)?);
        }
        Ok(boards)
    }

    fn carry_out(&self, conn: &mut Conn, organizer: AccountId, reason: &str, told: &TeamMergeReply) -> Result<()> {
        let Self { season, from, into, at, .. } = self;
        for member in &told.members {
            let (person, action) = (member.account, TeamAction::Merged);
            let change = Change { season, team: into, person, by: organizer, action };
            change.record_for_organizers(conn, *at)?;
        }
        db::merging::move_all(conn, (from.id, into.id), &self.moved, &self.given_up, *at)?;
        db::teams::set_merged(conn, from.id, into.id, reason, *at)?;
        for task in &self.tasks {
            db::tasks::bump_board(conn, task.id)?;
        }
        let detail = json!({ "merged": from.name, "team": into.name, "reason": reason,
            "accounts": told.members.iter().map(|member| member.account).collect::<Vec<_>>(),
            "submissions": told.submissions, "finals_given_up": self.given_up });
        audit::record(conn, Some(organizer), "team.merge", &format!("{}/{}", season.slug, into.id), &detail)
    }
}

/// Returns true if two teams that chose so many entries of a task chose more than one team may.
fn is_too_many(from: usize, into: usize, limit: u32) -> bool {
    from > 0 && from.saturating_add(into) > usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::is_too_many;

    #[test]
    fn the_team_that_ends_gives_its_finals_up_if_both_have_more_than_one_team_may() {
        assert!(is_too_many(2, 1, 2) && is_too_many(1, 2, 2));
        assert!(!is_too_many(1, 1, 2) && !is_too_many(2, 0, 2));
        assert!(!is_too_many(0, 3, 2), "it has none to give up");
    }
}
