//! To which addresses webhooks send: an organizer must not reach through the server what only the
//! server can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::http::Uri;
use holdout_protocol::Reason;
use holdout_protocol::limits::WEBHOOK_URL;
use serde_json::json;
use url::{Host, Position, Url};

use crate::error::{Error, Result};
use crate::networks::Networks;

/// Returns the address of a webhook as it is stored. Names are looked up only when something is
/// sent, because what they stand for may change.
///
/// # Errors
/// `invalid_value` if nothing can be sent there.
pub fn checked_url(text: &str, allowed: &Networks) -> Result<String> {
    let text = text.trim();
    if text.len() > WEBHOOK_URL {
        let (length, most) = (text.len(), WEBHOOK_URL);
        let message = format!("`url` has {length} bytes; at most {most} are allowed");
        let facts = json!({ "length": length, "most": most });
        return Err(Error::invalid("url", message).because(Reason::TextTooLong, facts));
    }
    let url = Url::parse(text).map_err(|_| unfit(text))?;
    if !url.username().is_empty() || url.password().is_some() {
        // They are not repeated in the refusal.
        return Err(unfit(&url[Position::BeforeHost..Position::AfterPort]));
    }
    let is_encrypted = match url.scheme() {
        "https" => true,
        "http" if !allowed.is_empty() => false,
        "http" => return Err(open_network()),
        _ => return Err(unfit(text)),
    };
    let path = &url[Position::BeforePath..Position::AfterQuery];
    if url.fragment().is_some() || url.port() == Some(0) || path.parse::<Uri>().is_err() {
        return Err(unfit(text));
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(unfit(text)),
    };
    if literal.is_some_and(|address| !may_connect(address, is_encrypted, allowed)) {
        let host = url.host_str().unwrap_or_default();
        let message = format!(
            "`url` leads to `{host}`; webhooks are sent to public addresses over `https`, and to \
             networks that the operator allows (`webhooks.allowed_networks`)"
        );
        return Err(Error::invalid("url", message).because(Reason::WebhookAddressRefused, json!({ "value": host })));
    }
    Ok(url.into())
}

fn open_network() -> Error {
    let message = "`url` begins with `http://`; webhooks are sent over `https://`, and over `http://` only to networks \
                   that the operator allows (`webhooks.allowed_networks`)";
    Error::invalid("url", message).because(Reason::BadWebhookUrl, json!({ "value": "http://" }))
}

fn unfit(value: &str) -> Error {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(200).collect();
    let message = format!(
        "`url` is `{shown}`; it takes an address such as `https://hooks.example.org/holdout`, without a user, a \
         password or a fragment"
    );
    Error::invalid("url", message).because(Reason::BadWebhookUrl, json!({ "value": shown }))
}

/// Returns true if the server may connect to this address for a webhook.
pub fn may_connect(address: IpAddr, is_encrypted: bool, allowed: &Networks) -> bool {
    allowed.contains(address) || (is_encrypted && is_public(address))
}

/// Returns true if an address belongs to no network with a special meaning: this machine, private
/// and link-local networks, among them the services that tell machines of a cloud about themselves.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127, ..) => true,
        (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (198, 18..=19, _) => true,
        // Protocols, documentation, relays between IPv4 and IPv6.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, broadcast.
        (224.., ..) => true,
        // What tells machines of a cloud about themselves, at a public address.
        (168, 63, 129) => d == 16,
        _ => false,
    };
    !special
}

/// Only 2000::/3 is given out for the public network. In it, what leads to an IPv4 address or is
/// for documentation is left out.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff));
    a & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{field, refusal};

    #[test]
    fn only_public_addresses_are_connected_to() {
        for public in
            ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "168.63.129.17", "2606:4700::1111", "2001:4860::1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "192.88.99.1",
            "198.19.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn a_network_that_is_allowed_is_connected_to_with_and_without_tls() {
        let allowed: Networks = "10.0.0.0/8".parse().unwrap();
        let may = |address: &str, is_encrypted| may_connect(address.parse().unwrap(), is_encrypted, &allowed);
        assert_eq!([may("10.1.1.1", true), may("10.1.1.1", false)], [true, true]);
        assert_eq!([may("8.8.8.8", true), may("8.8.8.8", false)], [true, false], "without TLS nothing else");
        assert_eq!([may("127.0.0.1", true), may("127.0.0.1", false)], [false, false]);
    }

    #[test]
    fn what_is_no_address_of_a_webhook_is_refused() {
        let none = Networks::default();
        assert_eq!(checked_url(" https://Hooks.example.org/a?b=c ", &none).unwrap(), "https://hooks.example.org/a?b=c");
        for wrong in [
            "",
            "hooks.example.org",
            "ftp://hooks.example.org",
            "http://hooks.example.org",
            "https://",
            "file:///etc/passwd",
            "https://hooks.example.org/#part",
            "https://hooks.example.org:0/",
            "https://hooks.example.org:99999/",
        ] {
            let refused = checked_url(wrong, &none);
            assert_eq!(field(refused.as_ref().unwrap_err()), "url", "{wrong}");
            assert_eq!(refusal(refused).0, Some(Reason::BadWebhookUrl), "{wrong}");
        }
        let (reason, message) = refusal(checked_url("https://ada:geheim@hooks.example.org/", &none));
        assert_eq!(reason, Some(Reason::BadWebhookUrl));
        assert!(!message.contains("geheim"), "{message}");
        for private in [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]:8443/",
            "https://169.254.169.254/",
        ] {
            assert_eq!(refusal(checked_url(private, &none)).0, Some(Reason::WebhookAddressRefused), "{private}");
        }
        let long = format!("https://hooks.example.org/{}", "a".repeat(WEBHOOK_URL));
        assert_eq!(refusal(checked_url(&long, &none)).0, Some(Reason::TextTooLong));
        let allowed: Networks = "127.0.0.1".parse().unwrap();
        assert_eq!(checked_url("http://127.0.0.1:9/x", &allowed).unwrap(), "http://127.0.0.1:9/x");
        assert_eq!(refusal(checked_url("http://8.8.8.8/", &allowed)).0, Some(Reason::WebhookAddressRefused));
    }
}
