//! Which coding a caller reads, and gzip for what is made here.

use std::io::Write as _;

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, Encoding, Header as _};
use flate2::Compression;
use flate2::write::GzEncoder;

/// What a caller reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli, and gzip.
    Brotli,
}

/// The best coding that a caller reads, by `Accept-Encoding`.
#[must_use]
pub fn coding(request: &HttpRequest) -> Coding {
    let Ok(accepted) = AcceptEncoding::parse(request) else { return Coding::Identity };
    let takes = |coding: Encoding| accepted.negotiate([coding.clone()].iter()) == Some(coding);
    match (takes(Encoding::brotli()), takes(Encoding::gzip())) {
        (true, true) => Coding::Brotli,
        (_, true) => Coding::Gzip,
        _ => Coding::Identity,
    }
}

/// Bytes in gzip's form, at a level that costs a board of a thousand rows a few milliseconds.
///
/// # Errors
/// None that memory alone does not make.
pub fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), Compression::new(5));
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_caller_gets_the_best_coding_that_it_reads() {
        let of = |accepted: &str| {
            coding(&TestRequest::default().insert_header(("accept-encoding", accepted)).to_http_request())
        };
        assert_eq!(of("gzip, deflate, br, zstd"), Coding::Brotli);
        for gzip in ["gzip", "deflate, gzip;q=0.5", "gzip, br;q=0"] {
            assert_eq!(of(gzip), Coding::Gzip, "{gzip}");
        }
        for plain in ["identity", "zstd", "gzip;q=0", "", "br"] {
            assert_eq!(of(plain), Coding::Identity, "{plain}");
        }
        assert_eq!(coding(&TestRequest::default().to_http_request()), Coding::Identity);
    }
}
