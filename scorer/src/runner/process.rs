//! A runner's processes: the program that the scorer starts (the keeper) and the one that runs the
//! model, which the keeper starts and names in `Hello`. Both are held by descriptors, because their
//! numbers can be given to other processes.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};
use holdout_protocol::{RunnerSetup, descriptor};
use rustix::process::{Signal, WaitId, WaitIdOptions, pidfd_send_signal, waitid};

use super::RunnerConfig;
use super::memory_file::MemoryFile;
use super::process_handle::{ProcessHandle, has_ended};
use super::visible_gpus::{VISIBLE, visible_devices};

/// How long a keeper may take to clear away what it started, before it is killed itself.
const CLEARING: Duration = Duration::from_secs(2);
/// How long the kernel may take to end a killed process: a device's driver can hold one for a
/// while.
const DYING: Duration = Duration::from_secs(10);

/// How a runner ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcessEnd {
    Exited(i32),
    Signalled(i32),
}

impl ProcessEnd {
    /// The keeper's end stands for that of the model's process: it exits with its status, or with
    /// 128 and the number of the signal that ended it.
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
    /// Starts a runner of which nothing is known but its setup. It lives no longer than the thread
    /// that starts it.
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
    use super::super::process_handle::field;
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
