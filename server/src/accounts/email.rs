//! E-mail addresses.

use std::fmt;

use holdout_protocol::limits::EMAIL;
use holdout_protocol::{Reason, is_domain, is_hidden};
use serde_json::json;

use crate::error::{Error, Result};

/// An e-mail address in its normal form: no blanks around it, lower case. For example, that of
/// `Ada@Example.org` is `ada@example.org`. Whether it exists is not checked, because only mail
/// could tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The address that a person typed.
    ///
    /// # Errors
    /// `invalid_value` if it cannot be one.
    pub fn parse(text: &str) -> Result<Self> {
        let address = text.trim().to_lowercase();
        if is_address(&address) {
            return Ok(Self(address));
        }
        let shown: String = address.chars().filter(|c| !is_hidden(*c)).take(80).collect();
        let message = format!("`{shown}` is not an e-mail address; write it as `name@example.org`");
        Err(Error::invalid("email", message).because(Reason::BadEmail, json!({ "value": shown })))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_ok = (1..=64).contains(&local.len())
        && !local.chars().any(|c| c.is_whitespace() || is_hidden(c) || matches!(c, '@' | '<' | '>' | ',' | ';' | '"'));
    text.len() <= EMAIL && local_ok && is_domain(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_normal_form() {
        assert_eq!(Email::parse(" Ada@Example.ORG\n").unwrap().as_str(), "ada@example.org");
        assert!(Email::parse("organizer@localhost").is_ok());
        assert!(Email::parse("a.b+c@sub.example.org").is_ok());
        assert!(Email::parse("jürgen@müller.example").is_ok());
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b",
            "a b@c",
            "a@b@c",
            "a@b..c",
            "a@-b",
            "a@b c",
            "<a@b>",
            "a@b,c@d",
            "a\u{202e}b@c",
            "a\u{200b}@b",
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }
}
