//! Sends the messages that wait. Every server does this; a claim keeps two of them from sending the
//! same message.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{MessageKind, Timestamp, UnsentReason};

use super::mailer::{MailError, Mailer};
use crate::app::App;
use crate::changes::LOOK_AGAIN;
use crate::db::messages::{Ending, Outgoing};
use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// A claim outlasts the attempt by so much; then the server that made it is taken for dead.
const MARGIN: Duration = Duration::from_secs(30);
/// So often a server tries to write down what became of a message, a second apart and thus while
/// its claim lasts.
const RECORDINGS: u32 = 20;

/// Sends for as long as the server runs.
pub async fn work(app: Arc<App>) {
    loop {
        let advanced = match &app.mailer {
            Some(mailer) => advance(&app, mailer).await,
            None => give_up_all(&app).await.map(|()| false),
        };
        match advanced {
            Ok(true) => continue,
            Ok(false) => (),
            Err(error) => tracing::warn!(%error, "cannot look for messages to send; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            () = app.changes.stopped() => return,
        }
    }
}

/// Writes down that messages are not sent, if the server sends no e-mail.
async fn give_up_all(app: &App) -> Result<()> {
    let now = Timestamp::now();
    if app.db.read(move |conn| db::messages::any_due(conn, now)).await? {
        app.db.write(move |conn| db::messages::give_up_all(conn, UnsentReason::NoMail, now)).await?;
    }
    Ok(())
}

/// What became of the message that is next.
enum Claimed {
    Nothing,
    /// It is written down that it is not to be sent.
    Settled,
    Ready(Box<Outgoing>),
}

/// Takes one message and begins to send it, if one waits; returns whether one did.
async fn advance(app: &Arc<App>, mailer: &Mailer) -> Result<bool> {
    let now = Timestamp::now();
    if !app.db.read(move |conn| db::messages::any_due(conn, now)).await? {
        return Ok(false);
    }
    let turn = mailer.turn().await?;
    let (attempt, patience) = (mailer.timeout(), app.config.mail.patience());
    match app.db.write(move |conn| claim(conn, attempt, patience)).await? {
        Claimed::Nothing => Ok(false),
        Claimed::Settled => Ok(true),
        Claimed::Ready(message) => {
            let app = Arc::clone(app);
            // In a task of its own: a message on its way is not cut off when this loop is.
            tokio::spawn(async move {
                let _turn = turn;
                if let Some(mailer) = &app.mailer {
                    send(&app, mailer, *message).await;
                }
            });
            Ok(true)
        }
    }
}

/// Claims the message that is next, for the time that an attempt may take.
fn claim(conn: &mut Conn, attempt: Duration, patience: Duration) -> Result<Claimed> {
    db::lock(conn, Lock::Messages)?;
    let now = Timestamp::now();
    let until = now.plus(attempt.saturating_add(MARGIN));
    let Some(mut message) = db::messages::claim(conn, now, until)? else { return Ok(Claimed::Nothing) };
    let against = if end_of(&message, patience) <= now {
        Some(Ending::Failed(UnsentReason::Late.text().to_owned()))
    } else {
        decide(conn, &mut message)?
    };
    match against {
        None => Ok(Claimed::Ready(Box::new(message))),
        Some(ending) => db::messages::settle(conn, &message, &ending, now).map(|()| Claimed::Settled),
    }
}

/// Returns when a message is given up.
fn end_of(message: &Outgoing, patience: Duration) -> Timestamp {
    let end = message.waiting_since.plus(patience);
    message.expires_at.map_or(end, |expires| expires.min(end))
}

/// Decides whether a message is sent, and to which address: an invitation to the address that it
/// was made for, everything else that a person can do without to the present address of the
/// account, if it is confirmed. Returns why it is not sent.
fn decide(conn: &mut Conn, message: &mut Outgoing) -> Result<Option<Ending>> {
    if !message.kind.is_optional() {
        return Ok(None);
    }
    if message.kind != MessageKind::Invitation {
        if db::message_lists::is_about_draft(conn, message.id)? {
            return Ok(Some(Ending::NotSent(UnsentReason::Draft)));
        }
        if let Some(account) = message.account {
            let (email, verified_at) = db::accounts::email_of(conn, account)?;
            if verified_at.is_none() {
                return Ok(Some(Ending::NotSent(UnsentReason::Unconfirmed)));
            }
            message.address = email;
        }
    }
    let stopped = db::mail_optouts::has(conn, &message.address, message.kind)?;
    Ok(stopped.then_some(Ending::NotSent(UnsentReason::Unwanted)))
}

async fn send(app: &App, mailer: &Mailer, message: Outgoing) {
    let sent = mailer.send(&app.unsubscribe_keys, &message).await;
    let now = Timestamp::now();
    let ending = match sent {
        Ok(()) => Ending::Sent,
        Err(MailError::Refused(cause)) => Ending::Failed(cause),
        Err(MailError::Passing(cause)) => {
            let at = now.plus(app.config.mail.pause(message.attempts));
            if at < end_of(&message, app.config.mail.patience()) {
                Ending::Retry(at, cause)
            } else {
                Ending::Failed(cause)
            }
        }
    };
    log(&message, &ending);
    record(app, message, ending, now).await;
}

fn log(message: &Outgoing, ending: &Ending) {
    let (id, kind, attempt) = (message.id, message.kind.as_str(), message.attempts);
    match ending {
        Ending::Sent => tracing::info!(message = %id, kind, attempt, "e-mail sent"),
        Ending::Retry(at, cause) => {
            tracing::warn!(message = %id, kind, attempt, %at, cause, "e-mail not sent; trying again");
        }
        Ending::Failed(cause) => tracing::warn!(message = %id, kind, attempt, cause, "e-mail not sent; given up"),
        Ending::NotSent(reason) => {
            tracing::warn!(message = %id, kind, attempt, cause = reason.text(), "e-mail not sent; given up");
        }
    }
}

/// Writes down what became of a message. A database that is away for a moment must not have it sent
/// twice.
async fn record(app: &App, message: Outgoing, ending: Ending, now: Timestamp) {
    for tried in 1..=RECORDINGS {
        let (message, ending) = (message.clone(), ending.clone());
        match app.db.write(move |conn| db::messages::settle(conn, &message, &ending, now)).await {
            Ok(()) => return,
            Err(error) if tried == RECORDINGS => {
                tracing::warn!(%error, "cannot write down what became of a message; it is sent again");
            }
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::MessageId;

    use super::*;
    use crate::db::messages::Link;
    use crate::samples::at;

    #[test]
    fn a_message_is_given_up_when_it_was_tried_for_long_or_is_of_no_more_use() {
        let end = |expires: Option<i64>| {
            let message = Outgoing {
                id: MessageId::new(),
                account: None,
                address: String::new(),
                kind: MessageKind::Announcement,
                subject: String::new(),
                text: String::new(),
                link: Link::None,
                waiting_since: at(100),
                expires_at: expires.map(at),
                attempts: 1,
            };
            end_of(&message, Duration::from_secs(50))
        };
        assert_eq!([None, Some(120), Some(150), Some(999)].map(end), [at(150), at(120), at(150), at(150)]);
    }
}
