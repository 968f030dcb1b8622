//! The layers around a model, and the order in which they are put on.
//!
//! None is enough alone: Landlock does not see datagrams, namespaces leave files readable, limits
//! miss shared memory, and the filter of system calls does not bound memory. Each is the fence
//! behind the others.
//!
//! 1. [`namespaces::enter`], in the process that was started, which has one thread: user, network,
//!    mounts, IPC, host name, and process ids for the child.
//! 2. [`close`], in the child, once libtorch has read the files it wants and while it still has one
//!    thread: an empty root, no capabilities, no new privileges, Landlock. Landlock binds only the
//!    calling thread and those born later.
//! 3. [`seal`], once all threads exist: resource limits, then the filters of system calls, on all
//!    threads at once.
//! 4. [`self_test`]: what must fail fails.
//!
//! A layer that cannot be put on is an error, unless the operator named it as missing on this host.

mod layers;
mod limits;
mod namespaces;
mod privileges;
mod root;
mod rules;
mod self_test;
mod system_calls;

use holdout_protocol::Layer;

use layers::Failure;
pub use layers::{LayerError, Layers, Opening, Shown};
pub use limits::{Limits, raise_stack};
pub use namespaces::{NOBODY, enter};
pub use self_test::self_test;

/// Closes the files and privileges of a process with one thread.
///
/// # Errors
/// The first layer that cannot be put on.
pub fn close(layers: &mut Layers, opening: &Opening, user: Option<u32>) -> Result<(), LayerError> {
    layers.put(Layer::EmptyRoot, || root::leave(opening))?;
    layers.put(Layer::NoCapabilities, privileges::empty_bounding_set)?;
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
