//! A scorer's side of the protocol: starts the real program with real descriptors and speaks to it.

use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use command_fds::{CommandFdExt, FdMapping};
use holdout_protocol::{Arithmetic, FromRunner, RUNNER_PROTOCOL, RunnerLoad, RunnerSetup, ToRunner, descriptor};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::geteuid;

/// Images as the ring holds them: all of one side, `uint8[3, side, side]` each.
pub const SIDE: u32 = 4;

/// A runner that was started.
pub struct Runner {
    pub child: Child,
    pub control: UnixStream,
    /// Dropping it kills the runner.
    pub lifeline: Option<PipeWriter>,
    ring: File,
    setup: RunnerSetup,
    batches: u32,
}

/// A setup for the tests: one thread, two slots of 64 kB. It runs models on `HOLDOUT_TEST_DEVICE`
/// (default `cpu`); a GPU also needs `HOLDOUT_TEST_CUDA_LIBRARIES`, the folder of libtorch's CUDA
/// libraries.
pub fn setup() -> RunnerSetup {
    RunnerSetup {
        protocol: RUNNER_PROTOCOL,
        device: std::env::var("HOLDOUT_TEST_DEVICE").unwrap_or_else(|_| "cpu".into()),
        threads: 1,
        memory_bytes: 2 << 30,
        device_millionths: None,
        seed: 7,
        slots: 2,
        slot_bytes: 64 << 10,
        user: geteuid().is_root().then_some(65_534),
        without: Vec::new(),
        cuda_libraries: std::env::var("HOLDOUT_TEST_CUDA_LIBRARIES").ok(),
        visible_devices: std::env::var("CUDA_VISIBLE_DEVICES").ok(),
        arithmetic: Arithmetic::Float32,
    }
}

/// The same on the processor, for what a GPU's driver does otherwise: memory and open files.
pub fn on_processor() -> RunnerSetup {
    RunnerSetup { device: "cpu".into(), cuda_libraries: None, ..setup() }
}

/// Returns the request to load a model of `classes` classes.
pub fn load(model: &[u8], classes: u16) -> RunnerLoad {
    RunnerLoad {
        model_bytes: model.len().try_into().unwrap(),
        classes,
        answers: classes.min(5).try_into().unwrap(),
        side: SIDE,
        mean: [0.0; 3],
        std: [1.0; 3],
        optimise: true,
        fresh: false,
        tolerance: 1e-3,
        causes: false,
    }
}

/// A sealed memory file.
pub fn sealed(content: &[u8]) -> OwnedFd {
    let mut file = File::from(memfd_create("model", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap());
    file.write_all(content).unwrap();
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&file, seals).unwrap();
    file.into()
}

impl Runner {
    /// Starts the program with a model, and no message sent yet.
    pub fn start(model: &[u8], setup: RunnerSetup) -> Self {
        Self::start_with(Command::new(env!("CARGO_BIN_EXE_holdout-runner")).arg("run"), &[], model, setup)
    }

    /// The same with a command and an environment of the test's own.
    pub fn start_with(command: &mut Command, environment: &[(&str, &str)], model: &[u8], setup: RunnerSetup) -> Self {
        let (control, theirs) = UnixStream::pair().unwrap();
        let ring = File::from(memfd_create("ring", MemfdFlags::CLOEXEC).unwrap());
        ring.set_len(setup.slot_bytes * u64::from(setup.slots)).unwrap();
        let (read_end, write_end) = io::pipe().unwrap();
        let mapping = |parent_fd: OwnedFd, child_fd| FdMapping { parent_fd, child_fd };
        command
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
            .fd_mappings(vec![
                mapping(theirs.into(), descriptor::CONTROL),
                mapping(sealed(model), descriptor::MODEL),
                mapping(ring.as_fd().try_clone_to_owned().unwrap(), descriptor::IMAGES),
                mapping(read_end.into(), descriptor::LIFELINE),
            ])
            .unwrap();
        let child = command.spawn().unwrap();
        // The command holds the descriptors that it gave the child.
        *command = Command::new("true");
        Self { child, control, lifeline: Some(write_end), ring, setup, batches: 0 }
    }

    /// Sends a message as it stands.
    pub fn send(&mut self, message: &ToRunner) {
        let body = serde_json::to_vec(message).unwrap();
        self.control.write_all(&u32::try_from(body.len()).unwrap().to_le_bytes()).unwrap();
        self.control.write_all(&body).unwrap();
    }

    /// The next message; `None` if the runner has ended.
    pub fn receive(&mut self) -> Option<FromRunner> {
        let mut length = [0; 4];
        self.control.read_exact(&mut length).ok()?;
        let mut body = vec![0; u32::from_le_bytes(length).try_into().unwrap()];
        self.control.read_exact(&mut body).unwrap();
        Some(FromRunner::from_bytes(&body).unwrap())
    }

    /// Sends the setup and waits for the answer.
    pub fn prepare(&mut self) -> Option<FromRunner> {
        let setup = self.setup.clone();
        self.send(&ToRunner::Setup(setup));
        self.receive()
    }

    /// Prepares, and loads.
    pub fn load(&mut self, load: RunnerLoad) -> Option<FromRunner> {
        let hello = self.prepare();
        assert!(matches!(hello, Some(FromRunner::Hello { .. })), "{hello:?}");
        self.send(&ToRunner::Load(load));
        self.receive()
    }

    /// Runs a batch of images.
    pub fn batch(&mut self, images: &[Vec<u8>]) -> Option<FromRunner> {
        let number = self.batches;
        self.batches += 1;
        let slot = number % self.setup.slots;
        self.ring.write_all_at(&images.concat(), u64::from(slot) * self.setup.slot_bytes).unwrap();
        self.send(&ToRunner::Batch { number, slot, images: images.len().try_into().unwrap() });
        self.receive()
    }

    /// Lets go of the lifeline and waits for the end.
    pub fn end(mut self) -> ExitStatus {
        drop(self.lifeline.take());
        self.child.wait().unwrap()
    }

    /// Waits for the end, holding on to the lifeline.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.child.wait();
    }
}
