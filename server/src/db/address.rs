//! The database's address: what is refused before the pool tries it.

use std::time::Duration;

use diesel::Connection as _;

use crate::error::{Error, Result};
use crate::scheme::scheme_of;
use crate::unknown_fields::nearest;

/// How long a request waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Returns true if the URL is one of PostgreSQL's.
#[must_use]
pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Refuses an address that would be taken for a path: with the scheme of another database, or of
/// PostgreSQL without a slash. Also those that SQLite would not take for the path of a file.
pub(super) fn check_scheme(url: &str) -> Result<()> {
    const GIVE: &str = "give `postgres://USER@HOST/DATABASE` or the path of an SQLite file";
    // Not the whole address, because it may hold a password.
    let message = match scheme_of(url) {
        _ if is_postgres(url) => return Ok(()),
        Some("postgres" | "postgresql") => {
            "the database's address lacks a slash: write `postgres://USER@HOST/DATABASE`".to_owned()
        }
        Some(scheme) if url.contains("://") => format!("`{scheme}://` is no database that Holdout can use; {GIVE}"),
        Some(scheme) => format!("`{scheme}:` is no database that Holdout can use; {GIVE}, such as `./{scheme}:…`"),
        None if url.starts_with(":memory:") => format!("a database in memory would be lost with the server; {GIVE}"),
        None if url.is_empty() => format!("the database's address is empty; {GIVE}"),
        None => return Ok(()),
    };
    Err(Error::Config(message))
}

/// Refuses an address of PostgreSQL that its client would misread.
pub(super) fn check_form(url: &str) -> Result<()> {
    check_scheme(url)?;
    if !is_postgres(url) {
        return Ok(());
    }
    if !is_understood(url) {
        return Err(Error::Config(NOT_UNDERSTOOD.to_owned()));
    }
    let names = url.split_once('?').map_or("", |(_, query)| query).split('&').filter_map(|pair| pair.split('=').next());
    let unknown = names.filter(|name| !name.is_empty()).find(|name| !PARAMETERS.contains(name));
    match unknown {
        // Only a name that is close to a known one is said, because it may be part of a password.
        Some(name) => Err(Error::Config(match nearest(name, PARAMETERS) {
            Some(meant) => format!("the database's address has the parameter `{name}`; did you mean `{meant}`?"),
            None => format!("the database's address has a parameter that PostgreSQL's client does not know; {ESCAPED}"),
        })),
        None => Ok(()),
    }
}

/// The parameters of addresses;
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "service",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Refuses a PostgreSQL server that does not let this program in, with its own words. The pool
/// would try for ten seconds and then know only that it had no connection. `behind` is the server
/// if the address is that of a tunnel.
pub(super) fn check_address(url: &str, behind: Option<String>) -> Result<()> {
    if !is_postgres(url) {
        return Ok(());
    }
    match diesel::PgConnection::establish(&with_timeout(url)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Connection(explain(&error.to_string(), behind))),
    }
}

/// What is said of an address instead of the client library's errors, which quote from it, and so
/// perhaps the password.
const NOT_UNDERSTOOD: &str = "the database's address is not one that PostgreSQL's client understands: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, \
     with a number as the port; write `@`, `/`, `:`, `?` and `%` in a password as `%40`, `%2F`, `%3A`, `%3F` and `%25`";
/// What to do about a password that was taken for another part of the address.
const ESCAPED: &str = "write `?` and `&` in a password as `%3F` and `%26`";

/// Whether hosts and ports stand where they belong: if a password has an unescaped `@`, `/`, `:` or
/// `?`, a part of it would be taken for a host, a port or a database, and named in an error.
fn is_understood(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let hosts = authority.split_once('@').map_or(authority, |(_, hosts)| hosts);
    let in_path = path.split('?').next().is_some_and(|path| path.contains('@'));
    let is_port = |port: &str| port.parse::<u16>().is_ok();
    let is_host = |host: &str| match host.rsplit_once(']') {
        Some((_, port)) => port.is_empty() || port.strip_prefix(':').is_some_and(is_port),
        None => host.split_once(':').is_none_or(|(_, port)| port.is_empty() || is_port(port)),
    };
    !hosts.contains('@') && !in_path && hosts.split(',').all(is_host)
}

/// Returns the address with a limit on the time that connecting takes, unless it has one.
fn with_timeout(url: &str) -> String {
    if url.contains("connect_timeout=") {
        return url.to_owned();
    }
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}connect_timeout={}", PATIENCE.as_secs())
}

/// Returns PostgreSQL's message on one line, with what to do if the server demands TLS. It names
/// the server that is `behind` a tunnel instead of the tunnel's socket.
fn explain(message: &str, behind: Option<String>) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if ["percent-encoded", " URI", "URI query", "connection option"].iter().any(|part| line.contains(part)) {
        return NOT_UNDERSTOOD.to_owned();
    }
    let line = match (behind, line.split_once("on socket \"")) {
        (Some(server), Some((start, rest))) => {
            let rest = rest.split_once('"').map_or(rest, |(_socket, rest)| rest);
            format!("{start}at {server} over TLS{rest}")
        }
        _ => line,
    };
    if line.contains("no encryption") {
        return format!(
            "{line}. If the server accepts only connections with TLS, add `?sslmode=verify-full` to the address (and \
             `&sslrootcert=FILE` if its certificate comes from an authority of your own)"
        );
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_if_hosts_and_ports_stand_where_they_belong() {
        for good in [
            "postgres://h",
            "postgres://u:p%40q@h:5432/x",
            "postgres://u@[::1]:5432,h2:1/x?sslmode=require",
            "postgres://%2Ftmp%2Fsocket/x",
            "postgres://[::1]/x",
            "postgresql://u:p@/x?host=/tmp/a@b",
        ] {
            assert!(is_understood(good), "{good}");
        }
    }

    #[test]
    fn a_misspelt_parameter_is_named_if_it_is_close_to_a_known_one() {
        let refused = |url: &str| check_form(url).unwrap_err().to_string();
        assert!(refused("postgres://u@h/x?sslmod=require").contains("`sslmod`; did you mean `sslmode`?"));
        assert!(
            refused("postgres://u@h/x?sslmode=require&conect_timeout=1").contains("did you mean `connect_timeout`?")
        );
        let secret = refused("postgres://u@h/x?zqwrong");
        assert!(!secret.contains("zqwrong") && secret.contains("`%3F`"), "{secret}");
        assert!(refused("postgres://u@h:x/y").contains("with a number as the port"));
        for good in ["postgres://h/x", "postgres://h/x?", "postgres://h/x?sslmode=require&options=-c%20a%3Db"] {
            assert!(check_form(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_sqlite_would_not_take_for_a_file_is_refused() {
        for (url, said) in [
            ("sqlite:x.db", "`sqlite:` is no database that Holdout can use"),
            ("file:x.db", "such as `./file:…`"),
            (":memory:", "would be lost with the server"),
            ("", "is empty"),
            ("postgres:/x", "lacks a slash"),
        ] {
            let error = check_scheme(url).unwrap_err().to_string();
            assert!(error.contains(said), "{url}: {error}");
        }
        assert!(check_scheme("./file:x.db").is_ok() && check_scheme("data/holdout.db").is_ok());
    }

    #[test]
    fn connecting_has_a_limit_of_time_unless_the_address_sets_one() {
        assert_eq!(with_timeout("postgres://h/x"), "postgres://h/x?connect_timeout=10");
        assert_eq!(with_timeout("postgres://h/x?sslmode=disable"), "postgres://h/x?sslmode=disable&connect_timeout=10");
        assert_eq!(with_timeout("postgres://h/x?connect_timeout=2"), "postgres://h/x?connect_timeout=2");
    }

    #[test]
    fn what_the_server_says_is_one_line_and_names_the_server_and_not_the_tunnel() {
        let said = "connection to server on socket \"/tmp/holdout-x/.s.PGSQL.5432\" failed: FATAL:\n  role \"u\" does not exist\n";
        let behind = explain(said, Some("`db.example.org`, port 5432".to_owned()));
        assert_eq!(
            behind,
            "connection to server at `db.example.org`, port 5432 over TLS failed: FATAL: role \"u\" does not exist"
        );
        assert!(explain(said, None).contains("on socket \"/tmp/holdout-x"), "an operator's own socket");
    }

    #[test]
    fn an_address_that_the_client_misreads_is_not_quoted_and_tls_is_explained() {
        for quoted in ["invalid percent-encoded token: \"s3cret\"", "missing key in URI query parameter: \"s3cret\""] {
            let told = explain(quoted, None);
            assert!(!told.contains("s3cret") && told.contains("`%40`"), "{told}");
        }
        let told = explain("FATAL: no pg_hba.conf entry for host \"192.0.2.1\", no encryption", None);
        assert!(told.contains("add `?sslmode=verify-full`"), "{told}");
    }
}
