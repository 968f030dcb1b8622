//! Read-only memory that another process filled.
#![expect(unsafe_code, reason = "mapping a descriptor and reading what it maps")]

use std::io;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, ProtFlags};

/// A descriptor's first bytes, mapped read-only for as long as the value lives.
///
/// The other end may write to them while they are mapped (a slot of the ring is filled anew for each batch), so they are
/// copied out, never borrowed.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

impl Mapping {
    /// Maps `length` bytes, at least one.
    ///
    /// # Errors
    /// Where `length` is 0 or the kernel refuses.
    pub fn new(descriptor: impl AsFd, length: usize) -> io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use.
        let start = unsafe {
            rustix::mm::mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, descriptor.as_fd(), 0)
        }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { start, length })
    }

    /// Where it begins.
    #[must_use]
    pub fn start(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// Its length, bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Copies `target.len()` bytes from `offset` on; false where they are not all in the mapping.
    #[must_use]
    pub fn copy_to(&self, offset: usize, target: &mut [u8]) -> bool {
        let inside = offset.checked_add(target.len()).is_some_and(|end| end <= self.length);
        if inside {
            // SAFETY: `offset` is within the mapping, by the comparison above.
            let source = unsafe { self.start.as_ptr().add(offset) };
            // SAFETY: source and target are valid for `target.len()` bytes and do not overlap: one is mapped here, the
            // other is Rust's own memory. Bytes that the other process writes at this moment make the copy arbitrary,
            // not undefined in effect: any byte is a valid `u8`.
            unsafe { ptr::copy_nonoverlapping(source, target.as_mut_ptr(), target.len()) };
        }
        inside
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is this mapping's own, and no borrow of it was handed out that could outlive it.
        let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok(), "a mapping of this process can be unmapped");
    }
}
