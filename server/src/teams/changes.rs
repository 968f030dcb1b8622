//! Who founded, joined and left teams, and how many teams one person may found.
//!
//! People who change teams after they have submitted are shown to organizers, because the quota
//! follows them, but a second account behind a new team would look the same at first.

use holdout_protocol::{AccountId, ErrorCode, Page, Reason, Slug, TeamAction, TeamChange, TeamChangeQuery, Timestamp};
use serde_json::{Value, json};

use crate::app::App;
use crate::audit;
use crate::db::seasons::Season;
use crate::db::team_changes::NewTeamChange;
use crate::db::teams::Team;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// A change of somebody's team.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub season: &'a Season,
    pub team: &'a Team,
    /// Whose team it was or is.
    pub person: AccountId,
    /// Who changed it: the person, the captain who took them out, or an organizer.
    pub by: AccountId,
    pub action: TeamAction,
}

impl Change<'_> {
    /// Records the change for organizers and in the audit log, whose entry has `detail` and the
    /// submissions charged to the person before, if there are any.
    pub fn record(&self, conn: &mut Conn, mut detail: Value, at: Timestamp) -> Result<()> {
        let Self { season, team, by, action, .. } = *self;
        let submissions = self.record_for_organizers(conn, at)?;
        if let Some(facts) = detail.as_object_mut().filter(|_| submissions > 0) {
            facts.insert("submissions".to_owned(), json!(submissions));
        }
        let name = match action {
            TeamAction::Founded => "team.create",
            TeamAction::Joined => "team.join",
            TeamAction::Left => "team.leave",
            TeamAction::Removed => "team.remove_member",
            TeamAction::Merged => "team.merge",
        };
        audit::record(conn, Some(by), name, &format!("{}/{}", season.slug, team.id), &detail)
    }

    /// Records the change for organizers alone. Returns the submissions charged to the person
    /// before.
    pub fn record_for_organizers(&self, conn: &mut Conn, at: Timestamp) -> Result<u32> {
        let Self { season, team, person, action, .. } = *self;
        let submissions = db::submission_members::charged_in_season(conn, season.id, person)?;
        let change = NewTeamChange {
            season: season.id,
            team: team.id,
            team_name: &team.name,
            account: person,
            action,
            submissions,
            at,
        };
        db::team_changes::insert(conn, &change)?;
        Ok(submissions)
    }
}

/// Refuses if the person has founded as many teams in the season as one may, including those that
/// are gone.
///
/// # Errors
/// `wrong_state`, with `founded` and `limit`.
pub(super) fn check_may_found(conn: &mut Conn, season: &Season, account: AccountId) -> Result<()> {
    let (founded, limit) =
        (db::team_changes::founded(conn, season.id, account)?, season.registration.teams_per_account);
    if founded < limit {
        return Ok(());
    }
    let message = format!(
        "you have founded {founded} teams in season `{}`, and one person may found {limit}; join a team by an \
         invitation, or ask an organizer",
        season.slug
    );
    Err(Error::refused(ErrorCode::WrongState, message)
        .because(Reason::TeamsFounded, json!({ "founded": founded, "limit": limit })))
}

/// A page of the changes in a season, newest first; unless `query.all`, only those of people who
/// had submitted before.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_changes(app: &App, slug: Slug, query: TeamChangeQuery) -> Result<Page<TeamChange>> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::team_changes::page(conn, season.id, &query)
        })
        .await
}
