//! A connection to a receiver. Where it leads is decided here, at the time of connecting, because
//! what a name stands for may change after it was checked.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use holdout_protocol::WebhookFault;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::address::may_connect;
use super::outcome::Failure;
use crate::networks::Networks;

/// Addresses of a host that are tried.
const ADDRESSES: usize = 4;

/// Makes connections.
pub struct Connector {
    allowed: Networks,
    tls: OnceLock<Result<TlsConnector, String>>,
}

/// A connection, encrypted or not.
pub enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connector {
    pub fn new(allowed: Networks) -> Self {
        Self { allowed, tls: OnceLock::new() }
    }

    /// A connector that trusts what `config` trusts.
    #[cfg(test)]
    pub fn trusting(allowed: Networks, config: ClientConfig) -> Self {
        Self { allowed, tls: OnceLock::from(Ok(TlsConnector::from(Arc::new(config)))) }
    }

    /// Connects to the host of an address, within `timeout` for each of the host's addresses.
    pub async fn connect(&self, url: &Url, timeout: Duration) -> Result<Connection, Failure> {
        let is_encrypted = url.scheme() == "https";
        let stream = open(&self.addresses(url, is_encrypted).await?, timeout).await?;
        if !is_encrypted {
            return Ok(Connection::Plain(stream));
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(tls_failure)?;
        let stream = self.tls()?.connect(name, stream).await.map_err(tls_failure)?;
        Ok(Connection::Tls(Box::new(stream)))
    }

    /// The addresses of the host to which the server may connect.
    async fn addresses(&self, url: &Url, is_encrypted: bool) -> Result<Vec<SocketAddr>, Failure> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(IpAddr::V4(address), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(IpAddr::V6(address), port)],
            Some(Host::Domain(name)) => {
                let found = tokio::net::lookup_host((name, port)).await;
                found.map_err(|error| Failure::new(WebhookFault::NoAddress, error))?.collect()
            }
            None => Vec::new(),
        };
        if found.is_empty() {
            return Err(Failure::new(WebhookFault::NoAddress, "the host has no address"));
        }
        let may = |address: &SocketAddr| may_connect(address.ip(), is_encrypted, &self.allowed);
        let allowed: Vec<SocketAddr> = found.into_iter().filter(may).take(ADDRESSES).collect();
        if allowed.is_empty() {
            // Which address it is would tell an organizer of names in the operator's network.
            let error = "the host leads to a private address, or `http` is not allowed for it";
            return Err(Failure::new(WebhookFault::AddressRefused, error));
        }
        Ok(allowed)
    }

    fn tls(&self) -> Result<&TlsConnector, Failure> {
        self.tls.get_or_init(tls_of_system).as_ref().map_err(tls_failure)
    }
}

/// TLS as the system trusts it.
fn tls_of_system() -> Result<TlsConnector, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(|error| error.to_string())?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    let config = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn tls_failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(WebhookFault::Tls, error)
}

/// Connects to the first of these addresses that answers.
async fn open(addresses: &[SocketAddr], timeout: Duration) -> Result<TcpStream, Failure> {
    let share = timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut last = Failure::new(WebhookFault::NoConnection, "the host has no address");
    for address in addresses {
        last = match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Failure::new(WebhookFault::NoConnection, error),
            Err(_) => Failure::new(WebhookFault::Timeout, "no connection in time"),
        };
    }
    Err(last)
}
