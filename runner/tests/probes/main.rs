//! Attempts to get out, from inside the layers: what a model that took its process over could try.
//!
//! Each attempt is made in a process of its own, behind the very functions that a runner calls.
//! With all layers none may get through; with any single layer missing, those on files, network and
//! other processes still may not. So that an attempt that never works proves nothing by failing,
//! each is first made without any layer, if it must get through.
//!
//! A probe of a layer that is missing really does what it tries: all of them are harmless when they
//! succeed.
#![expect(
    unsafe_code,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::undocumented_unsafe_blocks,
    clippy::print_stdout,
    reason = "tests that speak to the kernel"
)]

mod attempts;
mod world;

use std::process::ExitCode;

use holdout_protocol::Layer;
use holdout_runner::cuda;
use holdout_runner::sandbox::{self, Layers, Limits, Opening, Shown};
use rustix::process::{DumpableBehavior, geteuid, set_dumpable_behavior};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use attempts::{ATTEMPTS, Attempt, NEEDED, OPEN_TO_A_DRIVER};
use world::{Ended, World, in_child};

/// Address space beyond what the process has, bytes.
const MEMORY: u64 = 1 << 30;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It got through.
    Through,
    /// The kernel refused it, or killed the process for it.
    Blocked,
    /// The sandbox could not be closed.
    Unclosed,
}

const THROUGH: i32 = 10;
const BLOCKED: i32 = 11;
const UNCLOSED: i32 = 12;

fn main() -> ExitCode {
    // `cargo test NAME` passes the name to every test program.
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if !names.is_empty() && !names.iter().any(|name| "probes".contains(name.as_str())) {
        return ExitCode::SUCCESS;
    }
    let mut failures = try_everything("started as this user");
    if geteuid().is_root() {
        let plain = in_child(|| {
            become_plain();
            i32::from(try_everything("started as a plain user") > 0)
        });
        failures += usize::from(plain != Ended::Exit(0));
    }
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives root up, in this process and for good.
fn become_plain() {
    let (user, group) = (rustix::process::Uid::from_raw(65_534), rustix::process::Gid::from_raw(65_534));
    set_thread_groups(&[]).unwrap();
    set_thread_res_gid(group, group, group).unwrap();
    set_thread_res_uid(user, user, user).unwrap();
    set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
}

/// Makes every attempt in every configuration: how many ended otherwise than they should.
fn try_everything(whose: &str) -> usize {
    let world = World::new();
    let mut failures = 0;
    let mut expect_with = |opening: &Opening, attempt: &Attempt, without: &[Layer], wanted: Outcome| {
        let found = make(attempt, without, opening, &world);
        if found != wanted {
            let names: Vec<_> = without.iter().map(|layer| layer.as_str()).collect();
            let device = if *opening == Opening::None { "CPU" } else { "GPU" };
            println!(
                "probes, {whose}, {device}: `{}` without {names:?}: {found:?} instead of {wanted:?}",
                attempt.name
            );
            failures += 1;
        }
    };
    let gpu = opening_of_a_gpu();
    for attempt in ATTEMPTS {
        let open = OPEN_TO_A_DRIVER.contains(&attempt.name);
        expect_with(&gpu, attempt, &[], if open { Outcome::Through } else { Outcome::Blocked });
    }
    for needed in NEEDED {
        expect_with(&gpu, needed, &[], Outcome::Through);
    }
    let mut expect =
        |attempt: &Attempt, without: &[Layer], wanted| expect_with(&Opening::None, attempt, without, wanted);
    for attempt in ATTEMPTS {
        if attempt.works_alone {
            expect(attempt, Layer::ALL, Outcome::Through);
        }
        expect(attempt, &[], Outcome::Blocked);
    }
    for needed in NEEDED {
        expect(needed, &[], Outcome::Through);
    }
    for layer in Layer::ALL.iter().filter(|layer| can_miss(**layer)) {
        for attempt in ATTEMPTS.iter().filter(|attempt| attempt.fenced_twice) {
            expect(attempt, &[*layer], Outcome::Blocked);
        }
    }
    println!("probes, {whose}: {} attempts, {} needs, {failures} surprises", ATTEMPTS.len(), NEEDED.len());
    failures
}

/// Returns what a runner with a GPU leaves open, on a host without one: a harmless device and a
/// folder stand for the driver's.
fn opening_of_a_gpu() -> Opening {
    let files = cuda::READ.map(Into::into).to_vec();
    Opening::Driver(Shown { devices: vec!["/dev/null".into()], folders: vec!["/usr/share".into()], files })
}

/// Returns true if the others can be put on without this one.
fn can_miss(layer: Layer) -> bool {
    match layer {
        // Only root leaves the other namespaces by itself.
        Layer::UserNamespace => geteuid().is_root(),
        // Landlock and filters are refused to a process that could still gain rights.
        Layer::NoNewPrivileges => false,
        _ => true,
    }
}

/// Makes one attempt behind all layers but these.
fn make(attempt: &Attempt, without: &[Layer], opening: &Opening, world: &World) -> Outcome {
    let ended = in_child(|| {
        let mut layers = Layers::without(without);
        if sandbox::enter(&mut layers, None).is_err() {
            return UNCLOSED;
        }
        match in_child(|| try_inside(attempt, &mut layers, opening, world)) {
            Ended::Exit(code) => code,
            // Killed for a forbidden system call, or for a file that grew.
            Ended::Signal(libc::SIGSYS | libc::SIGXFSZ) => BLOCKED,
            Ended::Signal(_) => UNCLOSED,
        }
    });
    match ended {
        // 0: another program took the process's place.
        Ended::Exit(THROUGH | 0) => Outcome::Through,
        Ended::Exit(BLOCKED) => Outcome::Blocked,
        _ => Outcome::Unclosed,
    }
}

/// Closes the sandbox and makes the attempt.
fn try_inside(attempt: &Attempt, layers: &mut Layers, opening: &Opening, world: &World) -> i32 {
    world.lay_out();
    let status = holdout_runner::host::Status::open().unwrap();
    // CUDA reserves far more address space than it uses, so it cannot be limited for a GPU.
    let limited = *opening == Opening::None;
    let address_space = limited.then(|| status.address_space().unwrap() + MEMORY);
    let limits = Limits { address_space, descriptors: 16, threads: 8 };
    let closed = sandbox::close(layers, opening, None)
        .and_then(|()| sandbox::seal(layers, opening, &limits))
        .and_then(|()| sandbox::self_test(layers, opening));
    match closed {
        Err(error) => {
            println!("probes: {error}");
            UNCLOSED
        }
        Ok(()) if (attempt.make)(world) => THROUGH,
        Ok(()) => BLOCKED,
    }
}
