//! The processor time that a model's process got, and how long it had to wait for a processor
//! although it wanted one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Dir, Mode, OFlags, openat};

/// Ticks a second in `/proc/PID/stat`: the kernel's `USER_HZ`, which is the same on every machine
/// that Linux runs on.
const TICKS: u64 = 100;
/// The place of the user's time in `/proc/PID/stat`, counted behind the name; the system's follows.
const USER_TIME: usize = 11;

/// Since the process began.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processor time of all its threads, also of those that have ended.
    pub(crate) cpu: Duration,
    /// Time in which it was kept waiting: in each interval between two readings, that of the thread
    /// which waited longest.
    pub(crate) waited: Duration,
}

/// Reads the usage of one process.
#[derive(Debug)]
pub(crate) struct UsageMeter {
    /// Its folder in `/proc`: it names the process even after its number has gone to another.
    folder: OwnedFd,
    /// What each thread had waited at the last reading, nanoseconds.
    waits: HashMap<Vec<u8>, u64>,
    waited: Duration,
}

impl UsageMeter {
    /// Measures the process that this folder of `/proc` is about.
    pub(crate) fn new(folder: OwnedFd) -> Self {
        Self { folder, waits: HashMap::new(), waited: Duration::ZERO }
    }

    /// Reads it again. Returns `None` if the process has ended.
    pub(crate) fn read(&mut self) -> Option<Usage> {
        let cpu = processor_time(&text_of(&self.folder, "stat").ok()?)?;
        let longest = self.read_waits().ok()?;
        self.waited = self.waited.saturating_add(Duration::from_nanos(longest));
        Some(Usage { cpu, waited: self.waited })
    }

    /// Returns the longest wait of any thread since the last reading.
    fn read_waits(&mut self) -> io::Result<u64> {
        let tasks = openat(&self.folder, "task", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let mut longest = 0;
        for entry in Dir::read_from(&tasks)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if !name.first().is_some_and(u8::is_ascii_digit) {
                continue;
            }
            let path = [name.as_slice(), b"/schedstat"].concat();
            // A thread may just have ended.
            let Ok(text) = text_of(&tasks, path.as_slice()) else { continue };
            let Some(wait) = run_queue_wait(&text) else { continue };
            let before = self.waits.insert(name, wait).unwrap_or(0);
            longest = longest.max(wait.saturating_sub(before));
        }
        Ok(longest)
    }
}

fn text_of(folder: impl AsFd, path: impl rustix::path::Arg) -> io::Result<String> {
    let file = openat(folder, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut text = String::new();
    File::from(file).take(4096).read_to_string(&mut text)?;
    Ok(text)
}

/// Returns the processor time in `/proc/PID/stat`. The name stands in brackets and may hold any.
fn processor_time(stat: &str) -> Option<Duration> {
    let (_, behind) = stat.rsplit_once(')')?;
    let mut times = behind.split_whitespace().skip(USER_TIME).map(|field| field.parse::<u64>());
    let ticks = times.next()?.ok()?.saturating_add(times.next()?.ok()?);
    Some(Duration::from_millis(ticks.saturating_mul(1000 / TICKS)))
}

/// Returns the time that a thread has waited in a processor's queue, in
/// `/proc/PID/task/TID/schedstat`.
fn run_queue_wait(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_numbers_of_the_kernel_are_read() {
        let stat = "42 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 100 0 0";
        assert_eq!(processor_time(stat), Some(Duration::from_secs(3)));
        assert_eq!(processor_time("42 (x) R 1 2"), None);
        assert_eq!(run_queue_wait("109092 2955873 2\n"), Some(2_955_873));
        assert_eq!(run_queue_wait(""), None);
    }

    /// Busy threads on one processor keep each other waiting, and those that sleep wait for
    /// nothing.
    #[test]
    fn waiting_is_told_apart_from_sleeping() {
        let folder = openat(rustix::fs::CWD, "/proc/self", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let mut meter = UsageMeter::new(folder);
        let before = meter.read().unwrap();
        let threads = std::thread::available_parallelism().unwrap().get() * 4;
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| while begun.elapsed() < Duration::from_millis(600) {});
            }
            while begun.elapsed() < Duration::from_millis(550) {
                std::thread::sleep(Duration::from_millis(50));
                meter.read().unwrap();
            }
        });
        let after = meter.read().unwrap();
        assert!(after.cpu - before.cpu >= Duration::from_millis(100), "{before:?} {after:?}");
        assert!(after.waited - before.waited >= Duration::from_millis(100), "{before:?} {after:?}");
    }
}
