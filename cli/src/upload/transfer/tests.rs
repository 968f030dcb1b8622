use holdout_client::{ApiError, Backoff, Trust};

use super::*;
use crate::client::{Identity, Patience};

struct Silent;

impl Watcher for Silent {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn remark(&self, _: &str) {}
}

fn refused(status: u16, code: &str, retry_after: Option<Duration>) -> ClientError {
    let (code, message) = (code.to_owned(), "no".to_owned());
    let detail = serde_json::Value::Null;
    TransportError::Api(ApiError { status, code, message, detail, is_explained: true, retry_after }).into()
}

/// Acts on an upload of `file`, whose client hardly pauses.
fn with_transfer<T>(file: &FileFacts, stall: Duration, act: impl Fn(&Transfer<'_>) -> T) -> T {
    let client = Client::new("http://127.0.0.1:1".parse().unwrap(), Identity::Anonymous, Trust::default());
    let backoff = Backoff::new(Duration::ZERO, Duration::from_nanos(1));
    let client = client.with_patience(Patience { backoff, upload_stall: stall, ..Patience::default() });
    act(&Transfer { client: &client, watcher: &Silent, id: UploadId::new(), file })
}

fn facts(folder: &std::path::Path, size: u64) -> FileFacts {
    let path = folder.join("model.pt");
    std::fs::write(&path, "abc").unwrap();
    FileFacts { size, ..FileFacts::of(&path).unwrap() }
}

#[test]
fn more_bytes_or_a_receipt_are_progress() {
    let at = |offset| Position { offset, receipt: None };
    let complete = Position { offset: 3, receipt: Some(digest_of(b"abc")) };
    assert!(at(4).is_beyond(&at(3)) && !at(3).is_beyond(&at(3)) && !at(2).is_beyond(&at(3)));
    assert!(complete.is_beyond(&at(3)) && !complete.is_beyond(&complete) && !at(3).is_beyond(&complete));
}

#[test]
fn a_piece_that_broke_off_is_sent_again_a_dozen_times_in_a_row() {
    let troubles = |count| Troubles { count, since: Instant::now() };
    for (status, code) in
        [(400, "invalid_body"), (409, "offset_mismatch"), (423, "wrong_state"), (460, "checksum_mismatch")]
    {
        let error = refused(status, code, None);
        assert!(Transfer::has_hope(&error, &troubles(MOST_REFUSALS - 1)), "{status}");
        assert!(!Transfer::has_hope(&error, &troubles(MOST_REFUSALS)), "{status}");
    }
}

#[test]
fn a_server_that_is_away_is_waited_for_and_a_refusal_is_final() {
    let endless = Troubles { count: u32::MAX, since: Instant::now() };
    for (status, code) in [(503, "unavailable"), (500, "internal"), (429, "rate_limited")] {
        assert!(Transfer::has_hope(&refused(status, code, None), &endless), "{status}");
    }
    for (status, code) in [(403, "forbidden"), (404, "not_found"), (410, "gone"), (413, "too_large")] {
        assert!(!Transfer::has_hope(&refused(status, code, None), &Troubles::default()), "{status}");
    }
    assert!(!Transfer::has_hope(&ClientError::local("file", "gone"), &Troubles::default()));
}

#[test]
fn only_damage_is_told_as_damage() {
    let folder = tempfile::tempdir().unwrap();
    let file = facts(folder.path(), 3);
    let told = |code| {
        let troubles = Troubles { count: 11, since: Instant::now() };
        with_transfer(&file, Duration::ZERO, |transfer| {
            transfer.hopeless(refused(460, code, None), &troubles).to_string()
        })
    };
    assert_eq!(told("checksum_mismatch"), "`model.pt` arrives damaged: the server found wrong bytes 12 times in a row");
    assert_eq!(told("forbidden"), "no");
}

#[test]
fn a_wait_ends_when_patience_does_and_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = facts(folder.path(), 3);
    let error = refused(503, "unavailable", Some(Duration::from_secs(3600)));
    let waited = |stall| {
        with_transfer(&file, stall, |transfer| {
            let mut troubles = Troubles::default();
            (transfer.wait(&error, &mut troubles).map_err(|error| error.to_string()), troubles.count)
        })
    };
    assert_eq!(waited(Duration::from_secs(60)), (Ok(()), 1), "the server's wish is cut to the longest pause");
    let (result, _) = waited(Duration::ZERO);
    let expected = "the upload made no progress for 0 s (no); the same command resumes it";
    assert!(result.unwrap_err().ends_with(expected));
}

#[test]
fn a_file_that_became_shorter_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = facts(folder.path(), 10);
    let mut source = File::open(&file.path).unwrap();
    let error = with_transfer(&file, Duration::ZERO, |transfer| {
        let mut source = source.try_clone().unwrap();
        transfer.piece(&mut source, 3, PieceSize::default()).unwrap_err()
    });
    assert!(matches!(&error, ClientError::Local { cause, .. } if cause.contains("became shorter")), "{error:?}");
    assert_eq!(source.stream_position().unwrap(), 3, "it was looked for where the server is");
}
