//! The database's address: what is refused before the pool tries it.

use std::time::Duration;

use diesel::Connection as _;

use crate::error::{Error, Result};

/// How long a request waits for a connection.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Returns true if the URL is one of PostgreSQL's.
#[must_use]
pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Refuses an address of PostgreSQL that would be taken for a path, because it lacks a slash.
pub(super) fn check_scheme(url: &str) -> Result<()> {
    let lacks_slash = ["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) && !is_postgres(url);
    // Not the whole address, because it may hold a password.
    let message = "the database's address lacks a slash: write `postgres://USER@HOST/DATABASE`";
    if lacks_slash { Err(Error::Config(message.to_owned())) } else { Ok(()) }
}

/// Refuses an address of PostgreSQL that its client would misread.
pub(super) fn check_form(url: &str) -> Result<()> {
    check_scheme(url)?;
    if is_postgres(url) && !is_understood(url) { Err(Error::Config(NOT_UNDERSTOOD.to_owned())) } else { Ok(()) }
}

/// Refuses an address that cannot be a database, and a PostgreSQL server that does not let this
/// program in, with its own words. The pool would try for ten seconds and then know only that it
/// had no connection. `behind` is the server if the address is that of a tunnel.
pub(super) fn check_address(url: &str, behind: Option<String>) -> Result<()> {
    if !is_postgres(url) {
        // Not the whole address, because it may hold a password.
        return match url.split_once("://") {
            Some((scheme, _)) => Err(Error::Config(format!(
                "`{scheme}://` is no database that Holdout can use; give `postgres://USER@HOST/DATABASE` or the path of an \
                 SQLite file"
            ))),
            None => Ok(()),
        };
    }
    match diesel::PgConnection::establish(&with_timeout(url)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Connection(explain(&error.to_string(), behind))),
    }
}

/// What is said of an address instead of the client library's errors, which quote from it, and so
/// perhaps the password.
const NOT_UNDERSTOOD: &str = "the database's address is not one that PostgreSQL's client understands: `postgres://USER:PASSWORD@HOST/DATABASE`; \
     write `@`, `/`, `:`, `?` and `%` in a password as `%40`, `%2F`, `%3A`, `%3F` and `%25`";

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
