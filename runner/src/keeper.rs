//! The process that the scorer starts: it reads the setup, leaves the scorer's namespaces, and
//! forks the child that runs the model as process 1 of its own. From then on it only waits: for the
//! scorer to let go of the lifeline, or for the child to end.
//!
//! It ends as its child ended: with its exit code, or with 128 and the number of the signal that
//! killed it.
#![expect(unsafe_code, reason = "forking, while the process has one thread")]

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::ExitCode;

use holdout_protocol::{RUNNER_PROTOCOL, RunnerFailure, RunnerSetup, ToRunner};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid};

use crate::child::{self, Inheritance};
use crate::control::Control;
use crate::descriptors::Descriptors;
use crate::environment;
use crate::sandbox::{self, Layers};

/// How a runner ends.
pub mod exit {
    /// All batches were answered.
    pub const DONE: u8 = 0;
    /// A `Failed` message said why.
    pub const FAILED: u8 = 1;
    /// Wrong use: arguments, descriptors, or messages that no scorer of this version sends.
    pub const USAGE: u8 = 2;
    /// The host refused something that has nothing to do with the model.
    pub const HOST: u8 = 3;
}

/// Keeps a runner: `holdout-runner run`.
#[must_use]
pub fn run() -> ExitCode {
    let Ok(descriptors) = Descriptors::take() else { return exit::USAGE.into() };
    environment::wipe();
    die_first();
    sandbox::raise_stack();
    let mut control = Control::new(descriptors.control);
    let setup = match control.receive() {
        Ok(ToRunner::Setup(setup)) if is_valid(&setup) => setup,
        Ok(ToRunner::Setup(_)) => {
            control.fail(RunnerFailure::Setup);
            return exit::FAILED.into();
        }
        _ => return exit::USAGE.into(),
    };
    let mut layers = Layers::without(&setup.without);
    if let Err(error) = sandbox::enter(&mut layers, setup.user) {
        control.fail(RunnerFailure::Layer(error.layer));
        return exit::FAILED.into();
    }
    let inheritance = Inheritance { control, model: descriptors.model, setup, layers };
    fork(inheritance, descriptors.images, descriptors.lifeline).unwrap_or(exit::HOST).into()
}

/// Makes the kernel choose this process and its child if memory runs out, and not the scorer or a
/// server beside it.
fn die_first() {
    // Raising it needs no right. A host without this file has no such choice.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Returns whether a setup can be followed by this version.
fn is_valid(setup: &RunnerSetup) -> bool {
    setup.protocol == RUNNER_PROTOCOL && setup.threads > 0 && setup.slots > 0 && setup.slot_bytes > 0
}

/// Forks the child and waits for its end.
fn fork(inheritance: Inheritance, images: OwnedFd, lifeline: OwnedFd) -> io::Result<u8> {
    let (told, tell) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    // SAFETY: this process has one thread, so the child finds every lock open.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            drop(tell);
            drop(lifeline);
            child::run(inheritance, images, told)
        }
        child => {
            // The control socket must end when the child does.
            drop((inheritance, images));
            drop(told);
            keep(Pid::from_raw(child).ok_or(io::ErrorKind::InvalidData)?, tell, &lifeline)
        }
    }
}

/// Tells the child who it is, then waits for the first of two ends.
fn keep(child: Pid, tell: OwnedFd, lifeline: &OwnedFd) -> io::Result<u8> {
    let handle = pidfd_open(child, PidfdFlags::empty())?;
    let mut tell = File::from(tell);
    tell.write_all(&child.as_raw_pid().cast_unsigned().to_le_bytes())?;
    let mut ends = [PollFd::new(lifeline, PollFlags::IN), PollFd::new(&handle, PollFlags::IN)];
    while rustix::io::retry_on_intr(|| poll(&mut ends, None))? == 0 {}
    let [lifeline, _] = &ends;
    if !lifeline.revents().is_empty() {
        // Whether it had ended by itself in this moment does not matter.
        let _ = pidfd_send_signal(handle.as_fd(), Signal::KILL);
    }
    reap(child)
}

/// Waits for the child's end: its exit code, or 128 and its signal. A child that was taken over
/// cannot pass for one that was killed: a status above 127 is reported as 127.
fn reap(child: Pid) -> io::Result<u8> {
    let (_, status) =
        rustix::io::retry_on_intr(|| waitpid(Some(child), WaitOptions::empty()))?.ok_or(io::ErrorKind::NotFound)?;
    let code = status.exit_status().map(|code| code.min(127));
    let code = code.or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::HOST))
}
