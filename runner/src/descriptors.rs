//! The descriptors a runner is started with.
#![expect(unsafe_code, reason = "inherited descriptors are numbers that only the protocol gives a meaning")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use holdout_protocol::descriptor;

/// The runner's own hold on its four descriptors.
#[derive(Debug)]
pub struct Descriptors {
    /// [`descriptor::CONTROL`].
    pub control: File,
    /// [`descriptor::MODEL`].
    pub model: OwnedFd,
    /// [`descriptor::IMAGES`].
    pub images: OwnedFd,
    /// [`descriptor::LIFELINE`].
    pub lifeline: OwnedFd,
}

impl Descriptors {
    /// Takes the descriptors over, makes 0, 1 and 2 `/dev/null` and closes every other.
    ///
    /// # Errors
    /// If one of the four is not open, or `/dev/null` cannot be opened.
    pub fn take() -> io::Result<Self> {
        let taken = Self {
            control: inherited(descriptor::CONTROL)?.into(),
            model: inherited(descriptor::MODEL)?,
            images: inherited(descriptor::IMAGES)?,
            lifeline: inherited(descriptor::LIFELINE)?,
        };
        close_from(descriptor::LIFELINE + 1)?;
        silence()?;
        Ok(taken)
    }
}

/// Takes over an inherited descriptor that must be open.
fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the borrow lasts for one call of `fcntl`, which fails if the number is not that of an
    // open descriptor.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_getfd(borrowed)?;
    // SAFETY: it is open, and nothing else in this process owns it: `take` is called once, before
    // anything is opened.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Closes every descriptor from `first` on, whatever the parent forgot to mark.
fn close_from(first: RawFd) -> io::Result<()> {
    let first = libc::c_long::from(first);
    // SAFETY: nothing in this process owns a descriptor from `first` on: none has been opened yet.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_long::from(u32::MAX), 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes 0, 1 and 2 `/dev/null`: what a model prints is lost, and fills no pipe.
fn silence() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    for number in 0..=2 {
        // SAFETY: duplicating onto the three standard descriptors changes what they refer to;
        // nobody owns them.
        let done = unsafe { libc::dup2(null.as_raw_fd(), number) };
        if done < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
