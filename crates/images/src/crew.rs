//! All cores at work on an archive's images, with bounded memory.

use std::io;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};
use std::time::Duration;

use crate::budget::{Budget, Share};
use crate::names::Located;
use crate::{Archive, ArchiveError, PrepareError, decode};

/// Files that are read but not decoded yet, bytes.
const FILES_BUDGET: u64 = 256 << 20;

/// Most bytes of the pictures that are being decoded: for each worker, and the least for all
/// together. A single picture may take more if no other is being decoded.
const PICTURES_BUDGET: u64 = 64 << 20;
const LEAST_PICTURES_BUDGET: u64 = 512 << 20;

/// The callback is called at least so often.
const TICK: Duration = Duration::from_millis(200);

/// Runs `work` for each image on all cores, in any order. `report` is called on this thread: with
/// each result, and with none at least every 200 ms. After its break no more images are begun.
///
/// `work` gets the bytes of the image's file, or why there are none.
pub(crate) fn run<T: Send>(
    archive: &Archive,
    images: &[Located],
    work: impl Fn(Located, io::Result<&[u8]>) -> T + Sync,
    mut report: impl FnMut(Option<T>) -> ControlFlow<()>,
) -> Result<(), PrepareError> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(images.len()).max(1);
    let budgets = Budgets::for_workers(workers);
    let (loaded, queue) = sync_channel(2 * workers);
    let crew = Crew::new(archive, images, &budgets, queue);
    thread::scope(|scope| {
        let (results, inbox) = sync_channel(4 * workers);
        let thread = || Builder::new().name("images".to_owned());
        for started in 0..workers {
            let (crew, work, results) = (&crew, &work, results.clone());
            match thread().spawn_scoped(scope, move || crew.work(work, &results)) {
                Err(error) if started == 0 => return Err(PrepareError::Threads(error)),
                // Those that there are will do.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        drop(results);
        let crew = &crew;
        // The queue ends with the reader, who takes its only sender along.
        let reader = thread().spawn_scoped(scope, move || crew.read(&loaded)).map_err(PrepareError::Threads)?;
        crew.listen(&inbox, &mut report);
        Ok(reader.join().unwrap_or_else(|panic| resume_unwind(panic))?)
    })
}

/// What the threads share.
struct Crew<'a> {
    archive: &'a Archive,
    images: &'a [Located],
    budgets: &'a Budgets,
    /// Files that one thread reads for all, if the archive can only be read from its beginning.
    queue: Option<Mutex<Receiver<Loaded<'a>>>>,
    /// The next image, if each worker reads its own files.
    next: AtomicUsize,
    stopped: AtomicBool,
}

struct Budgets {
    files: Budget,
    pictures: Budget,
}

impl Budgets {
    fn for_workers(workers: usize) -> Self {
        let pictures = u64::try_from(workers).unwrap_or(1).saturating_mul(PICTURES_BUDGET).max(LEAST_PICTURES_BUDGET);
        Self { files: Budget::new(FILES_BUDGET), pictures: Budget::new(pictures) }
    }
}

/// A file in memory.
struct Loaded<'a> {
    image: Located,
    bytes: io::Result<Vec<u8>>,
    _share: Share<'a>,
}

impl<'a> Crew<'a> {
    fn new(archive: &'a Archive, images: &'a [Located], budgets: &'a Budgets, queue: Receiver<Loaded<'a>>) -> Self {
        let queue = (!archive.is_random_access()).then(|| Mutex::new(queue));
        Self { archive, images, budgets, queue, next: AtomicUsize::new(0), stopped: AtomicBool::new(false) }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn work<T>(&self, work: &impl Fn(Located, io::Result<&[u8]>) -> T, results: &SyncSender<T>) {
        while let Some(file) = self.next_file() {
            let needed = file.bytes.as_ref().map_or(0, |bytes| decode::memory_needed(bytes));
            let share = self.budgets.pictures.take(needed);
            let result = work(file.image, file.bytes.as_deref().map_err(|error| io::Error::other(error.to_string())));
            drop((share, file));
            if results.send(result).is_err() {
                break;
            }
        }
    }

    fn next_file(&self) -> Option<Loaded<'a>> {
        let Some(queue) = &self.queue else { return self.pick() };
        loop {
            let file = queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
            // What is still in the queue is thrown away, so that the reader comes to its end.
            if !self.is_stopped() {
                return Some(file);
            }
        }
    }

    fn pick(&self) -> Option<Loaded<'a>> {
        let image = *self.images.get(self.next.fetch_add(1, Ordering::Relaxed)).filter(|_| !self.is_stopped())?;
        let share = self.budgets.files.take(self.archive.declared_bytes(image.entry));
        let mut bytes = Vec::new();
        let read = self.archive.read(image.entry, &mut bytes);
        Some(Loaded { image, bytes: read.map(|()| bytes), _share: share })
    }

    /// The life of the one that reads an archive from its beginning.
    fn read(&self, loaded: &SyncSender<Loaded<'a>>) -> Result<(), ArchiveError> {
        let mut images = vec![None; self.archive.len()];
        for image in self.images {
            images.get_mut(image.entry).into_iter().for_each(|slot| *slot = Some(*image));
        }
        let wanted = |entry: usize| images.get(entry).copied().flatten();
        let take = |bytes| self.budgets.files.take(bytes);
        self.archive.stream(
            |entry, bytes| wanted(entry).map(|image| (image, take(bytes))),
            |(image, share), bytes| {
                let sent = loaded.send(Loaded { image, bytes: Ok(bytes), _share: share });
                if sent.is_err() || self.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )
    }

    /// Passes results on until all workers have ended.
    fn listen<T>(&self, inbox: &Receiver<T>, report: &mut impl FnMut(Option<T>) -> ControlFlow<()>) {
        loop {
            let result = match inbox.recv_timeout(TICK) {
                Ok(result) => Some(result),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if report(result).is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
    }
}
