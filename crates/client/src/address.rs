//! Where the server is, and how names become parts of its addresses.

use std::fmt;
use std::fmt::Write;
use std::net::IpAddr;
use std::str::FromStr;

/// Text that is not a server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a server's address; write it as `https://holdout.example.org` or `http://127.0.0.1:8080`")]
pub struct InvalidServer(String);

/// The address of a server, without a slash at its end; the API lies below `/api/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl(String);

impl ServerUrl {
    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether passwords and tokens would go over a network in the clear.
    #[must_use]
    pub fn is_unprotected(&self) -> bool {
        self.0.starts_with("http://") && !self.is_loopback()
    }

    /// Returns whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or_default();
        let host = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(host, |(host, _)| host);
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
    }

    /// Returns the full address of a path below the API's base; `path` begins with a slash. For
    /// example, `/me` is at `https://example.org/api/v1/me`.
    #[must_use]
    pub fn api(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.0)
    }
}

impl FromStr for ServerUrl {
    type Err = InvalidServer;
    fn from_str(text: &str) -> Result<Self, InvalidServer> {
        let invalid = || InvalidServer(text.chars().filter(|c| !c.is_control()).take(200).collect());
        let trimmed = text.trim().trim_end_matches('/');
        let rest =
            ["https://", "http://"].iter().find_map(|scheme| trimmed.strip_prefix(scheme)).ok_or_else(invalid)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '@' | '\\');
        if rest.is_empty() || rest.starts_with('/') || rest.contains(odd) {
            return Err(invalid());
        }
        Ok(Self(trimmed.trim_end_matches("/api/v1").to_owned()))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns a value as one segment of a path or one value of a query, percent-encoded (RFC 3986, all
/// but unreserved characters): for example `a%20b` for `a b`.
#[must_use]
pub fn segment(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_trailing_slash() {
        let server: ServerUrl = "https://a.example/holdout/".parse().unwrap();
        assert_eq!(server.api("/me"), "https://a.example/holdout/api/v1/me");
        assert_eq!("http://a/api/v1/".parse::<ServerUrl>().unwrap().as_str(), "http://a");
    }

    #[test]
    fn only_this_machine_is_trusted_without_encryption() {
        let unprotected = |text: &str| text.parse::<ServerUrl>().unwrap().is_unprotected();
        for safe in ["https://a.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80/x"] {
            assert!(!unprotected(safe), "{safe}");
        }
        for open in ["http://a.example", "http://10.0.0.1:8080", "http://[2001:db8::1]", "http://127.a.example"] {
            assert!(unprotected(open), "{open}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "localhost:8080", "ftp://a", "http://", "http:///x", "http://a b", "http://u@h", "http://a?x"]
        {
            assert!(text.parse::<ServerUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn names_become_one_segment() {
        assert_eq!(segment("a/b ü?"), "a%2Fb%20%C3%BC%3F");
        assert_eq!(segment("a-b.c_d~9"), "a-b.c_d~9");
    }

    #[test]
    fn a_refused_address_is_shown_without_what_would_reach_the_terminal() {
        let long = format!("ftp://\u{1b}[2J{}", "x".repeat(300));
        let error = long.parse::<ServerUrl>().unwrap_err();
        assert!(error.to_string().starts_with("`ftp://[2Jxxx") && !error.to_string().contains('\u{1b}'), "{error}");
        assert_eq!(error.0.chars().count(), 200);
    }

    #[test]
    fn this_machine_is_known_by_each_of_its_names() {
        let here = |text: &str| text.parse::<ServerUrl>().unwrap().is_loopback();
        for own in ["http://LOCALHOST:8080/x", "http://127.9.8.7", "http://[::1]", "https://127.0.0.1:1"] {
            assert!(here(own), "{own}");
        }
        for other in ["http://localhost.example", "http://128.0.0.1", "http://[::2]:80", "http://x/127.0.0.1"] {
            assert!(!here(other), "{other}");
        }
    }
}
