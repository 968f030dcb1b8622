//! What an address says about TLS, in the words of PostgreSQL's own client library.
//! <https://www.postgresql.org/docs/current/libpq-connect.html>

use std::path::{Path, PathBuf};

use url::Url;

use crate::error::{Error, Result};

/// How far the server's certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// `require`: not at all. The connection is encrypted, but anybody in between could answer.
    None,
    /// `verify-ca`: it comes from an authority that is trusted.
    Authority,
    /// `verify-full`: it comes from such an authority and names the host.
    Full,
}

/// An address that asks for TLS.
#[derive(Debug)]
pub struct TlsAddress {
    pub host: String,
    pub port: u16,
    pub verification: Verification,
    /// The file of certificates that are trusted; `None` if those of the system are.
    pub root: Option<PathBuf>,
    /// The files of the client's own certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The address without what concerns TLS.
    plain: Url,
}

/// Parameters that the client library must not see, because it has no TLS.
const TAKEN: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port"];
const MODES: &str = "`disable`, `require`, `verify-ca` and `verify-full`";

impl TlsAddress {
    /// Reads an address. Returns `None` if neither it nor `environment`, the value of `PGSSLMODE`,
    /// asks for TLS.
    pub fn parse(text: &str, environment: Option<&str>) -> Result<Option<Self>> {
        // What it is may hold a password, so the message does not repeat it.
        let plain =
            Url::parse(text).map_err(|error| Error::Config(format!("TLS to the database: the address has an {error}")));
        // The library also understands addresses that are no URLs, such as
        // `postgres://USER@/DATABASE?host=/run/postgresql`.
        let mode = match &plain {
            Ok(url) => last(url, "sslmode"),
            Err(_) => ["require", "verify-ca", "verify-full"]
                .into_iter()
                .find(|mode| text.contains(&format!("sslmode={mode}")))
                .map(str::to_owned),
        };
        let Some(verification) = verification_of(mode.as_deref().or(environment))? else { return Ok(None) };
        let mut plain = plain?;
        let get = |name| last(&plain, name).filter(|value| !value.is_empty());
        let host = get("host").or_else(|| plain.host_str().map(unbracketed)).filter(|host| !host.is_empty());
        let host = host.filter(|host| !host.starts_with(['/', '@']) && !host.contains(','));
        let host =
            host.ok_or_else(|| Error::Config("the database's address: TLS needs the name of one host".to_owned()))?;
        let port = match get("port") {
            Some(port) => {
                port.parse().map_err(|_| Error::Config(format!("the database's address: `{port}` is no port")))?
            }
            None => plain.port().unwrap_or(5432),
        };
        let root = get("sslrootcert").filter(|root| root != "system").map(PathBuf::from);
        let client = client_of(get("sslcert"), get("sslkey"))?;
        // As in PostgreSQL's own library: who names an authority wants it to be checked.
        let verification = match verification {
            Verification::None if root.is_some() => Verification::Authority,
            other => other,
        };
        let rest: Vec<(String, String)> = plain.query_pairs().into_owned().collect();
        plain.set_query(None);
        for (name, value) in rest.iter().filter(|(name, _)| !TAKEN.contains(&name.as_str())) {
            append(&mut plain, name, value);
        }
        Ok(Some(Self { host, port, verification, root, client, plain }))
    }

    /// The same address through the socket in `folder`.
    pub fn through(&self, folder: &Path) -> String {
        let mut url = self.plain.clone();
        append(&mut url, "host", &folder.to_string_lossy());
        append(&mut url, "port", &self.port.to_string());
        append(&mut url, "sslmode", "disable");
        url.into()
    }
}

/// The last value of a parameter, which is the one that counts.
fn last(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
}

fn unbracketed(host: &str) -> String {
    host.trim_matches(['[', ']']).to_owned()
}

/// Appends a parameter. The library does not read `+` as a space, so spaces are escaped as `%20`.
fn append(url: &mut Url, name: &str, value: &str) {
    url.query_pairs_mut().append_pair(name, value);
    let query = url.query().unwrap_or_default().replace('+', "%20");
    url.set_query(Some(&query));
}

/// Returns what `sslmode` asks to be verified; `None` if it asks for no TLS.
fn verification_of(mode: Option<&str>) -> Result<Option<Verification>> {
    Ok(match mode {
        // The library would take TLS if it could for the last two, but would continue without it,
        // too.
        None | Some("" | "disable" | "allow" | "prefer") => None,
        Some("require") => Some(Verification::None),
        Some("verify-ca") => Some(Verification::Authority),
        Some("verify-full") => Some(Verification::Full),
        Some(other) => {
            let message = format!("the database's address: `sslmode={other}` is unknown; there are {MODES}");
            return Err(Error::Config(message));
        }
    })
}

/// The files of a client certificate and its key.
fn client_of(certificate: Option<String>, key: Option<String>) -> Result<Option<(PathBuf, PathBuf)>> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate.into(), key.into()))),
        (None, None) => Ok(None),
        _ => {
            let message = "the database's address: `sslcert` and `sslkey` belong together; one is missing";
            Err(Error::Config(message.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<TlsAddress>> {
        TlsAddress::parse(text, None)
    }

    #[test]
    fn only_an_address_that_asks_for_tls_gets_it() {
        for text in [
            "postgres://u@h/d",
            "postgres://u@h/d?sslmode=prefer",
            "postgres://u@h/d?sslmode=disable",
            "postgres://u@/d?host=/run",
        ] {
            assert!(parse(text).unwrap().is_none(), "{text}");
        }
        for (mode, verification) in [
            ("require", Verification::None),
            ("verify-ca", Verification::Authority),
            ("verify-full", Verification::Full),
        ] {
            let address = parse(&format!("postgres://u@h/d?sslmode={mode}")).unwrap().unwrap();
            assert_eq!((address.verification, address.port, address.root), (verification, 5432, None));
        }
        assert!(TlsAddress::parse("postgres://u@h/d", Some("require")).unwrap().is_some());
        assert!(TlsAddress::parse("postgres://u@h/d?sslmode=disable", Some("require")).unwrap().is_none());
    }

    #[test]
    fn a_named_authority_is_checked_and_system_means_the_systems() {
        let address = parse("postgres://u@h/d?sslmode=require&sslrootcert=/ca.pem").unwrap().unwrap();
        assert_eq!((address.verification, address.root), (Verification::Authority, Some("/ca.pem".into())));
        let address = parse("postgres://u@h/d?sslmode=verify-full&sslrootcert=system").unwrap().unwrap();
        assert_eq!((address.verification, address.root), (Verification::Full, None));
    }

    #[test]
    fn the_address_through_the_socket_keeps_everything_but_host_and_tls() {
        let text = "postgres://u%40x:p%2Fw@[::1]:6000/d?sslmode=verify-full&sslrootcert=/a&application_name=a%20b&sslcert=c&sslkey=k";
        let address = parse(text).unwrap().unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 6000));
        assert_eq!(address.client, Some(("c".into(), "k".into())));
        let through = address.through(Path::new("/tmp/x"));
        let expected =
            "postgres://u%40x:p%2Fw@[::1]:6000/d?application_name=a%20b&host=%2Ftmp%2Fx&port=6000&sslmode=disable";
        assert_eq!(through, expected);
    }

    #[test]
    fn what_cannot_be_used_is_named_without_the_password() {
        for (text, part) in [
            ("postgres://u:secret@h/d?sslmode=always", "`sslmode=always`"),
            ("postgres://u:secret@h/d?sslmode=require&sslcert=c", "`sslcert` and `sslkey`"),
            ("postgres://u:secret@h/d?sslmode=require&port=x", "`x` is no port"),
            ("postgres://u:secret@/d?sslmode=require&host=/run/postgresql", "empty host"),
            ("postgres://u:secret@h/d?sslmode=require&host=/run/postgresql", "one host"),
            ("postgres://u:secret@h/d?sslmode=require&host=a,b", "one host"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
