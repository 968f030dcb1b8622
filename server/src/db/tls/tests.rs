//! Against servers that speak, refuse or break TLS; with `HOLDOUT_TEST_POSTGRES` against a real
//! one.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::OnceLock;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};

use super::*;
use crate::db::{Conn, Db};

fn refusal(url: &str) -> String {
    Db::open(url, 1).err().unwrap_or_else(|| panic!("{url} was opened")).to_string()
}

#[test]
fn an_error_response_has_the_form_of_the_protocol() {
    let bytes = error_response("no\0way");
    assert_eq!(bytes[0], b'E');
    assert_eq!(usize::try_from(u32::from_be_bytes(bytes[1..5].try_into().unwrap())).unwrap(), bytes.len() - 1);
    assert_eq!(&bytes[5..], b"SFATAL\0VFATAL\0C08001\0Mnoway\0\0");
}

#[test]
fn the_folder_of_the_socket_is_for_its_owner_only_and_goes_with_the_tunnel() {
    let tunnel = Tunnel::open("postgres://u@127.0.0.1:1/x?sslmode=require").unwrap().unwrap();
    let folder = tunnel._folder.path().to_owned();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    drop(tunnel);
    assert!(!folder.exists());
}

#[test]
fn a_server_that_is_away_is_named_and_not_the_socket() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = refusal(&format!("postgres://u:secret@{free}/x?sslmode=require"));
    let named = format!("at \"127.0.0.1\", port {} over TLS", free.port());
    assert!(error.contains(&named) && error.contains("refused"), "{error}");
    assert!(!error.contains("holdout-database") && !error.contains("secret"), "{error}");
}

/// A server that reads the request for TLS and then sends `answer`.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8];
            if stream.read_exact(&mut request).is_ok() && request == SSL_REQUEST {
                stream.write_all(answer).ok();
            }
        }
    });
    format!("postgres://u@{address}/x?sslmode=require")
}

#[test]
fn a_server_without_tls_is_refused_and_nothing_goes_in_the_clear() {
    let error = refusal(&answering(b"N"));
    assert!(error.contains("does not offer TLS") && error.contains("`ssl` is off"), "{error}");
}

#[test]
fn what_is_no_postgresql_or_speaks_before_tls_is_refused() {
    let error = refusal(&answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert!(error.contains("does not answer like PostgreSQL"), "{error}");
    let error = refusal(&answering(b"Sinjected before the handshake"));
    assert!(error.contains("TLS could not be agreed on"), "{error}");
}

#[test]
fn files_of_certificates_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for (query, part) in [
        ("sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "`sslrootcert=/nowhere/ca.pem`"),
        (&format!("sslmode=verify-full&sslrootcert={}", empty.display()), "no certificate in PEM form"),
        ("sslmode=require&sslcert=/nowhere/c.pem&sslkey=/nowhere/k.pem", "`sslcert=/nowhere/c.pem`"),
    ] {
        let error = refusal(&format!("postgres://u@127.0.0.1:1/x?{query}"));
        assert!(error.contains(part), "{error}");
    }
}

/// What a real cluster needs for TLS, made once: a certificate for `localhost` by an authority in a
/// file, and a role that may come over TLS alone.
struct Cluster {
    address: std::net::SocketAddr,
    folder: tempfile::TempDir,
}

impl Cluster {
    fn get() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        CLUSTER.get_or_init(|| std::env::var("HOLDOUT_TEST_POSTGRES").ok().map(|url| Self::make(&url))).as_ref()
    }

    fn make(url: &str) -> Self {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::default();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = rcgen::CertifiedIssuer::self_signed(parameters, authority_key).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();

        let mut conn = diesel::PgConnection::establish(&format!("{url}/postgres")).unwrap();
        let mut run = |sql: &str| {
            diesel::sql_query(sql).execute(&mut conn).unwrap();
        };
        // The files have to belong to the account that the cluster runs as, so the cluster writes
        // them.
        let mut write = |text: &str, command: &str| {
            let lines = text.trim_end().replace('\n', "','");
            run(&format!("COPY (SELECT unnest(ARRAY['{lines}'])) TO PROGRAM 'umask 077; {command}'"));
        };
        write(&certificate.pem(), "cat > tls.crt");
        write(&key.serialize_pem(), "cat > tls.key");
        write(
            "hostssl all tlsonly all trust\nhost all tlsonly all reject",
            "cat - pg_hba.conf > hba && mv hba pg_hba.conf",
        );
        run("DROP ROLE IF EXISTS tlsonly");
        run("CREATE ROLE tlsonly LOGIN SUPERUSER");
        run("ALTER SYSTEM SET ssl_cert_file = 'tls.crt'");
        run("ALTER SYSTEM SET ssl_key_file = 'tls.key'");
        run("ALTER SYSTEM SET ssl = on");
        run("SELECT pg_reload_conf()");
        let address = url.rsplit('@').next().unwrap().parse().unwrap();
        let cluster = Self { address, folder };
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while let Err(error) = cluster.try_open("holdout", "localhost", "require", false) {
            assert!(std::time::Instant::now() < until, "{error}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        cluster
    }

    fn url(&self, role: &str, host: &str, mode: &str, with_root: bool) -> String {
        let root = self.folder.path().join("ca.pem");
        let root = if with_root { format!("&sslrootcert={}", root.display()) } else { String::new() };
        format!("postgres://{role}@{host}:{}/postgres?sslmode={mode}{root}", self.address.port())
    }

    /// Connects through a tunnel, without making tables.
    fn try_open(
        &self,
        role: &str,
        host: &str,
        mode: &str,
        with_root: bool,
    ) -> std::result::Result<(Tunnel, Conn), String> {
        let tunnel = Tunnel::open(&self.url(role, host, mode, with_root)).unwrap().unwrap();
        match diesel::PgConnection::establish(tunnel.address()) {
            Ok(conn) => Ok((tunnel, Conn::Postgresql(conn))),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = Bool)]
    ssl: bool,
    #[diesel(sql_type = Integer)]
    length: i32,
}

#[test]
fn a_real_server_is_reached_over_tls_and_sees_it() {
    let Some(cluster) = Cluster::get() else { return };
    for (host, mode, with_root) in
        [("localhost", "require", false), ("localhost", "verify-full", true), ("127.0.0.1", "verify-ca", true)]
    {
        let (_tunnel, mut conn) = cluster.try_open("tlsonly", host, mode, with_root).unwrap();
        let sql = "SELECT ssl, length(repeat('x', 3000000)) AS length FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let seen: Seen = diesel::sql_query(sql).get_result(&mut conn).unwrap();
        assert!(seen.ssl && seen.length == 3_000_000, "{host} {mode}");
    }
}

#[test]
fn large_answers_come_whole() {
    let Some(cluster) = Cluster::get() else { return };
    #[derive(QueryableByName)]
    struct Text {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let (_tunnel, mut conn) = cluster.try_open("tlsonly", "localhost", "verify-full", true).unwrap();
    let sql = "SELECT repeat('0123456789', 1000000) AS text";
    let answer: Text = diesel::sql_query(sql).get_result(&mut conn).unwrap();
    assert!(answer.text == "0123456789".repeat(1_000_000));
}

#[test]
fn a_certificate_that_is_not_trusted_or_for_another_name_is_refused_with_what_to_do() {
    let Some(cluster) = Cluster::get() else { return };
    let error = refusal(&cluster.url("tlsonly", "127.0.0.1", "verify-full", true));
    assert!(error.contains("is not for `127.0.0.1`"), "{error}");
    let error = refusal(&cluster.url("tlsonly", "localhost", "verify-full", false));
    assert!(error.contains("not trusted") && error.contains("sslrootcert"), "{error}");
}

#[test]
fn a_server_that_demands_tls_says_so_to_a_plain_address() {
    let Some(cluster) = Cluster::get() else { return };
    let error = refusal(&format!("postgres://tlsonly@{}/postgres", cluster.address));
    assert!(error.contains("no encryption") && error.contains("sslmode=verify-full"), "{error}");
}

/// The whole program's tables, through the tunnel, on a database of their own.
#[test]
fn tables_are_made_over_tls() {
    let Some(cluster) = Cluster::get() else { return };
    let name = format!("tls_{}", std::process::id());
    let (_tunnel, mut conn) = cluster.try_open("tlsonly", "localhost", "verify-full", true).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut conn).unwrap();
    let url = cluster.url("tlsonly", "localhost", "verify-full", true).replace("/postgres?", &format!("/{name}?"));
    let opened = Db::open(&url, 2).map(drop);
    diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut conn).unwrap();
    opened.unwrap();
    assert!(Path::new(cluster.folder.path()).exists());
}
