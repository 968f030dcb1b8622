//! How models are run, resolved by the program that configures a scorer.

use std::path::{Path, PathBuf};

use holdout_protocol::{Arithmetic, Layer};
use holdout_torchscript::OperatorCheck;

/// How a scorer runs models. [`RunnerConfig::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct RunnerConfig {
    /// The program `holdout-runner`.
    pub program: PathBuf,
    /// Devices to use, such as `cpu` or `cuda:0`; a name that stands twice gets two workers.
    /// `None`: every CUDA device, or the CPU if there is no CUDA device.
    pub devices: Option<Vec<String>>,
    /// Threads of a runner, 1 or more. `None`: the processors that are there, shared by the workers
    /// on the CPU.
    pub threads: Option<u32>,
    /// Images in a batch, 1 to [`MAX_BATCH`](holdout_protocol::MAX_BATCH). `None`: 64 on a CPU, 256
    /// on others. Fewer if images are large.
    pub batch: Option<u32>,
    /// The user and group that a runner becomes if the scorer runs as root. `None`: 65534.
    pub user: Option<u32>,
    /// Bytes of memory that models may use on this machine, all workers together. `None`: what the
    /// machine or its control group has, less what the rest needs.
    pub memory_bytes: Option<u64>,
    /// Layers of the sandbox that this host lacks. Without one that is not named here no model is
    /// run.
    pub without: Vec<Layer>,
    /// Folder of libtorch's CUDA libraries.
    pub cuda_libraries: Option<PathBuf>,
    /// Most bytes of prepared images that are kept in the cache folder; the newest are kept
    /// whatever their size.
    pub prepared_bytes: u64,
    /// Keep a prepared runner ready for the next model.
    pub warm: bool,
    /// Whether the operators of a model are looked at. Only for tests of the sandbox are they not.
    #[doc(hidden)]
    pub operators: OperatorCheck,
    /// How exactly runners compute. `None`: as the task says. Only tests of what reduced precision
    /// does set it.
    #[doc(hidden)]
    pub arithmetic: Option<Arithmetic>,
}

/// The user and group `nobody`.
const NOBODY: u32 = 65_534;

impl RunnerConfig {
    /// Runs models with `program`, with defaults for the rest.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            devices: None,
            threads: None,
            batch: None,
            user: None,
            memory_bytes: None,
            without: Vec::new(),
            cuda_libraries: None,
            prepared_bytes: 64 << 30,
            warm: true,
            operators: OperatorCheck::Enforced,
            arithmetic: None,
        }
    }

    /// Whom a runner becomes: only root can become somebody else.
    pub(crate) fn runner_user(&self) -> Option<u32> {
        rustix::process::geteuid().is_root().then(|| self.user.unwrap_or(NOBODY))
    }

    /// Returns the folder of libtorch's CUDA libraries as text.
    pub(crate) fn cuda_libraries_text(&self) -> Option<String> {
        self.cuda_libraries.as_deref().and_then(Path::to_str).map(str::to_owned)
    }
}
