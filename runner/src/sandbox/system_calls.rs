//! The filters of system calls: what inference needs, and nothing else.
//!
//! Three filters are stacked; the kernel obeys the strictest. The first two answer some calls with
//! an error, for honest models try them in passing (a warning's time stamp opens `/etc/localtime`);
//! the last kills the process for every call that no list names.

use std::collections::BTreeMap;
use std::io;

use libc::c_long;
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    apply_filter_all_threads,
};

use super::layers::{Failure, Opening, Step};

/// A domain of sockets that does not exist: the self test asks for it, and the filter answers
/// before the kernel would.
pub(super) const NO_DOMAIN: libc::c_int = 0x7f7f;

/// The error of [`NO_DOMAIN`]: one that the kernel itself never gives for a socket.
pub(super) const NO_DOMAIN_ERROR: i32 = libc::ENOTBLK;

/// Rules of one filter: no condition at all allows the call whatever its arguments.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Calls without a restriction: memory, time, signals to handle, waiting, ending.
const FREE: [c_long; 36] = [
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getcpu,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getrandom,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_set_tid_address,
];

/// Calls that are answered with "permission denied": looking for files, at devices and at the
/// machine, its load and memory. oneDNN asks each processor for its caches in turn, at the first
/// product of batches of bfloat16 matrices, and does without if it cannot move to it.
const DENIED: [c_long; 20] = [
    libc::SYS_sched_setaffinity,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_creat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_lseek,
    libc::SYS_ioctl,
];

/// What the driver of a GPU needs besides: files of its own and their state, waiting for events.
const DRIVER: [c_long; 30] = [
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_lseek,
    libc::SYS_ioctl,
    libc::SYS_mmap,
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_getdents64,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_sched_setaffinity,
    libc::SYS_mlock,
    libc::SYS_get_mempolicy,
];

/// Puts the filters on all threads.
pub(super) fn filter(opening: &Opening) -> Result<(), Failure> {
    let programs = programs(opening).map_err(io::Error::other).step("compiling a filter")?;
    for program in &programs {
        apply_filter_all_threads(program).map_err(io::Error::other).step("seccomp")?;
    }
    Ok(())
}

/// Returns the filters in the order in which they are put on: one that kills comes last, because it
/// also forbids adding filters.
fn programs(opening: &Opening) -> Result<Vec<BpfProgram>, BackendError> {
    let mut programs = Vec::new();
    if *opening == Opening::None {
        programs.push(answering(unconditional(&DENIED), libc::EACCES)?);
    }
    // What `clone3` is asked for lies in memory, where a filter cannot look. The C library then
    // tries `clone`.
    programs.push(answering(unconditional(&[libc::SYS_clone3]), libc::ENOSYS)?);
    let probe = Rules::from([(libc::SYS_socket, vec![rule(&[(0, Eq, constant(NO_DOMAIN))])?])]);
    programs.push(answering(probe, NO_DOMAIN_ERROR)?);
    let allowed = compile(allowed(opening)?, SeccompAction::KillProcess, SeccompAction::Allow)?;
    programs.push(allowed);
    Ok(programs)
}

/// Returns a filter that answers these calls with an error and leaves all others alone.
fn answering(rules: Rules, error: i32) -> Result<BpfProgram, BackendError> {
    compile(rules, SeccompAction::Allow, SeccompAction::Errno(error.unsigned_abs()))
}

fn compile(rules: Rules, otherwise: SeccompAction, matching: SeccompAction) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, otherwise, matching, TargetArch::x86_64)?.try_into()
}

/// Rules for calls whatever their arguments.
fn unconditional(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

/// Returns every call that does not kill.
fn allowed(opening: &Opening) -> Result<Rules, BackendError> {
    let mut rules = unconditional(&FREE);
    rules.extend(unconditional(&DENIED));
    rules.extend(unconditional(&[libc::SYS_clone3]));
    rules.extend(restricted()?);
    if *opening != Opening::None {
        rules.extend(unconditional(&DRIVER));
    }
    Ok(rules)
}

/// Calls that are allowed with certain arguments.
fn restricted() -> Result<Rules, BackendError> {
    let control = constant(holdout_protocol::descriptor::CONTROL);
    let model = constant(holdout_protocol::descriptor::MODEL);
    let anonymous = constant(libc::MAP_ANONYMOUS);
    let huge = constant(libc::MAP_HUGETLB);
    let thread = constant(libc::CLONE_VM | libc::CLONE_THREAD | libc::CLONE_SIGHAND);
    let own = u64::from(std::process::id());
    let on = |descriptor| rule(&[(0, Eq, descriptor)]);
    let option = |option| rule(&[(0, Eq, constant(option))]);
    Ok(Rules::from([
        (libc::SYS_read, vec![on(control)?]),
        // What is printed goes to `/dev/null`.
        (libc::SYS_write, vec![on(control)?, on(1)?, on(2)?]),
        (libc::SYS_writev, vec![on(1)?, on(2)?]),
        (
            libc::SYS_mmap,
            vec![
                // Not from the host's store of huge pages, which no limit covers.
                rule(&[(3, MaskedEq(anonymous | huge), anonymous)])?,
                rule(&[(4, Eq, model), (2, Eq, constant(libc::PROT_READ))])?,
            ],
        ),
        // A thread, never a process.
        (libc::SYS_clone, vec![wide_rule(0, MaskedEq(thread), thread)?]),
        (libc::SYS_tgkill, vec![rule(&[(0, Eq, own)])?]),
        (libc::SYS_prctl, vec![option(libc::PR_SET_NAME)?, option(PR_SET_VMA)?]),
        // To ask for the tiles of processors that multiply matrices of bfloat16 with them (AMX).
        (libc::SYS_arch_prctl, TILES.map(option).into_iter().collect::<Result<_, _>>()?),
        // Reading limits, not setting them.
        (libc::SYS_prlimit64, vec![limits_of_itself()?]),
        // Rust asks, if it is built with its assertions, whether a descriptor is open before it
        // closes it.
        (libc::SYS_fcntl, vec![rule(&[(1, Eq, constant(libc::F_GETFD))])?]),
        (libc::SYS_socket, vec![on(constant(NO_DOMAIN))?]),
    ]))
}

/// `ARCH_GET_XCOMP_SUPP`, `ARCH_GET_XCOMP_PERM` and `ARCH_REQ_XCOMP_PERM`: which further registers
/// there are, which this process may use, and the request for one of them.
const TILES: [libc::c_int; 3] = [0x1021, 0x1022, 0x1023];

/// Names a memory region; the C library does so for its heaps.
const PR_SET_VMA: libc::c_int = 0x5356_4d41;

/// `prlimit64(0, …, NULL, …)`.
fn limits_of_itself() -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(0, Dword, Eq, 0)?, SeccompCondition::new(2, Qword, Eq, 0)?])
}

/// Returns a rule on 32-bit arguments: number, comparison, value.
fn rule(conditions: &[(u8, seccompiler::SeccompCmpOp, u64)]) -> Result<SeccompRule, BackendError> {
    let condition = |(argument, comparison, value): &(u8, seccompiler::SeccompCmpOp, u64)| {
        SeccompCondition::new(*argument, Dword, comparison.clone(), *value)
    };
    SeccompRule::new(conditions.iter().map(condition).collect::<Result<_, _>>()?)
}

/// Returns a rule on one 64-bit argument.
fn wide_rule(argument: u8, comparison: seccompiler::SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, Qword, comparison, value)?])
}

/// Returns a constant of the C library, which are all small and positive, as a filter compares it.
fn constant(value: libc::c_int) -> u64 {
    u64::from(value.unsigned_abs())
}
