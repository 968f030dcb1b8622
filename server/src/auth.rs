//! Who is calling: extractors that stand in a handler's signature.
//!
//! [`Caller`] is anyone, [`Account`] is logged in, [`Organizer`] runs seasons, [`Member`] belongs to a team of the season
//! in the path, [`Captain`] leads the team in the path, [`Scorer`] holds a scorer token. A handler has no other way to learn who calls.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use holdout_protocol::{
    AccountId, ApiTokenId, ErrorCode, MemberRole, Reason, ScorerTokenId, SessionId, TeamId, Timestamp,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::secret;

/// The cookie with a browser's access token.
pub const ACCESS_COOKIE: &str = "holdout_access";
/// The cookie with a browser's refresh token.
pub const REFRESH_COOKIE: &str = "holdout_refresh";
/// Personal API tokens begin so.
pub const API_TOKEN_PREFIX: &str = "hp_";
/// Scorer tokens begin so.
pub const SCORER_TOKEN_PREFIX: &str = "hs_";

/// The key that signs access tokens; one for all servers on a database.
pub struct AccessKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: AccountId,
    sid: SessionId,
    exp: u64,
}

impl AccessKeys {
    /// The keys made from a secret.
    pub fn new(secret: &[u8]) -> Self {
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }

    /// A JWT for this session, and when it ends.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign(&self, account: AccountId, session: SessionId, life: Duration) -> Result<(String, Timestamp)> {
        let expires = Timestamp::now().plus(life);
        let exp = u64::try_from(expires.as_micros() / 1_000_000).unwrap_or(0);
        let claims = Claims { sub: account, sid: session, exp };
        let token =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)?;
        Ok((token, expires))
    }

    fn verify(&self, token: &str) -> Result<(AccountId, SessionId)> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| expired())?;
        Ok((data.claims.sub, data.claims.sid))
    }
}

fn expired() -> Error {
    Error::refused(
        ErrorCode::Unauthenticated,
        "the access token has ended or does not hold; log in again or refresh it",
    )
}

fn missing() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "this needs a login: send `Authorization: Bearer TOKEN`")
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// E-mail address.
    pub email: String,
    /// Whether it runs seasons.
    pub organizer: bool,
    /// The session, if the caller came with one and not with an API token.
    pub session: Option<SessionId>,
    /// The API token that the caller holds, or that the session was begun with.
    pub token: Option<ApiTokenId>,
}

/// Any caller, logged in or not. An invalid `Bearer` token is refused; an invalid cookie is ignored, because browsers send
/// it without being asked.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Account>);

impl Caller {
    /// Whether the caller runs seasons.
    pub fn is_organizer(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.organizer)
    }
}

/// Somebody who runs seasons.
#[derive(Debug, Clone)]
pub struct Organizer(pub Account);

/// Somebody who belongs to a team of the season in the path.
#[derive(Debug, Clone)]
pub struct Member {
    /// The person.
    pub account: Account,
    /// Their team in this season.
    pub team: TeamId,
}

/// Somebody who takes part in the season in the path, as a member of one of its teams or as an organizer.
#[derive(Debug, Clone)]
pub struct Participant {
    /// The person.
    pub account: Account,
    /// Their team in this season; organizers may have none.
    pub team: Option<TeamId>,
}

/// A right and a body, which is looked at only after the right is there: who may not call learns nothing else.
#[derive(Debug)]
pub struct After<A, B>(pub A, pub B);

impl<A, B> FromRequest for After<A, B>
where
    A: FromRequest + 'static,
    B: FromRequest + 'static,
{
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let right = A::from_request(&request, &mut Payload::None).await.map_err(Into::into)?;
            let body = B::from_request(&request, &mut payload).await.map_err(Into::into)?;
            Ok(Self(right, body))
        })
    }
}

/// The captain of the team in the path.
#[derive(Debug, Clone)]
pub struct Captain {
    /// The person.
    pub account: Account,
    /// Their team, which is the one in the path.
    pub team: db::teams::Team,
}

/// A scorer.
#[derive(Debug, Clone)]
pub struct Scorer {
    /// The token it holds.
    pub token: ScorerTokenId,
}

/// The credential of a request: the header goes before the cookie.
pub fn credential(request: &HttpRequest) -> Result<Option<String>> {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        let text = value.to_str().map_err(|_| missing())?;
        // The name of a scheme is case-insensitive (RFC 9110, 11.1).
        let (scheme, token) = text.split_once(' ').ok_or_else(missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(missing());
        }
        return Ok(Some(token.trim().to_owned()));
    }
    cookie(request, ACCESS_COOKIE)
}

/// The value of a cookie that stands for a person. `SameSite=Strict` keeps other sites from sending it; if a browser
/// says that another site sends a change anyway, it is refused.
///
/// # Errors
/// `forbidden`.
pub fn cookie(request: &HttpRequest, name: &str) -> Result<Option<String>> {
    let Some(cookie) = request.cookie(name) else { return Ok(None) };
    check_same_origin(request)?;
    Ok(Some(cookie.value().to_owned()))
}

/// Refuses a change that a browser sends for another site's page.
///
/// # Errors
/// `forbidden`.
pub fn check_same_origin(request: &HttpRequest) -> Result<()> {
    let site = request.headers().get("sec-fetch-site");
    let own = site.is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    if own || request.method().is_safe() {
        return Ok(());
    }
    Err(Error::forbidden("a page of another site cannot act for you here"))
}

fn app(request: &HttpRequest) -> Result<web::Data<App>> {
    request.app_data::<web::Data<App>>().cloned().ok_or_else(|| Error::internal("no application data"))
}

async fn authenticate(request: &HttpRequest) -> Result<Option<Account>> {
    let Some(token) = credential(request)? else { return Ok(None) };
    let app = app(request)?;
    if token.starts_with(SCORER_TOKEN_PREFIX) {
        return Err(Error::forbidden("a scorer token is good for the routes of scorers only"));
    }
    let now = Timestamp::now();
    if token.starts_with(API_TOKEN_PREFIX) {
        let hash = secret::digest(&token);
        let found = app.db.read(move |conn| db::tokens::account_of(conn, hash, now)).await?;
        let Some((token_id, account, stale)) = found else { return Err(expired()) };
        if stale {
            app.db.write(move |conn| db::tokens::touch(conn, token_id, now)).await?;
        }
        return Ok(Some(account));
    }
    let (account, session) = app.keys.verify(&token)?;
    let found = app.db.read(move |conn| db::sessions::account_of(conn, account, session, now)).await?;
    found.map(Some).ok_or_else(expired)
}

/// What the path of a captain's request names.
#[derive(Deserialize)]
struct TeamPath {
    season: String,
    team: String,
}

/// The team in the path, if this person is its captain.
fn captained(conn: &mut Conn, season: &str, reference: &str, account: &Account) -> Result<Option<db::teams::Team>> {
    let season = db::seasons::find(conn, season)?;
    // To others than organizers, a draft is not there.
    if season.draft && !account.organizer {
        return Err(Error::not_found("season", &season.slug));
    }
    let Some(place) = db::teams::membership(conn, season.id, account.id)? else { return Ok(None) };
    let team = db::teams::by_reference(conn, season.id, reference)?;
    let team = team.ok_or_else(|| Error::not_found("team", reference))?;
    Ok(Some(team).filter(|team| team.id == place.team && place.role == MemberRole::Captain))
}

/// The team of an account in the season in the path. In a draft only organizers have one.
async fn membership(request: &HttpRequest, account: &Account) -> Result<Option<(TeamId, MemberRole)>> {
    let season = request.match_info().get("season").unwrap_or_default().to_owned();
    let (account, drafts) = (account.id, account.organizer);
    app(request)?.db.read(move |conn| db::teams::membership_in(conn, &season, account, drafts)).await
}

fn no_member() -> Error {
    Error::forbidden("only members of a team of this season may do this; create or join a team")
        .because(Reason::MembersOnly, json!({}))
}

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

macro_rules! extractor {
    ($type:ty, |$request:ident| $body:expr) => {
        impl FromRequest for $type {
            type Error = Error;
            type Future = Extraction<Self>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let $request = request.clone();
                Box::pin(async move { $body })
            }
        }
    };
}

extractor!(Caller, |request| match authenticate(&request).await {
    Err(Error::Refused { code: ErrorCode::Unauthenticated | ErrorCode::Forbidden, .. })
        if !request.headers().contains_key(AUTHORIZATION) =>
    {
        // Not what another site sends in a browser's name, which is refused without a look at what it holds.
        check_same_origin(&request).map(|()| Caller(None))
    }
    outcome => outcome.map(Caller),
});
extractor!(Account, |request| authenticate(&request).await?.ok_or_else(missing));
extractor!(Organizer, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing)?;
    if account.organizer {
        Ok(Organizer(account))
    } else {
        Err(Error::forbidden("only organizers may do this").because(Reason::OrganizersOnly, json!({})))
    }
});
extractor!(Member, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing)?;
    let (team, _) = membership(&request, &account).await?.ok_or_else(no_member)?;
    Ok(Member { account, team })
});
extractor!(Participant, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing)?;
    let team = membership(&request, &account).await?.map(|(team, _)| team);
    if team.is_none() && !account.organizer {
        return Err(no_member());
    }
    Ok(Participant { account, team })
});
extractor!(Captain, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing)?;
    let path = web::Path::<TeamPath>::extract(&request).into_inner();
    let TeamPath { season, team } = path.map_err(Error::internal)?.into_inner();
    let (app, caller) = (app(&request)?, account.clone());
    let found = app.db.read(move |conn| captained(conn, &season, &team, &caller)).await?;
    let team = found.ok_or_else(|| {
        Error::forbidden("only the captain of the team may do this").because(Reason::CaptainOnly, json!({}))
    })?;
    Ok(Captain { account, team })
});
extractor!(Scorer, |request| {
    let token = credential(&request)?.ok_or_else(missing)?;
    if !token.starts_with(SCORER_TOKEN_PREFIX) {
        return Err(Error::forbidden("this needs a scorer token"));
    }
    let (app, hash) = (app(&request)?, secret::digest(&token));
    let found = app.db.read(move |conn| db::scorer_tokens::token_of(conn, hash)).await?;
    found.map(|token| Scorer { token }).ok_or_else(expired)
});
