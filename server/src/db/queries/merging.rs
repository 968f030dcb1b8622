//! What goes from a team to the one that it becomes part of.

use diesel::prelude::*;
use holdout_protocol::{MemberRole, SubmissionId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, extensions, invitations, memberships, questions, quota_ledger, submissions};
use crate::db::tables;
use crate::db::tables::submissions::Submission;
use crate::db::values::{texts, to_word};
use crate::error::Result;

/// Gives `into` the members of `from`, its submissions with all that was charged for them, its
/// extensions, questions and invitations. Open invitations end, because their captain is none any
/// more, unless nobody was in `into`. Of each submission it is kept that it was of `from` until
/// `now`, and those in `no_finals` do not stand for the team any more.
pub fn move_all(
    conn: &mut Conn,
    (from, into): (TeamId, TeamId),
    moved: &[Submission],
    no_finals: &[SubmissionId],
    now: Timestamp,
) -> Result<()> {
    for submission in moved {
        tables::submission_versions::insert(conn, submission, now)?;
    }
    let given_up = submissions::table.filter(submissions::id.eq_any(texts(no_finals)));
    diesel::update(given_up).set(submissions::final_at.eq(None::<i64>)).execute(conn)?;
    let comes_in_place = tables::memberships::size(conn, into)? == 0;
    if !comes_in_place {
        tables::invitations::revoke(conn, from, None, now)?;
    }
    let (from, into) = (from.to_string(), into.to_string());
    if !comes_in_place {
        diesel::update(memberships::table.filter(memberships::team_id.eq(&from)))
            .set(memberships::role.eq(to_word(&MemberRole::Member)?))
            .execute(conn)?;
    }
    macro_rules! give {
        ($($table:ident),*) => {
            $(diesel::update($table::table.filter($table::team_id.eq(&from)))
                .set($table::team_id.eq(&into))
                .execute(conn)?;)*
        };
    }
    give!(memberships, submissions, evaluations, quota_ledger, extensions, questions, invitations);
    Ok(())
}
