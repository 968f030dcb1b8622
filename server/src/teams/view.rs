//! Teams as a caller sees them.

use std::collections::HashMap;

use holdout_protocol::{AccountId, MergedTeam, Page, Slug, Team, TeamId, TeamQuery, TeamStatus};

use crate::app::App;
use crate::auth::Caller;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Search};
use crate::error::{Error, Result};
use crate::seasons;

/// Who looks at teams, as far as it decides what they see.
pub(super) enum Viewer {
    Organizer,
    /// Somebody with an account: sees the members of their own team.
    Team(AccountId),
    Public,
}

impl From<&Caller> for Viewer {
    fn from(caller: &Caller) -> Self {
        match &caller.0 {
            Some(account) if account.organizer => Self::Organizer,
            Some(account) => Self::Team(account.id),
            None => Self::Public,
        }
    }
}

impl Viewer {
    /// The viewer's own team in a season.
    fn own_team(&self, conn: &mut Conn, season: &Season) -> Result<Option<TeamId>> {
        let Self::Team(account) = self else { return Ok(None) };
        Ok(db::memberships::find(conn, season.id, *account)?.map(|membership| membership.team))
    }
}

/// A page of a season's teams, oldest first. Teams that were not let in are shown to organizers and
/// their own members.
///
/// # Errors
/// `not_found` if there is no such season; `invalid_value`.
pub async fn list_teams(app: &App, caller: Caller, slug: Slug, query: TeamQuery) -> Result<Page<Team>> {
    let search = Search::parse(query.q.as_deref())?;
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, caller.is_organizer())?;
            let approved_or = match Viewer::from(&caller) {
                Viewer::Organizer => None,
                viewer => Some(viewer.own_team(conn, &season)?),
            };
            let filter = db::teams::Filter { search, status: query.status, approved_or };
            let page = db::teams::page(conn, season.id, &filter, &query.page())?;
            let ids: Vec<TeamId> = page.items.iter().map(|team| team.id).collect();
            let shown = views(conn, &season, page.items, &Viewer::from(&caller))?;
            Ok(db::page_of_views(shown, &ids, page.next_cursor))
        })
        .await
}

/// A team by its id or name.
///
/// # Errors
/// `not_found` if there is no such season or team.
pub async fn get(app: &App, caller: Caller, slug: Slug, reference: String) -> Result<Team> {
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, caller.is_organizer())?;
            let team = db::teams::by_reference(conn, season.id, &reference)?;
            let viewer = Viewer::from(&caller);
            let own = viewer.own_team(conn, &season)?;
            let hidden = |team: &db::teams::Team| {
                team.status != TeamStatus::Approved && !matches!(viewer, Viewer::Organizer) && own != Some(team.id)
            };
            let team = team.filter(|team| !hidden(team)).ok_or_else(|| Error::not_found("team", &reference))?;
            view(conn, &season, team, &viewer)
        })
        .await
}

pub(super) fn view(conn: &mut Conn, season: &Season, team: db::teams::Team, viewer: &Viewer) -> Result<Team> {
    let shown = views(conn, season, vec![team], viewer)?;
    shown.into_iter().next().ok_or_else(|| Error::internal("a team is gone"))
}

/// Teams as `viewer` sees them.
pub(super) fn views(
    conn: &mut Conn,
    season: &Season,
    teams: Vec<db::teams::Team>,
    viewer: &Viewer,
) -> Result<Vec<Team>> {
    let ids: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
    let submissions = db::teams::submissions_of(conn, &ids)?;
    let mut merged = db::teams::merged_into(conn, &ids)?;
    let open: Vec<TeamId> = match viewer {
        Viewer::Organizer => ids,
        Viewer::Team(_) | Viewer::Public => {
            viewer.own_team(conn, season)?.into_iter().filter(|own| ids.contains(own)).collect()
        }
    };
    let mut members = if open.is_empty() { HashMap::new() } else { db::memberships::members_of(conn, &open)? };
    let shown = |team: db::teams::Team| Team {
        season: season.slug.clone(),
        members: open.contains(&team.id).then(|| members.remove(&team.id).unwrap_or_default()),
        submissions: submissions.get(&team.id).copied().unwrap_or(0),
        status: team.status,
        status_note: team.status_note.filter(|_| open.contains(&team.id)),
        merged: merged
            .remove(&team.id)
            .unwrap_or_default()
            .into_iter()
            .map(|was| shown_merged(was, open.contains(&team.id)))
            .collect(),
        id: team.id,
        name: team.name,
        affiliation: team.affiliation,
        created_at: team.created_at,
    };
    Ok(teams.into_iter().map(shown).collect())
}

/// A team that became part of another one; with what the organizers wrote if it is `open` to the
/// viewer.
fn shown_merged(was: db::teams::Merged, open: bool) -> MergedTeam {
    MergedTeam { name: was.name, at: was.at, reason: Some(was.reason).filter(|_| open) }
}
