//! Which e-mails a person gets.

use holdout_protocol::{AccountId, MailSettings, MailSettingsChanges, Reason, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// Returns which e-mails the person gets.
pub async fn settings(app: &App, account: AccountId) -> Result<MailSettings> {
    let sends = app.mailer.is_some();
    app.db.read(move |conn| read_settings(conn, account, sends)).await
}

/// Which e-mails the person gets; `sends` says whether the server sends any.
pub fn read_settings(conn: &mut Conn, account: AccountId, sends: bool) -> Result<MailSettings> {
    let (email, verified_at) = db::accounts::email_of(conn, account)?;
    let pending = db::email_verifications::pending(conn, account, Timestamp::now())?;
    let pending = pending.filter(|pending| *pending != email);
    let off = db::mail_optouts::of_address(conn, &email)?;
    Ok(MailSettings { email, sends, verified_at, pending, off })
}

/// Changes which e-mails the person gets.
///
/// # Errors
/// `invalid_value` for a kind that is always sent.
pub async fn change_settings(app: &App, account: AccountId, changes: MailSettingsChanges) -> Result<MailSettings> {
    let mut off = changes.off;
    off.sort_unstable_by_key(|kind| kind.as_str());
    off.dedup();
    if let Some(kind) = off.iter().find(|kind| !kind.is_optional()) {
        let value = kind.as_str();
        let message = format!("`off` has `{value}`; e-mails about the account itself are always sent");
        return Err(Error::invalid("off", message).because(Reason::MailNeeded, json!({ "value": value })));
    }
    let sends = app.mailer.is_some();
    app.db
        .write(move |conn| {
            let (email, _) = db::accounts::email_of(conn, account)?;
            db::lock(conn, Lock::MailOptouts(&email))?;
            db::mail_optouts::replace(conn, &email, &off, Timestamp::now())?;
            read_settings(conn, account, sends)
        })
        .await
}
