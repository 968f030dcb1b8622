//! Namespaces of its own, and the user to be.
#![expect(unsafe_code, reason = "leaving namespaces")]

use std::fs;
use std::io;

use holdout_protocol::Layer;
use rustix::process::{DumpableBehavior, getegid, geteuid, getgid, getuid, set_dumpable_behavior};
use rustix::process::{Gid, Uid};
use rustix::system::{setdomainname, sethostname};
use rustix::thread::{UnshareFlags, set_thread_groups, set_thread_res_gid, set_thread_res_uid, unshare_unsafe};

use super::layers::{Failure, LayerError, Layers, Step, refuse};

/// The user and group to become if root starts a runner and names none.
pub const NOBODY: u32 = 65_534;

/// The host and domain that a model could read.
const NAME: &[u8] = b"holdout";

/// Leaves the namespaces of the parent: the calling process has one thread, and its next child is
/// process 1.
///
/// Without a user namespace the process stays what it is, for only root may leave the other
/// namespaces then; the child becomes `user` when it needs its rights no more.
///
/// # Errors
/// The first layer that cannot be put on.
pub fn enter(layers: &mut Layers, user: Option<u32>) -> Result<(), LayerError> {
    layers.put(Layer::UserNamespace, || own_users(user))?;
    layers.put(Layer::NetworkNamespace, || leave(UnshareFlags::NEWNET))?;
    layers.put(Layer::PidNamespace, || leave(UnshareFlags::NEWPID))?;
    layers.put(Layer::IpcNamespace, || leave(UnshareFlags::NEWIPC))?;
    layers.put(Layer::UtsNamespace, own_names)?;
    if !layers.skips(Layer::EmptyRoot) {
        let own_mounts = leave(UnshareFlags::NEWNS);
        own_mounts.map_err(|Failure { step, cause }| LayerError { layer: Layer::EmptyRoot, step, cause })?;
    }
    // No layer of its own: a kernel without control groups has nothing to hide, and an empty root
    // shows none in any case.
    drop(leave(UnshareFlags::NEWCGROUP));
    Ok(())
}

/// Leaves the namespace of host names, and forgets the names that the new one begins with.
fn own_names() -> Result<(), Failure> {
    leave(UnshareFlags::NEWUTS)?;
    sethostname(NAME).step("sethostname")?;
    setdomainname(NAME).step("setdomainname")
}

fn leave(kind: UnshareFlags) -> Result<(), Failure> {
    // SAFETY: no flag used here makes the file table private while somebody borrows a descriptor of
    // it.
    unsafe { unshare_unsafe(kind) }.step("unshare")
}

/// Becomes `user` and then root of a user namespace that knows only this one user.
fn own_users(user: Option<u32>) -> Result<(), Failure> {
    become_user(user)?;
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    // After a change of user the files in /proc/self belong to root; only the owner may write the
    // maps.
    set_dumpable_behavior(DumpableBehavior::Dumpable).step("PR_SET_DUMPABLE")?;
    leave(UnshareFlags::NEWUSER)?;
    fs::write("/proc/self/setgroups", "deny").step("writing /proc/self/setgroups")?;
    fs::write("/proc/self/uid_map", format!("0 {uid} 1")).step("writing /proc/self/uid_map")?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1")).step("writing /proc/self/gid_map")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("PR_SET_DUMPABLE")
}

/// Gives up root for `user` (or [`NOBODY`]); who is not root can only be asked to stay who they
/// are.
///
/// # Errors
/// If the change fails, or leaves a way back.
pub fn become_user(user: Option<u32>) -> Result<(), Failure> {
    if !geteuid().is_root() {
        return match user {
            Some(user) if user != geteuid().as_raw() => refuse("becoming another user", "only root can"),
            _ => Ok(()),
        };
    }
    let user = user.unwrap_or(NOBODY);
    if user == 0 {
        return refuse("becoming another user", "user 0 is root");
    }
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    set_thread_groups(&[]).step("setgroups")?;
    set_thread_res_gid(gid, gid, gid).step("setresgid")?;
    set_thread_res_uid(uid, uid, uid).step("setresuid")?;
    let became = getuid() == uid && geteuid() == uid && getgid() == gid && getegid() == gid;
    let back = set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT);
    if became && back.is_err() { Ok(()) } else { Err(io::Error::other("still root")).step("setresuid") }
}
