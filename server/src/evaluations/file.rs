//! The files that scorers fetch: what teams sent, and test sets. They get no other blobs.

use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use holdout_protocol::Sha256;

use crate::app::App;
use crate::db;
use crate::error::{Error, Result};

/// A file, or a part of it.
pub struct File {
    /// Size of the whole file, bytes.
    pub size: u64,
    /// What of it was asked for and is in `bytes`; none for all.
    pub part: Part,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

/// What a `Range` header asks for of a file of known size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it: there is no header, or one with several ranges or in other words than ours, which
    /// RFC 9110 lets us ignore.
    All,
    /// These bytes.
    Some(Range<u64>),
    /// Bytes that the file does not have.
    Beyond,
}

impl Part {
    /// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` and `bytes=-COUNT`.
    pub fn from_header(header: Option<&str>, size: u64) -> Self {
        let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")?.split_once('-')) else {
            return Self::All;
        };
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
        let range = match (first, last) {
            ("", count) => number(count).map(|count| size.saturating_sub(count)..size),
            (first, "") => number(first).map(|first| first..size),
            (first, last) => match (number(first), number(last)) {
                (Some(first), Some(last)) if first <= last => Some(first..size.min(last.saturating_add(1))),
                _ => None,
            },
        };
        match range {
            None => Self::All,
            Some(range) if range.start >= range.end => Self::Beyond,
            Some(range) => Self::Some(range),
        }
    }
}

/// Opens a file that a submission or a test set names.
///
/// # Errors
/// `not_found` if none does, or the store does not have it.
pub async fn open(app: &App, sha256: Sha256, range: Option<String>) -> Result<File> {
    if !app.db.read(move |conn| db::running::is_for_scorers(conn, sha256)).await? {
        return Err(Error::not_found("file", sha256));
    }
    read(app, sha256, range).await
}

/// Opens a file of the store, whoever asks.
///
/// # Errors
/// `not_found` if the store does not have it.
pub async fn read(app: &App, sha256: Sha256, range: Option<String>) -> Result<File> {
    let size = app.blobs.stat(sha256).await?.ok_or_else(|| Error::not_found("file", sha256))?;
    let part = Part::from_header(range.as_deref(), size);
    let wanted = match &part {
        Part::All => None,
        Part::Some(range) => Some(range.clone()),
        Part::Beyond => Some(0..0),
    };
    Ok(File { size, part, bytes: app.blobs.open(sha256, wanted).await? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let part = |header| Part::from_header(Some(header), 10);
        assert_eq!(Part::from_header(None, 10), Part::All);
        assert_eq!(part("bytes=0-"), Part::Some(0..10));
        assert_eq!(part("bytes=3-"), Part::Some(3..10));
        assert_eq!(part("bytes=3-3"), Part::Some(3..4));
        assert_eq!(part("bytes=3-99"), Part::Some(3..10));
        assert_eq!(part("bytes=-4"), Part::Some(6..10));
        assert_eq!(part("bytes=-99"), Part::Some(0..10));
        assert_eq!(part("bytes=3-18446744073709551615"), Part::Some(3..10));
        for beyond in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(part(beyond), Part::Beyond, "{beyond}");
        }
        for ignored in [
            "bytes=4-3",
            "bytes=0-1,3-4",
            "lines=1-2",
            "bytes=a-",
            "bytes=-",
            "bytes=+1-2",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(part(ignored), Part::All, "{ignored}");
        }
        assert_eq!(Part::from_header(Some("bytes=0-"), 0), Part::Beyond);
    }
}
