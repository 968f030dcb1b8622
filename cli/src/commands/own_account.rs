//! `account`: the own account, its name, password, address, e-mails and sessions; and links for
//! the passwords of others, for organizers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdout_protocol::{AccountChanges, EmailChange, MailSettings, MailSettingsChanges, MessageKind, NewPasswordReset};

use super::account_deletion::{self, DeleteArguments};
use super::context::Context;
use super::mail;
use super::organizers::{code_of, page};
use super::passwords::{
    NewPasswordArguments, PasswordArguments, change_password, warn_of_the_open_network, wrong_password,
};
use super::sessions::{self, EndSessionArguments};
use crate::console::Console;
use crate::failure::Failure;
use crate::new_file::write_or_print;
use crate::show::figures::time;
use crate::text::visible;

/// `account`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Which e-mails you get; switch kinds off and on.
    Mail(MailArguments),
    /// What the server told you, newest first. If it sends e-mail, you got that by e-mail too.
    Messages {
        /// Largest number of messages to show.
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        limit: usize,
    },
    /// Change your name, as others see it.
    Rename {
        /// The new name, 1 to 100 characters.
        name: String,
    },
    /// Change your password. All other sessions end; API tokens stay valid.
    Password(NewPasswordArguments),
    /// Change the e-mail address of your account.
    Email {
        /// The new address.
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Where you are logged in, newest first.
    Sessions,
    /// End a session: whoever uses it has to log in again.
    EndSession(EndSessionArguments),
    /// Write what you have at the server as JSON: account, sessions, messages, submissions,
    /// questions and what you did. Files that you submitted are not in it.
    Export {
        /// The file to write, which must not exist [default: standard output (`-`)].
        #[arg(long, short, alias = "out", value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Delete your account. What you submitted stays, without your name.
    Delete(DeleteArguments),
    /// Confirm an e-mail address by the link that was sent to it; without a link, have another one
    /// sent.
    Confirm {
        /// The link, or its code: the last part of the link.
        link: Option<String>,
    },
    /// Have a link for a new password sent to the address of an account.
    ForgotPassword {
        /// E-mail address of the account.
        email: String,
    },
    /// Make a link with which a person sets a new password, for organizers; it is shown this once
    /// and is valid for a day.
    ResetLink {
        /// E-mail address of the account.
        email: String,
    },
}

/// `account mail`.
#[derive(Debug, Args)]
pub(crate) struct MailArguments {
    /// Get no more e-mails of this kind, such as `answer`; can be repeated.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    off: Vec<MessageKind>,
    /// Get e-mails of this kind again; can be repeated.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    on: Vec<MessageKind>,
}

/// The kinds that can be switched off.
fn optional_kinds() -> impl Iterator<Item = MessageKind> {
    MessageKind::ALL.iter().copied().filter(|kind| kind.is_optional())
}

fn kind(text: &str) -> Result<MessageKind, String> {
    optional_kinds().find(|kind| kind.as_str() == text).ok_or_else(|| {
        let names: Vec<&str> = optional_kinds().map(MessageKind::as_str).collect();
        format!("the kinds are {}", names.join(", "))
    })
}

pub(crate) fn run(context: &Context, command: AccountCommand) -> Result<(), Failure> {
    let console = context.console;
    match command {
        AccountCommand::Mail(arguments) => change_mail(context, &arguments),
        AccountCommand::Messages { limit } => messages(context, limit),
        AccountCommand::Rename { name } => rename(context, &name),
        AccountCommand::Password(arguments) => change_password(context, &arguments),
        AccountCommand::Email { email, password } => change_email(context, email, &password),
        AccountCommand::Sessions => sessions::list(context),
        AccountCommand::EndSession(arguments) => sessions::end(context, &arguments),
        AccountCommand::Export { output } => write_or_print(console, output.as_deref(), &context.client()?.own_data()?),
        AccountCommand::Delete(arguments) => account_deletion::run(context, &arguments),
        AccountCommand::Confirm { link: None } => show(console, &context.client()?.request_verification()?),
        AccountCommand::Confirm { link: Some(link) } => {
            context.anonymous()?.verify_email(code_of(&link))?;
            console.data(&serde_json::json!({ "confirmed": true }))?;
            console.say("The address is confirmed.")
        }
        AccountCommand::ForgotPassword { email } => {
            context.anonymous()?.request_password_reset(&NewPasswordReset { email: email.clone() })?;
            console.data(&serde_json::json!({ "email": email }))?;
            console.say(format!("If {} has an account, a link was sent to it.", visible(&email)))
        }
        AccountCommand::ResetLink { email } => reset_link(context, email),
    }
}

fn rename(context: &Context, name: &str) -> Result<(), Failure> {
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(Failure::usage("the name is empty"));
    }
    let (me, console) = (context.client()?.rename(&AccountChanges { name })?, context.console);
    console.data(&me)?;
    console.say(format!("Your name is {} now.", visible(&me.account.name)))
}

fn change_email(context: &Context, email: String, password: &PasswordArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    warn_of_the_open_network(context, client.server());
    let password = password.present(console, "Your password:")?;
    let change = EmailChange { email, password: password.reveal().to_owned() };
    let settings = client.change_email(&change).map_err(wrong_password)?;
    let address = visible(&change.email);
    console.say(match settings.email == change.email {
        true => format!("Your address is {address} now."),
        false => format!("A link was sent to {address}. Your address changes when you open it."),
    })?;
    show(console, &settings)
}

fn change_mail(context: &Context, arguments: &MailArguments) -> Result<(), Failure> {
    let client = context.client()?;
    let before = client.mail_settings()?;
    let mut off = before.off.clone();
    off.extend(arguments.off.iter().filter(|kind| !before.off.contains(kind)));
    off.retain(|kind| !arguments.on.contains(kind));
    let now = if off == before.off { before } else { client.change_mail_settings(&MailSettingsChanges { off })? };
    show(context.console, &now)
}

fn show(console: Console, settings: &MailSettings) -> Result<(), Failure> {
    console.data(settings)?;
    let confirmed = match (settings.sends, settings.verified_at) {
        (false, _) => "this server sends no e-mail",
        (true, Some(_)) => "confirmed",
        (true, None) => {
            "not confirmed: open the link that was sent to it, or run `holdout account confirm` for another"
        }
    };
    console.say(format!("{} ({confirmed})", visible(&settings.email)))?;
    if let Some(pending) = &settings.pending {
        console.say(format!("  becomes {} when the link that was sent there is opened", visible(pending)))?;
    }
    for kind in optional_kinds() {
        let state = if settings.off.contains(&kind) { "off" } else { "on" };
        console.say(format!("  {:<20} {state}", kind.as_str()))?;
    }
    Ok(())
}

fn messages(context: &Context, limit: usize) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let messages = client.own_messages(limit)?;
    console.data(&messages)?;
    if messages.is_empty() {
        return console.say("No messages.");
    }
    for message in messages {
        let state = mail::described(&message);
        console.say(format!("{}  {}  ({state})", time(message.created_at), visible(&message.subject)))?;
        for line in message.text.lines() {
            console.say(format!("    {}", visible(line)))?;
        }
        if let Some(path) = &message.path {
            console.say(format!("    {}{path}", client.server()))?;
        }
    }
    Ok(())
}

fn reset_link(context: &Context, email: String) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let created = client.create_password_reset(&NewPasswordReset { email })?;
    let link = page(&client, "reset", &created.code);
    console.data(&serde_json::json!({ "link": link, "code": created.code, "expires_at": created.expires_at }))?;
    console.remark(format!(
        "Shown only this once; it works once, until {}. Give it to nobody but the person.",
        time(created.expires_at)
    ));
    console.say(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kinds_that_can_be_switched_off_are_taken() {
        assert_eq!(kind("answer"), Ok(MessageKind::Answer));
        for wrong in ["verification", "password_reset", "address_changed", "Answer", ""] {
            let refused = kind(wrong).unwrap_err();
            assert!(refused.starts_with("the kinds are invitation, ") && refused.ends_with(", answer"), "{refused}");
            assert!(!refused.contains("verification"), "{refused}");
        }
    }
}
