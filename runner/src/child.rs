//! The process that runs the model: it warms libtorch up, closes the sandbox around itself, and
//! says `Hello`.
#![expect(unsafe_code, reason = "signal handlers")]

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use holdout_protocol::{FromRunner, Layer, RUNNER_PROTOCOL, RunnerFailure, RunnerSetup};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::control::Control;
use crate::cuda;
use crate::host::Status;
use crate::keeper::exit;
use crate::sandbox::{self, LayerError, Layers, Limits, Opening};
use crate::session::Session;
use crate::torch;

/// Threads beyond those that compute: one for tasks, and a few that libtorch starts when it needs
/// them.
const SPARE_THREADS: u64 = 8;

/// Descriptors that the child has, and one to spare.
const DESCRIPTORS: u64 = 6;

/// Descriptors if the driver of a GPU opens its own.
const DRIVER_DESCRIPTORS: u64 = 1024;

/// What the child has from the keeper.
#[derive(Debug)]
pub struct Inheritance {
    /// The control socket.
    pub control: Control,
    /// The model's archive.
    pub model: OwnedFd,
    /// What the scorer wants.
    pub setup: RunnerSetup,
    /// The layers that the keeper put on.
    pub layers: Layers,
}

/// Why there is no `Hello`.
#[derive(Debug, thiserror::Error)]
enum Unprepared {
    #[error(transparent)]
    Layer(#[from] LayerError),
    #[error("the device cannot be used")]
    Device,
    #[error("the setup cannot be followed: {0}")]
    Setup(#[from] io::Error),
}

impl From<Unprepared> for RunnerFailure {
    fn from(unprepared: Unprepared) -> Self {
        match unprepared {
            Unprepared::Layer(error) => Self::Layer(error.layer),
            Unprepared::Device => Self::Device,
            Unprepared::Setup(_) => Self::Setup,
        }
    }
}

impl From<torch::Raised> for Unprepared {
    fn from(_: torch::Raised) -> Self {
        Self::Device
    }
}

/// Runs the child to its end. `images` is the ring of batches; `told` gives the process id as the
/// keeper sees it.
pub fn run(mut inheritance: Inheritance, images: OwnedFd, told: OwnedFd) -> ! {
    let code = match prepare(&mut inheritance, images, told) {
        Ok((process, session)) => hello(inheritance, process, session),
        Err(unprepared) => {
            inheritance.control.fail(unprepared.into());
            exit::FAILED
        }
    };
    leave(code)
}

/// Does everything that comes before the model: what the scorer is told, and what answers its
/// batches.
fn prepare(inheritance: &mut Inheritance, images: OwnedFd, told: OwnedFd) -> Result<(u32, Session), Unprepared> {
    let process = bind_to_keeper(told)?;
    let setup = &inheritance.setup;
    let layers = &mut inheritance.layers;
    let status = Status::open()?;
    let session = Session::new(setup, images)?;
    reset_signals()?;
    torch::keep_memory(setup.memory_bytes).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    let opening = open_device(setup)?;
    close(layers, setup, &opening, &status)?;
    torch::start_threads(session.device(), setup.threads)?;
    sandbox::seal(layers, &opening, &limits(setup, &opening, &status)?)?;
    sandbox::self_test(layers, &opening)?;
    Ok((process, session))
}

/// Ties this process to the keeper's life and asks it for the process id that the scorer knows.
fn bind_to_keeper(told: OwnedFd) -> io::Result<u32> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut told = File::from(told);
    let mut process = [0; 4];
    told.read_exact(&mut process)?;
    // A keeper that ended before the signal was set has closed its end.
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut end = [PollFd::new(&told, PollFlags::IN)];
    if poll(&mut end, Some(&now))? > 0 {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    Ok(u32::from_le_bytes(process))
}

/// Takes Rust's handlers off, so that a fault ends this process by the signal it is.
fn reset_signals() -> io::Result<()> {
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL] {
        handle(signal, libc::SIG_DFL)?;
    }
    // Process 1 ignores a signal that it sends itself without handling it: `abort` would end in
    // another one.
    #[expect(clippy::as_conversions, reason = "the address of a function has no other conversion")]
    let on_abort = on_abort as *const () as libc::sighandler_t;
    handle(libc::SIGABRT, on_abort)
}

fn handle(signal: libc::c_int, handler: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: the handler is either the default or `on_abort`, which does nothing but end the
    // process.
    if unsafe { libc::signal(signal, handler) } == libc::SIG_ERR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Ends the process as the signal would.
extern "C" fn on_abort(_: libc::c_int) {
    // SAFETY: ending without clean-up is what a handler may do.
    unsafe { libc::_exit(128 + libc::SIGABRT) }
}

/// Opens what the device needs, before the root is gone.
fn open_device(setup: &RunnerSetup) -> Result<Opening, Unprepared> {
    match &setup.cuda_libraries {
        _ if setup.device == "cpu" => Ok(Opening::None),
        Some(folder) => cuda::open(folder.as_ref(), setup.visible_devices.as_deref(), setup.device_millionths)
            .map_err(|_| Unprepared::Device),
        None => Err(Unprepared::Device),
    }
}

/// Warms libtorch up and closes the sandbox's first half, in the order that the device allows.
fn close(layers: &mut Layers, setup: &RunnerSetup, opening: &Opening, status: &Status) -> Result<(), Unprepared> {
    torch::configure(setup.arithmetic)?;
    torch::warm_up(setup.seed)?;
    if status.threads()? != 1 {
        // Landlock would not bind the others.
        let cause = io::Error::other("libtorch started a thread too early");
        return Err(LayerError { layer: Layer::Landlock, step: "counting threads", cause }.into());
    }
    // The driver's own threads come later, with the first call for the device: born inside.
    sandbox::close(layers, opening, setup.user)?;
    if layers.skips(Layer::UserNamespace) {
        // A change of user takes the tie off.
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    }
    Ok(())
}

/// Returns the limits of this setup, in a process that is otherwise ready.
fn limits(setup: &RunnerSetup, opening: &Opening, status: &Status) -> io::Result<Limits> {
    let on_cpu = *opening == Opening::None;
    Ok(Limits {
        address_space: if on_cpu { Some(status.address_space()?.saturating_add(setup.memory_bytes)) } else { None },
        descriptors: if on_cpu { DESCRIPTORS } else { DRIVER_DESCRIPTORS },
        threads: status.threads()?.saturating_add(SPARE_THREADS),
    })
}

/// Says `Hello` and answers until the end.
fn hello(mut inheritance: Inheritance, process: u32, session: Session) -> u8 {
    let layers = inheritance.layers.on();
    let hello = FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers, process };
    if inheritance.control.send(&hello).is_err() {
        return exit::USAGE;
    }
    session.serve(&mut inheritance.control, inheritance.model)
}

/// Ends the process at once, without libtorch's clean-up: there is nothing to keep, and the model
/// may have spoilt it.
fn leave(code: u8) -> ! {
    // SAFETY: ending without clean-up touches no memory.
    unsafe { libc::_exit(code.into()) }
}
