//! Whose certificates are trusted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Whose certificates are trusted: by default those of the system, or of the file that
/// `SSL_CERT_FILE` names. A list of our own would leave out the private authority of an
/// institution.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    only: Option<(PathBuf, Arc<Vec<Certificate<'static>>>)>,
}

/// The variable that names a file of authorities to trust in place of the system's.
const FILE: &str = "SSL_CERT_FILE";

/// A file of authorities that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read.
    #[error("`{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is something else.
    #[error("`{}` has no certificate in PEM form, which begins with `-----BEGIN CERTIFICATE-----`", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
}

impl Trust {
    /// Trusts the authorities in a PEM file, and no others.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has no certificate.
    pub fn only(path: &Path) -> Result<Self, TrustError> {
        let text = std::fs::read(path).map_err(|cause| TrustError::Unreadable { path: path.to_owned(), cause })?;
        let certificates: Vec<Certificate<'static>> = parse_pem(&text)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if certificates.is_empty() {
            return Err(TrustError::NoCertificate { path: path.to_owned() });
        }
        Ok(Self { only: Some((path.to_owned(), Arc::new(certificates))) })
    }

    /// Returns how connections are made.
    #[must_use]
    pub fn tls_config(&self) -> TlsConfig {
        let roots = match &self.only {
            Some((_, certificates)) => RootCerts::Specific(Arc::clone(certificates)),
            None => RootCerts::PlatformVerifier,
        };
        // The provider that the rest of the program uses; ureq would bring another one.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build()
    }

    /// Describes a failed call. If a certificate was refused, names the file of the authorities,
    /// which may be the wrong one.
    #[must_use]
    pub fn describe(&self, cause: String) -> String {
        self.describe_with(cause, std::env::var_os(FILE).filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    fn describe_with(&self, cause: String, systems: Option<PathBuf>) -> String {
        let cause = in_words(&cause).map_or(cause, str::to_owned);
        if !cause.to_lowercase().contains("certificate") {
            return cause;
        }
        match (&self.only, systems) {
            (Some((path, _)), _) => format!("{cause}; only the authorities in `{}` are trusted", path.display()),
            (None, Some(path)) => match Self::only(&path) {
                Ok(_) => format!("{cause}; only the authorities in `{}` are trusted, as `{FILE}` says", path.display()),
                Err(error) => format!("{cause}; `{FILE}` names a file that cannot be used: {error}"),
            },
            (None, None) => cause,
        }
    }
}

/// Returns what rustls means by some of its causes, which name its own types.
fn in_words(cause: &str) -> Option<&'static str> {
    Some(if cause.contains("UnknownIssuer") {
        "no trusted authority issued the server's certificate"
    } else if cause.contains("CaUsedAsEndEntity") {
        "the server's certificate is that of an authority, such as a self-signed one; a server needs a certificate that an authority issued"
    } else if cause.contains("InvalidContentType") {
        "what answers does not speak TLS"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_told_with_the_file_of_authorities_that_the_environment_names() {
        let told = |file: &str| Trust::default().describe_with("no CA certificates".to_owned(), Some(file.into()));
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        for (file, said) in [("/nowhere/ca.pem", "No such file"), (empty.to_str().unwrap(), "has no certificate")] {
            let told = told(file);
            assert!(told.contains("`SSL_CERT_FILE` names a file that cannot be used") && told.contains(said), "{told}");
        }
        assert_eq!(Trust::default().describe_with("timeout".to_owned(), Some("/nowhere".into())), "timeout");
    }

    #[test]
    fn what_rustls_names_by_its_types_is_said_in_words() {
        let told = |cause: &str| Trust::default().describe_with(cause.to_owned(), None);
        assert!(told("invalid peer certificate: UnknownIssuer").starts_with("no trusted authority issued"));
        assert!(told("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))").contains("self-signed"));
        let plain = told("received corrupt message of type InvalidContentType");
        assert_eq!(plain, "what answers does not speak TLS");
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(Trust::only(&path).unwrap_err().to_string().contains("ca.pem"));
        for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nmore\n"] {
            std::fs::write(&path, text).unwrap();
            let message = Trust::only(&path).unwrap_err().to_string();
            assert!(message.contains("ca.pem") && message.contains("no certificate"), "{message}");
        }
    }

    #[test]
    fn a_refused_certificate_is_told_with_the_file_of_the_authorities() {
        let only = Trust { only: Some((PathBuf::from("/etc/ca.pem"), Arc::default())) };
        let refused = "invalid peer certificate: NotValidForName".to_owned();
        assert_eq!(
            only.describe(refused.clone()),
            format!("{refused}; only the authorities in `/etc/ca.pem` are trusted")
        );
        assert_eq!(only.describe("connection refused".to_owned()), "connection refused");
        assert_eq!(Trust::default().describe_with(refused.clone(), None), refused);
    }
}
