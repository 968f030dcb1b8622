//! A limit on the size of files stops writes like a full disk: it ends no program.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::program::{Ended, Person, Server};

fn limit_files(server: &Server, bytes: Option<u64>) {
    let process = Pid::from_raw(server.process_id().try_into().unwrap());
    prlimit(process, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn a_server_survives_the_limit_on_the_size_of_files() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.apply_small();
    limit_files(&server, Some(0));
    if server.data().join("holdout.db").exists() {
        let refused = Person::at(&server.address).register("ada");
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(refused.errors.contains("disk is full") || refused.errors.contains("cannot be written"), "{refused:?}");
    }
    organizer.write("file.txt", "1\n".repeat(100_000));
    let refused = organizer.run(&["submit", "file.txt", "--season", "small", "--task", "classification"]);
    assert!(!refused.errors.contains("the server failed"), "{refused:?}");
    organizer.run(&["season", "list"]).done();
    limit_files(&server, None);
    Person::at(&server.address).register("grace").done();
}

#[test]
fn a_command_says_that_a_file_is_over_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_holdout");
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("ulimit -f 0; exec '{program}' man pages")).env_clear().current_dir(folder.path());
    let output = shell.output().unwrap();
    assert_eq!(output.status.signal(), None, "{output:?}");
    Ended::of(output).failed(1, "File too large").failed(1, "ulimit -f");
}
