//! The layers of the sandbox, what one that cannot be put on says, and what the sandbox leaves
//! open.

use std::io;
use std::path::PathBuf;

use holdout_protocol::Layer;

/// A layer that could not be put on.
#[derive(Debug, thiserror::Error)]
#[error("{}: {step}: {cause}", layer.as_str())]
pub struct LayerError {
    /// Which.
    pub layer: Layer,
    /// What was tried.
    pub step: &'static str,
    /// What the kernel said.
    pub cause: io::Error,
}

/// A step of a layer that failed.
#[derive(Debug)]
pub struct Failure {
    pub(super) step: &'static str,
    pub(super) cause: io::Error,
}

/// Names the step that an error belongs to.
pub(super) trait Step<T> {
    fn step(self, step: &'static str) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, Failure> {
        self.map_err(|cause| Failure { step, cause: cause.into() })
    }
}

/// Returns a failure that has no error of the kernel behind it.
pub(super) fn refuse<T>(
    step: &'static str,
    found: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Result<T, Failure> {
    Err(Failure { step, cause: io::Error::other(found) })
}

/// The layers that should be on, and those that are.
#[derive(Debug, Clone)]
pub struct Layers {
    without: Vec<Layer>,
    on: u32,
}

impl Layers {
    /// All layers but these.
    #[must_use]
    pub fn without(without: &[Layer]) -> Self {
        Self { without: without.to_vec(), on: 0 }
    }

    /// Returns the layers that are on, by [`Layer::bit`].
    #[must_use]
    pub fn on(&self) -> u32 {
        self.on
    }

    /// Returns whether a layer is on.
    #[must_use]
    pub fn has(&self, layer: Layer) -> bool {
        self.on & layer.bit() != 0
    }

    /// Returns whether the operator named it as missing.
    #[must_use]
    pub fn skips(&self, layer: Layer) -> bool {
        self.without.contains(&layer)
    }

    /// Puts a layer on, unless it is one to do without.
    pub(super) fn put(&mut self, layer: Layer, on: impl FnOnce() -> Result<(), Failure>) -> Result<(), LayerError> {
        if self.skips(layer) {
            return Ok(());
        }
        on().map_err(|Failure { step, cause }| LayerError { layer, step, cause })?;
        self.on |= layer.bit();
        Ok(())
    }
}

/// What a process still may do once the sandbox is closed, beyond computing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Opening {
    /// Nothing: inference on a CPU.
    #[default]
    None,
    /// Talk to the driver of a GPU: these files and folders exist, and `ioctl` is open.
    Driver(Shown),
}

/// Files and folders of the host that stay, at their own paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Device files: read, write, `ioctl`.
    pub devices: Vec<PathBuf>,
    /// Folders, with all that is in them: read-only.
    pub folders: Vec<PathBuf>,
    /// Files and folders of the kernel below `/proc`, `/sys` and `/dev`: read-only.
    pub files: Vec<PathBuf>,
}
