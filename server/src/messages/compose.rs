//! The e-mail of a message.

use holdout_protocol::is_hidden;
use lettre::Message as Mail;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};

use super::keys::UnsubscribeKeys;
use crate::db::messages::{Link, Outgoing};

/// Characters of a subject: more is cut off.
const SUBJECT: usize = 150;

/// Who sends, and where the server is.
#[derive(Debug, Clone)]
pub struct Letterhead {
    pub from: Mailbox,
    /// The address of the server, without a `/` at its end.
    pub origin: String,
}

/// A text as one line for a header: without control characters and invisible ones.
pub fn one_line(text: &str) -> String {
    let shown = text.split(|c: char| c.is_whitespace() || is_hidden(c)).filter(|word| !word.is_empty());
    let line = shown.collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SUBJECT {
        return line;
    }
    line.chars().take(SUBJECT.saturating_sub(1)).chain(['…']).collect()
}

/// Writes the e-mail of a message.
///
/// # Errors
/// What is wrong with its address.
pub fn compose(head: &Letterhead, keys: &UnsubscribeKeys, message: &Outgoing) -> Result<Mail, String> {
    let Letterhead { from, origin } = head;
    let to = message
        .address
        .parse::<lettre::Address>()
        .map_err(|error| format!("no e-mail can be sent to this address: {error}"))?;
    let mut text = message.text.clone();
    if let Link::Page(path) | Link::Secret(path) = &message.link {
        text.push_str(&format!("\n\n{origin}{path}"));
    }
    let mut mail = Mail::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
        .date_now()
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if message.kind.is_optional() {
        let token = keys.sign(&message.address, message.kind).map_err(|error| error.to_string())?;
        text.push_str(&format!(
            "\n\n-- \nChoose which e-mails you get: {origin}/account\nGet no more of this kind: {origin}/unsubscribe/{token}"
        ));
        let address = format!("<{origin}/api/v1/mail/unsubscribe/{token}>");
        mail = mail
            .raw_header(header("List-Unsubscribe", address))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    text.push('\n');
    mail.singlepart(SinglePart::plain(text)).map_err(|error| error.to_string())
}

/// A header whose value is one line of ASCII.
fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_whatever_it_is_made_of() {
        assert_eq!(one_line("Demo\r\nBcc: eve@example.org\u{202e}\u{0} x"), "Demo Bcc: eve@example.org x");
        let long = one_line(&"é ".repeat(200));
        assert_eq!((long.chars().count(), long.ends_with('…')), (SUBJECT, true));
    }
}
