//! Reading messages, and sending one again.

use holdout_protocol::{
    AccountId, ErrorCode, Message, MessageId, MessageState, Page, PageQuery, Reason, Slug, Timestamp,
};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::db::{self, message_lists::Whose};
use crate::error::{Error, Result};

/// A page of the person's messages, newest first. What a mail server said is not in them.
pub async fn list_own(app: &App, account: AccountId, query: PageQuery) -> Result<Page<Message>> {
    let mut page = app.db.read(move |conn| db::message_lists::page(conn, Whose::Account(account), &query)).await?;
    for message in page.items.iter_mut().filter(|message| message.state != MessageState::NotSent) {
        (message.error, message.unsent) = (None, None);
    }
    Ok(page)
}

/// A page of the messages about a season, or of all, newest first.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_messages(app: &App, season: Option<Slug>, query: PageQuery) -> Result<Page<Message>> {
    app.db
        .read(move |conn| {
            let season = season.map(|slug| db::seasons::find(conn, slug.as_str())).transpose()?;
            let whose = season.map_or(Whose::All, |season| Whose::Season(season.id));
            db::message_lists::page(conn, whose, &query)
        })
        .await
}

/// Sends a message again that has ended: a failed one, or one that did not arrive.
///
/// # Errors
/// `not_found`; `wrong_state` if it waits to be sent anyway, or if it had a link with a code, which
/// is not kept; if the server sends no e-mail.
pub async fn send_again(app: &App, by: AccountId, season: Option<Slug>, id: MessageId) -> Result<Message> {
    if app.mailer.is_none() {
        return Err(no_mail());
    }
    app.db
        .write(move |conn| {
            db::lock(conn, db::Lock::Messages)?;
            let place = season.as_ref().map(|slug| db::seasons::find(conn, slug.as_str())).transpose()?;
            let place = place.map(|season| season.id);
            let (message, secret) = db::message_lists::find(conn, place, id)?;
            if message.state == MessageState::Waiting {
                let text = "this message is waiting to be sent already";
                return Err(Error::refused(ErrorCode::WrongState, text).because(Reason::MessageWaits, json!({})));
            }
            if secret {
                let text = "the link in this message is not kept; the person can ask for another, or make a new one";
                return Err(Error::refused(ErrorCode::WrongState, text).because(Reason::MessageLinkOver, json!({})));
            }
            db::messages::restart(conn, id, Timestamp::now())?;
            let object = season.map_or_else(|| id.to_string(), |season| format!("{season}/{id}"));
            audit::record(conn, Some(by), "message.send", &object, &json!({ "address": message.address }))?;
            db::message_lists::find(conn, place, id).map(|(message, _)| message)
        })
        .await
}

/// A refusal of what needs e-mail.
pub fn no_mail() -> Error {
    let message = "this server sends no e-mail; ask an organizer for a link, or its operator to set a mail server";
    Error::refused(ErrorCode::WrongState, message).because(Reason::NoMail, json!({}))
}
