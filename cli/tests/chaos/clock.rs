//! A clock that can step: libfaketime, loaded into the server.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's package has the library.
const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// The wall clock of a server. The clock that measures durations keeps its pace, as it does when a
/// real clock is set.
pub struct Clock {
    file: PathBuf,
}

impl Clock {
    /// A clock that is right for now. `file` says how far it is off.
    pub fn new(file: &Path) -> Self {
        if !Path::new(LIBRARY).exists() {
            let install = "apt-get update -qq && apt-get install --yes -qq libfaketime";
            let installed = Command::new("sh").args(["-c", install]).output();
            assert!(
                installed.is_ok_and(|output| output.status.success()),
                "libfaketime is missing; install it (Debian: apt-get install libfaketime) and run this again"
            );
        }
        let clock = Self { file: file.to_owned() };
        clock.set(0);
        clock
    }

    /// Returns what makes a program follow this clock.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let fixed = |name, value: &str| (name, value.to_owned());
        vec![
            fixed("LD_PRELOAD", LIBRARY),
            fixed("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            fixed("FAKETIME_NO_CACHE", "1"),
            fixed("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            fixed("NO_FAKE_STAT", "1"),
        ]
    }

    /// Sets it `seconds` ahead of the right time, or behind it if negative.
    pub fn set(&self, seconds: i64) {
        // Replaced as a whole: a program never reads half of it.
        let part = self.file.with_extension("part");
        std::fs::write(&part, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(part, &self.file).unwrap();
    }
}
