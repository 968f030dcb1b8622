//! Extractors that stand in a handler's signature.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use holdout_protocol::{ErrorCode, MemberRole, Reason, TeamId, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::callers::{Account, Caller, Captain, LeastRole, Member, Organizer, Participant, Scorer};
use super::credential::{
    API_TOKEN_PREFIX, SCORER_TOKEN_PREFIX, check_same_origin, credential, invalid_token, missing_credential,
};
use super::subject::Subject;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::load::whose;
use crate::organizers::{needs_role, needs_role_or_season};
use crate::secret;

/// Extracts `A`, which authorises, before `B`, the body, because callers without the right must
/// learn nothing about it.
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

fn app(request: &HttpRequest) -> Result<web::Data<App>> {
    request.app_data::<web::Data<App>>().cloned().ok_or_else(|| Error::internal("no application data"))
}

/// Returns who calls. From here on the work of the request is theirs.
async fn authenticate(request: &HttpRequest) -> Result<Option<Account>> {
    let found = account_of(request).await?;
    if let Some(account) = &found {
        whose::is_account(account.id);
    }
    Ok(found)
}

async fn account_of(request: &HttpRequest) -> Result<Option<Account>> {
    let Some(token) = credential(request)? else { return Ok(None) };
    let app = app(request)?;
    if token.starts_with(SCORER_TOKEN_PREFIX) {
        return Err(Error::forbidden(
            "a scorer token is for the routes of scorers alone; log in, or send an API token of a person",
        )
        .because(Reason::TokenUnfit, json!({})));
    }
    let (now, subject) = (Timestamp::now(), Subject::of_request(request));
    if token.starts_with(API_TOKEN_PREFIX) {
        let hash = secret::digest(&token);
        let found = app.db.read(move |conn| {
            let Some((token, account, stale)) = db::logins::account_of_token(conn, hash, now)? else { return Ok(None) };
            Ok(Some((token, subject.apply(conn, account)?, stale)))
        });
        let Some((token_id, account, stale)) = found.await? else { return Err(invalid_token(&token)) };
        // The time of last use helps the owner. A reader is not refused if it cannot be written.
        if stale && let Err(error) = app.db.write(move |conn| db::tokens::touch(conn, token_id, now)).await {
            tracing::warn!(%error, "cannot note that an API token was used");
        }
        return Ok(Some(account));
    }
    let (account, session) = app.keys.verify(&token)?;
    let found = app.db.read(move |conn| {
        let found = db::logins::account_of_session(conn, account, session, now)?;
        found.map(|account| subject.apply(conn, account)).transpose()
    });
    found.await?.map(Some).ok_or_else(|| invalid_token(&token))
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
    let Some(place) = db::memberships::find(conn, season.id, account.id)? else { return Ok(None) };
    let team = db::teams::by_reference(conn, season.id, reference)?;
    let team = team.ok_or_else(|| Error::not_found("team", reference))?;
    Ok(Some(team).filter(|team| team.id == place.team && place.role == MemberRole::Captain))
}

/// The team of an account in the season in the path; if it has none, why it is refused.
///
/// # Errors
/// `not_found` if there is no such season. To others than organizers, a draft is not there.
async fn membership(request: &HttpRequest, account: &Account) -> Result<std::result::Result<TeamId, Error>> {
    let slug = request.match_info().get("season").unwrap_or_default().to_owned();
    let (account, drafts) = (account.id, account.organizer);
    let look = move |conn: &mut Conn| {
        let season = db::seasons::find(conn, &slug)?;
        if season.draft && !drafts {
            return Err(Error::not_found("season", &slug));
        }
        let place = db::memberships::find(conn, season.id, account)?;
        Ok(place.map(|place| place.team).ok_or_else(|| no_member(season.is_over(Timestamp::now()))))
    };
    app(request)?.db.read(look).await
}

/// A refusal of somebody without a team in a season. Nobody joins one that is over.
fn no_member(is_over: bool) -> Error {
    let message = if is_over {
        "only members of a team of this season may do this, and the season is over"
    } else {
        "only members of a team of this season may do this; create or join a team"
    };
    Error::forbidden(message).because(Reason::MembersOnly, json!({}))
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
        // What another site sends in a browser's name is refused whatever it holds.
        check_same_origin(&request).map(|()| Caller(None))
    }
    outcome => outcome.map(Caller),
});
extractor!(Account, |request| authenticate(&request).await?.ok_or_else(missing_credential));

impl<Least: LeastRole> FromRequest for Organizer<Least> {
    type Error = Error;
    type Future = Extraction<Self>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let account = authenticate(&request).await?.ok_or_else(missing_credential)?;
            let somewhere = Least::SOMEWHERE && account.roles.iter().any(|held| held.role >= Least::ROLE);
            if account.may(Least::ROLE) || somewhere {
                return Ok(Self(account, PhantomData));
            }
            if account.roles.is_empty() {
                return Err(Error::forbidden("only organizers may do this").because(Reason::OrganizersOnly, json!({})));
            }
            if Subject::could_name_season(&request) {
                return Err(needs_role_or_season(Least::ROLE));
            }
            // A season that the request does not name is not named to those who have no role in it.
            let found = account.season.as_deref().filter(|_| account.organizer);
            Err(needs_role(Least::ROLE, request.match_info().get("season").or(found)))
        })
    }
}

extractor!(Member, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing_credential)?;
    let team = membership(&request, &account).await??;
    Ok(Member { account, team })
});
extractor!(Participant, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing_credential)?;
    let team = match membership(&request, &account).await? {
        Ok(team) => Some(team),
        Err(_) if account.organizer => None,
        Err(refused) => return Err(refused),
    };
    Ok(Participant { account, team })
});
extractor!(Captain, |request| {
    let account = authenticate(&request).await?.ok_or_else(missing_credential)?;
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
    let token = credential(&request)?.ok_or_else(missing_credential)?;
    if !token.starts_with(SCORER_TOKEN_PREFIX) {
        return Err(Error::forbidden("only scorers may do this: send a scorer token, which begins with `hs_`")
            .because(Reason::TokenUnfit, json!({})));
    }
    let (app, hash) = (app(&request)?, secret::digest(&token));
    let found = app.db.read(move |conn| db::scorer_tokens::token_of(conn, hash)).await?;
    let scorer = found.map(|token| Scorer { token }).ok_or_else(|| invalid_token(&token))?;
    whose::is_server();
    Ok(scorer)
});
