//! Which certificates a connection to the database trusts, and what to say if it does not trust
//! one.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::address::{TlsAddress, Verification};
use crate::error::{Error, Result};

/// Returns the settings of TLS that an address asks for.
pub fn client_config(address: &TlsAddress) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier {
        inner: authority(address, &provider)?,
        verification: address.verification,
        provider: Arc::clone(&provider),
    };
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(config)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    match &address.client {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let chain = certificates(certificate, "sslcert")?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("sslkey", key, &error.to_string()))?;
            builder.with_client_auth_cert(chain, key).map_err(config)
        }
    }
}

fn authority(address: &TlsAddress, provider: &Arc<CryptoProvider>) -> Result<Option<Arc<dyn ServerCertVerifier>>> {
    if address.verification == Verification::None {
        return Ok(None);
    }
    let Some(file) = &address.root else {
        let system = rustls_platform_verifier::Verifier::new(Arc::clone(provider)).map_err(config)?;
        return Ok(Some(Arc::new(system)));
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file, "sslrootcert")? {
        roots.add(certificate).map_err(|error| unusable("sslrootcert", file, &error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(Some(verifier.map_err(config)?))
}

fn certificates(file: &Path, parameter: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    let found = read.map_err(|error| unusable(parameter, file, &error.to_string()))?;
    if found.is_empty() { Err(unusable(parameter, file, "it has no certificate in PEM form")) } else { Ok(found) }
}

fn unusable(parameter: &str, file: &Path, why: &str) -> Error {
    Error::Config(format!("the database's address: `{parameter}={}` cannot be used: {why}", file.display()))
}

fn config(error: impl std::fmt::Display) -> Error {
    Error::Config(format!("TLS to the database cannot be set up: {error}"))
}

/// Checks a certificate as far as the address asks.
#[derive(Debug)]
struct Verifier {
    /// `None` if any certificate will do.
    inner: Option<Arc<dyn ServerCertVerifier>>,
    verification: Verification,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at after the chain, so the chain is right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.verification == Verification::Authority => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Returns what went wrong in a handshake, and what to do.
pub fn explain(error: &std::io::Error, host: &str) -> String {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate comes from an authority that is not trusted; name the authority's file with `sslrootcert=` in the \
             address, or in `SSL_CERT_FILE`"
                .to_owned()
        }
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => format!(
            "its certificate is not for `{host}`; use the name that it was issued for, or `sslmode=verify-ca` if names do not \
             matter in your network"
        ),
        Some(rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            "its certificate has expired".to_owned()
        }
        _ => format!("TLS could not be agreed on: {error}"),
    }
}
