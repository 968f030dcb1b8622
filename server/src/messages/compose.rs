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

/// A text as one line: without control characters and invisible ones.
pub fn visible_line(text: &str) -> String {
    let shown = text.split(|c: char| c.is_whitespace() || is_hidden(c)).filter(|word| !word.is_empty());
    shown.collect::<Vec<_>>().join(" ")
}

/// A text as one line for a header, which ends with `…` if the text is too long for one.
fn one_line(text: &str) -> String {
    let line = visible_line(text);
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
    use holdout_protocol::{MessageId, MessageKind};

    use super::*;
    use crate::samples::at;

    #[test]
    fn a_subject_is_one_line_whatever_it_is_made_of() {
        assert_eq!(one_line("Demo\r\nBcc: eve@example.org\u{202e}\u{0} x"), "Demo Bcc: eve@example.org x");
        let long = one_line(&"é ".repeat(200));
        assert_eq!((long.chars().count(), long.ends_with('…')), (SUBJECT, true));
    }

    fn message(kind: MessageKind, link: Link) -> Outgoing {
        Outgoing {
            id: MessageId::new(),
            account: None,
            address: "ada@example.org".to_owned(),
            kind,
            subject: "Subject".to_owned(),
            text: "Hello.".to_owned(),
            link,
            waiting_since: at(1),
            expires_at: None,
            attempts: 1,
        }
    }

    /// The e-mail as it is sent.
    fn composed(message: &Outgoing) -> Result<String, String> {
        let head = Letterhead {
            from: "Holdout <holdout@mail.example.org>".parse().unwrap(),
            origin: "https://holdout.example.org".to_owned(),
        };
        let mail = compose(&head, &UnsubscribeKeys::new(b"secret"), message)?;
        Ok(String::from_utf8(mail.formatted()).unwrap())
    }

    #[test]
    fn mail_that_a_person_can_do_without_can_be_stopped_by_a_click_and_other_mail_cannot() {
        for kind in MessageKind::ALL {
            let mail = composed(&message(*kind, Link::None)).unwrap();
            let one_click = mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
            let address = mail.contains("List-Unsubscribe: <https://holdout.example.org/api/v1/mail/unsubscribe/");
            assert_eq!((one_click, address), (kind.is_optional(), kind.is_optional()), "{kind:?}");
            assert_eq!(mail.contains("Choose which e-mails you get"), kind.is_optional(), "{kind:?}");
        }
    }

    #[test]
    fn a_mail_ends_with_the_address_that_its_link_has_on_this_server() {
        let text = |link| {
            let mail = composed(&message(MessageKind::Verification, link)).unwrap();
            mail.split_once("\r\n\r\n").unwrap().1.trim_end().to_owned()
        };
        for link in [Link::Page("/seasons/demo".to_owned()), Link::Secret("/seasons/demo".to_owned())] {
            assert_eq!(text(link), "Hello.\r\n\r\nhttps://holdout.example.org/seasons/demo");
        }
        assert_eq!(text(Link::None), "Hello.");
    }

    #[test]
    fn a_mail_names_its_message_so_that_mail_servers_know_it_again_and_nobody_answers_it() {
        let message = message(MessageKind::Announcement, Link::None);
        let mail = composed(&message).unwrap();
        assert!(mail.contains(&format!("Message-ID: <{}@mail.example.org>\r\n", message.id)), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
    }

    #[test]
    fn no_mail_goes_to_what_is_no_address() {
        let nobody = Outgoing { address: "ada".to_owned(), ..message(MessageKind::Announcement, Link::None) };
        assert!(composed(&nobody).unwrap_err().starts_with("no e-mail can be sent to this address: "));
    }

    #[test]
    fn a_subject_that_just_fits_is_not_cut() {
        let fits = "x".repeat(SUBJECT);
        assert_eq!(one_line(&fits), fits);
        assert_eq!(one_line(&format!("{fits}x")), format!("{}…", "x".repeat(SUBJECT - 1)));
    }
}
