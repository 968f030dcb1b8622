//! Submissions that are the same as those of another team.

use std::collections::BTreeMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use holdout_protocol::{
    IdenticalGroup, IdenticalSubmission, IdenticalSubmissions, SameContent, SeasonId, SubmissionId,
};

use crate::db::conn::Conn;
use crate::db::schema::{submission_members, submissions, tasks, teams};
use crate::db::values::parsed;
use crate::error::Result;

/// Most submissions that are looked at.
const MOST: usize = 2000;

/// Task, digest, id, team and time of a submission.
type Row = (String, String, String, String, i64);

/// Submissions of a season that teams made, and another team made with the same `$digest`, newest
/// first.
macro_rules! shared {
    ($conn:expr, $season:expr, $digest:ident, $digest_of:expr) => {{
        let other = diesel::alias!(submissions as other);
        let is_teams_own = |id| exists(submission_members::table.filter(submission_members::submission_id.eq(id)));
        let others = other
            .filter(other.field(submissions::$digest).eq(submissions::$digest))
            .filter(other.field(submissions::task_id).eq(submissions::task_id))
            .filter(other.field(submissions::team_id).ne(submissions::team_id))
            .filter(exists(
                submission_members::table
                    .filter(submission_members::submission_id.eq(other.field(submissions::id)))
                    .select(submission_members::account_id),
            ));
        submissions::table
            .inner_join(tasks::table)
            .inner_join(teams::table)
            .filter(submissions::season_id.eq($season.to_string()))
            .filter(is_teams_own(submissions::id))
            .filter(exists(others.select(other.field(submissions::id))))
            .order(submissions::id.desc())
            .limit(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
            .select((tasks::slug, $digest_of, submissions::id, teams::name, submissions::created_at))
            .load::<Row>($conn)?
    }};
}

/// The submissions of a season that are the same as those of other teams. What organizers entered
/// does not count.
pub fn of_season(conn: &mut Conn, season: SeasonId) -> Result<IdenticalSubmissions> {
    let files = shared!(conn, season, sha256, submissions::sha256);
    let answers = shared!(conn, season, answers_sha256, submissions::answers_sha256.assume_not_null());
    let complete = files.len() <= MOST && answers.len() <= MOST;
    let mut groups = grouped(files, SameContent::File)?;
    for group in grouped(answers, SameContent::Answers)? {
        // If all of them are the same file, that has been said.
        let ids = |group: &IdenticalGroup| group.submissions.iter().map(|it| it.submission).collect::<Vec<_>>();
        if !groups.iter().any(|known| ids(known) == ids(&group)) {
            groups.push(group);
        }
    }
    let newest = |group: &IdenticalGroup| group.submissions.last().map(|last| last.submission);
    groups.sort_by_key(|group| std::cmp::Reverse(newest(group).map(|id: SubmissionId| id.to_string())));
    Ok(IdenticalSubmissions { groups, complete })
}

fn grouped(rows: Vec<Row>, same: SameContent) -> Result<Vec<IdenticalGroup>> {
    let mut groups: BTreeMap<(String, String), Vec<IdenticalSubmission>> = BTreeMap::new();
    for (task, digest, id, team, created_at) in rows.into_iter().take(MOST).rev() {
        let submission =
            IdenticalSubmission { submission: parsed(id)?, team: parsed(team)?, created_at: created_at.into() };
        groups.entry((task, digest)).or_default().push(submission);
    }
    // Of a group that was cut off, one submission may be left.
    let several = groups.into_iter().filter(|(_, submissions)| submissions.len() > 1);
    several.map(|((task, _), submissions)| Ok(IdenticalGroup { task: parsed(task)?, same, submissions })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submissions_are_grouped_by_task_and_digest_oldest_first() {
        let row = |task: &str, digest: &str, team: &str, at: i64| {
            (task.to_owned(), digest.to_owned(), SubmissionId::new().to_string(), team.to_owned(), at)
        };
        // Newest first, as they are read.
        let rows = vec![row("a", "x", "C", 5), row("b", "x", "B", 4), row("a", "x", "A", 3), row("a", "y", "B", 2)];
        let groups = grouped(rows, SameContent::File).unwrap();
        assert_eq!(groups.len(), 1, "the others are alone in their groups");
        let teams: Vec<_> = groups[0].submissions.iter().map(|it| it.team.as_str().to_owned()).collect();
        assert_eq!((groups[0].task.as_str(), teams), ("a", vec!["A".to_owned(), "C".to_owned()]));
    }
}
