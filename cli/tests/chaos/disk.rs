//! A disk that can run full: a small file system of its own, in a mount namespace that a waiting
//! process keeps.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A small file system over one folder.
pub struct SmallDisk {
    keeper: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts `mebibytes` over a folder, for programs started by [`Self::starter`] alone.
    pub fn over(folder: &Path, mebibytes: u32) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mount = format!("mount -t tmpfs -o size={mebibytes}m none \"$0\" && echo mounted && exec sleep infinity");
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n", "this host lets no user mount a file system in a namespace of their own");
        Self { keeper, folder: folder.to_owned() }
    }

    /// The command that starts a program where the disk is mounted.
    pub fn starter(&self) -> Vec<OsString> {
        let keeper = self.keeper.id().to_string();
        ["nsenter", "--preserve-credentials", "--user", "--mount", "--target", &keeper, "--"]
            .map(OsString::from)
            .to_vec()
    }

    /// The folder below which this process sees what those programs see.
    pub fn root(&self) -> PathBuf {
        format!("/proc/{}/root", self.keeper.id()).into()
    }

    fn filler(&self) -> PathBuf {
        self.root().join(self.folder.strip_prefix("/").unwrap()).join("filler")
    }

    /// Takes all the room there is.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        let mut block = vec![0; 1 << 20];
        while !block.is_empty() {
            if filler.write_all(&block).is_err() {
                // The last gaps are filled with smaller blocks.
                block.truncate(block.len() / 2);
            }
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.keeper.kill().ok();
        self.keeper.wait().ok();
    }
}
