//! Stage *fetch*: a file from the cache or the server, whole and checked.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdout_protocol::{BlobRef, FaultReason, Sha256};
use sha2::Digest as _;
use tempfile::NamedTempFile;

use super::cache::Cache;
use crate::bounded::run_bounded;
use crate::client::{BACKOFF, Client};
use crate::error::CallError;
use crate::heartbeat::{AttemptHandle, Heartbeats};
use crate::outcome::{Fault, Interruption};
use crate::progress::{Cancellation as _, ProgressSink as _};

/// How long to retry without a byte of progress: a store that is away for a minute costs no
/// attempt.
const SILENCE: Duration = Duration::from_secs(120);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Returns the file, open at its beginning.
///
/// # Errors
/// A fault, or why nobody waits for the file any more.
pub(crate) fn fetch_file(
    client: &Arc<Client>,
    cache: &Arc<Cache>,
    blob: &BlobRef,
    heartbeats: &Heartbeats,
) -> Result<File, Interruption> {
    let (client, cache, wanted, handle) = (Arc::clone(client), Arc::clone(cache), blob.clone(), heartbeats.handle());
    run_bounded("fetch", deadline(blob.size), heartbeats, move || find_or_receive(&client, &cache, &wanted, &handle))?
}

/// Longest transfer of a file: a slow line has 128 KiB a second.
const fn deadline(bytes: u64) -> Duration {
    Duration::from_secs(600 + bytes / (128 << 10))
}

fn find_or_receive(
    client: &Client,
    cache: &Cache,
    blob: &BlobRef,
    heartbeats: &AttemptHandle,
) -> Result<File, Interruption> {
    if let Some(file) = cache.find(blob.sha256) {
        return Ok(file);
    }
    let file = cache.unfinished().map_err(|error| unusable_cache(cache, &error))?;
    let mut partial = Partial { file, hasher: sha2::Sha256::new(), received: 0 };
    receive(client, cache, blob, &mut partial, heartbeats)?;
    let found = Sha256::from_bytes(partial.hasher.finalize().into());
    if partial.received != blob.size || found != blob.sha256 {
        // Without its name, which is the digest of what may be secret.
        let (size, received) = (blob.size, partial.received);
        let cause = format!(
            "a file came damaged: {received} of {size} bytes, or other ones than its SHA-256 says; if it stays so, the server's \
             blob store is damaged: restore the file from a backup"
        );
        return Err(files_fault(cause).into());
    }
    cache.keep(partial.file, blob.sha256).map_err(|error| unusable_cache(cache, &error).into())
}

fn files_fault(cause: String) -> Fault {
    Fault::with_reason(FaultReason::Files, cause)
}

/// Returns a fault of the cache folder. If its disk or a quota is full, everything in it goes, so
/// that the next attempt finds room.
fn unusable_cache(cache: &Cache, error: &std::io::Error) -> Fault {
    if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
        cache.clear();
    }
    files_fault(format!("the cache folder: {error}"))
}

/// A file as far as it has come.
struct Partial {
    file: NamedTempFile,
    hasher: sha2::Sha256,
    received: u64,
}

/// Receives a file to its end; continues if a connection broke.
fn receive(
    client: &Client,
    cache: &Cache,
    blob: &BlobRef,
    partial: &mut Partial,
    heartbeats: &AttemptHandle,
) -> Result<(), Interruption> {
    let (mut progressed_at, mut failures) = (Instant::now(), 0_u32);
    loop {
        let before = partial.received;
        match receive_some(client, cache, blob, partial, heartbeats) {
            Ok(()) => return Ok(()),
            Err(TransferError::Final(interruption)) => return Err(interruption),
            Err(TransferError::Retryable(cause)) => {
                if partial.received > before {
                    (progressed_at, failures) = (Instant::now(), 0);
                }
                if progressed_at.elapsed() >= SILENCE {
                    return Err(files_fault(format!("cannot fetch {}: {cause}", blob.sha256)).into());
                }
                failures = failures.saturating_add(1);
                heartbeats.pause(BACKOFF.pause(failures).min(LONGEST_PAUSE))?;
            }
        }
    }
}

/// Why a connection gave no more.
enum TransferError {
    /// The connection broke, so another try may succeed.
    Retryable(String),
    /// Another try would not help.
    Final(Interruption),
}

fn receive_some(
    client: &Client,
    cache: &Cache,
    blob: &BlobRef,
    partial: &mut Partial,
    heartbeats: &AttemptHandle,
) -> Result<(), TransferError> {
    let refused = |cause: String| TransferError::Final(files_fault(cause).into());
    if partial.received >= blob.size && blob.size > 0 {
        return Ok(());
    }
    let incoming = client.open(blob.sha256, partial.received).map_err(|error| match error {
        CallError::Unavailable(cause) => TransferError::Retryable(cause),
        error @ CallError::Refused { .. } => refused(format!("the server does not give {}: {error}", blob.sha256)),
    })?;
    if incoming.start != partial.received {
        partial.restart().map_err(|error| TransferError::Final(unusable_cache(cache, &error).into()))?;
    }
    // One byte more than it should have shows that it is another file.
    let mut bytes = incoming.bytes.take(blob.size.saturating_sub(partial.received).saturating_add(1));
    let mut buffer = vec![0; 64 * 1024];
    loop {
        heartbeats.check_cancelled().map_err(|cancelled| TransferError::Final(cancelled.into()))?;
        let count = bytes.read(&mut buffer).map_err(|error| TransferError::Retryable(error.to_string()))?;
        match buffer.get(..count) {
            None | Some([]) if partial.received < blob.size => {
                return Err(TransferError::Retryable("the connection ended early".to_owned()));
            }
            None | Some([]) => return Ok(()),
            Some(chunk) => {
                partial.add(chunk).map_err(|error| TransferError::Final(unusable_cache(cache, &error).into()))?
            }
        }
        heartbeats.set_done(partial.received);
    }
}

impl Partial {
    fn add(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        self.file.write_all(chunk)?;
        self.hasher.update(chunk);
        self.received += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn restart(&mut self) -> std::io::Result<()> {
        self.file.as_file().set_len(0)?;
        self.file.rewind()?;
        self.hasher = sha2::Sha256::new();
        self.received = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StopSignal;
    use crate::scripted::{Request, answer, blob, claim, refusal, serve};

    fn fetched(answers: Vec<Vec<u8>>, wanted: &[u8]) -> (Result<Vec<u8>, String>, Vec<Request>) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Arc::new(Cache::new(folder.path().to_owned(), 1000));
        let (client, requests) = serve(answers);
        let blob = blob(wanted);
        let heartbeats = Heartbeats::begin(&client, &claim(blob.clone()), &Arc::new(StopSignal::new()));
        let read = fetch_file(&client, &cache, &blob, &heartbeats).map(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        });
        if read.is_err() {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing half-way is left behind");
        }
        (read.map_err(|error| format!("{error:?}")), requests.try_iter().collect())
    }

    #[test]
    fn a_broken_transfer_goes_on_where_it_broke() {
        let rest = "HTTP/1.1 206 Partial\r\nconnection: close\r\ncontent-length: 6\r\n\r\n456789";
        let answers = vec![answer("200 OK", 10, "0123"), refusal(503, "unavailable"), rest.as_bytes().to_vec()];
        let (file, requests) = fetched(answers, b"0123456789");
        assert_eq!(file.unwrap(), b"0123456789");
        assert!(!requests[0].head.contains("range"));
        assert!(requests[1].head.contains("range: bytes=4-") && requests[2].head.contains("range: bytes=4-"));
    }

    #[test]
    fn a_server_without_ranges_starts_again() {
        let answers = vec![answer("200 OK", 10, "0123"), answer("200 OK", 10, "0123456789")];
        assert_eq!(fetched(answers, b"0123456789").0.unwrap(), b"0123456789");
    }

    #[test]
    fn another_file_is_a_fault() {
        for body in ["01234x6789", "0123456789and more"] {
            let (file, _) = fetched(vec![answer("200 OK", body.len(), body)], b"0123456789");
            assert!(
                file.as_ref()
                    .is_err_and(|cause| cause.contains("reason: Files") && cause.contains("a file came damaged")),
                "{file:?}"
            );
        }
        let (file, _) = fetched(vec![refusal(404, "not_found")], b"0123456789");
        assert!(file.unwrap_err().contains("does not give"));
    }

    #[test]
    fn an_empty_file_can_be_fetched() {
        assert_eq!(fetched(vec![answer("200 OK", 0, "")], b"").0.unwrap(), b"");
    }
}
