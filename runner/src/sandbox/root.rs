//! A root folder with nothing in it.

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change, mount_remount, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::layers::{Failure, Opening, Shown, Step, refuse};

/// Folders that a file system of ours can be laid over, for as long as it takes to make it the
/// root.
const PLACES: [&str; 4] = ["/tmp", "/proc", "/dev", "/sys"];

/// Makes an empty, read-only file system the root and detaches everything else.
pub(super) fn leave(opening: &Opening) -> Result<(), Failure> {
    // What is mounted here must not appear outside, whatever the host shares.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).step("making mounts private")?;
    let place = lay_over()?;
    if let Opening::Driver(shown) = opening {
        show(shown, Path::new(place))?;
    }
    chdir(place).step("entering the new root")?;
    // The old root ends up on top of the new one, and is taken off again.
    pivot_root(".", ".").step("pivot_root")?;
    unmount(".", UnmountFlags::DETACH).step("detaching the old root")?;
    chdir("/").step("entering the new root")?;
    mount_remount("/", closed() | MountFlags::BIND | MountFlags::RDONLY, c"").step("making the new root read-only")?;
    if *opening == Opening::None { check_root_is_empty() } else { Ok(()) }
}

/// Flags of the new root: nothing in it is a device, gains rights or is executed.
fn closed() -> MountFlags {
    MountFlags::NODEV | MountFlags::NOSUID | MountFlags::NOEXEC
}

/// Mounts an empty file system over the first folder that takes one.
fn lay_over() -> Result<&'static str, Failure> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in PLACES {
        match mount("none", place, "tmpfs", closed(), c"size=64k,nr_inodes=256,mode=0555") {
            Ok(()) => return Ok(place),
            Err(error) => last = error.into(),
        }
    }
    Err(last).step("mounting an empty file system")
}

/// Lays devices and folders of the host into the new root, and a `/proc` that knows only this
/// process.
fn show(shown: &Shown, root: &Path) -> Result<(), Failure> {
    let processes = inside(root, Path::new("/proc"))?;
    fs::create_dir_all(&processes).step("making a place for /proc")?;
    mount("proc", &processes, "proc", closed(), c"").step("mounting /proc")?;
    let below_proc = |path: &&PathBuf| path.starts_with("/proc");
    for path in shown.devices.iter().chain(&shown.folders).chain(shown.files.iter().filter(|path| !below_proc(path))) {
        if path.exists() {
            show_one(path, &inside(root, path)?)?;
        }
    }
    Ok(())
}

/// Lays one file or folder into the new root.
fn show_one(path: &Path, target: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        fs::create_dir_all(target).step("making a place for a folder")?;
    } else {
        let folder = target.parent().unwrap_or(target);
        fs::create_dir_all(folder).step("making a folder for a file")?;
        File::create(target).step("making a place for a file")?;
    }
    mount_bind_recursive(path, target).step("showing a file")
}

/// Returns an absolute path's place in the new root.
fn inside(root: &Path, path: &Path) -> Result<PathBuf, Failure> {
    match path.strip_prefix("/") {
        Ok(relative) => Ok(root.join(relative)),
        Err(_) => refuse("showing a file", "its path is not absolute"),
    }
}

/// Sees for itself that the root is empty and cannot be written to.
fn check_root_is_empty() -> Result<(), Failure> {
    if fs::read_dir("/").step("looking at the new root")?.next().is_some() {
        return refuse("looking at the new root", "it is not empty");
    }
    let name = CString::from(c"/written");
    match rustix::fs::mkdir(name.as_c_str(), rustix::fs::Mode::RWXU) {
        Err(rustix::io::Errno::ROFS) => Ok(()),
        Err(error) => Err(error).step("trying to write to the new root"),
        Ok(()) => refuse("trying to write to the new root", "it can be written to"),
    }
}
