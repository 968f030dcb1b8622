//! `register`, `login`, `logout`, `whoami`.

use clap::Args;
use holdout_client::{Secret, ServerUrl};
use holdout_protocol::{Account, ErrorCode, MemberRole, NewAccount, NewSession};

use super::context::Context;
use super::organizers::described;
use super::passwords::{PasswordArguments, warn_of_the_open_network};
use crate::client::{Client, Identity, StoredSession};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::text::visible;

/// `register`.
#[derive(Debug, Args)]
pub(crate) struct RegisterArguments {
    /// E-mail address; asked for if omitted.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Your name; asked for if omitted.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Password.
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

/// `login`.
#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// E-mail address; asked for if omitted.
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Password.
    #[command(flatten)]
    pub(crate) password: PasswordArguments,
}

pub(crate) fn register(context: &Context, arguments: RegisterArguments) -> Result<(), Failure> {
    let (server, console) = (context.server()?, context.console);
    warn_of_the_open_network(context, &server);
    let email = given_or_asked(context, arguments.email, "E-mail address:", "--email")?;
    let name = given_or_asked(context, arguments.name, "Your name:", "--name")?;
    let password = arguments.password.chosen(console)?;
    let client = Client::new(server.clone(), Identity::Anonymous, context.trust.clone());
    let account = NewAccount { email: email.clone(), name, password: password.reveal().to_owned() };
    client.create_account(&account)?;
    let account = open_session(context, &server, &email, &password)?;
    console.data(&account)?;
    console.say(format!("Welcome, {}. You are logged in at {server}.", visible(&account.name)))
}

pub(crate) fn login(context: &Context, arguments: LoginArguments) -> Result<(), Failure> {
    let (server, console) = (context.server()?, context.console);
    warn_of_the_open_network(context, &server);
    let email = given_or_asked(context, arguments.email, "E-mail address:", "--email")?;
    let password = arguments.password.present(console, "Password:")?;
    let account = open_session(context, &server, &email, &password)?;
    console.data(&account)?;
    console.say(format!("Logged in at {server} as {}.", visible(&account.name)))
}

fn open_session(context: &Context, server: &ServerUrl, email: &str, password: &Secret) -> Result<Account, Failure> {
    let store = context.credentials()?;
    let client = Client::new(server.clone(), Identity::Anonymous, context.trust.clone());
    let (email_given, password) = (Some(email.to_owned()), Some(password.reveal().to_owned()));
    let login = NewSession { email: email_given, password, ..NewSession::default() };
    let tokens = client.create_session(&login)?;
    let no_tokens = || Failure::refused("invalid_body", format!("{server} sent no tokens"));
    let credentials = Credentials::of_session(email, &tokens).ok_or_else(no_tokens)?;
    let mut locked = store.lock()?;
    let before = locked.of(server).map(|before| before.email.clone()).filter(|before| before != email);
    locked.put(server, credentials);
    locked.save()?;
    if let Some(before) = before {
        context.console.remark(format!("note: this takes the place of your session as {}", visible(&before)));
    }
    if context.environment.token.is_some() {
        context.console.remark("note: HOLDOUT_TOKEN is set and is used instead of this session");
    }
    Ok(tokens.account)
}

/// Forgets the session at the server on this machine.
pub(super) fn forget_session(context: &Context) -> Result<(), Failure> {
    let mut locked = context.credentials()?.lock()?;
    locked.remove(&context.server()?);
    Ok(locked.save()?)
}

pub(crate) fn logout(context: &Context) -> Result<(), Failure> {
    let (server, store, console) = (context.server()?, context.credentials()?, context.console);
    if store.of(&server)?.is_none() {
        console.data(&serde_json::json!({ "server": server.as_str(), "logged_out": false }))?;
        let elsewhere = store.servers()?;
        if !elsewhere.is_empty() {
            console
                .remark(format!("you are logged in at {}: add `--server URL` to log out there", elsewhere.join(", ")));
        }
        return console.say(format!("You were not logged in at {server}."));
    }
    let session = StoredSession::new(store, server.clone());
    let client = Client::new(server.clone(), Identity::Session(session), context.trust.clone());
    let ended = client.end_session();
    forget_session(context)?;
    match ended {
        // The session had ended already.
        Err(error) if !error.is_passing() => {}
        Err(error) => {
            return Err(Failure::from(error)
                .advise("The session was forgotten here; at the server it lives until its refresh token ends."));
        }
        Ok(()) => {}
    }
    console.data(&serde_json::json!({ "server": server.as_str(), "logged_out": true }))?;
    console.say(format!("Logged out of {server}."))
}

pub(crate) fn whoami(context: &Context) -> Result<(), Failure> {
    let client = context.client()?;
    let me = match client.me() {
        Err(error) if error.is(ErrorCode::Forbidden) => {
            return Err(Failure::from(error).advise("A scorer's token belongs to no person."));
        }
        result => result?,
    };
    context.console.data(&me)?;
    let (name, email) = (visible(&me.account.name), visible(&me.account.email));
    context.console.say(format!("{name} <{email}> at {}", client.server()))?;
    for held in &me.roles {
        context.console.say(format!("  {}", described(held.role, held.season.as_ref())))?;
    }
    for ban in &me.bans {
        let place = ban.season.as_ref().map_or("this server".to_owned(), |season| format!("season {season}"));
        let end = ban.until.map(|until| format!(" until {}", time(until))).unwrap_or_default();
        context.console.say(format!("  banned from {place}{end}: {}", visible(&ban.reason)))?;
    }
    for team in &me.teams {
        let role = match team.role {
            MemberRole::Captain => "captain",
            MemberRole::Member => "member",
        };
        context.console.say(format!("  {}: {} ({role})", team.season, visible(team.team.as_str())))?;
    }
    Ok(())
}

fn given_or_asked(context: &Context, given: Option<String>, question: &str, flag: &str) -> Result<String, Failure> {
    let text = match given {
        Some(text) => text,
        None => context.console.ask(question).map_err(|failure| failure.advise(format!("Give it with `{flag}`.")))?,
    };
    if text.trim().is_empty() { Err(Failure::usage(format!("`{flag}` is empty"))) } else { Ok(text.trim().to_owned()) }
}
