//! Which layers of the sandbox this host has: `holdout-runner layers`.
//!
//! Each layer is tried in a process of its own, which ends right after.
#![expect(unsafe_code, reason = "forking, while the process has one thread")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};

use holdout_protocol::Layer;
use rustix::process::{Pid, WaitOptions, geteuid, waitpid};
use serde::Serialize;

use crate::sandbox::{self, LayerError, Layers, Limits, Opening};

/// What came of trying a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// Which.
    pub layer: Layer,
    /// Whether it can be put on here.
    pub available: bool,
    /// What the kernel said, if it cannot.
    pub cause: Option<String>,
    /// What to do about it.
    pub advice: Option<&'static str>,
}

/// Tries every layer.
///
/// # Errors
/// If no process can be started.
pub fn try_all() -> io::Result<Vec<Trial>> {
    let users = attempt(Layer::UserNamespace, &[Layer::UserNamespace])?;
    // Without it only root may leave the other namespaces; a plain user then learns what it would
    // bring.
    let below = if users.is_none() || !geteuid().is_root() { Some(Layer::UserNamespace) } else { None };
    let mut trials = vec![trial(Layer::UserNamespace, users)];
    for layer in Layer::ALL.iter().copied().filter(|layer| *layer != Layer::UserNamespace) {
        let needed: Vec<Layer> = below.filter(|_| needs_rights(layer)).into_iter().chain([layer]).collect();
        trials.push(trial(layer, attempt(layer, &needed)?));
    }
    Ok(trials)
}

/// Returns the trials as JSON, or as a table for people.
///
/// # Errors
/// If they cannot be written as JSON.
pub fn report(trials: &[Trial], json: bool) -> io::Result<String> {
    if json {
        return serde_json::to_string(trials).map_err(io::Error::other);
    }
    let mut text = String::new();
    for trial in trials {
        let answer = if trial.available { "yes" } else { "NO" };
        line(&mut text, trial.layer.as_str(), &format!("{answer:<4}{}", trial.cause.as_deref().unwrap_or_default()));
        if let Some(advice) = trial.advice {
            line(&mut text, "", &format!("    {advice}"));
        }
    }
    Ok(text.trim_end().to_owned())
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{name:<20}{}", value.trim_end());
}

fn trial(layer: Layer, cause: Option<String>) -> Trial {
    let advice = cause.is_some().then(|| advice(layer));
    Trial { layer, available: cause.is_none(), cause, advice }
}

/// Returns whether a layer can only be put on by root, be it root of a user namespace.
fn needs_rights(layer: Layer) -> bool {
    !matches!(layer, Layer::NoNewPrivileges | Layer::ResourceLimits | Layer::Landlock | Layer::SystemCalls)
}

/// Returns what to do if a layer is missing.
fn advice(layer: Layer) -> &'static str {
    match layer {
        Layer::UserNamespace => {
            "Allow user namespaces: `sysctl user.max_user_namespaces=10000`, on Debian `sysctl \
             kernel.unprivileged_userns_clone=1`, on Ubuntu an AppArmor profile with `userns`; in a container a seccomp profile \
             that allows `unshare`."
        }
        Layer::NetworkNamespace | Layer::PidNamespace | Layer::IpcNamespace | Layer::UtsNamespace => {
            "Needs the layer user_namespace, or to be started as root with CAP_SYS_ADMIN; and a kernel with this namespace."
        }
        Layer::EmptyRoot => {
            "Needs the layer user_namespace, or to be started as root with CAP_SYS_ADMIN; in a container a profile that allows \
             `mount` and `pivot_root`."
        }
        Layer::NoCapabilities => "Needs the layer user_namespace, or to be started as root.",
        Layer::NoNewPrivileges => "Needs Linux 3.5 or later.",
        Layer::ResourceLimits => "Needs hard limits that are no lower than what a runner needs; look at `ulimit -aH`.",
        Layer::Landlock => {
            "Needs Linux 6.12 or later with `landlock` among the kernel's security modules (`lsm=` on its command line)."
        }
        Layer::SystemCalls => "Needs a kernel with seccomp filters, and no tracer that forbids them.",
    }
}

/// Puts layers on in a process of its own; what stood in the way, if anything.
fn attempt(layer: Layer, needed: &[Layer]) -> io::Result<Option<String>> {
    let (read_end, write_end) = io::pipe()?;
    // SAFETY: this process has one thread, so the child finds every lock open.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let said = match put_on(needed) {
                Ok(()) => Ok(()),
                Err(error) => writeln!(File::from(std::os::fd::OwnedFd::from(write_end)), "{error}"),
            };
            // SAFETY: ending without clean-up touches no memory.
            unsafe { libc::_exit(said.is_err().into()) }
        }
        child => {
            drop(write_end);
            let cause = read_all(read_end)?;
            let ended =
                Pid::from_raw(child).map(|child| waitpid(Some(child), WaitOptions::empty())).transpose()?.flatten();
            let well = ended.is_some_and(|(_, status)| status.exit_status() == Some(0));
            let broken = (!well).then(|| format!("the process that tried {} did not survive it", layer.as_str()));
            Ok(cause.or(broken))
        }
    }
}

fn read_all(mut pipe: impl Read) -> io::Result<Option<String>> {
    let mut text = String::new();
    pipe.read_to_string(&mut text)?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Puts on nothing but these layers.
fn put_on(needed: &[Layer]) -> Result<(), LayerError> {
    let others: Vec<Layer> = Layer::ALL.iter().copied().filter(|layer| !needed.contains(layer)).collect();
    let mut layers = Layers::without(&others);
    let limits = Limits { address_space: Some(1 << 40), descriptors: 16, threads: 16 };
    sandbox::enter(&mut layers, None)?;
    sandbox::close(&mut layers, &Opening::None, None)?;
    sandbox::seal(&mut layers, &Opening::None, &limits)?;
    if layers.has(Layer::SystemCalls) { sandbox::self_test(&layers, &Opening::None) } else { Ok(()) }
}
