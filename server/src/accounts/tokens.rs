//! Personal API tokens.

use holdout_protocol::{
    AccountId, ApiToken, ApiTokenId, CreatedApiToken, ErrorCode, NewApiToken, Page, PageQuery, Reason, Timestamp,
    limits,
};
use serde_json::json;

use crate::app::App;
use crate::auth::{API_TOKEN_PREFIX, Account};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::rates::{self, Rate};
use crate::{audit, db, secret};

/// Days of a token's life if the request does not say.
const DEFAULT_DAYS: u32 = 90;

/// A new secret of a personal API token.
#[must_use]
pub fn new_secret() -> String {
    format!("{API_TOKEN_PREFIX}{}", secret::random())
}

/// Makes a token; its secret is in the answer only. The secret is not remembered with the key of
/// the request either: a repetition gives the same token a new secret, and the earlier one is no
/// longer valid. A token that is made with another one ends with it at the latest.
///
/// # Errors
/// `invalid_value`, `idempotency_mismatch`; `wrong_state` if the request is repeated after the
/// token was deleted.
pub async fn create(
    app: &App,
    account: &Account,
    key: IdempotencyKey,
    request: NewApiToken,
) -> Result<CreatedApiToken> {
    let (parent, account) = (account.token, account.id);
    let name = super::checked_name("name", &request.name)?;
    let life = secret::life(request.days, DEFAULT_DAYS, &limits::TOKEN_DAYS, "a token")?;
    let once = IdempotentRequest::new(Some(account), key, "create_api_token", &request)?;
    let (secret, id, created_at) = (new_secret(), ApiTokenId::new(), Timestamp::now());
    let hash = secret::digest(&secret);
    let mut new = ApiToken { id, name, created_at, expires_at: created_at.plus(life), last_used_at: None };
    let (rates, most) = (app.config.rates.clone(), app.config.limits.tokens_per_account);
    let token = write_once(&app.db, once, move |conn| {
        rates::spend_in(conn, &rates, &Rate::Secrets(account), created_at)?;
        check_count(db::tokens::count(conn, account)?, most)?;
        // A token that ends tomorrow must not make one that ends in a year.
        if let Some(ends) = parent.map(|parent| db::tokens::expiry(conn, parent)).transpose()?.flatten() {
            new.expires_at = new.expires_at.min(ends);
        }
        db::tokens::insert(conn, account, &new, parent, hash)?;
        let detail = json!({ "name": new.name, "expires_at": new.expires_at });
        audit::record(conn, Some(account), "api_token.create", &new.id.to_string(), &detail)?;
        Ok(new)
    })
    .await?;
    let old = token.id;
    if old != id && !app.db.write(move |conn| db::tokens::replace_hash(conn, account, old, hash)).await? {
        return Err(Error::refused(ErrorCode::WrongState, "the token that this request made was deleted since")
            .because(Reason::UsedSince, json!({})));
    }
    Ok(CreatedApiToken { token, secret })
}

fn check_count(count: u32, most: u32) -> Result<()> {
    if count < most {
        return Ok(());
    }
    let message =
        format!("you have {count} API tokens, expired ones included, and at most {most} are allowed; delete one");
    Err(Error::refused(ErrorCode::WrongState, message)
        .because(Reason::TokensFull, json!({ "count": count, "limit": most })))
}

/// A page of an account's tokens, newest first.
pub async fn list_tokens(app: &App, account: AccountId, query: PageQuery) -> Result<Page<ApiToken>> {
    app.db.read(move |conn| db::tokens::page(conn, account, &query)).await
}

/// Deletes a token of the account, and with it all sessions and tokens that were made with it.
///
/// # Errors
/// `not_found`.
pub async fn delete(app: &App, account: AccountId, token: ApiTokenId) -> Result<()> {
    app.db
        .write(move |conn| {
            if !db::tokens::delete(conn, account, token)? {
                return Err(Error::not_found("API token", token));
            }
            audit::record(conn, Some(account), "api_token.delete", &token.to_string(), &json!({}))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::refusal;

    #[test]
    fn an_account_has_only_so_many_tokens() {
        check_count(1, 2).unwrap();
        let (reason, message) = refusal(check_count(2, 2));
        assert_eq!(reason, Some(Reason::TokensFull));
        assert!(message.starts_with("you have 2 API tokens, expired ones included, and at most 2"), "{message}");
    }
}
