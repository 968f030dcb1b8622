//! Accounts, sessions, personal tokens.

use holdout_client::{Method, json_call};
use holdout_protocol::{
    Account, AccountChanges, AccountDeletion, ApiToken, ApiTokenId, CreatedApiToken, Me, NewAccount, NewApiToken,
    NewSession, PasswordChange, Session, SessionId, SessionTokens,
};

use super::fresh_key;
use crate::client::exchange::to_json;
use crate::client::{Client, ClientError};

impl Client {
    pub(crate) fn create_account(&self, account: &NewAccount) -> Result<Account, ClientError> {
        let bytes = to_json(account)?;
        self.send_json(&json_call(Method::POST, "/accounts", &bytes).key(&fresh_key()).anonymous())
    }

    pub(crate) fn create_session(&self, login: &NewSession) -> Result<SessionTokens, ClientError> {
        let bytes = to_json(login)?;
        // No key: the answer holds tokens, which a server should not keep to give out again.
        self.send_json(&json_call(Method::POST, "/sessions", &bytes).anonymous())
    }

    pub(crate) fn end_session(&self) -> Result<(), ClientError> {
        self.delete("/sessions".to_owned())
    }

    pub(crate) fn me(&self) -> Result<Me, ClientError> {
        self.get("/me")
    }

    /// Changes the name of the caller's account.
    pub(crate) fn rename(&self, changes: &AccountChanges) -> Result<Me, ClientError> {
        self.change(Method::PATCH, "/me".to_owned(), changes)
    }

    /// Deletes the caller's account. It is not repeated if it may have arrived: nobody would be
    /// logged in by then.
    pub(crate) fn delete_account(&self, request: &AccountDeletion) -> Result<(), ClientError> {
        let bytes = to_json(request)?;
        self.send(&json_call(Method::POST, "/me/deletion", &bytes).repeatable(false)).map(drop)
    }

    /// Changes the caller's password. It is not repeated if it may have arrived: the present
    /// password would be another one by then, and the answer that it is wrong.
    pub(crate) fn change_password(&self, change: &PasswordChange) -> Result<(), ClientError> {
        let bytes = to_json(change)?;
        self.send(&json_call(Method::PUT, "/me/password", &bytes).repeatable(false)).map(drop)
    }

    pub(crate) fn sessions(&self) -> Result<Vec<Session>, ClientError> {
        self.list("/me/sessions", None)
    }

    /// Ends a session of the caller.
    pub(crate) fn end_own_session(&self, id: SessionId) -> Result<(), ClientError> {
        self.delete(format!("/me/sessions/{id}"))
    }

    /// Ends all sessions of the caller but this one.
    pub(crate) fn end_other_sessions(&self) -> Result<(), ClientError> {
        self.delete("/me/sessions".to_owned())
    }

    /// What the caller has at the server, as JSON.
    pub(crate) fn own_data(&self) -> Result<Vec<u8>, ClientError> {
        self.get_bytes("/me/data".to_owned())
    }

    pub(crate) fn tokens(&self) -> Result<Vec<ApiToken>, ClientError> {
        self.list("/me/tokens", None)
    }

    /// Makes a personal token.
    pub(crate) fn create_token(&self, token: &NewApiToken) -> Result<CreatedApiToken, ClientError> {
        self.create("/me/tokens", token)
    }

    /// Revokes a personal token.
    pub(crate) fn revoke_token(&self, id: ApiTokenId) -> Result<(), ClientError> {
        self.delete(format!("/me/tokens/{id}"))
    }
}
