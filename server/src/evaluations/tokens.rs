//! Tokens that let scorers claim work.

use holdout_protocol::limits::NAME;
use holdout_protocol::{
    AccountId, CreatedScorerToken, ErrorCode, NewScorerToken, Page, PageQuery, Reason, ScorerToken, ScorerTokenId,
    Timestamp, is_name,
};
use serde_json::json;

use crate::app::App;
use crate::auth::SCORER_TOKEN_PREFIX;
use crate::db;
use crate::error::{Error, Result};
use crate::idempotency::{self, IdempotencyKey, IdempotentRequest};
use crate::{audit, secret};

/// Makes a token. A request sent again gets the same token with a new secret, and the earlier one
/// is no longer valid: a secret is not kept, so that it cannot be told twice.
///
/// # Errors
/// `invalid_value` for a name outside its bounds.
pub async fn create(
    app: &App,
    organizer: AccountId,
    key: IdempotencyKey,
    new: NewScorerToken,
) -> Result<CreatedScorerToken> {
    let length = new.name.chars().count();
    if !(1..=NAME).contains(&length) || !is_name(&new.name) {
        let message = format!("`name` takes 1 to {NAME} characters without control characters and invisible ones");
        return Err(Error::invalid("name", message).because(Reason::TextRequired, json!({ "most": NAME })));
    }
    let once = IdempotentRequest::new(Some(organizer), key, "create_scorer_token", &new)?;
    let made = ScorerToken { id: ScorerTokenId::new(), name: new.name, created_at: Timestamp::now(), revoked_at: None };
    let (secret, first) = (new_secret(), new_secret());
    let (id, hash) = (made.id, secret::digest(&first));
    let token = idempotency::write_once(&app.db, once, move |conn| {
        db::scorer_tokens::insert(conn, &made, hash)?;
        audit::record(
            conn,
            Some(organizer),
            "scorer_token.create",
            &made.id.to_string(),
            &json!({ "name": made.name }),
        )?;
        Ok(made)
    })
    .await?;
    if token.id == id {
        return Ok(CreatedScorerToken { token, secret: first });
    }
    let (known, hash) = (token.id, secret::digest(&secret));
    if !app.db.write(move |conn| db::scorer_tokens::replace_hash(conn, known, hash)).await? {
        return Err(Error::refused(ErrorCode::WrongState, "the token that this request made was revoked")
            .because(Reason::UsedSince, json!({})));
    }
    Ok(CreatedScorerToken { token, secret })
}

fn new_secret() -> String {
    format!("{SCORER_TOKEN_PREFIX}{}", secret::random())
}

/// A page of the tokens, newest first.
pub async fn list_tokens(app: &App, query: PageQuery) -> Result<Page<ScorerToken>> {
    app.db.read(move |conn| db::scorer_tokens::page(conn, &query)).await
}

/// Revokes a token: its scorers can neither claim nor report any more.
///
/// # Errors
/// `not_found` if no valid token has this id.
pub async fn revoke(app: &App, organizer: AccountId, id: ScorerTokenId) -> Result<()> {
    app.db
        .write(move |conn| {
            if !db::scorer_tokens::revoke(conn, id, Timestamp::now())? {
                return Err(Error::not_found("scorer token", id));
            }
            audit::record(conn, Some(organizer), "scorer_token.revoke", &id.to_string(), &json!({}))
        })
        .await
}
