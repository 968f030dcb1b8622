//! Whose session or API token it is.

use diesel::prelude::*;
use holdout_protocol::{AccountId, ApiTokenId, OrganizerRole, SessionId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{accounts, api_tokens, sessions};
use crate::db::tables::organizer_roles::{self, HeldRole};
use crate::db::values::parsed;
use crate::error::Result;

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    /// All its roles as an organizer.
    pub roles: Vec<HeldRole>,
    /// The season that the request is about; `None` if it is about the server.
    pub season: Option<String>,
    /// The role that counts for what the request is about.
    pub role: Option<OrganizerRole>,
    /// Whether it has such a role, and so may see what organizers see.
    pub organizer: bool,
    /// The session, if the caller came with one and not with an API token.
    pub session: Option<SessionId>,
    /// The API token that the caller holds, or that the session was begun with.
    pub token: Option<ApiTokenId>,
}

impl Account {
    fn new(conn: &mut Conn, id: AccountId, email: String) -> Result<Self> {
        let roles = organizer_roles::of_account(conn, id)?;
        Ok(Self { id, email, roles, season: None, role: None, organizer: false, session: None, token: None }
            .about(None))
    }

    /// The account as it counts for a season, or for the server if there is none: a role on the
    /// server counts everywhere.
    #[must_use]
    pub fn about(mut self, season: Option<&str>) -> Self {
        self.role = self.role_in(season);
        self.organizer = self.role.is_some();
        self.season = season.map(str::to_owned);
        self
    }

    /// Returns the role that counts for a season, or for the server if there is none.
    pub fn role_in(&self, season: Option<&str>) -> Option<OrganizerRole> {
        let counts = |held: &&HeldRole| match &held.season {
            Some(own) => season == Some(own.as_str()),
            None => true,
        };
        self.roles.iter().filter(counts).map(|held| held.role).max()
    }

    /// Returns true if the account has this role or a higher one for what the request is about.
    pub fn may(&self, least: OrganizerRole) -> bool {
        self.role >= Some(least)
    }
}

/// The account of a session that has neither ended nor been revoked.
pub fn account_of_session(
    conn: &mut Conn,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Account>> {
    let row: Option<(String, Option<String>)> = sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(session.to_string()))
        .filter(sessions::account_id.eq(account.to_string()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now.as_micros()))
        .select((accounts::email, sessions::api_token_id))
        .first(conn)
        .optional()?;
    let Some((email, token)) = row else { return Ok(None) };
    let token = token.map(parsed).transpose()?;
    Ok(Some(Account { session: Some(session), token, ..Account::new(conn, account, email)? }))
}

/// Uses within this many microseconds are recorded once.
const TOUCH_MICROS: i64 = 60_000_000;

/// Returns whose token this is, and whether its last use should be recorded again; `None` if it is
/// not valid.
pub fn account_of_token(conn: &mut Conn, hash: Sha256, now: Timestamp) -> Result<Option<(ApiTokenId, Account, bool)>> {
    let row: Option<(String, Option<i64>, String, String)> = api_tokens::table
        .inner_join(accounts::table)
        .filter(api_tokens::hash.eq(hash.to_string()))
        .filter(api_tokens::expires_at.gt(now.as_micros()))
        .select((api_tokens::id, api_tokens::last_used_at, accounts::id, accounts::email))
        .first(conn)
        .optional()?;
    let Some((token, used, id, email)) = row else { return Ok(None) };
    let stale = used.is_none_or(|used| now.as_micros().saturating_sub(used) > TOUCH_MICROS);
    let token = parsed(token)?;
    let account = Account::new(conn, parsed(id)?, email)?;
    Ok(Some((token, Account { token: Some(token), ..account }, stale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(season: Option<&str>, role: OrganizerRole) -> HeldRole {
        HeldRole { season: season.map(|slug| slug.parse().unwrap()), role }
    }

    fn account(roles: Vec<HeldRole>) -> Account {
        let email = "ada@example.org".to_owned();
        Account {
            id: AccountId::new(),
            email,
            roles,
            season: None,
            role: None,
            organizer: false,
            session: None,
            token: None,
        }
    }

    #[test]
    fn a_role_on_the_server_counts_everywhere_and_one_in_a_season_there_only() {
        let server = account(vec![held(None, OrganizerRole::Judge)]);
        assert_eq!([None, Some("demo")].map(|season| server.role_in(season)), [Some(OrganizerRole::Judge); 2]);
        let season = account(vec![held(Some("demo"), OrganizerRole::Owner)]);
        let roles = [None, Some("demo"), Some("other")].map(|place| season.role_in(place));
        assert_eq!(roles, [None, Some(OrganizerRole::Owner), None]);
    }

    #[test]
    fn of_several_roles_the_highest_one_counts() {
        use OrganizerRole::{Judge, Observer, Owner};
        let both = account(vec![held(None, Judge), held(Some("demo"), Owner), held(Some("quiet"), Observer)]);
        assert_eq!(both.role_in(Some("demo")), Some(Owner));
        assert_eq!(both.role_in(Some("quiet")), Some(Judge), "a lower role in a season takes nothing away");
    }

    #[test]
    fn an_account_may_what_its_role_where_the_request_is_allows() {
        use OrganizerRole::{Judge, Observer, Organizer};
        let judge = || account(vec![held(Some("demo"), Judge)]);
        let there = judge().about(Some("demo"));
        assert!(there.organizer && there.may(Observer) && there.may(Judge) && !there.may(Organizer));
        let elsewhere = there.about(Some("other"));
        assert!(!elsewhere.organizer && !elsewhere.may(Observer), "what was counted before is forgotten");
        assert!(!judge().about(None).organizer);
    }
}
