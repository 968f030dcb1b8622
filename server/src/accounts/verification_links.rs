//! Links that confirm the e-mail address of an account.

use std::time::Duration;

use holdout_protocol::{AccountId, EmailVerificationId, Timestamp};

use crate::db::email_verifications::Verification;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::messages::link_notices::{self, SecretLink};
use crate::secret;

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hv_";
/// How long a link is valid.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Sends a link that makes `email` the confirmed address of the account.
pub fn send_link(conn: &mut Conn, account: AccountId, email: &str) -> Result<()> {
    let (code, now) = (format!("{CODE_PREFIX}{}", secret::random()), Timestamp::now());
    let expires_at = now.plus(LIFE);
    let new =
        Verification { id: EmailVerificationId::new(), account, email: email.to_owned(), expires_at, over: false };
    db::email_verifications::insert(conn, &new, secret::digest(&code), now)?;
    link_notices::verification(conn, (account, email), SecretLink { path: format!("/verify/{code}"), expires_at })
}
