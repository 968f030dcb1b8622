//! Messages to people, sent as e-mail.
//!
//! Whoever has something to tell writes a row, in the transaction of what it tells of, and knows
//! nothing of mail servers ([`notices`], [`link_notices`]). A row has the facts that it tells, and
//! the English sentences that `wording` makes of them. The [`sender`] takes the rows one by
//! one, decides whether to send it, and sends it. So no message is lost if a server is killed, and
//! several servers share the work. A server that is killed after the mail server took a message and
//! before that is written down sends it again, with the same `Message-ID`.

mod compose;
pub mod config;
pub mod keys;
pub mod link_notices;
mod links;
mod lists;
pub mod mailer;
pub mod notices;
mod password;
pub mod sender;
mod settings;
mod unsubscribe;
mod wording;

pub use config::{MailConfig, MailTls};
pub use links::LinkSending;
pub use lists::{list_messages, list_own, no_mail, send_again};
pub use mailer::send_test;
pub use password::MailPassword;
pub use settings::{change_settings, read_settings, settings};
pub use unsubscribe::{look_up, unsubscribe};
