//! The layers around a model, and the order in which they are put on.
//!
//! None is enough alone: Landlock does not see datagrams, namespaces leave files readable, limits miss shared memory, and
//! the filter of system calls does not bound memory. Each is the fence behind the others.
//!
//! 1. [`namespaces::enter`], in the process that was started, which has one thread: user, network, mounts, IPC, host
//!    name, and process ids for the child.
//! 2. [`close`], in the child, once libtorch has read the files it wants and while it still has one thread: an empty
//!    root, no capabilities, no new privileges, Landlock. Landlock binds only the calling thread and those born later.
//! 3. [`seal`], once all threads exist: resource limits, then the filters of system calls, on all threads at once.
//! 4. [`self_test`]: what must fail fails.
//!
//! A layer that cannot be put on is an error, unless the operator named it as missing on this host.

mod limits;
mod namespaces;
mod privileges;
mod root;
mod rules;
mod self_test;
mod system_calls;

use std::io;

use holdout_protocol::Layer;

pub use limits::{Limits, raise_stack};
pub use namespaces::{NOBODY, enter};
pub use root::Shown;
pub use self_test::self_test;

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
    step: &'static str,
    cause: io::Error,
}

/// Names the step that an error belongs to.
trait Step<T> {
    fn step(self, step: &'static str) -> Result<T, Failure>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, Failure> {
        self.map_err(|cause| Failure { step, cause: cause.into() })
    }
}

/// A failure that has no error of the kernel behind it.
fn refuse<T>(step: &'static str, found: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Result<T, Failure> {
    Err(Failure { step, cause: io::Error::other(found) })
}

/// The layers that are to be on, and those that are.
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

    /// The layers that are on, by [`Layer::bit`].
    #[must_use]
    pub fn on(&self) -> u32 {
        self.on
    }

    /// Whether a layer is on.
    #[must_use]
    pub fn has(&self, layer: Layer) -> bool {
        self.on & layer.bit() != 0
    }

    /// Whether the operator named it as missing.
    #[must_use]
    pub fn skips(&self, layer: Layer) -> bool {
        self.without.contains(&layer)
    }

    /// Puts a layer on, unless it is one to do without.
    fn put(&mut self, layer: Layer, on: impl FnOnce() -> Result<(), Failure>) -> Result<(), LayerError> {
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

/// Closes the files and privileges of a process with one thread.
///
/// # Errors
/// The first layer that cannot be put on.
pub fn close(layers: &mut Layers, opening: &Opening, user: Option<u32>) -> Result<(), LayerError> {
    layers.put(Layer::EmptyRoot, || root::leave(opening))?;
    layers.put(Layer::NoCapabilities, privileges::bound)?;
    if layers.skips(Layer::UserNamespace) {
        namespaces::become_user(user).map_err(|Failure { step, cause }| LayerError {
            layer: Layer::NoCapabilities,
            step,
            cause,
        })?;
    }
    layers.put(Layer::NoCapabilities, privileges::drop_capabilities)?;
    layers.put(Layer::NoNewPrivileges, privileges::renounce)?;
    layers.put(Layer::Landlock, || rules::deny(opening))
}

/// Limits the resources of a process and the system calls of all its threads.
///
/// # Errors
/// The first layer that cannot be put on.
pub fn seal(layers: &mut Layers, opening: &Opening, limits: &Limits) -> Result<(), LayerError> {
    layers.put(Layer::ResourceLimits, || limits::set(limits))?;
    layers.put(Layer::SystemCalls, || system_calls::filter(opening))
}
