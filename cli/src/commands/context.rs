//! What every command needs.

#[cfg(any(test, feature = "host"))]
use std::path::Path;
use std::path::PathBuf;

use holdout_client::{ServerUrl, Trust};

use crate::arguments::GlobalArguments;
use crate::client::{Client, DEFAULT_SERVER, Identity, StoredSession};
use crate::console::Console;
use crate::credentials::CredentialStore;
use crate::environment::Environment;
use crate::failure::Failure;
#[cfg(feature = "host")]
use crate::host::{configuration::resolve, settings::Settings};

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
    #[cfg(feature = "host")]
    pub(crate) fn settings(&self, file: Option<&Path>) -> Result<Settings, Failure> {
        Ok(resolve(file, self.environment.settings())?)
    }

    /// Returns the server: by flag or HOLDOUT_SERVER, else the one last logged in to, else the one
    /// on this machine.
    ///
    /// # Errors
    ///
    /// If the address is not valid.
    pub(crate) fn server(&self) -> Result<ServerUrl, Failure> {
        if let Some(server) = &self.global.server {
            return Ok(server.clone());
        }
        if let Some(server) = &self.environment.server {
            return server.parse().map_err(|error| Failure::usage(format!("HOLDOUT_SERVER: {error}")));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn context(server: Option<&str>, folder: Option<&Path>, token: Option<&str>) -> Context {
        let server = server.map(|server| server.parse().unwrap());
        let mut environment = Environment::default();
        environment.config_folder = folder.map(Path::to_owned);
        environment.token = token.map(holdout_client::Secret::new);
        let console = Console::new(false, true, &environment);
        let global = GlobalArguments { server, ca: None, json: false, quiet: true };
        Context { global, environment, console, trust: Trust::default() }
    }

    #[test]
    fn a_server_that_is_named_goes_before_the_one_last_logged_in_to() {
        let folder = tempfile::tempdir().unwrap();
        let server = |named, folder| context(named, folder, None).server().unwrap().to_string();
        assert_eq!(server(None, Some(folder.path())), DEFAULT_SERVER, "nobody has logged in");
        let file = r#"{ "default_server": "http://last.example", "servers": {} }"#;
        std::fs::write(folder.path().join("credentials.json"), file).unwrap();
        assert_eq!(server(None, Some(folder.path())), "http://last.example");
        assert_eq!(server(Some("http://named.example"), Some(folder.path())), "http://named.example");
        assert_eq!(server(None, None), DEFAULT_SERVER);
    }

    #[test]
    fn a_stored_address_that_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = r#"{ "default_server": "ftp://last.example", "servers": {} }"#;
        std::fs::write(folder.path().join("credentials.json"), file).unwrap();
        let failure = context(None, Some(folder.path()), None).server().unwrap_err();
        assert!(failure.to_string().contains("`ftp://last.example` is not a server's address"), "{failure}");
        assert_eq!(failure.exit_code(), 2);
    }

    #[test]
    fn without_a_home_the_missing_place_is_named() {
        let context = context(None, None, None);
        assert!(
            context
                .credentials()
                .unwrap_err()
                .to_text()
                .contains("no place for credentials\nadvice: Set HOME or XDG_CONFIG_HOME.")
        );
        assert!(
            context
                .state_folder()
                .unwrap_err()
                .to_text()
                .contains("state of uploads\nadvice: Set HOME or XDG_STATE_HOME.")
        );
    }

    #[test]
    fn a_token_of_the_environment_goes_before_a_session() {
        let folder = tempfile::tempdir().unwrap();
        let identity = |folder, token| format!("{:?}", context(None, folder, token).client().unwrap());
        assert!(identity(Some(folder.path()), Some("hp_x")).contains("identity: Token((secret))"));
        assert!(identity(Some(folder.path()), None).contains("identity: Session("));
        assert!(identity(None, None).contains("identity: Anonymous"));
        let anonymous = format!("{:?}", context(None, Some(folder.path()), Some("hp_x")).anonymous().unwrap());
        assert!(anonymous.contains("identity: Anonymous"), "{anonymous}");
    }
}
