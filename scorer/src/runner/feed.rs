//! Fills the slots of the ring with batches and tells the runner of each, never of more than there
//! are slots.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Receiver;
use std::thread;

use holdout_protocol::ToRunner;

use super::compute_time::Pending;
use super::frames::send;
use super::images::Images;
use super::memory_file::MemoryFile;
use super::order::Order;

/// What is fed, and how.
pub(crate) struct Feed<'a> {
    pub(crate) control: &'a UnixStream,
    pub(crate) ring: &'a MemoryFile,
    /// Slots of the ring.
    pub(crate) slots: u32,
    /// Bytes of a slot.
    pub(crate) slot_bytes: u64,
    /// Bytes of an image.
    pub(crate) image_bytes: u64,
    pub(crate) images: &'a dyn Images,
    pub(crate) order: &'a Order,
    /// Threads that fill a slot, 1 or more.
    pub(crate) fillers: usize,
    /// What the runner has to do.
    pub(crate) pending: &'a Pending,
}

/// Feeds every batch, each when a credit has come. Ends early if credits end or the runner is gone:
/// who reads its answers finds out why.
///
/// # Errors
/// If images cannot be read.
pub(crate) fn feed_batches(feed: &Feed<'_>, credits: &Receiver<()>) -> io::Result<()> {
    for (number, batch) in (0..).zip(feed.order.batches()) {
        if credits.recv().is_err() {
            return Ok(());
        }
        let slot = number % feed.slots.max(1);
        feed.fill(slot, batch)?;
        let images = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        feed.pending.add();
        if send(feed.control, &ToRunner::Batch { number, slot, images }).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

impl Feed<'_> {
    fn fill(&self, slot: u32, batch: &[u32]) -> io::Result<()> {
        let share = batch.len().div_ceil(self.fillers.max(1)).max(1);
        let starts = (u64::from(slot) * self.slot_bytes..).step_by(share_bytes(share, self.image_bytes));
        let mut parts = starts.zip(batch.chunks(share));
        let Some((start, part)) = parts.next() else { return Ok(()) };
        thread::scope(|scope| {
            let others: Vec<_> = parts.map(|(start, part)| scope.spawn(move || self.copy(start, part))).collect();
            let copied = self.copy(start, part);
            let panicked = |_| Err(io::Error::other("a thread that reads images panicked"));
            others.into_iter().map(|other| other.join().unwrap_or_else(panicked)).fold(copied, Result::and)
        })
    }

    /// Copies images one after another, through a buffer that stays in the processor's cache.
    fn copy(&self, start: u64, part: &[u32]) -> io::Result<()> {
        let mut image = vec![0; usize::try_from(self.image_bytes).map_err(io::Error::other)?];
        let mut place = start;
        for index in part {
            self.images.read(*index, &mut image)?;
            self.ring.write_at(&image, place)?;
            place += self.image_bytes;
        }
        Ok(())
    }
}

fn share_bytes(share: usize, image_bytes: u64) -> usize {
    usize::try_from(image_bytes).unwrap_or(usize::MAX).saturating_mul(share).max(1)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::mpsc::sync_channel;

    use super::*;

    /// An image of one value: its number.
    struct Numbered;

    impl Images for Numbered {
        fn len(&self) -> u32 {
            100
        }

        fn read(&self, index: u32, image: &mut [u8]) -> io::Result<()> {
            if index == 77 {
                return Err(io::Error::other("damaged"));
            }
            image.fill(u8::try_from(index).unwrap());
            Ok(())
        }
    }

    fn fed(count: u32, credits: usize, fillers: usize) -> (io::Result<()>, Order, Vec<u8>, Vec<u8>) {
        let order = Order::whole(count, 10, &mut rand::rng());
        let (control, mut theirs) = UnixStream::pair().unwrap();
        let ring = MemoryFile::sized("ring", 3 * 40).unwrap();
        let (sender, receiver) = sync_channel(credits);
        (0..credits).for_each(|_| sender.send(()).unwrap());
        drop(sender);
        let feeding = Feed {
            control: &control,
            ring: &ring,
            slots: 3,
            slot_bytes: 40,
            image_bytes: 4,
            images: &Numbered,
            order: &order,
            fillers,
            pending: &Pending::default(),
        };
        let result = feed_batches(&feeding, &receiver);
        drop(control);
        let (mut told, mut bytes) = (Vec::new(), Vec::new());
        theirs.read_to_end(&mut told).unwrap();
        std::fs::File::from(ring.reader().unwrap()).read_to_end(&mut bytes).unwrap();
        (result, order, told, bytes)
    }

    #[test]
    fn batches_lie_in_their_slots() {
        for fillers in [1, 2, 3, 100] {
            let (result, order, told, ring) = fed(25, 10, fillers);
            result.unwrap();
            let told = String::from_utf8_lossy(&told).into_owned();
            assert!(told.contains(r#""number":2,"slot":2,"images":5"#), "{told}");
            let expected: Vec<u8> =
                order.images().iter().flat_map(|image| [u8::try_from(*image).unwrap(); 4]).collect();
            assert_eq!(ring[..100], expected);
        }
    }

    #[test]
    fn no_slot_is_filled_before_it_is_free() {
        let (result, _, told, ring) = fed(25, 1, 1);
        result.unwrap();
        assert!(!String::from_utf8_lossy(&told).contains(r#""number":1"#));
        assert!(ring[40..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn an_image_that_cannot_be_read_ends_it() {
        for fillers in [1, 4] {
            assert!(fed(100, 100, fillers).0.is_err());
        }
    }
}
