//! Who the client is, and how a session's access token stays fresh.
//!
//! A refresh token works once; using it twice ends the session. So the refresh happens under a lock
//! that all processes of the user share, what another process refreshed meanwhile is used instead,
//! and the new tokens are on disk before the first call with them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdout_client::{Secret, ServerUrl, TransportError};
use holdout_protocol::{SessionTokens, Timestamp};

use super::ClientError;
use crate::credentials::{CredentialStore, Credentials};

/// An access token that ends so soon is not used any more.
const MARGIN: Duration = Duration::from_secs(20);

/// Who the client is.
#[derive(Debug)]
pub(crate) enum Identity {
    Anonymous,
    /// The owner of a personal or scorer token.
    Token(Secret),
    /// Who logged in on this machine.
    Session(StoredSession),
}

/// A session whose tokens are kept in the user's credentials.
#[derive(Debug)]
pub(crate) struct StoredSession {
    store: CredentialStore,
    server: ServerUrl,
    present: Mutex<Option<Secret>>,
}

impl StoredSession {
    /// The session at `server`, if there is one in `store`.
    #[must_use]
    pub(crate) const fn new(store: CredentialStore, server: ServerUrl) -> Self {
        Self { store, server, present: Mutex::new(None) }
    }

    /// Returns the access token to use, refreshed before if it has ended; `None` if nobody is
    /// logged in.
    ///
    /// # Errors
    ///
    /// If credentials cannot be read or written, or the refresh fails.
    pub(crate) fn access_token(
        &self,
        refresh: impl Fn(&Secret) -> Result<SessionTokens, ClientError>,
    ) -> Result<Option<Secret>, ClientError> {
        if let Some(token) = self.present() {
            return Ok(Some(token));
        }
        let Some(stored) = self.store.of(&self.server)? else { return Ok(None) };
        if stored.access_expires_at > Timestamp::now().plus(MARGIN) {
            let token = Secret::new(&stored.access_token);
            self.keep(&token);
            return Ok(Some(token));
        }
        self.replace(&Secret::new(&stored.access_token), refresh).map(Some)
    }

    /// Returns a token other than `rejected`, which the server does not accept any more.
    ///
    /// # Errors
    ///
    /// If credentials cannot be read or written, or the session has ended.
    pub(crate) fn replace(
        &self,
        rejected: &Secret,
        refresh: impl Fn(&Secret) -> Result<SessionTokens, ClientError>,
    ) -> Result<Secret, ClientError> {
        let mut locked = self.store.lock()?;
        let Some(stored) = locked.of(&self.server) else {
            return Err(self.ended("somebody logged out"));
        };
        if stored.access_token != rejected.reveal() {
            let token = Secret::new(&stored.access_token);
            self.keep(&token);
            return Ok(token);
        }
        let (email, refresh_token) = (stored.email.clone(), Secret::new(&stored.refresh_token));
        let tokens = refresh(&refresh_token).map_err(|error| self.explain(error))?;
        let fresh = Credentials::of_session(&email, &tokens).ok_or_else(|| self.ended("the server sent no tokens"))?;
        let token = Secret::new(&fresh.access_token);
        locked.put(&self.server, fresh);
        locked.save()?;
        self.keep(&token);
        Ok(token)
    }

    /// Returns the error of a call that needs a login, which this server does not have.
    pub(crate) fn missing(&self) -> ClientError {
        let elsewhere = self.store.servers().unwrap_or_default();
        ClientError::NotLoggedIn { server: self.server.to_string(), elsewhere }
    }

    fn explain(&self, error: ClientError) -> ClientError {
        match error {
            ClientError::Transport(TransportError::Api(refusal)) if refusal.status == 401 => {
                self.ended(&refusal.message)
            }
            other => other,
        }
    }

    fn ended(&self, cause: &str) -> ClientError {
        ClientError::Session { server: self.server.to_string(), cause: cause.to_owned() }
    }

    fn present(&self) -> Option<Secret> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, token: &Secret) {
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
    }
}

#[cfg(test)]
mod tests;
