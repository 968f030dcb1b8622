//! Read-only memory that another process filled.
#![expect(unsafe_code, reason = "mapping a descriptor and reading what it maps")]

use std::io;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, ProtFlags};

/// A descriptor's first bytes, mapped read-only for as long as the value lives.
///
/// The other end may write to them while they are mapped (a slot of the ring is filled again for each batch), so there are
/// addresses of them, and never a borrowed slice.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

impl Mapping {
    /// Maps `length` bytes, at least one.
    ///
    /// # Errors
    /// If `length` is 0 or the kernel refuses.
    pub fn new(descriptor: impl AsFd, length: usize) -> io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in use.
        let start = unsafe {
            rustix::mm::mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, descriptor.as_fd(), 0)
        }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { start, length })
    }

    /// Returns its length, bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Returns the address of `length` bytes from `offset` on, valid for reads while the mapping
    /// lives; `None` if they are not all in it.
    #[must_use]
    pub fn at(&self, offset: usize, length: usize) -> Option<*const u8> {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.length);
        inside.then(|| self.start.as_ptr().cast_const().wrapping_add(offset))
    }

    /// Gives the pages back that were read. They are read again from the descriptor's memory when they are needed.
    pub fn forget_pages(&self) {
        // SAFETY: the range is this mapping's own; dropping pages of a shared mapping changes nothing that can be read.
        let dropped =
            unsafe { rustix::mm::madvise(self.start.as_ptr().cast(), self.length, rustix::mm::Advice::LinuxDontNeed) };
        debug_assert!(dropped.is_ok(), "pages of a shared mapping can be dropped");
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is this mapping's own, and no borrow of it was handed out that could outlive it.
        let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok(), "a mapping of this process can be unmapped");
    }
}
