//! One click in an e-mail that stops all of its kind (RFC 8058), by a signed link and without a
//! login.

use holdout_protocol::{Timestamp, Unsubscription};

use super::keys::Unsubscribing;
use crate::app::App;
use crate::db;
use crate::error::Result;

/// Returns what the link with this token stops.
///
/// # Errors
/// `not_found` if it is not one of this server.
pub async fn look_up(app: &App, token: &str) -> Result<Unsubscription> {
    let Unsubscribing { address, kind } = app.unsubscribe_keys.verify(token)?;
    let asked = address.clone();
    let off = app.db.read(move |conn| db::mail_optouts::has(conn, &asked, kind)).await?;
    Ok(Unsubscription { email: address, kind, off })
}

/// Stops what the link with this token stops. Nothing is written if it has stopped already, because
/// anybody can repeat the request.
///
/// # Errors
/// As [`look_up`].
pub async fn unsubscribe(app: &App, token: &str) -> Result<Unsubscription> {
    let found = look_up(app, token).await?;
    if !found.off {
        let (address, kind) = (found.email.clone(), found.kind);
        app.db
            .write(move |conn| {
                db::lock(conn, db::Lock::MailOptouts(&address))?;
                db::mail_optouts::add(conn, &address, kind, Timestamp::now())
            })
            .await?;
    }
    Ok(Unsubscription { off: true, ..found })
}
