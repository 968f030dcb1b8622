//! Links with codes that are sent to addresses which need not have an account.

use holdout_protocol::{AccountId, MessageKind, Timestamp};

use crate::app::App;
use crate::config::RateConfig;
use crate::db::Conn;
use crate::error::Result;
use crate::rates::{self, Rate};

/// What it takes to send an invitation, inside a transaction.
#[derive(Clone)]
pub struct LinkSending {
    pub code: String,
    pub by: AccountId,
    rates: RateConfig,
}

impl LinkSending {
    /// Returns `None` if the server sends no e-mail: then whoever made the code passes it on.
    pub fn of(app: &App, by: AccountId, code: &str) -> Option<Self> {
        app.mailer.as_ref().map(|_| Self { code: code.to_owned(), by, rates: app.config.rates.clone() })
    }

    /// Returns whether an invitation may be sent to the address, and counts it. If not, whoever
    /// made it passes the link on, so that nobody keeps others from inviting a person.
    pub fn may_send(&self, conn: &mut Conn, address: &str) -> Result<bool> {
        let now = Timestamp::now();
        let to = Rate::Links(MessageKind::Invitation, address.to_owned());
        Ok(rates::is_within(conn, &self.rates, &Rate::LinksBy(self.by), now)?
            && rates::is_within(conn, &self.rates, &to, now)?)
    }
}
