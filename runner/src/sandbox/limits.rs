//! Limits on what a process may take.

use rustix::process::{Resource, Rlimit, setrlimit};

use super::layers::{Failure, Step};

/// How much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space in all; `None` if it cannot be limited (CUDA reserves far more than
    /// it uses).
    pub address_space: Option<u64>,
    /// Highest descriptor number plus one.
    pub descriptors: u64,
    /// Processes and threads of this user in this user namespace.
    pub threads: u64,
}

/// Stack of the main thread, bytes. Eight times what is usual: libtorch works through deeply nested
/// programs by recursion.
const STACK: u64 = 64 << 20;

/// Raises the stack's limit as far as allowed; to be called before much memory is mapped.
///
/// The kernel leaves at least 128 MiB below the stack when a program starts, whatever the limit was
/// then.
pub fn raise_stack() {
    let found = rustix::process::getrlimit(Resource::Stack);
    let wanted = found.maximum.map_or(STACK, |most| most.min(STACK));
    if found.current.is_some_and(|current| current < wanted) {
        // If it cannot be raised, a deeply nested model crashes a little earlier.
        let _ = setrlimit(Resource::Stack, Rlimit { current: Some(wanted), maximum: found.maximum });
    }
}

/// Sets the limits, which can only be lowered from then on.
pub(super) fn set(limits: &Limits) -> Result<(), Failure> {
    if let Some(bytes) = limits.address_space {
        limit(Resource::As, bytes, "RLIMIT_AS")?;
    }
    limit(Resource::Fsize, 0, "RLIMIT_FSIZE")?;
    limit(Resource::Core, 0, "RLIMIT_CORE")?;
    limit(Resource::Memlock, 0, "RLIMIT_MEMLOCK")?;
    limit(Resource::Msgqueue, 0, "RLIMIT_MSGQUEUE")?;
    limit(Resource::Nofile, limits.descriptors, "RLIMIT_NOFILE")?;
    limit(Resource::Nproc, limits.threads, "RLIMIT_NPROC")
}

/// Sets one limit, or keeps the one that is lower already.
fn limit(resource: Resource, value: u64, name: &'static str) -> Result<(), Failure> {
    let found = rustix::process::getrlimit(resource).maximum;
    let value = Some(found.map_or(value, |most| most.min(value)));
    setrlimit(resource, Rlimit { current: value, maximum: value }).step(name)
}
