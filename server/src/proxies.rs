//! The proxies whose word on a client's address counts.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::networks::Networks;

/// Addresses and networks of proxies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Networks", into = "Networks")]
pub struct Proxies(Networks);

impl TryFrom<Networks> for Proxies {
    type Error = String;
    fn try_from(networks: Networks) -> Result<Self, String> {
        if let Some(network) = networks.everything() {
            return Err(format!(
                "`{network}` is every address, so each client could write any address in the header and evade all rate limits; \
                 name the networks of your proxies"
            ));
        }
        Ok(Self(networks))
    }
}

impl FromStr for Proxies {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<Networks>()?.try_into()
    }
}

impl From<Proxies> for Networks {
    fn from(proxies: Proxies) -> Self {
        proxies.0
    }
}

/// The header in which the proxies name the client. The other one is ignored, because a proxy
/// passes on what a client wrote in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Proxies {
    /// Returns the address of the client: of the socket, or if that is a proxy, the last one in the
    /// header that is no proxy. Those before it are the client's own word. For example, if
    /// `10.0.0.0/8` are proxies, `1.1.1.1, 203.0.113.9, 10.0.0.2` comes from 203.0.113.9.
    #[must_use]
    pub fn client_of(&self, request: &HttpRequest, header: ForwardedHeader) -> Option<IpAddr> {
        let mut client = request.peer_addr()?.ip().to_canonical();
        let mut named = match header {
            ForwardedHeader::XForwardedFor => entries(request.headers(), "x-forwarded-for"),
            ForwardedHeader::Forwarded => entries(request.headers(), "forwarded").into_iter().map(for_part).collect(),
        };
        while self.contains(client) {
            match named.pop().and_then(address) {
                Some(before) => client = before,
                None => break,
            }
        }
        Some(client)
    }

    /// Returns true if an address is that of a proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(address)
    }
}

/// The entries of a list in a header, over all of its lines.
fn entries<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect()
}

/// The value of `for` in an element of `Forwarded`: `for="[2001:db8::1]:80";proto=https`.
fn for_part(element: &str) -> &str {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    named.next().map_or("", |(_, value)| value.trim_matches('"'))
}

fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    bare.or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const PEER: &str = "192.0.2.1";

    fn client(proxies: &str, header: ForwardedHeader, sent: &[(&'static str, &'static str)]) -> String {
        let mut request = TestRequest::get().peer_addr(SocketAddr::new(PEER.parse().unwrap(), 4711));
        for line in sent {
            request = request.append_header(*line);
        }
        proxies.parse::<Proxies>().unwrap().client_of(&request.to_http_request(), header).unwrap().to_string()
    }

    #[test]
    fn nobody_can_believe_everybody() {
        for all in ["0.0.0.0/0", "::/0", "10.0.0.1, 0.0.0.0/0"] {
            let refused = all.parse::<Proxies>().unwrap_err();
            assert!(refused.contains("is every address"), "{refused}");
        }
        assert!("10.0.0.0/8, 0.0.0.0/1".parse::<Proxies>().is_ok());
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        use ForwardedHeader::XForwardedFor;
        let sent = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
        assert_eq!(client("", XForwardedFor, &sent), PEER);
        assert_eq!(client("192.0.2.2", XForwardedFor, &sent), PEER);
        assert_eq!(client(PEER, XForwardedFor, &sent), "198.51.100.7");
        assert_eq!(client("192.0.2.0/24", XForwardedFor, &[]), PEER);
        // A chain of two proxies of ours, over two lines of the header.
        let lines = [("x-forwarded-for", "6.6.6.6, 203.0.113.9"), ("x-forwarded-for", "10.1.2.3")];
        assert_eq!(client("192.0.2.1, 10.0.0.0/8", XForwardedFor, &lines), "203.0.113.9");
        assert_eq!(client(PEER, XForwardedFor, &lines), "10.1.2.3");
        for (sent, found) in [
            ("anything", PEER),
            ("198.51.100.7:99", "198.51.100.7"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
            ("[2001:db8::2]:80", "2001:db8::2"),
            ("", PEER),
        ] {
            assert_eq!(client(PEER, XForwardedFor, &[("x-forwarded-for", sent)]), found, "{sent}");
        }
    }

    #[test]
    fn the_header_that_is_not_named_is_ignored() {
        use ForwardedHeader::{Forwarded, XForwardedFor};
        let both = [("forwarded", "for=203.0.113.9"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client(PEER, XForwardedFor, &both), "198.51.100.7");
        assert_eq!(client(PEER, Forwarded, &both), "203.0.113.9");
        let quoted = [("forwarded", "for=6.6.6.6, proto=https;For=\"[2001:db8::1]:80\";by=192.0.2.1")];
        assert_eq!(client(PEER, Forwarded, &quoted), "2001:db8::1");
        assert_eq!(client(PEER, Forwarded, &[("forwarded", "for=unknown")]), PEER);
    }
}
