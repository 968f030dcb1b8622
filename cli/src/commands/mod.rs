//! The commands: each reads its arguments, calls the API, and tells.

mod account;
mod check;
mod check_model;
mod evaluations;
mod leaderboard;
mod manual;
mod organizer;
mod organizers;
mod registration;
pub mod run;
mod season;
mod submissions;
mod submit;
mod team;
mod token;
mod watch;

pub use submissions::standing;

use std::path::{Path, PathBuf};

use holdout_scorer::Trust;

use crate::arguments::{Arguments, Command, GlobalArguments};
use crate::client::{Client, DEFAULT_SERVER, Identity, ServerUrl, StoredSession};
use crate::configuration::resolve;
use crate::console::Console;
use crate::credentials::CredentialStore;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::Settings;

/// What every command needs.
#[derive(Debug)]
pub struct Context {
    /// Flags of every command.
    pub global: GlobalArguments,
    /// The environment.
    pub environment: Environment,
    /// Where to speak.
    pub console: Console,
    /// Whose certificates are trusted.
    pub trust: Trust,
}

impl Context {
    /// The user's credentials.
    ///
    /// # Errors
    ///
    /// If no folder for them is known.
    pub fn credentials(&self) -> Result<CredentialStore, Failure> {
        let folder = self.environment.config_folder.clone();
        let nowhere = || Failure::usage("there is no place for credentials").advise("Set HOME or XDG_CONFIG_HOME.");
        folder.map(CredentialStore::new).ok_or_else(nowhere)
    }

    /// Where the state of uploads is kept.
    ///
    /// # Errors
    ///
    /// If no folder for it is known.
    pub fn state_folder(&self) -> Result<PathBuf, Failure> {
        let nowhere =
            || Failure::usage("there is no place for the state of uploads").advise("Set HOME or XDG_STATE_HOME.");
        self.environment.state_folder.clone().ok_or_else(nowhere)
    }

    /// What an operator has set: by file, then by variables.
    ///
    /// # Errors
    ///
    /// Names what cannot be used.
    pub fn settings(&self, file: Option<&Path>) -> Result<Settings, Failure> {
        Ok(resolve(file, self.environment.settings())?)
    }

    /// The server: by flag or HOLDOUT_SERVER, else the one last logged in to, else the one on this machine.
    ///
    /// # Errors
    ///
    /// If the stored address is not valid.
    pub fn server(&self) -> Result<ServerUrl, Failure> {
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

    /// A client for whoever runs the program.
    ///
    /// # Errors
    ///
    /// If credentials cannot be read.
    pub fn client(&self) -> Result<Client, Failure> {
        let server = self.server()?;
        let identity = match (&self.environment.token, self.credentials()) {
            (Some(token), _) => Identity::Token(token.clone()),
            (None, Ok(store)) => Identity::Session(StoredSession::new(store, server.clone())),
            (None, Err(_)) => Identity::Anonymous,
        };
        Ok(Client::new(server, identity, self.trust.clone()))
    }
}

/// Runs a command.
pub fn run(arguments: Arguments, environment: Environment) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    // Pages of the manual are for everybody. All else that commands write may hold test data or credentials.
    if !matches!(command, Command::Man { .. }) {
        holdout_server::keep_files_private();
    }
    let console = Console { logs: command.logs_json(), ..Console::new(global.json, global.quiet, &environment) };
    let trust = match &global.ca {
        Some(file) => Trust::only(file).map_err(|error| Failure::usage(format!("`--ca`: {error}")))?,
        None => Trust::default(),
    };
    let context = Context { global, environment, console, trust };
    match command {
        Command::Up(arguments) => run::up(&context, arguments),
        Command::Serve(arguments) => run::serve(&context, arguments),
        Command::Score(arguments) => run::score(&context, arguments),
        Command::Register(arguments) => account::register(&context, arguments),
        Command::Login(arguments) => account::login(&context, arguments),
        Command::Logout => account::logout(&context),
        Command::Whoami => account::whoami(&context),
        Command::Account(command) => organizer::accounts(&context, command),
        Command::Organizer(command) => organizers::run(&context, command),
        Command::Token(command) => token::run(&context, command),
        Command::Season(command) => season::run(&context, command),
        Command::Team(command) => team::run(&context, command),
        Command::Submit(arguments) => submit::run(&context, arguments),
        Command::Status(arguments) => submissions::status(&context, &arguments),
        Command::Cancel(argument) => submissions::cancel(&context, &argument),
        Command::Edit(arguments) => submissions::edit(&context, arguments),
        Command::Final { id, undo } => submissions::choose(&context, id, undo),
        Command::Submissions(arguments) => submissions::list(&context, &arguments),
        Command::Quota(arguments) => submissions::quota(&context, &arguments),
        Command::Leaderboard(arguments) => leaderboard::run(&context, &arguments),
        Command::Check(arguments) => check::run(&context, arguments),
        Command::ScorerToken(command) => organizer::scorer_tokens(&context, command),
        Command::Queue => organizer::queue(&context),
        Command::Evaluations(arguments) => evaluations::evaluations(&context, &arguments),
        Command::Scorers => evaluations::scorers(&context),
        Command::Requeue(argument) => organizer::requeue(&context, &argument),
        Command::Audit(arguments) => organizer::audit(&context, &arguments),
        Command::Completions { shell } => manual::completions(&context, shell),
        Command::Man { folder } => manual::pages(&context, &folder),
    }
}
