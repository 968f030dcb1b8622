//! How passwords come: asked for on the terminal without showing them, or read from standard input.
//! They are never flags, because other users of a machine see those.

use clap::Args;
use holdout_client::{Secret, ServerUrl, TransportError};
use holdout_protocol::{ErrorCode, PasswordChange};

use super::context::Context;
use crate::client::ClientError;
use crate::console::{Console, password_from_stdin, two_passwords_from_stdin};
use crate::failure::Failure;

/// How a password comes.
#[derive(Debug, Clone, Args)]
pub(crate) struct PasswordArguments {
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    password_stdin: bool,
}

/// How the present password and a new one come.
#[derive(Debug, Clone, Args)]
pub(crate) struct NewPasswordArguments {
    /// Read both from standard input instead of asking for them: the present password in the first
    /// line, the new one in the second.
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordArguments {
    /// Returns the password that an account has.
    pub(super) fn present(&self, console: Console, question: &str) -> Result<Secret, Failure> {
        if self.password_stdin { password_from_stdin() } else { console.ask_password(question) }
    }

    /// Returns the password that an account will have.
    pub(super) fn chosen(&self, console: Console) -> Result<Secret, Failure> {
        if self.password_stdin { password_from_stdin() } else { ask_twice(console, "Password") }
    }
}

impl NewPasswordArguments {
    fn both(&self, console: Console) -> Result<(Secret, Secret), Failure> {
        if self.password_stdin {
            return two_passwords_from_stdin();
        }
        Ok((console.ask_password("Your present password:")?, ask_twice(console, "New password")?))
    }
}

/// Asks for a new password, and for the same again, because nobody sees what they type.
fn ask_twice(console: Console, what: &str) -> Result<Secret, Failure> {
    let password = console.ask_password(&format!("{what}, at least 10 characters:"))?;
    let again = console.ask_password("The same again:")?;
    if password == again { Ok(password) } else { Err(Failure::usage("the two passwords differ")) }
}

/// Warns before a password is sent without encryption.
pub(super) fn warn_of_the_open_network(context: &Context, server: &ServerUrl) {
    if server.is_unprotected() {
        context.console.remark(format!("note: {server} is not encrypted; use https:// where you can"));
    }
}

/// `account password`.
pub(super) fn change_password(context: &Context, arguments: &NewPasswordArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    warn_of_the_open_network(context, client.server());
    let (current, new) = arguments.both(console)?;
    let change = PasswordChange { current: current.reveal().to_owned(), new: new.reveal().to_owned() };
    client.change_password(&change).map_err(not_changed)?;
    console.data(&serde_json::json!({ "changed": true }))?;
    // A token has no session of its own that could stay.
    let ended = if context.environment.token.is_some() { "All sessions" } else { "All other sessions" };
    console.say(format!("The password is changed. {ended} have ended; API tokens stay valid."))
}

/// Says why the password was not changed, or that nobody knows whether it was.
fn not_changed(error: ClientError) -> Failure {
    match error {
        ClientError::Transport(TransportError::Unreachable { never_sent: false, .. }) => Failure::from(error)
            .advise("The password may be changed already: `holdout login` with the new one shows whether it is."),
        error => wrong_password(error),
    }
}

/// Explains a refusal of the password that was given with a change: no address was given with it.
pub(super) fn wrong_password(error: ClientError) -> Failure {
    let is_wrong = error.is(ErrorCode::WrongCredentials);
    let failure = Failure::from(error);
    if !is_wrong {
        return failure;
    }
    failure.advise(
        "Give the password with which you log in. If you have forgotten it, `holdout account forgot-password` or an organizer \
         helps.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice_after(never_sent: bool) -> String {
        let (server, cause) = ("http://h".to_owned(), "cut".to_owned());
        not_changed(TransportError::Unreachable { server, cause, never_sent }.into()).to_text()
    }

    #[test]
    fn a_change_whose_answer_was_lost_may_have_been_made() {
        assert!(advice_after(false).contains("may be changed already"), "{}", advice_after(false));
        assert!(!advice_after(true).contains("may be changed"), "{}", advice_after(true));
    }
}
