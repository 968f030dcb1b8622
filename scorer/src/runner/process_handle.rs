//! What others may do to a runner's processes, and read of them.

use std::fs::File;
use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::usage::{Usage, UsageMeter};

/// Kills and measures a runner, from any thread.
pub(crate) struct ProcessHandle {
    pub(super) lifeline: Mutex<Option<OwnedFd>>,
    pub(super) control: UnixStream,
    pub(super) keeper: OwnedFd,
    pub(super) keeper_id: u32,
    pub(super) model: OnceLock<ModelProcess>,
}

/// The process that runs the model.
pub(super) struct ModelProcess {
    pub(super) descriptor: OwnedFd,
    pub(super) status: File,
    pub(super) usage: Mutex<UsageMeter>,
}

/// What a process has in memory, bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resident {
    pub(crate) now: u64,
    /// The most so far.
    pub(crate) peak: u64,
}

impl ProcessHandle {
    pub(super) fn new(keeper: &Child, lifeline: OwnedFd, control: UnixStream) -> io::Result<Self> {
        // The number is its own, because it is not reaped yet.
        let descriptor = pidfd_open(Pid::from_child(keeper), PidfdFlags::empty())?;
        Ok(Self {
            lifeline: Mutex::new(Some(lifeline)),
            control,
            keeper: descriptor,
            keeper_id: keeper.id(),
            model: OnceLock::new(),
        })
    }

    /// Takes note of the process that runs the model, as a runner that has no model yet names it.
    ///
    /// # Errors
    /// If it is not a process of this runner.
    pub(crate) fn attach_model_process(&self, process: u32) -> io::Result<()> {
        let other = || io::Error::other("the runner names a process that is not its own");
        let pid = i32::try_from(process).ok().and_then(Pid::from_raw).ok_or_else(other)?;
        let descriptor = pidfd_open(pid, PidfdFlags::empty())?;
        let folder = format!("/proc/{process}");
        let folder = openat(CWD, folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let status = File::from(openat(&folder, "status", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?);
        let text = read_status(&status)?;
        if process != self.keeper_id && field(&text, "PPid:") != Some(self.keeper_id.into()) {
            return Err(other());
        }
        let usage = Mutex::new(UsageMeter::new(folder));
        self.model.set(ModelProcess { descriptor, status, usage }).map_err(|_| io::Error::other("a second `Hello`"))
    }

    /// Kills it, at once. What it leaves is waited for in [`Process::clear_away`].
    pub(crate) fn kill(&self) {
        drop(self.lifeline.lock().unwrap_or_else(PoisonError::into_inner).take());
        let first = self.model.get().map_or(&self.keeper, |model| &model.descriptor);
        pidfd_send_signal(first, Signal::KILL).ok();
        // Whoever reads from it need not wait for a process that a driver holds.
        self.control.shutdown(Shutdown::Both).ok();
    }

    /// Returns what the model's process has in memory; `None` if it is gone or not known.
    pub(crate) fn resident(&self) -> Option<Resident> {
        let text = read_status(&self.model.get()?.status).ok()?;
        let kibibytes = |name| field(&text, name).map(|size| size.saturating_mul(1024));
        Some(Resident { now: kibibytes("VmRSS:")?, peak: kibibytes("VmHWM:")? })
    }

    /// Returns the processor time that the model's process got and waited for. Returns `None` if it
    /// is gone or not known.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.model.get()?.usage.lock().unwrap_or_else(PoisonError::into_inner).read()
    }

    pub(super) fn keeper_has_ended(&self, patience: Duration) -> bool {
        has_ended(&self.keeper, patience)
    }
}

/// Reads it again; the descriptor names the process even when its number has gone to another.
pub(super) fn read_status(status: &File) -> io::Result<String> {
    let mut text = [0; 4096];
    let length = status.read_at(&mut text, 0)?;
    Ok(String::from_utf8_lossy(text.get(..length).unwrap_or_default()).into_owned())
}

/// Returns the number in a line of `/proc/PID/status`.
pub(super) fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns whether a process has ended, within `patience`.
pub(super) fn has_ended(process: &OwnedFd, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut [PollFd::new(process, PollFlags::IN)], timeout.as_ref()) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => (),
            Err(_) => return false,
        }
    }
}
