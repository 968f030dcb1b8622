//! What could be reached from inside: a neighbour of the same user, listeners, a sealed file.

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{
    DumpableBehavior, Pid, Signal, WaitOptions, geteuid, kill_process, set_dumpable_behavior,
    set_parent_process_death_signal, waitpid,
};
use rustix::thread::{set_thread_res_gid, set_thread_res_uid};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With an exit code.
    Exit(i32),
    /// By a signal.
    Signal(i32),
}

/// Does something in a child and waits for its end. This process has one thread.
pub fn in_child(work: impl FnOnce() -> i32) -> Ended {
    let child = spawn(work);
    let (_, status) = waitpid(Some(child), WaitOptions::empty()).unwrap().unwrap();
    status.exit_status().map_or_else(|| Ended::Signal(status.terminating_signal().unwrap()), Ended::Exit)
}

fn spawn(work: impl FnOnce() -> i32) -> Pid {
    match unsafe { libc::fork() } {
        0 => {
            // A panic must not continue in a copy of the parent.
            let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(libc::EXIT_FAILURE);
            unsafe { libc::_exit(code) }
        }
        child => Pid::from_raw(child).unwrap(),
    }
}

/// A secret in the neighbour's memory; at the same address here, for the neighbour is a copy of
/// this process.
pub static SECRET: [u8; 16] = *b"a secret of ours";

/// The world outside.
pub struct World {
    /// A process of the user that the attempts are made as, which lets itself be traced.
    pub neighbour: Pid,
    pub tcp: std::net::SocketAddr,
    pub udp: std::net::SocketAddr,
    /// Name of an abstract socket that somebody listens on.
    pub name: String,
    _listeners: (TcpListener, UdpSocket, UnixListener),
    /// A sealed memory file that holds a program.
    sealed: OwnedFd,
}

impl World {
    pub fn new() -> Self {
        let name = format!("holdout-probes-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let mut sealed = File::from(memfd_create("program", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap());
        sealed.write_all(&std::fs::read("/bin/true").unwrap()).unwrap();
        fcntl_add_seals(&sealed, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            neighbour: neighbour(),
            tcp: tcp.local_addr().unwrap(),
            udp: udp.local_addr().unwrap(),
            name,
            _listeners: (tcp, udp, UnixListener::bind_addr(&address).unwrap()),
            sealed: sealed.into(),
        }
    }

    /// Lays the descriptors out as a runner has them: 3 a socket, 4 the model, which is sealed.
    pub fn lay_out(&self) {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        // Both ends stay open: what is written to the socket has somewhere to go.
        std::mem::forget(ours);
        assert!(unsafe { libc::dup2(self.sealed.as_raw_fd(), 40) } >= 0);
        assert!(unsafe { libc::dup2(theirs.as_raw_fd(), 41) } >= 0);
        for (from, to) in [(41, 3), (40, 4)] {
            assert!(unsafe { libc::dup2(from, to) } >= 0);
        }
        // Who owns what is overwritten does not matter in a process that ends by `_exit`.
        std::mem::forget(theirs);
        drop(unsafe { OwnedFd::from_raw_fd(40) });
        drop(unsafe { OwnedFd::from_raw_fd(41) });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        kill_process(self.neighbour, Signal::KILL).unwrap();
        waitpid(Some(self.neighbour), WaitOptions::empty()).unwrap();
    }
}

/// Starts a process that only waits. It is told by a pipe that it may be traced by now.
fn neighbour() -> Pid {
    let (mut ready, mut tell) = std::io::pipe().unwrap();
    let child = spawn(move || {
        if geteuid().is_root() {
            let (user, group) = (rustix::process::Uid::from_raw(65_534), rustix::process::Gid::from_raw(65_534));
            set_thread_res_gid(group, group, group).unwrap();
            set_thread_res_uid(user, user, user).unwrap();
        }
        set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
        set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
        // If Yama lets only ancestors trace: anyone may.
        unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY) };
        tell.write_all(&[1]).unwrap();
        loop {
            unsafe { libc::pause() };
        }
    });
    std::io::Read::read_exact(&mut ready, &mut [0]).unwrap();
    child
}
