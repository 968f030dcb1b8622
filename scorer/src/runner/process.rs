//! A runner's processes: the program that the scorer starts (the keeper) and the one that runs the model, which the keeper
//! starts and names in `Hello`. Both are held by descriptors, because their numbers can be given to other processes.

use std::fs::File;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use holdout_protocol::{RunnerSetup, descriptor};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid};

use super::RunnerConfig;
use super::memory_file::MemoryFile;
use super::usage::{Usage, UsageMeter};

/// How long a keeper may take to clear away what it started, before it is killed itself.
const CLEARING: Duration = Duration::from_secs(2);
/// How long the kernel may take to end a killed process: a device's driver can hold one for a while.
const DYING: Duration = Duration::from_secs(10);

/// How a runner ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessEnd {
    Exited(i32),
    Signalled(i32),
}

impl ProcessEnd {
    /// The keeper's end stands for that of the model's process: it exits with its status, or with 128 and the number of the
    /// signal that ended it.
    fn of_keeper(status: ExitStatus) -> Self {
        match (status.signal(), status.code()) {
            (Some(signal), _) => Self::Signalled(signal),
            (None, Some(code)) if code > 128 => Self::Signalled(code - 128),
            (None, code) => Self::Exited(code.unwrap_or(-1)),
        }
    }
}

/// A started runner. When it is dropped, all of it is killed.
pub(crate) struct Process {
    keeper: Child,
    control: UnixStream,
    ring: MemoryFile,
    handle: ProcessHandle,
}

impl Process {
    /// Starts a runner of which nothing is known but its setup. It lives no longer than the thread that starts it.
    pub(crate) fn spawn(config: &RunnerConfig, setup: &RunnerSetup, model: &MemoryFile) -> io::Result<Self> {
        let ring_bytes = setup.slot_bytes.saturating_mul(setup.slots.into());
        let ring = MemoryFile::sized("holdout-images", ring_bytes)?;
        let (control, theirs) = UnixStream::pair()?;
        let (watched, lifeline) = io::pipe()?;
        let descriptors = [
            (theirs.into(), descriptor::CONTROL),
            (model.reader()?, descriptor::MODEL),
            (ring.reader()?, descriptor::IMAGES),
            (watched.into(), descriptor::LIFELINE),
        ];
        let keeper = spawn(config, setup.threads, descriptors)?;
        // If this fails, its lifeline is closed.
        let handle = ProcessHandle::new(&keeper, lifeline.into(), control.try_clone()?)?;
        Ok(Self { keeper, control, ring, handle })
    }

    pub(crate) const fn control(&self) -> &UnixStream {
        &self.control
    }

    /// Returns the ring of batches.
    pub(crate) const fn ring(&self) -> &MemoryFile {
        &self.ring
    }

    /// Returns what ends it from any thread.
    pub(crate) const fn handle(&self) -> &ProcessHandle {
        &self.handle
    }

    /// Returns whether neither of its processes has ended.
    pub(crate) fn is_alive(&self) -> bool {
        let model_ended = self.handle.model.get().is_some_and(|model| has_ended(&model.descriptor, Duration::ZERO));
        !model_ended && !self.handle.keeper_has_ended(Duration::ZERO)
    }

    /// Returns how it ended by itself, within `patience`; `None` if it did not.
    pub(crate) fn end(&mut self, patience: Duration) -> Option<ProcessEnd> {
        if !self.handle.keeper_has_ended(patience) {
            return None;
        }
        self.keeper.wait().ok().map(ProcessEnd::of_keeper)
    }

    /// Ends all of it and waits until nothing is left.
    pub(crate) fn clear_away(&mut self) {
        self.handle.kill();
        if !self.handle.keeper_has_ended(CLEARING) {
            pidfd_send_signal(&self.handle.keeper, Signal::KILL).ok();
            self.handle.keeper_has_ended(DYING);
        }
        // It reaps the keeper; a keeper that the kernel cannot end is reaped by nobody.
        self.keeper.try_wait().ok();
        if let Some(model) = self.handle.model.get() {
            if !has_ended(&model.descriptor, DYING) {
                tracing::error!("a killed runner does not end; a driver may hold it");
            }
            // It is ours if its keeper was killed and we are the first process of a container.
            waitid(WaitId::PidFd(model.descriptor.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG).ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.clear_away();
    }
}

fn spawn(config: &RunnerConfig, threads: u32, descriptors: [(OwnedFd, i32); 4]) -> io::Result<Child> {
    let mappings = descriptors.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
    let mut command = program(config)?;
    command.arg("run").env("OMP_WAIT_POLICY", "passive").env("OMP_NUM_THREADS", threads.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.fd_mappings(mappings.into()).map_err(io::Error::other)?;
    command.spawn()
}

/// The variable by which an operator chooses the GPUs of a program.
const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// Returns which GPUs this scorer may use, if its environment says so.
pub(crate) fn visible_devices() -> Option<String> {
    std::env::var(VISIBLE).ok()
}

/// Returns the runner's program with an environment that is empty but for the place of libraries,
/// if one is configured, and the choice of GPUs.
pub(crate) fn program(config: &RunnerConfig) -> io::Result<Command> {
    let mut command = Command::new(std::path::absolute(&config.program)?);
    command.env_clear().current_dir("/");
    if let Some(visible) = visible_devices() {
        command.env(VISIBLE, visible);
    }
    if let Some(libraries) = &config.cuda_libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    Ok(command)
}

/// Kills and measures a runner, from any thread.
pub(crate) struct ProcessHandle {
    lifeline: Mutex<Option<OwnedFd>>,
    control: UnixStream,
    keeper: OwnedFd,
    keeper_id: u32,
    model: OnceLock<ModelProcess>,
}

/// The process that runs the model.
struct ModelProcess {
    descriptor: OwnedFd,
    status: File,
    usage: Mutex<UsageMeter>,
}

/// What a process has in memory, bytes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resident {
    pub(crate) now: u64,
    /// The most so far.
    pub(crate) peak: u64,
}

impl ProcessHandle {
    fn new(keeper: &Child, lifeline: OwnedFd, control: UnixStream) -> io::Result<Self> {
        // It is not reaped yet: the number is its own.
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

    fn keeper_has_ended(&self, patience: Duration) -> bool {
        has_ended(&self.keeper, patience)
    }
}

/// Reads it again; the descriptor names the process even when its number has gone to another.
fn read_status(status: &File) -> io::Result<String> {
    let mut text = [0; 4096];
    let length = status.read_at(&mut text, 0)?;
    Ok(String::from_utf8_lossy(text.get(..length).unwrap_or_default()).into_owned())
}

/// Returns the number in a line of `/proc/PID/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns whether a process has ended, within `patience`.
fn has_ended(process: &OwnedFd, patience: Duration) -> bool {
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

#[cfg(test)]
impl Process {
    /// Returns a process that only sleeps, with the other end of its socket: whoever holds that can
    /// say what a runner never would.
    pub(crate) fn scripted(ring_bytes: u64) -> (Self, UnixStream) {
        let keeper = Command::new("sleep").arg("600").spawn().unwrap();
        let (control, theirs) = UnixStream::pair().unwrap();
        let (_, lifeline) = io::pipe().unwrap();
        let handle = ProcessHandle::new(&keeper, lifeline.into(), control.try_clone().unwrap()).unwrap();
        handle.attach_model_process(keeper.id()).unwrap();
        (Self { keeper, control, ring: MemoryFile::sized("ring", ring_bytes).unwrap(), handle }, theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_that_of_the_model() {
        let ended = |raw| ProcessEnd::of_keeper(ExitStatus::from_raw(raw));
        assert_eq!(ended(0), ProcessEnd::Exited(0));
        assert_eq!(ended(1 << 8), ProcessEnd::Exited(1));
        assert_eq!(ended(9), ProcessEnd::Signalled(9));
        assert_eq!(ended((128 + 31) << 8), ProcessEnd::Signalled(31));
    }

    #[test]
    fn the_numbers_of_a_process_are_read() {
        let status = "Name:\tx\nPPid:\t42\nVmHWM:\t    1234 kB\nVmRSS:\t     5 kB\n";
        assert_eq!(
            ["PPid:", "VmHWM:", "VmRSS:", "VmSwap:"].map(|name| field(status, name)),
            [Some(42), Some(1234), Some(5), None]
        );
    }

    #[test]
    fn a_process_of_others_is_not_taken_for_a_runner() {
        let keeper = Command::new("sleep").arg("600").spawn().unwrap();
        let (_, lifeline) = io::pipe().unwrap();
        let handle = ProcessHandle::new(&keeper, lifeline.into(), UnixStream::pair().unwrap().0).unwrap();
        assert!(
            handle.attach_model_process(std::process::id()).is_err()
                && handle.attach_model_process(0).is_err()
                && handle.attach_model_process(u32::MAX).is_err()
        );
        handle.attach_model_process(keeper.id()).unwrap();
        assert!(handle.attach_model_process(keeper.id()).is_err(), "twice");
        let mut keeper = keeper;
        handle.kill();
        assert_eq!(keeper.wait().unwrap().signal(), Some(9));
        assert_eq!(handle.resident(), None);
    }

    #[test]
    fn nothing_is_left_of_a_process_that_is_dropped() {
        let (process, _theirs) = Process::scripted(1);
        let id = process.keeper.id();
        assert!(process.is_alive() && process.handle().resident().unwrap().now > 0);
        drop(process);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }
}
