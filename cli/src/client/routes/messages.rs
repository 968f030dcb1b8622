//! Messages to people, and which e-mails they get.

use holdout_client::{Method, json_call, segment};
use holdout_protocol::{EmailChange, MailSettings, MailSettingsChanges, Message, MessageId, NewPasswordReset, Slug};

use crate::client::exchange::to_json;
use crate::client::{Client, ClientError};

impl Client {
    /// The caller's messages, newest first.
    pub(crate) fn own_messages(&self, most: usize) -> Result<Vec<Message>, ClientError> {
        self.list("/me/messages", Some(most))
    }

    /// Messages to everybody about a season, or about anything, newest first.
    pub(crate) fn messages(&self, season: Option<&Slug>, most: usize) -> Result<Vec<Message>, ClientError> {
        self.list(&messages_of(season), Some(most))
    }

    pub(crate) fn send_message(&self, season: Option<&Slug>, id: MessageId) -> Result<Message, ClientError> {
        self.create(format!("{}/{id}/send", messages_of(season)), &serde_json::json!({}))
    }

    pub(crate) fn mail_settings(&self) -> Result<MailSettings, ClientError> {
        self.get("/me/mail")
    }

    pub(crate) fn change_mail_settings(&self, changes: &MailSettingsChanges) -> Result<MailSettings, ClientError> {
        self.change(Method::PUT, "/me/mail".to_owned(), changes)
    }

    pub(crate) fn change_email(&self, change: &EmailChange) -> Result<MailSettings, ClientError> {
        self.change(Method::PUT, "/me/email".to_owned(), change)
    }

    /// Has another link sent that confirms the address.
    pub(crate) fn request_verification(&self) -> Result<MailSettings, ClientError> {
        self.create("/me/email-verification", &serde_json::json!({}))
    }

    /// Confirms an address by the code of a link.
    pub(crate) fn verify_email(&self, code: &str) -> Result<(), ClientError> {
        self.send(&json_call(Method::POST, format!("/email-verifications/{}", segment(code)), b"{}").anonymous())?;
        Ok(())
    }

    /// Has a link sent that sets a new password.
    pub(crate) fn request_password_reset(&self, request: &NewPasswordReset) -> Result<(), ClientError> {
        let bytes = to_json(request)?;
        self.send(&json_call(Method::POST, "/password-resets", &bytes).anonymous())?;
        Ok(())
    }
}

fn messages_of(season: Option<&Slug>) -> String {
    season.map_or_else(|| "/organizer/messages".to_owned(), |season| format!("/organizer/seasons/{season}/messages"))
}
