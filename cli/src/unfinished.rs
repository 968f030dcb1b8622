//! Files and folders that a command has not finished. A signal that ends the command removes them
//! first.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Something that is not finished while this is kept.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Lists a file or folder as not finished.
    pub(crate) fn at(path: &Path) -> Self {
        with_all(|all| all.push(path.to_owned()));
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        with_all(|all| all.retain(|path| *path != self.0));
    }
}

fn with_all<T>(work: impl FnOnce(&mut Vec<PathBuf>) -> T) -> T {
    work(&mut UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// From now on, a signal that ends this process removes what is not finished. Processes that stop
/// in an orderly way when a signal comes do not need it.
#[cfg(unix)]
pub(crate) fn remove_at_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut signals = vec![SIGINT, SIGTERM];
    if !ignores_hangup() {
        signals.push(SIGHUP);
    }
    // Without it, a signal leaves something behind, and ends the process nevertheless.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(signals) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            // Kept locked, so that nothing new begins.
            let all = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().for_each(|path| remove(path));
            if signal_hook::low_level::emulate_default_handler(signal).is_err() {
                std::process::exit(128 + signal);
            }
        }
    });
}

#[cfg(not(unix))]
pub(crate) const fn remove_at_signals() {}

#[cfg(unix)]
/// Whether whoever started the process wants SIGHUP ignored; on other systems than Linux, where
/// this cannot be asked, it stays as it is.
pub(crate) fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 != 0)
}

/// Removes a file or folder. The command may be writing into the folder, so that it is tried more
/// than once.
#[cfg(unix)]
fn remove(path: &Path) {
    const TIMES: usize = 3;
    let gone = |_: &usize| {
        let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.is_ok() || !path.exists()
    };
    (0..TIMES).find(gone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finished_is_listed_until_it_is() {
        let path = Path::new("/nowhere/unfinished");
        let is_listed = || with_all(|all| all.iter().any(|listed| listed == path));
        let unfinished = Unfinished::at(path);
        assert!(is_listed());
        drop(unfinished);
        assert!(!is_listed());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, inner) = (folder.path().join("file"), folder.path().join("folder"));
        std::fs::write(&file, "x").unwrap();
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("file"), "x").unwrap();
        for path in [&file, &inner, &folder.path().join("none")] {
            remove(path);
        }
        assert!(!file.exists() && !inner.exists());
    }
}
