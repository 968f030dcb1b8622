//! Over TLS, against a receiver with a certificate for `localhost`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::WebhookFault;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::networks::Networks;
use crate::webhooks::signature::new_secret;

/// Answers every request with 204; its address, and the certificate of its authority.
async fn receiver() -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                stream.read_u8().await.ok();
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
                stream.shutdown().await.ok();
            });
        }
    });
    (address, certificate)
}

fn parcel() -> Parcel {
    Parcel { id: "1".to_owned(), secrets: vec![new_secret()], body: b"{}".to_vec() }
}

#[actix_web::test]
async fn nothing_is_sent_to_a_receiver_whose_certificate_is_not_valid_for_its_host() {
    let (address, certificate) = receiver().await;
    let allowed: Networks = "127.0.0.1".parse().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let client = |connector| Client::with(connector, Duration::from_secs(5));
    let trusting = client(Connector::trusting(allowed.clone(), config));
    let url = |host: &str| format!("https://{host}:{}/", address.port());
    assert_eq!(trusting.send(&url("localhost"), parcel()).await, Ok(204));
    let other_name = trusting.send(&url("127.0.0.1"), parcel()).await.unwrap_err();
    assert_eq!(other_name.fault, WebhookFault::Tls);
    assert!(other_name.error.contains("certificate"), "{other_name:?}");
    let of_system = client(Connector::new(allowed)).send(&url("localhost"), parcel()).await.unwrap_err();
    assert_eq!(of_system.fault, WebhookFault::Tls);
    let refused = client(Connector::new(Networks::default())).send(&url("localhost"), parcel()).await.unwrap_err();
    assert_eq!(refused.fault, WebhookFault::AddressRefused);
}
