//! Processes that are started again whenever they end, and clients that try until they are done.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Teams submit until there was enough trouble; a bound, so that a broken program ends the test.
pub const LONGEST: Duration = Duration::from_secs(600);

/// Processes that may be killed, by what they are.
#[derive(Default)]
pub struct Victims(Mutex<BTreeMap<String, Child>>);

impl Victims {
    pub fn enter(&self, name: &str, child: Child) {
        self.0.lock().unwrap().insert(name.to_owned(), child);
    }

    /// SIGKILL; the process stays in the list for whoever waits for it.
    pub fn kill(&self, name: &str) -> bool {
        self.0.lock().unwrap().get_mut(name).is_some_and(|child| child.kill().is_ok())
    }

    /// The process's exit code once it has ended; `Some(None)` if a signal ended it.
    pub fn ended(&self, name: &str) -> Option<Option<i32>> {
        let mut list = self.0.lock().unwrap();
        let status = list.get_mut(name)?.try_wait().unwrap()?;
        list.remove(name);
        Some(status.code())
    }
}

impl Victims {
    /// Kills what is left and waits for it.
    pub fn end_all(&self) {
        for child in self.0.lock().unwrap().values_mut() {
            child.kill().ok();
            child.wait().ok();
        }
        self.0.lock().unwrap().clear();
    }
}

impl Drop for Victims {
    /// A test that fails leaves no process behind.
    fn drop(&mut self) {
        for child in self.0.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).values_mut() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Ends the supervisors, also when the test fails.
pub struct StopAtEnd<'a>(pub &'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a process, and runs it again whenever it was killed.
pub fn supervise(victims: &Victims, name: &str, command: impl Fn() -> Command, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        victims.enter(name, command().spawn().unwrap());
        while victims.ended(name).is_none() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Runs a client's command until it is done, however often it is killed. Returns what it printed at
/// the end.
pub fn insist(victims: &Victims, name: &str, command: impl Fn() -> Command, output: &Path) -> String {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < LONGEST, "{name} is not done after {LONGEST:?}");
        let file = std::fs::File::create(output).unwrap();
        victims.enter(name, command().stdout(file).spawn().unwrap());
        let code = loop {
            if let Some(code) = victims.ended(name) {
                break code;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        match code {
            Some(0) => return std::fs::read_to_string(output).unwrap(),
            // Killed, or no server for the moment: the user runs the same command again.
            None | Some(3) => {}
            Some(code) => panic!("{name} ended with {code}"),
        }
    }
}

/// A small generator of random numbers; the seed is printed, so that a failure can be looked at
/// again.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
