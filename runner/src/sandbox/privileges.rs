//! No capabilities, and none to be had.

use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    clear_ambient_capability_set, no_new_privs, remove_capability_from_bounding_set, set_capabilities,
    set_capabilities_secure_bits, set_no_new_privs,
};

use super::layers::{Failure, Step, refuse};

/// The highest number that a capability could have: the kernel's sets have so many bits.
const HIGHEST: u32 = 63;

/// Empties the bounding set: nothing that is executed, by whatever user, gets a capability.
pub(super) fn empty_bounding_set() -> Result<(), Failure> {
    let present = |number: &u32| capability_is_in_bounding_set(capability(*number)).unwrap_or(false);
    let left: Vec<u32> = (0..=HIGHEST).filter(present).collect();
    if left.is_empty() {
        return Ok(());
    }
    set_capabilities_secure_bits(locked_secure_bits()).step("PR_SET_SECUREBITS")?;
    left.into_iter()
        .try_for_each(|number| remove_capability_from_bounding_set(capability(number)).step("PR_CAPBSET_DROP"))
}

fn capability(number: u32) -> CapabilitySet {
    CapabilitySet::from_bits_retain(1 << number)
}

/// Empties the process's own sets.
pub(super) fn drop_capabilities() -> Result<(), Failure> {
    clear_ambient_capability_set().step("PR_CAP_AMBIENT")?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, none).step("capset")?;
    let left = capabilities(None).step("capget")?;
    if left == none { Ok(()) } else { refuse("dropping capabilities", "some are left") }
}

/// Root has no rights by itself, and no bit of this can be taken back.
fn locked_secure_bits() -> CapabilitiesSecureBits {
    CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED
}

/// Nothing that this process executes gains rights, it leaves no core, and no process of its user
/// looks into it.
pub(super) fn renounce() -> Result<(), Failure> {
    set_no_new_privs(true).step("PR_SET_NO_NEW_PRIVS")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("PR_SET_DUMPABLE")?;
    if no_new_privs().step("PR_GET_NO_NEW_PRIVS")? { Ok(()) } else { refuse("PR_SET_NO_NEW_PRIVS", "it is still off") }
}
