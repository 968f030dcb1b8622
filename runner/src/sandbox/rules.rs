//! Landlock: the kernel denies this process every file, connection and signal.

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use rustix::fs::{Mode, OFlags};

use super::layers::{Failure, Opening, Step, refuse};

/// The rules of Linux 6.12: files with `ioctl` on devices, TCP, and the scopes of signals and
/// abstract sockets.
const RULES: ABI = ABI::V6;

/// Denies everything but what the opening shows.
pub(super) fn deny(opening: &Opening) -> Result<(), Failure> {
    let status = restrict(opening).map_err(io::Error::other).step("landlock_restrict_self")?;
    if status != RulesetStatus::FullyEnforced {
        return refuse("landlock_restrict_self", "the kernel knows only a part of the rules");
    }
    if *opening == Opening::None { check_reading_is_denied() } else { Ok(()) }
}

fn restrict(opening: &Opening) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        // Best effort would switch rules off in silence if one of them is not known.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?;
    if let Opening::Driver(shown) = opening {
        let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
        rules = open(rules, &shown.devices, device)?;
        rules = open(rules, &shown.folders, AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute)?;
        rules = open(rules, &shown.files, AccessFs::ReadFile | AccessFs::ReadDir)?;
        // The driver names its threads by a file of theirs.
        rules =
            open(rules, &[PathBuf::from("/proc/self")], AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::WriteFile)?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// Allows `access` beneath each path.
fn open(
    mut rules: RulesetCreated,
    paths: &[PathBuf],
    access: impl Into<landlock::BitFlags<AccessFs>>,
) -> Result<RulesetCreated, RulesetError> {
    let access = access.into();
    for path in paths {
        // A path that does not open is left out: it stays denied. What is no folder takes only the
        // rights of files.
        if let Ok(descriptor) = PathFd::new(path) {
            let access = if path.is_dir() { access } else { access & AccessFs::from_file(RULES) };
            rules = rules.add_rule(PathBeneath::new(descriptor, access))?;
        }
    }
    Ok(rules)
}

/// Sees for itself that a folder that anyone may read is denied.
fn check_reading_is_denied() -> Result<(), Failure> {
    match rustix::fs::open("/", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Err(rustix::io::Errno::ACCESS) => Ok(()),
        Err(error) => Err(error).step("trying to read a folder"),
        Ok(_) => refuse("trying to read a folder", "it can be read"),
    }
}
