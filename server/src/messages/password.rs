//! The password of the mail server's account.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password that the operator set. `Debug` does not show it, because configurations are logged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailPassword(pub String);

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailPassword(…)")
    }
}
