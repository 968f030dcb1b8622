use std::sync::Mutex;

use holdout_client::Trust;
use holdout_protocol::SubmissionId;

use super::super::digest_of;
use super::*;
use crate::client::Identity;

#[derive(Default)]
struct Remarks(Mutex<Vec<String>>);

impl Watcher for Remarks {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn remark(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

/// A file, what is remembered of it, and an uploader to a server that is never reached.
struct Bench {
    folder: tempfile::TempDir,
    client: Client,
    records: UploadRecords,
    remarks: Remarks,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("model.pt"), "abc").unwrap();
        let client = Client::new("http://127.0.0.1:1".parse().unwrap(), Identity::Anonymous, Trust::default());
        let records = UploadRecords::new(folder.path().join("uploads"));
        Self { folder, client, records, remarks: Remarks::default() }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().canonicalize().unwrap().join("model.pt")
    }

    fn uploader(&self) -> Uploader<'_> {
        Uploader::new(&self.client, &self.records, &self.remarks)
    }

    fn slot(&self) -> Slot {
        self.records.take(self.client.server(), &self.file(), "a").unwrap()
    }

    fn facts(&self) -> FileFacts {
        FileFacts::of(&self.file()).unwrap()
    }

    /// Remembers an upload for the request `r`.
    fn remember(&self, change: impl Fn(&mut UploadRecord)) -> UploadRecord {
        let mut record = UploadRecord::begin(self.facts(), digest_of(b"r"));
        change(&mut record);
        self.slot().save(&record).unwrap();
        record
    }

    fn look_up(&self, request: &[u8]) -> (bool, Option<SubmissionId>) {
        let known = self.uploader().look_up(&self.file(), "a", digest_of(request)).unwrap();
        assert_eq!((known.size, known.sha256), (3, digest_of(b"abc")));
        (known.was_asked, known.submission)
    }

    fn remarked(&self) -> Vec<String> {
        self.remarks.0.lock().unwrap().clone()
    }
}

#[test]
fn a_file_is_known_by_what_it_was_for() {
    let bench = Bench::new();
    assert_eq!(bench.look_up(b"r"), (false, None));
    bench.remember(|record| record.request_key = Some("k".to_owned()));
    assert_eq!(bench.look_up(b"r"), (true, None));
    assert_eq!(bench.look_up(b"other"), (false, None));
    let id = SubmissionId::new();
    bench.remember(|record| (record.request_key, record.submission) = (Some("k".to_owned()), Some(id)));
    assert_eq!(bench.look_up(b"r"), (false, Some(id)), "the answer was seen");
    std::fs::write(bench.file(), "abc").unwrap();
    std::fs::File::options().write(true).open(bench.file()).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(bench.look_up(b"r"), (false, None), "the file has changed since");
}

#[test]
fn what_is_forgotten_begins_again() {
    let bench = Bench::new();
    bench.remember(|record| record.request_key = Some("k".to_owned()));
    bench.uploader().forget(&bench.file(), "a").unwrap();
    assert_eq!(bench.slot().load(), None);
}

#[test]
fn an_upload_is_used_for_another_request_unless_the_first_was_asked_for() {
    let bench = Bench::new();
    let upload = UploadId::new();
    let first = bench.remember(|record| record.upload = Some(upload));
    let recalled = bench.uploader().recall(&bench.slot(), bench.facts(), digest_of(b"other"));
    assert_eq!(recalled, UploadRecord { request: digest_of(b"other"), ..first });
    bench.remember(|record| (record.upload, record.request_key) = (Some(upload), Some("k".to_owned())));
    let same = bench.uploader().recall(&bench.slot(), bench.facts(), digest_of(b"r"));
    assert_eq!((same.upload, same.request_key.as_deref()), (Some(upload), Some("k")));
    let other = bench.uploader().recall(&bench.slot(), bench.facts(), digest_of(b"other"));
    assert_eq!((other.upload, other.request_key, other.request), (None, None, digest_of(b"other")));
    assert!(bench.remarked().is_empty());
}

#[test]
fn the_upload_of_a_file_that_has_changed_begins_again_and_says_so() {
    let bench = Bench::new();
    bench.remember(|record| record.upload = Some(UploadId::new()));
    std::fs::write(bench.file(), "abcd").unwrap();
    let recalled = bench.uploader().recall(&bench.slot(), bench.facts(), digest_of(b"r"));
    assert_eq!((recalled.upload, recalled.file.size), (None, 4));
    assert_eq!(bench.remarked(), ["`model.pt` has changed since; its upload starts again"]);
}

#[test]
fn an_upload_whose_request_was_asked_for_is_not_sent_again() {
    let bench = Bench::new();
    let upload = UploadId::new();
    bench.remember(|record| (record.upload, record.request_key) = (Some(upload), Some("k".to_owned())));
    let finished = bench.uploader().upload(&bench.file(), "a", digest_of(b"r")).unwrap();
    assert_eq!((finished.upload, finished.was_asked_before()), (upload, true));
}

#[test]
fn an_empty_file_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    std::fs::write(bench.file(), "").unwrap();
    let error = bench.uploader().upload(&bench.file(), "a", digest_of(b"r")).unwrap_err();
    assert!(matches!(error, ClientError::Upload { code: "empty_file", .. }), "{error:?}");
    assert!(error.to_string().contains("model.pt` is empty"), "{error}");
}

#[test]
fn a_file_that_arrives_damaged_is_sent_three_times() {
    let bench = Bench::new();
    let record = UploadRecord::begin(bench.facts(), digest_of(b"r"));
    let wrong = digest_of(b"abd");
    assert!(bench.uploader().check_receipt(&record, wrong, 2).is_ok());
    let remarks = bench.remarked();
    let [remark] = remarks.as_slice() else { panic!("{remarks:?}") };
    assert!(remark.contains(&format!("its SHA-256 is {}, the server received {wrong}", digest_of(b"abc"))), "{remark}");
    let error = bench.uploader().check_receipt(&record, wrong, 3).unwrap_err();
    assert!(error.advice().unwrap().starts_with("The connection damages what it carries"), "{error:?}");
    assert!(error.to_string().contains(&format!("its receipt is {wrong}, ")), "{error}");
}

#[test]
fn a_file_that_changed_while_it_was_sent_is_not_sent_again() {
    let bench = Bench::new();
    let record = UploadRecord::begin(bench.facts(), digest_of(b"r"));
    std::fs::write(bench.file(), "abd").unwrap();
    let error = bench.uploader().check_receipt(&record, digest_of(b"abd"), 1).unwrap_err();
    assert!(matches!(error, ClientError::Upload { code: "wrong_receipt", .. }), "{error:?}");
    assert!(error.advice().unwrap().starts_with("The file changed while it was sent"), "{error:?}");
    assert!(bench.remarked().is_empty());
}
