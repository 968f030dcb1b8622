//! Memory that another process filled.
#![expect(unsafe_code, reason = "mapping a descriptor and reading what it maps")]

use std::io;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};

use rustix::mm::{MapFlags, ProtFlags};

/// A descriptor's first bytes, mapped for as long as the value lives.
///
/// The other end may write to them while they are mapped (a slot of the ring is filled again for
/// each batch), so there are addresses of them, and never a borrowed slice.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    length: usize,
}

impl Mapping {
    /// Maps `length` bytes, at least one, for reading.
    ///
    /// # Errors
    /// If `length` is 0 or the kernel refuses.
    pub fn shared(descriptor: impl AsFd, length: usize) -> io::Result<Self> {
        Self::new(descriptor, length, MapFlags::SHARED)
    }

    /// Maps `length` bytes, at least one, so that they can be written as well. The descriptor's own
    /// bytes stay what they are, and [`Mapping::restore`] brings them back.
    ///
    /// # Errors
    /// If `length` is 0 or the kernel refuses.
    pub fn private(descriptor: impl AsFd, length: usize) -> io::Result<Self> {
        let mapping = Self::new(descriptor, length, MapFlags::PRIVATE)?;
        let access = rustix::mm::MprotectFlags::READ | rustix::mm::MprotectFlags::WRITE;
        // In a second step, because the sandbox lets nothing be mapped from a descriptor but for
        // reading. SAFETY: the range is this mapping's own, and readers may continue to read it.
        unsafe { rustix::mm::mprotect(mapping.start.as_ptr().cast(), length, access) }?;
        Ok(mapping)
    }

    fn new(descriptor: impl AsFd, length: usize, sharing: MapFlags) -> io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory that is in
        // use.
        let start =
            unsafe { rustix::mm::mmap(ptr::null_mut(), length, ProtFlags::READ, sharing, descriptor.as_fd(), 0) }?;
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

    /// Returns the address of its first byte, valid for reads of its length while it lives, and for
    /// writes if it is private.
    #[must_use]
    pub fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Gives up the pages that were read or written. From now on they are what the descriptor has.
    ///
    /// # Errors
    /// If the kernel refuses, so that something written may be left.
    pub fn restore(&self) -> io::Result<()> {
        // SAFETY: the range is this mapping's own, and nobody holds a borrowed slice of it.
        unsafe { rustix::mm::madvise(self.start.as_ptr().cast(), self.length, rustix::mm::Advice::LinuxDontNeed) }?;
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range is this mapping's own, and no borrow of it was handed out that could
        // outlive it.
        let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok(), "a mapping of this process can be unmapped");
    }
}
