//! What every command needs.

use std::path::{Path, PathBuf};

use holdout_client::{ServerUrl, Trust};

use crate::arguments::GlobalArguments;
use crate::client::{Client, DEFAULT_SERVER, Identity, StoredSession};
use crate::configuration::resolve;
use crate::console::Console;
use crate::credentials::CredentialStore;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::Settings;

/// What every command needs.
#[derive(Debug)]
pub(crate) struct Context {
    /// Flags of every command.
    pub(crate) global: GlobalArguments,
    /// The environment.
    pub(crate) environment: Environment,
    /// Where to speak.
    pub(crate) console: Console,
    /// Whose certificates are trusted.
    pub(crate) trust: Trust,
}

impl Context {
    /// Returns the user's credentials.
    ///
    /// # Errors
    ///
    /// If no folder for them is known.
    pub(crate) fn credentials(&self) -> Result<CredentialStore, Failure> {
        let folder = self.environment.config_folder.clone();
        let nowhere = || Failure::usage("there is no place for credentials").advise("Set HOME or XDG_CONFIG_HOME.");
        folder.map(CredentialStore::new).ok_or_else(nowhere)
    }

    /// Returns where the state of uploads is kept.
    ///
    /// # Errors
    ///
    /// If no folder for it is known.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, Failure> {
        let nowhere =
            || Failure::usage("there is no place for the state of uploads").advise("Set HOME or XDG_STATE_HOME.");
        self.environment.state_folder.clone().ok_or_else(nowhere)
    }

    /// Returns what an operator has set: by file, then by variables.
    ///
    /// # Errors
    ///
    /// Names what cannot be used.
    pub(crate) fn settings(&self, file: Option<&Path>) -> Result<Settings, Failure> {
        Ok(resolve(file, self.environment.settings())?)
    }

    /// Returns the server: by flag or HOLDOUT_SERVER, else the one last logged in to, else the one
    /// on this machine.
    ///
    /// # Errors
    ///
    /// If the stored address is not valid.
    pub(crate) fn server(&self) -> Result<ServerUrl, Failure> {
        if let Some(server) = &self.global.server {
            return Ok(server.clone());
        }
        let stored = match self.credentials() {
            Ok(store) => store.default_server()?,
            Err(_) => None,
        };
        let text = stored.unwrap_or_else(|| DEFAULT_SERVER.to_owned());
        text.parse().map_err(|error| Failure::usage(format!("{error}")))
    }

    /// Returns a client for whoever runs the program.
    ///
    /// # Errors
    ///
    /// If credentials cannot be read.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let server = self.server()?;
        let identity = match (&self.environment.token, self.credentials()) {
            (Some(token), _) => Identity::Token(token.clone()),
            (None, Ok(store)) => Identity::Session(StoredSession::new(store, server.clone())),
            (None, Err(_)) => Identity::Anonymous,
        };
        Ok(Client::new(server, identity, self.trust.clone()))
    }

    /// Returns a client that sends no credentials, for what works without a login.
    ///
    /// # Errors
    ///
    /// If the stored address is not valid.
    pub(crate) fn anonymous(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.server()?, Identity::Anonymous, self.trust.clone()))
    }
}
