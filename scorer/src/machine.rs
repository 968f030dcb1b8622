//! The memory that models may use: what the machine has, or its control group allows, less what the
//! scorer itself needs.

use std::fs;
use std::path::{Path, PathBuf};

/// Memory that a prepared runner takes before it has a model, and the images of a few batches,
/// bytes.
const RUNNER: u64 = 512 << 20;
/// Least and most that is kept for everything else on the machine, bytes; in between it is an
/// eighth of all.
const REST: (u64, u64) = (64 << 20, 2 << 30);
/// A model may use this much in any case, bytes: less would refuse every model.
const LEAST: u64 = 64 << 20;
/// Limits of control groups above this mean that there is no limit, bytes.
const UNLIMITED: u64 = 1 << 60;

/// The memory of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    /// All of it that this process and its children may use, bytes.
    pub(crate) total: u64,
    /// Whether a control group allows less than the machine has.
    pub(crate) is_grouped: bool,
}

impl Machine {
    /// Asks the kernel. Returns `None` if it does not tell.
    pub(crate) fn read() -> Option<Self> {
        Self::read_below(Path::new("/"))
    }

    /// Reads the same as [`Machine::read`], from the file systems below `root`.
    fn read_below(root: &Path) -> Option<Self> {
        let info = fs::read_to_string(root.join("proc/meminfo")).ok()?;
        let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let installed = line.split_whitespace().next()?.parse::<u64>().ok()?.saturating_mul(1024);
        let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
        let allowed = groups.lines().filter_map(|line| group_limit(root, line)).min().unwrap_or(u64::MAX);
        Some(Self { total: installed.min(allowed), is_grouped: allowed < installed })
    }

    /// Returns what each of `workers` may give to a model, if all run one at a time.
    pub(crate) fn for_each_of(self, workers: usize) -> u64 {
        let (least, most) = REST;
        let workers = u64::try_from(workers).unwrap_or(u64::MAX).max(1);
        let rest = (self.total / 8).clamp(least, most);
        (self.total.saturating_sub(rest) / workers).saturating_sub(RUNNER).max(LEAST)
    }
}

/// Returns the lowest limit of a control group and those around it, by its line in
/// `/proc/self/cgroup`.
fn group_limit(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':');
    let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let groups = root.join("sys/fs/cgroup");
    let (mounts, name) = match controllers {
        "" => ([groups.clone(), groups.join("unified")], "memory.max"),
        names if names.split(',').any(|name| name == "memory") => {
            ([groups.join("memory"), groups.join(names)], "memory.limit_in_bytes")
        }
        _ => return None,
    };
    let mount = mounts.into_iter().find(|mount| mount.is_dir())?;
    let mut folder = mount.join(path.trim_start_matches('/'));
    let mut lowest: Option<u64> = None;
    loop {
        if let Some(limit) = read_limit(folder.join(name)) {
            lowest = Some(lowest.map_or(limit, |lowest| lowest.min(limit)));
        }
        if folder == mount || !folder.pop() {
            return lowest;
        }
    }
}

/// Returns a limit, `None` if there is no such file or it says `max`.
fn read_limit(path: PathBuf) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok().filter(|limit| *limit < UNLIMITED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(group: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let memory = [("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n"), ("proc/self/cgroup", group)];
        for (path, text) in memory.iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn read(group: &str, files: &[(&str, &str)]) -> (u64, bool) {
        let machine = Machine::read_below(root(group, files).path()).unwrap();
        (machine.total, machine.is_grouped)
    }

    #[test]
    fn the_lowest_limit_counts() {
        const ALL: u64 = 16 << 30;
        assert_eq!(read("", &[]), (ALL, false));
        let second = [("sys/fs/cgroup/a/b/memory.max", "max\n"), ("sys/fs/cgroup/a/memory.max", "1073741824\n")];
        assert_eq!(read("0::/a/b\n", &second), (1 << 30, true));
        let first = [("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "2147483648\n")];
        assert_eq!(read("4:cpu:/\n3:memory:/x\n", &first), (2 << 30, true));
        let unlimited = [("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712\n")];
        assert_eq!(read("3:memory:/x\n", &unlimited), (ALL, false));
        // In a container, the path may be that of the host.
        let outside = [("sys/fs/cgroup/memory.max", "1073741824\n")];
        assert_eq!(read("0::/kubepods/pod1\n", &outside), (1 << 30, true));
    }

    #[test]
    fn workers_share_what_is_left() {
        let machine = |total| Machine { total, is_grouped: false };
        assert_eq!(machine(1200 << 20).for_each_of(1), (1200 - 150 - 512) << 20);
        assert_eq!(machine(64 << 30).for_each_of(2), (31 << 30) - RUNNER);
        assert_eq!(machine(100 << 20).for_each_of(1), LEAST);
    }

    #[test]
    fn this_machine_can_be_asked() {
        assert!(Machine::read().unwrap().total > LEAST);
    }
}
