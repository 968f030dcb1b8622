//! Bans that are in force: what they forbid, and the notice that a banned person sees.

use holdout_protocol::{AccountId, BanNotice, Reason, SeasonId, TeamId, Timestamp};
use serde_json::json;

use crate::auth::Account;
use crate::db::bans::InForce;
use crate::db::seasons::Season;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::secret;

/// Refuses a person who is banned from a season.
///
/// # Errors
/// `forbidden`, with the reason and the end of the ban.
pub fn check_person(conn: &mut Conn, season: &Season, account: &Account) -> Result<()> {
    let found = db::bans::of_person(conn, account.id, secret::digest(&account.email), Timestamp::now())?;
    match found.into_iter().find(|ban| holds_in(ban, season.id)) {
        Some(ban) => Err(refusal("you are", &ban, Reason::Banned)),
        None => Ok(()),
    }
}

/// Refuses a team that is banned.
///
/// # Errors
/// `forbidden`, with the reason and the end of the ban.
pub fn check_team(conn: &mut Conn, team: TeamId) -> Result<()> {
    match db::bans::of_team(conn, team, Timestamp::now())? {
        Some(ban) => {
            let name = ban.team.as_ref().map_or("", |team| team.as_str());
            Err(refusal(&format!("team `{name}` is"), &ban, Reason::TeamBanned))
        }
        None => Ok(()),
    }
}

fn holds_in(ban: &InForce, season: SeasonId) -> bool {
    ban.season.as_ref().is_none_or(|(id, _)| *id == season)
}

fn refusal(who: &str, ban: &InForce, reason: Reason) -> Error {
    let place = ban.season.as_ref().map_or_else(|| "this server".to_owned(), |(_, slug)| format!("season `{slug}`"));
    let end = ban.until.map(|until| format!(" until {until}")).unwrap_or_default();
    let message = format!(
        "{who} banned from {place}{end}, and cannot submit or be in a new team; the organizers wrote: {}",
        ban.reason
    );
    let facts = json!({ "team": ban.team, "until": ban.until, "why": ban.reason });
    Error::forbidden(message).because(reason, facts)
}

/// The bans of a person that are in force, in the form that the person reads.
pub fn notices(conn: &mut Conn, account: AccountId, email: &str) -> Result<Vec<BanNotice>> {
    let found = db::bans::of_person(conn, account, secret::digest(email), Timestamp::now())?;
    let notice = |ban: InForce| BanNotice {
        season: ban.season.map(|(_, slug)| slug),
        team: ban.team,
        reason: ban.reason,
        until: ban.until,
    };
    Ok(found.into_iter().map(notice).collect())
}

#[cfg(test)]
mod tests {
    use holdout_protocol::ErrorCode;

    use super::*;
    use crate::samples::at;

    fn in_force(season: Option<SeasonId>, until: Option<i64>) -> InForce {
        let season = season.map(|id| (id, "demo".parse().unwrap()));
        let team = Some("Team".parse().unwrap());
        InForce { season, team, reason: "two accounts".to_owned(), until: until.map(at) }
    }

    #[test]
    fn a_ban_from_one_season_leaves_the_others_open_and_one_of_the_server_does_not() {
        let (here, there) = (SeasonId::new(), SeasonId::new());
        assert!(holds_in(&in_force(Some(here), None), here) && !holds_in(&in_force(Some(here), None), there));
        assert!(holds_in(&in_force(None, None), here));
    }

    #[test]
    fn somebody_who_is_banned_is_told_from_where_until_when_and_why() {
        let told = |ban: &InForce| refusal("you are", ban, Reason::Banned).body().error;
        let season = told(&in_force(Some(SeasonId::new()), Some(100)));
        assert_eq!((season.code, season.reason), (ErrorCode::Forbidden, Some(Reason::Banned)));
        assert_eq!(
            season.message,
            "you are banned from season `demo` until 1970-01-01T00:01:40Z, and cannot submit or be in a new team; the \
             organizers wrote: two accounts"
        );
        assert_eq!(season.detail, json!({ "team": "Team", "until": at(100), "why": "two accounts" }));
        let server = told(&in_force(None, None));
        assert!(server.message.starts_with("you are banned from this server, and"), "{}", server.message);
    }
}
