//! Hosts that lack a layer. A filter put on before the program starts plays the host: it refuses
//! the system call that the layer begins with.
#![expect(unsafe_code, reason = "a filter between fork and exec")]

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use holdout_protocol::{FromRunner, Layer, NearTies, RunnerFailure, RunnerSetup};
use rustix::process::geteuid;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use crate::models::{CLASSES, image, scores};
use crate::support::{Runner, load, setup};

/// Refuses a system call, if its argument of this number is so.
fn refusing(call: libc::c_long, condition: Option<(u8, SeccompCmpOp, libc::c_int)>) -> BpfProgram {
    let rules = condition.map(|(argument, comparison, value)| {
        let condition = SeccompCondition::new(argument, Dword, comparison, value.unsigned_abs().into()).unwrap();
        SeccompRule::new(vec![condition]).unwrap()
    });
    let rules = BTreeMap::from([(call, rules.into_iter().collect())]);
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refused, TargetArch::x86_64).unwrap().try_into().unwrap()
}

/// A filter that makes a host lack a layer.
fn host_without(layer: Layer) -> BpfProgram {
    let unshare =
        |flag: libc::c_int| refusing(libc::SYS_unshare, Some((0, MaskedEq(flag.unsigned_abs().into()), flag)));
    match layer {
        Layer::UserNamespace => unshare(libc::CLONE_NEWUSER),
        Layer::NetworkNamespace => unshare(libc::CLONE_NEWNET),
        Layer::PidNamespace => unshare(libc::CLONE_NEWPID),
        Layer::IpcNamespace => unshare(libc::CLONE_NEWIPC),
        Layer::UtsNamespace => unshare(libc::CLONE_NEWUTS),
        Layer::EmptyRoot => refusing(libc::SYS_pivot_root, None),
        Layer::NoCapabilities => refusing(libc::SYS_capset, None),
        Layer::NoNewPrivileges => refusing(libc::SYS_prctl, Some((0, Eq, libc::PR_SET_NO_NEW_PRIVS))),
        Layer::ResourceLimits => refusing(libc::SYS_prlimit64, Some((2, Ne, 0))),
        Layer::Landlock => refusing(libc::SYS_landlock_create_ruleset, None),
        Layer::SystemCalls => refusing(libc::SYS_seccomp, None),
    }
}

/// Starts a runner on such a host.
fn start(layer: Layer, model: &[u8], setup: RunnerSetup) -> Runner {
    let filter = host_without(layer);
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdout-runner"));
    // SAFETY: between fork and exec only system calls are made, on memory that was prepared before.
    unsafe { command.pre_exec(move || apply_filter(&filter).map_err(|_| io::ErrorKind::PermissionDenied.into())) };
    Runner::start_with(command.arg("run"), &[], model, setup)
}

/// Layers that fall with this one, on a host if the tests' user may do no more than this user.
fn falling_with(layer: Layer) -> Vec<Layer> {
    match layer {
        // Without it only root has the rights for the others.
        Layer::UserNamespace if !geteuid().is_root() => vec![
            Layer::UserNamespace,
            Layer::NetworkNamespace,
            Layer::PidNamespace,
            Layer::IpcNamespace,
            Layer::UtsNamespace,
            Layer::EmptyRoot,
            Layer::NoCapabilities,
        ],
        // Filters and Landlock are refused to a process that could still gain rights.
        Layer::NoNewPrivileges => vec![Layer::NoNewPrivileges, Layer::Landlock, Layer::SystemCalls],
        _ => vec![layer],
    }
}

#[test]
fn a_layer_that_is_missing_is_refused() {
    for layer in Layer::ALL.iter().copied() {
        let mut runner = start(layer, &scores(), setup());
        assert_eq!(runner.prepare(), Some(FromRunner::Failed(RunnerFailure::Layer(layer))), "{layer:?}");
        assert_eq!(runner.receive(), None);
        assert_eq!(runner.wait().code(), Some(1), "{layer:?}");
    }
}

#[test]
fn a_layer_that_the_operator_named_is_left_out_and_said_so() {
    let model = scores();
    for layer in Layer::ALL.iter().copied() {
        let without = falling_with(layer);
        let expected =
            Layer::ALL.iter().filter(|layer| !without.contains(layer)).fold(0, |bits, layer| bits | layer.bit());
        let mut runner = start(layer, &model, RunnerSetup { without, ..setup() });
        match runner.prepare() {
            Some(FromRunner::Hello { layers, .. }) => assert_eq!(layers, expected, "{layer:?}"),
            other => panic!("{layer:?}: {other:?}"),
        }
        runner.send(&holdout_protocol::ToRunner::Load(load(&model, CLASSES)));
        assert!(matches!(runner.receive(), Some(FromRunner::Loaded { .. })), "{layer:?}");
        let answer = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
        let near_ties = vec![NearTies::default()];
        let expected = FromRunner::Predictions { number: 0, near_ties, indices: vec![5, 4, 3, 2, 1] };
        assert_eq!(answer, Some(expected), "{layer:?}");
    }
}

#[test]
fn who_is_not_root_cannot_become_another_user() {
    if geteuid().is_root() {
        // Root could, and must not stay root.
        let mut runner = Runner::start(&scores(), RunnerSetup { user: Some(0), ..setup() });
        assert_eq!(runner.prepare(), Some(FromRunner::Failed(RunnerFailure::Layer(Layer::UserNamespace))));
    } else {
        let mut runner = Runner::start(&scores(), RunnerSetup { user: Some(65_534), ..setup() });
        assert_eq!(runner.prepare(), Some(FromRunner::Failed(RunnerFailure::Layer(Layer::UserNamespace))));
    }
}
