//! The attempts.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::ptr;

use crate::world::{SECRET, World};

/// One attempt.
pub struct Attempt {
    pub name: &'static str,
    /// Makes it: whether it got through.
    pub make: fn(&World) -> bool,
    /// Whether it gets through for a plain user without any layer, on every kernel.
    pub works_alone: bool,
    /// Whether at least two layers block it.
    pub fenced_twice: bool,
}

macro_rules! attempts {
    ($($name:literal, $make:expr, $alone:ident, $fences:ident;)+) => {
        &[$(Attempt {
            name: $name,
            make: $make,
            works_alone: attempts!(@ $alone),
            fenced_twice: attempts!(@ $fences),
        }),+]
    };
    (@ alone) => { true };
    (@ twice) => { true };
    (@ never) => { false };
    (@ maybe) => { false };
    (@ once) => { false };
}

/// A place that anyone may write to.
fn scratch(kind: &str) -> String {
    format!("/tmp/holdout-probe-{kind}-{}", std::process::id())
}

/// The name that the sandbox gives to its host.
const OWN_NAME: &str = "holdout";

/// Returns what the kernel says is the name of the host.
fn host_name() -> Option<String> {
    let mut names: libc::utsname = unsafe { std::mem::zeroed() };
    let name =
        (unsafe { libc::uname(&mut names) } == 0).then(|| unsafe { std::ffi::CStr::from_ptr(names.nodename.as_ptr()) });
    name.map(|name| name.to_string_lossy().into_owned())
}

fn load_and_memory() -> bool {
    let mut found: libc::sysinfo = unsafe { std::mem::zeroed() };
    unsafe { libc::sysinfo(&mut found) == 0 }
}

fn at_least_zero(result: libc::c_long) -> bool {
    result >= 0
}

/// What must be blocked. `alone`: it works without layers; `maybe`: it depends on the kernel;
/// `never`: a plain user cannot.
pub const ATTEMPTS: &[Attempt] = attempts! {
    "read a file", |_| File::open("/etc/passwd").is_ok(), alone, twice;
    "list a folder", |_| fs::read_dir("/").is_ok_and(|entries| entries.count() > 0), alone, twice;
    "ask for a file's state", |_| fs::metadata("/etc/passwd").is_ok(), alone, twice;
    "read a link", |_| fs::read_link("/proc/self/exe").is_ok(), alone, twice;
    "make a file", |_| { let path = scratch("file"); File::create(&path).and_then(|_| fs::remove_file(path)).is_ok() }, alone, twice;
    "make a folder", |_| { let path = scratch("folder"); fs::create_dir(&path).and_then(|()| fs::remove_dir(path)).is_ok() }, alone, twice;
    "read how it was started", |_| fs::read("/proc/self/cmdline").is_ok(), alone, twice;
    "write to the model", |_| File::options().write(true).open("/proc/self/fd/4").is_ok_and(|file| file.write_all_at(b"x", 0).is_ok()), never, twice;
    "open the model again", |_| File::options().read(true).write(true).open("/proc/self/fd/4").is_ok(), alone, twice;
    "map the model for writing", |_| map_model(libc::PROT_READ | libc::PROT_WRITE), never, twice;
    "shorten the model", |_| unsafe { libc::ftruncate(4, 0) } == 0, never, twice;
    "run the model as a program", |_| run_model(), alone, twice;
    "run a program", |_| run_program(), alone, twice;
    "connect to a listener", |world| TcpStream::connect(world.tcp).is_ok(), alone, twice;
    "listen", |_| TcpListener::bind("127.0.0.1:0").is_ok(), alone, twice;
    "send a datagram", |world| {
        let socket = UdpSocket::bind("0.0.0.0:0");
        socket.is_ok_and(|socket| socket.send_to(b"x", world.udp).is_ok())
    }, alone, twice;
    "connect to an abstract socket", |world| {
        let address = SocketAddr::from_abstract_name(&world.name).unwrap();
        UnixStream::connect_addr(&address).is_ok()
    }, alone, twice;
    "open a netlink socket", |_| unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, 0) } >= 0, alone, once;
    "open a raw socket", |_| unsafe { libc::socket(libc::AF_INET, libc::SOCK_RAW, 1) } >= 0, never, twice;
    "make a pair of sockets", |_| UnixStream::pair().is_ok(), alone, once;
    "signal a neighbour", |world| unsafe { libc::kill(world.neighbour.as_raw_pid(), 0) } == 0, alone, twice;
    "signal everyone", |_| unsafe { libc::kill(-1, 0) } == 0, alone, twice;
    "trace a neighbour", |world| trace(world), alone, twice;
    "read a neighbour's memory", |world| read_memory(world), alone, twice;
    "open a neighbour's memory", |world| open_memory(world), alone, twice;
    "take a neighbour's descriptor", |world| take_descriptor(world), alone, twice;
    "fork", |_| fork(), alone, once;
    "enter a new user namespace", |_| unsafe { libc::unshare(libc::CLONE_NEWUSER) } == 0, alone, once;
    "enter a new mount namespace", |_| unsafe { libc::unshare(libc::CLONE_NEWNS) } == 0, never, twice;
    "enter a neighbour's namespace", |world| enter_namespace(world), never, twice;
    "change a mount", |_| change_mount(), never, twice;
    "change the root", |_| unsafe { libc::chroot(c"/".as_ptr()) } == 0, never, twice;
    "name the host", |_| unsafe { libc::sethostname(c"x".as_ptr(), 1) } == 0, never, twice;
    "read the host's name", |_| host_name().is_some_and(|name| name != OWN_NAME), alone, twice;
    "read the load and the memory", |_| load_and_memory(), alone, once;
    "take capabilities", |_| take_capabilities(), never, twice;
    "set up a ring of system calls", |_| io_uring(), maybe, once;
    "ask for a keyring", |_| at_least_zero(unsafe { libc::syscall(libc::SYS_keyctl, 0, -3, 0) }), maybe, once;
    "load a program into the kernel", |_| at_least_zero(unsafe { libc::syscall(libc::SYS_bpf, 0, ptr::null::<u8>(), 0) }), never, twice;
    "count events", |_| perf_event(), maybe, once;
    "handle page faults", |_| at_least_zero(unsafe { libc::syscall(libc::SYS_userfaultfd, 1) }), maybe, once;
    "watch files", |_| unsafe { libc::inotify_init() } >= 0, alone, once;
    "make a memory file", |_| memory_file(), alone, twice;
    "share memory", |_| share_memory(), alone, once;
    "open a message queue", |_| message_queue(), maybe, once;
    "map a hundred gigabytes", |_| map(100 << 30, libc::PROT_NONE, libc::MAP_NORESERVE), alone, once;
    "raise a limit", |_| raise_limit(), never, twice;
    "stop the keeper's signal", |_| unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) } == 0, alone, once;
};

/// What gets through with a GPU's opening, because the driver does it too. None of it reaches
/// another process, a file of the host's, or a byte that the runner does not have: `/proc/self` is
/// about the runner alone, and the model is sealed. The load and the memory of the machine are
/// numbers that change with what others do.
pub const OPEN_TO_A_DRIVER: [&str; 5] = [
    "read a link",
    "read how it was started",
    "read the load and the memory",
    "open the model again",
    "map a hundred gigabytes",
];

/// What a network needs.
pub const NEEDED: &[Attempt] = attempts! {
    "start a thread", |_| std::thread::Builder::new().spawn(|| 7).is_ok_and(|thread| thread.join().is_ok_and(|value| value == 7)), alone, once;
    "map memory to execute", |_| map(1 << 16, libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC, 0), alone, once;
    "map the model for reading", |_| map_model(libc::PROT_READ), alone, once;
    "print", |_| unsafe { libc::write(2, ptr::null(), 0) } == 0, alone, once;
    "write to the control socket", |_| unsafe { libc::write(3, c"x".as_ptr().cast(), 1) } == 1, alone, once;
    "sleep", |_| { std::thread::sleep(std::time::Duration::from_millis(1)); true }, alone, once;
    "draw random bytes", |_| unsafe { libc::getrandom(ptr::from_mut(&mut [0_u8; 8]).cast(), 8, 0) } == 8, alone, once;
    "allocate and free", |_| std::hint::black_box(vec![1_u8; 100 << 20]).len() == 100 << 20, alone, once;
};

fn map_model(protection: libc::c_int) -> bool {
    let mapped = unsafe { libc::mmap(ptr::null_mut(), 4096, protection, libc::MAP_SHARED, 4, 0) };
    mapped != libc::MAP_FAILED
}

fn map(length: usize, protection: libc::c_int, flags: libc::c_int) -> bool {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    let mapped = unsafe { libc::mmap(ptr::null_mut(), length, protection, flags, -1, 0) };
    mapped != libc::MAP_FAILED
}

/// If it succeeds, the program `true` ends the process.
fn run_model() -> bool {
    let arguments = [c"true".as_ptr(), ptr::null()];
    unsafe {
        libc::syscall(libc::SYS_execveat, 4, c"".as_ptr(), arguments.as_ptr(), ptr::null::<u8>(), libc::AT_EMPTY_PATH)
    };
    false
}

fn run_program() -> bool {
    let arguments = [c"true".as_ptr(), ptr::null()];
    unsafe { libc::execve(c"/bin/true".as_ptr(), arguments.as_ptr(), ptr::null()) };
    false
}

/// Seizes without stopping; the tracer's end lets go.
fn trace(world: &World) -> bool {
    unsafe { libc::ptrace(libc::PTRACE_SEIZE, world.neighbour.as_raw_pid(), 0, 0) == 0 }
}

fn read_memory(world: &World) -> bool {
    let mut found = [0_u8; SECRET.len()];
    let local = libc::iovec { iov_base: found.as_mut_ptr().cast(), iov_len: found.len() };
    let remote = libc::iovec { iov_base: SECRET.as_ptr().cast_mut().cast(), iov_len: found.len() };
    unsafe { libc::process_vm_readv(world.neighbour.as_raw_pid(), &raw const local, 1, &raw const remote, 1, 0) };
    found == SECRET
}

fn open_memory(world: &World) -> bool {
    let file = File::open(format!("/proc/{}/mem", world.neighbour.as_raw_pid()));
    let mut found = [0; SECRET.len()];
    file.is_ok_and(|file| file.read_exact_at(&mut found, SECRET.as_ptr() as u64).is_ok() && found == SECRET)
}

fn take_descriptor(world: &World) -> bool {
    let process = unsafe { libc::syscall(libc::SYS_pidfd_open, world.neighbour.as_raw_pid(), 0) };
    at_least_zero(process) && at_least_zero(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process, 0, 0) })
}

fn fork() -> bool {
    match unsafe { libc::fork() } {
        0 => unsafe { libc::_exit(0) },
        child => child > 0,
    }
}

fn enter_namespace(world: &World) -> bool {
    let own = File::open(format!("/proc/{}/ns/net", world.neighbour.as_raw_pid()));
    own.is_ok_and(|own| unsafe { libc::setns(std::os::fd::AsRawFd::as_raw_fd(&own), 0) } == 0)
}

/// Remounts what is no mount point: "invalid" for who may, "not permitted" for who may not.
fn change_mount() -> bool {
    let flags = libc::MS_REMOUNT | libc::MS_BIND;
    let done = unsafe { libc::mount(ptr::null(), c"/".as_ptr(), ptr::null(), flags | libc::MS_RDONLY, ptr::null()) };
    done == 0
}

fn take_capabilities() -> bool {
    let all = rustix::thread::CapabilitySet::NET_ADMIN | rustix::thread::CapabilitySet::SYS_ADMIN;
    let sets = rustix::thread::CapabilitySets { effective: all, permitted: all, inheritable: all };
    rustix::thread::set_capabilities(None, sets).is_ok()
}

fn io_uring() -> bool {
    let mut parameters = [0_u8; 120];
    at_least_zero(unsafe { libc::syscall(libc::SYS_io_uring_setup, 2, parameters.as_mut_ptr()) })
}

fn perf_event() -> bool {
    let mut attributes = [0_u8; 128];
    // A software event, of this process alone.
    attributes[0] = 1;
    attributes[4] = 128;
    at_least_zero(unsafe { libc::syscall(libc::SYS_perf_event_open, attributes.as_ptr(), 0, -1, -1, 0) })
}

fn memory_file() -> bool {
    let file = unsafe { libc::memfd_create(c"probe".as_ptr(), 0) };
    file >= 0 && unsafe { libc::ftruncate(file, 1 << 30) } == 0
}

/// Marked for removal at once.
fn share_memory() -> bool {
    let segment = unsafe { libc::shmget(libc::IPC_PRIVATE, 1 << 30, 0o600) };
    segment >= 0 && unsafe { libc::shmctl(segment, libc::IPC_RMID, ptr::null_mut()) } == 0
}

fn message_queue() -> bool {
    let name = std::ffi::CString::new(format!("/holdout-probe-{}", std::process::id())).unwrap();
    let queue =
        unsafe { libc::mq_open(name.as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o600, ptr::null::<libc::mq_attr>()) };
    queue >= 0 && unsafe { libc::mq_unlink(name.as_ptr()) } == 0
}

fn raise_limit() -> bool {
    let mut found = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    unsafe { libc::getrlimit(libc::RLIMIT_CORE, &raw mut found) };
    let more = libc::rlimit { rlim_cur: 0, rlim_max: found.rlim_max.saturating_add(1) };
    found.rlim_max != libc::RLIM_INFINITY && unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const more) } == 0
}
