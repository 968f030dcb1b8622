//! Processes as `/proc` shows them: whose child is whose, and whether they live.

use std::collections::BTreeSet;
use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// A process: its number, and the time of its start, for numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    pid: u32,
    started: u64,
}

/// Parent, state and time of the start of a process; `None` if it is gone.
fn stat(pid: u32) -> Option<(u32, char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in brackets and may contain anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(1)?.parse().ok()?, fields.first()?.chars().next()?, fields.get(19)?.parse().ok()?))
}

impl Process {
    /// Returns true if it lives; what has ended and is not waited for does not.
    pub fn lives(&self) -> bool {
        stat(self.pid).is_some_and(|(_, state, started)| started == self.started && !matches!(state, 'Z' | 'X'))
    }

    /// SIGKILL.
    pub fn kill(&self) {
        assert!(self.lives());
        kill_process(Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap(), Signal::KILL).unwrap();
    }
}

/// The children of a process, and theirs, that live.
pub fn descendants(pid: u32) -> BTreeSet<Process> {
    let all: Vec<(u32, u32, u64)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| stat(pid).map(|(parent, _, started)| (pid, parent, started)))
        .collect();
    let (mut found, mut parents) = (BTreeSet::new(), vec![pid]);
    while let Some(parent) = parents.pop() {
        for (pid, _, started) in all.iter().filter(|(_, of, _)| *of == parent) {
            parents.push(*pid);
            found.insert(Process { pid: *pid, started: *started });
        }
    }
    found.retain(Process::lives);
    found
}
