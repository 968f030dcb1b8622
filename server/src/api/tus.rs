//! The headers of tus 1.0: taken apart strictly, put on every answer.

use std::collections::HashMap;
use std::str::FromStr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, HttpDate};
use actix_web::{HttpResponse, ResponseError as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::{
    ErrorCode, RECEIPT_HEADER, Sha256, Slug, SubmissionKind, TUS_CHECKSUMS, TUS_CONTENT_TYPE, TUS_VERSION, Timestamp,
    Upload,
};

use crate::error::{Error, Result};
use crate::uploads::Checksum;

/// Longest name of a file that is kept, characters.
const MAX_FILENAME: usize = 200;

/// The version that client and server have to share.
pub const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// The versions that the server knows.
pub const VERSION: HeaderName = HeaderName::from_static("tus-version");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// [`RECEIPT_HEADER`] in lower case, because `HeaderName` takes nothing else.
const RECEIPT: HeaderName = HeaderName::from_static("upload-sha256");
const _: () = assert!(RECEIPT_HEADER.eq_ignore_ascii_case("upload-sha256"), "one header has one name");

/// A header's value; `None` if it is not there.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Error::invalid(name, format!("`{name}` is not visible ASCII text")))?;
    Ok(Some(text.trim()))
}

/// Refuses a client of another version.
pub fn check_version(headers: &HeaderMap) -> Result<()> {
    match text(headers, "Tus-Resumable")? {
        Some(TUS_VERSION) => Ok(()),
        other => Err(Error::refused(
            ErrorCode::PreconditionFailed,
            format!("`Tus-Resumable` is `{}`; send `{TUS_VERSION}`", shortened(other.unwrap_or(""))),
        )),
    }
}

/// Refuses a body that does not call itself a part of an upload.
pub fn check_content_type(headers: &HeaderMap) -> Result<()> {
    match text(headers, "Content-Type")? {
        // Generated clients know no other type of bytes than the second one.
        Some(kind)
            if [TUS_CONTENT_TYPE, "application/octet-stream"].iter().any(|known| kind.eq_ignore_ascii_case(known)) =>
        {
            Ok(())
        }
        other => Err(Error::refused(
            ErrorCode::UnsupportedMediaType,
            format!("`Content-Type` is `{}`; send `{TUS_CONTENT_TYPE}`", shortened(other.unwrap_or(""))),
        )),
    }
}

fn number(headers: &HeaderMap, name: &str) -> Result<Option<u64>> {
    let Some(text) = text(headers, name)? else { return Ok(None) };
    // `parse` alone would take a plus sign.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().ok().filter(|number| i64::try_from(*number).is_ok()) } else { None };
    number.map(Some).ok_or_else(|| {
        Error::invalid(name, format!("`{name}` is `{}`; it has to be a whole number of bytes", shortened(text)))
    })
}

/// `Upload-Offset`.
pub fn offset(headers: &HeaderMap) -> Result<u64> {
    number(headers, "Upload-Offset")?.ok_or_else(|| Error::invalid("Upload-Offset", "`Upload-Offset` is missing"))
}

/// `Content-Length`.
pub fn body_length(headers: &HeaderMap) -> Result<Option<u64>> {
    number(headers, "Content-Length")
}

/// `Upload-Length`.
pub fn length(headers: &HeaderMap) -> Result<u64> {
    if headers.contains_key("Upload-Defer-Length") {
        let message = "`Upload-Defer-Length` is not supported; send `Upload-Length` with the size of the file";
        return Err(Error::invalid("Upload-Defer-Length", message));
    }
    number(headers, "Upload-Length")?.ok_or_else(|| {
        Error::invalid("Upload-Length", "`Upload-Length` is missing; send the size of the file in bytes")
    })
}

/// What a client says of a file when it begins its upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The file's name, without folders and control characters.
    pub filename: Option<String>,
    /// The file's SHA-256: from now on the file is fixed.
    pub sha256: Option<Sha256>,
    /// The season and the task that it is for, and what it is; only if all three are given.
    pub purpose: Option<(Slug, Slug, SubmissionKind)>,
}

/// `Upload-Metadata`; keys that mean nothing here are ignored.
pub fn metadata(headers: &HeaderMap) -> Result<Metadata> {
    let Some(metadata) = text(headers, "Upload-Metadata")? else { return Ok(Metadata::default()) };
    let mut found = HashMap::new();
    for pair in metadata.split(',').map(str::trim).filter(|_| !metadata.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid_metadata(&format!(
                "`{}` has no key; send `KEY BASE64` pairs, with commas between",
                shortened(pair)
            )));
        }
        let bytes = STANDARD
            .decode(value)
            .map_err(|_| invalid_metadata(&format!("the value of `{}` is not Base64", shortened(key))))?;
        if found.insert(key, bytes).is_some() {
            return Err(invalid_metadata(&format!("the key `{}` is there twice", shortened(key))));
        }
    }
    let filename = match found.remove("filename").map(String::from_utf8) {
        Some(Err(_)) => return Err(invalid_metadata("`filename` is not UTF-8")),
        Some(Ok(name)) => clean(&name),
        None => None,
    };
    let sha256 = found.contains_key("sha256").then(|| value_of(&found, "sha256")).transpose()?;
    let purpose = if ["season", "task", "kind"].iter().all(|key| found.contains_key(key)) {
        Some((value_of(&found, "season")?, value_of(&found, "task")?, kind(&found)?))
    } else {
        None
    };
    Ok(Metadata { filename, sha256, purpose })
}

/// A value that is text of a certain form.
fn value_of<T: FromStr>(found: &HashMap<&str, Vec<u8>>, key: &str) -> Result<T> {
    let text = found.get(key).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    text.parse().map_err(|_| invalid_metadata(&format!("the value of `{key}` is `{}`", shortened(text))))
}

fn kind(found: &HashMap<&str, Vec<u8>>) -> Result<SubmissionKind> {
    let name: String = value_of(found, "kind")?;
    let known = [SubmissionKind::Predictions, SubmissionKind::Torchscript];
    known.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let shown = shortened(&name);
        invalid_metadata(&format!("the value of `kind` is `{shown}`; allowed: `predictions` and `torchscript`"))
    })
}

fn invalid_metadata(why: &str) -> Error {
    Error::invalid("Upload-Metadata", format!("`Upload-Metadata`: {why}"))
}

fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let kept: String = last.chars().filter(|c| !c.is_control()).take(MAX_FILENAME).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// `Upload-Checksum`.
pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>> {
    let Some(text) = text(headers, "Upload-Checksum")? else { return Ok(None) };
    // tus wants status 400 here.
    let invalid = || {
        let message = format!(
            "`Upload-Checksum` is `{}`; send one of {TUS_CHECKSUMS}, a blank, and the digest as Base64",
            shortened(text)
        );
        Error::refused(ErrorCode::InvalidBody, message)
    };
    let (algorithm, digest) = text.split_once(' ').ok_or_else(invalid)?;
    let digest = STANDARD.decode(digest).map_err(|_| invalid())?;
    let checksum = match algorithm {
        "sha256" => digest.try_into().map(Checksum::Sha256),
        "sha1" => digest.try_into().map(Checksum::Sha1),
        _ => return Err(invalid()),
    };
    checksum.map(Some).map_err(|_| invalid())
}

/// Reads every header of tus, and panics if something gets through that must not.
#[cfg(fuzzing)]
pub fn read_all(headers: &HeaderMap) {
    let found = (check_version(headers), check_content_type(headers), checksum(headers));
    let numbers = [offset(headers).map(Some), length(headers).map(Some), body_length(headers)];
    assert!(numbers.into_iter().flatten().flatten().all(|number| i64::try_from(number).is_ok()), "{found:?}");
    let name = metadata(headers).ok().and_then(|metadata| metadata.filename).unwrap_or_default();
    assert!(name.chars().count() <= MAX_FILENAME && !name.contains(|c: char| c.is_control() || c == '/'), "{name:?}");
}

/// Puts on an answer what tus wants on every one.
pub fn reply(outcome: Result<HttpResponse>) -> HttpResponse {
    let mut response = outcome.unwrap_or_else(|error| error.error_response());
    let refused = response.status().as_u16() == ErrorCode::PreconditionFailed.status();
    let version = HeaderValue::from_static(TUS_VERSION);
    if refused {
        response.headers_mut().insert(VERSION, version.clone());
    }
    response.headers_mut().insert(RESUMABLE, version);
    response
}

/// Puts on an answer how far an upload is; its receipt, once it is complete.
pub fn describe(mut response: HttpResponse, upload: &Upload) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(OFFSET, upload.offset.into());
    headers.insert(EXPIRES, date(upload.expires_at));
    headers.insert(actix_web::http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(receipt) = upload.sha256.and_then(|sha256| HeaderValue::try_from(sha256.to_string()).ok()) {
        headers.insert(RECEIPT, receipt);
    }
    response
}

/// Puts on an answer what was told at an upload's creation.
pub fn describe_creation(mut response: HttpResponse, upload: &Upload) -> HttpResponse {
    response.headers_mut().insert(LENGTH, upload.length.into());
    let metadata = upload.filename.as_ref().map(|name| format!("filename {}", STANDARD.encode(name)));
    if let Some(metadata) = metadata.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(METADATA, metadata);
    }
    response
}

fn date(time: Timestamp) -> HeaderValue {
    use actix_web::http::header::TryIntoHeaderValue as _;
    let since = time.since(Timestamp::from_micros(0));
    let time = std::time::UNIX_EPOCH.checked_add(since).unwrap_or(std::time::UNIX_EPOCH);
    HttpDate::from(time).try_into_value().unwrap_or_else(|_| HeaderValue::from_static("0"))
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        list.iter().map(header).collect()
    }

    fn code(result: Result<impl std::fmt::Debug>) -> ErrorCode {
        result.unwrap_err().code()
    }

    fn metadata_of(pairs: &[(&str, &[u8])]) -> Result<Metadata> {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| format!("{key} {}", STANDARD.encode(value))).collect();
        metadata(&headers(&[("upload-metadata", &pairs.join(","))]))
    }

    #[test]
    fn client_and_server_share_a_version() {
        assert!(check_version(&headers(&[("tus-resumable", " 1.0.0 ")])).is_ok());
        for other in [&[][..], &[("tus-resumable", "0.2.2")], &[("tus-resumable", "1.0.00")]] {
            assert_eq!(code(check_version(&headers(other))), ErrorCode::PreconditionFailed);
        }
    }

    #[test]
    fn a_part_says_that_it_is_one() {
        for kind in ["application/offset+octet-stream", "Application/Octet-Stream"] {
            assert!(check_content_type(&headers(&[("content-type", kind)])).is_ok(), "{kind}");
        }
        for kind in ["text/plain", "application/octet-stream; charset=utf-8", ""] {
            assert_eq!(code(check_content_type(&headers(&[("content-type", kind)]))), ErrorCode::UnsupportedMediaType);
        }
    }

    #[test]
    fn numbers_are_digits_that_a_file_can_have() {
        let offset = |text: &str| offset(&headers(&[("upload-offset", text)]));
        assert_eq!([offset("0").unwrap(), offset(" 17 ").unwrap()], [0, 17]);
        assert_eq!(offset("9223372036854775807").unwrap(), i64::MAX.unsigned_abs());
        for text in ["", "-1", "+1", "1.0", "1e3", "0x10", "1 2", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(code(offset(text)), ErrorCode::InvalidValue, "{text}");
        }
        assert_eq!(code(super::offset(&headers(&[]))), ErrorCode::InvalidValue);
        assert_eq!(body_length(&headers(&[])).unwrap(), None);
    }

    #[test]
    fn the_size_of_a_file_is_known_from_the_beginning() {
        assert_eq!(length(&headers(&[("upload-length", "5")])).unwrap(), 5);
        assert_eq!(code(length(&headers(&[]))), ErrorCode::InvalidValue);
        let deferred = length(&headers(&[("upload-defer-length", "1"), ("upload-length", "5")])).unwrap_err();
        assert!(deferred.to_string().contains("not supported"), "{deferred}");
    }

    #[test]
    fn metadata_say_what_a_file_is_for() {
        assert_eq!(metadata(&headers(&[])).unwrap(), Metadata::default());
        let digest = "ab".repeat(32);
        let found = metadata_of(&[
            ("filename", "dir/ä\u{7}b.txt".as_bytes()),
            ("sha256", digest.as_bytes()),
            ("season", b"demo"),
            ("task", b"a"),
            ("kind", b"torchscript"),
            ("filetype", b"text/plain"),
        ]);
        let purpose = ("demo".parse().unwrap(), "a".parse().unwrap(), SubmissionKind::Torchscript);
        let expected = Metadata {
            filename: Some("äb.txt".to_owned()),
            sha256: Some(digest.parse().unwrap()),
            purpose: Some(purpose),
        };
        assert_eq!(found.unwrap(), expected);
        let part = metadata_of(&[("season", b"demo"), ("task", b"a")]).unwrap();
        assert_eq!(part.purpose, None, "only all three say it");
    }

    #[test]
    fn metadata_that_are_none_are_refused_by_name() {
        for (text, named) in [
            ("filename ***", "Base64"),
            ("filename YQ==,filename YQ==", "twice"),
            (",a YQ==", "no key"),
            ("a,", "no key"),
            ("filename /w==", "UTF-8"),
            ("sha256 YQ==", "`sha256` is `a`"),
            ("season IQ==,task YQ==,kind YQ==", "`season` is `!`"),
            ("season YQ==,task YQ==,kind YQ==", "allowed: `predictions` and `torchscript`"),
        ] {
            let error = metadata(&headers(&[("upload-metadata", text)])).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
        let binary = metadata(&headers(&[("upload-metadata", "\u{e4}")])).unwrap_err().to_string();
        assert!(binary.contains("not visible ASCII"), "{binary}");
    }

    #[test]
    fn names_of_files_are_short_and_without_folders() {
        let name = |text: &str| metadata_of(&[("filename", text.as_bytes())]).unwrap().filename;
        assert_eq!(name("C:\\models\\net.pt").as_deref(), Some("net.pt"));
        assert_eq!(name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(name(&"ä".repeat(300)).map(|name| name.chars().count()), Some(MAX_FILENAME));
        for none in ["", "/", "a/", " \u{1} "] {
            assert_eq!(name(none), None, "{none:?}");
        }
    }

    #[test]
    fn checksums_have_a_known_algorithm_and_its_length() {
        let checksum = |text: &str| checksum(&headers(&[("upload-checksum", text)]));
        let sha1 = format!("sha1 {}", STANDARD.encode([7; 20]));
        let sha256 = format!("sha256 {}", STANDARD.encode([7; 32]));
        assert_eq!(checksum(&sha1).unwrap(), Some(Checksum::Sha1([7; 20])));
        assert_eq!(checksum(&sha256).unwrap(), Some(Checksum::Sha256([7; 32])));
        let crossed = format!("sha256 {}", STANDARD.encode([7; 20]));
        for text in ["", "sha1", "md5 YQ==", "sha1 YQ==", "sha1 ***", "SHA1 YQ==", &crossed] {
            assert_eq!(code(checksum(text)), ErrorCode::InvalidBody, "{text}");
        }
        assert_eq!(super::checksum(&headers(&[])).unwrap(), None);
    }
}
