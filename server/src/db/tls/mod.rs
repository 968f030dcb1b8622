//! PostgreSQL over TLS.
//!
//! The client library that is compiled into this program has no TLS. If an address asks for it, the
//! library connects to a Unix socket in a folder that only this process's user may enter, and what
//! it says goes from there over TLS to the server. Why: `docs/decisions/0003-postgres-tls.md`.

mod address;
mod certificates;

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

use crate::error::{Error, Result};
use address::TlsAddress;

/// What a client sends to ask for TLS: the length of the message and a number that is no version of
/// the protocol. <https://www.postgresql.org/docs/current/protocol-message-formats.html>
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// The first message of a client is not longer; it holds the names of role and database, and
/// settings.
const LONGEST_STARTUP: usize = 10_000;

/// The way to one PostgreSQL server over TLS. It is open until this is dropped.
pub struct Tunnel {
    address: String,
    server: String,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Tunnel {
    /// Opens the way that `url` asks for. Returns `None` if it asks for none.
    ///
    /// # Errors
    /// [`Error::Config`] if the address or a file that it names cannot be used.
    pub fn open(url: &str) -> Result<Option<Self>> {
        let environment = std::env::var("PGSSLMODE").ok();
        let Some(server) = TlsAddress::parse(url, environment.as_deref())? else { return Ok(None) };
        let config = certificates::client_config(&server)?;
        let name = ServerName::try_from(server.host.clone()).map_err(|_| {
            Error::Config(format!("`{}` in the database's address is not the name of a host", server.host))
        })?;
        let failed = |error| Error::Config(format!("cannot open a socket for the connection to the database: {error}"));
        let folder = tempfile::Builder::new().prefix("holdout-database.").tempdir().map_err(failed)?;
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
        let listener = std::os::unix::net::UnixListener::bind(folder.path().join(format!(".s.PGSQL.{}", server.port)))
            .map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = server.through(folder.path());
        let shown = format!("\"{}\", port {}", server.host, server.port);
        let (stop, stopped) = oneshot::channel();
        let route = Arc::new(Route { server, name, connector: TlsConnector::from(Arc::new(config)) });
        // A thread of its own, because connections are also opened before and outside the server's
        // runtime.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        std::thread::Builder::new()
            .name("database-tls".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, route) => (),
                        _ = stopped => (),
                    }
                });
            })
            .map_err(failed)?;
        Ok(Some(Self { address, server: shown, _folder: folder, _stop: stop }))
    }

    /// The address for the client library.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server that it leads to, as PostgreSQL's messages name servers.
    pub fn server(&self) -> String {
        self.server.clone()
    }
}

/// Where connections lead.
struct Route {
    server: TlsAddress,
    name: ServerName<'static>,
    connector: TlsConnector,
}

async fn accept(listener: std::os::unix::net::UnixListener, route: Arc<Route>) {
    let Ok(listener) = UnixListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((client, _)) => drop(tokio::spawn(serve(client, Arc::clone(&route)))),
            // Too many open files, as a rule: some will be closed.
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
}

async fn serve(mut client: UnixStream, route: Arc<Route>) {
    let connecting = tokio::time::timeout(super::address::PATIENCE, route.connect());
    let reached =
        connecting.await.unwrap_or_else(|_| Err(format!("no answer within {} s", super::address::PATIENCE.as_secs())));
    match reached {
        // An error here is the end of the connection, which both sides see.
        Ok(mut server) => drop(tokio::io::copy_bidirectional(&mut client, &mut server).await),
        Err(message) => drop(refuse(&mut client, &message).await),
    }
}

impl Route {
    async fn connect(&self) -> std::result::Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
        let TlsAddress { host, port, .. } = &self.server;
        let mut stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| error.to_string())?;
        // Queries are small and wait for their answer.
        stream.set_nodelay(true).ok();
        stream.write_all(&SSL_REQUEST).await.map_err(|error| error.to_string())?;
        match stream.read_u8().await.map_err(|error| error.to_string())? {
            b'S' => (),
            b'N' => return Err("it does not offer TLS (`ssl` is off in its postgresql.conf)".to_owned()),
            _ => return Err("it does not answer like PostgreSQL when asked for TLS".to_owned()),
        }
        // Bytes behind the answer would have been sent by somebody in between, before TLS began;
        // they become part of the handshake here, which then fails.
        let connected = self.connector.connect(self.name.clone(), stream).await;
        connected.map_err(|error| certificates::explain(&error, host))
    }
}

/// Answers the client as a server does that lets nobody in, so that the message is reported like
/// the server's own.
async fn refuse(client: &mut UnixStream, message: &str) -> std::io::Result<()> {
    let length = usize::try_from(client.read_u32().await?).unwrap_or(usize::MAX).saturating_sub(4);
    let mut startup = vec![0; length.min(LONGEST_STARTUP)];
    client.read_exact(&mut startup).await?;
    client.write_all(&error_response(message)).await?;
    client.shutdown().await
}

/// An `ErrorResponse`: fields of a letter and a text that ends with a zero byte, and a zero byte
/// after the last. 08001 is the code for "the client cannot establish a connection".
fn error_response(message: &str) -> Vec<u8> {
    let fields = format!("SFATAL\0VFATAL\0C08001\0M{}\0\0", message.replace('\0', ""));
    let length = u32::try_from(fields.len()).unwrap_or(0).saturating_add(4);
    [b"E".as_slice(), &length.to_be_bytes(), fields.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
