use std::time::Duration;

use holdout_protocol::{FoundOutput, Layer, OutputKind, VerdictCode};

use super::*;

const LIMITS: RunLimits = RunLimits { classes: 1000, answers: 5, wall_seconds: 30, memory_bytes: 2 << 30 };

fn seen(phase: Phase, limit: Option<ReachedLimit>, end: Option<ProcessEnd>, last_message: LastMessage) -> Observed {
    let (machine_bytes, usage) = (64 << 30, Usage::default());
    Observed { phase, limit, end, last_message, peak_bytes: 1 << 20, machine_bytes, usage, limits: LIMITS }
}

fn code(observed: &Observed) -> Option<VerdictCode> {
    match judge(observed) {
        Err(EvaluationError::Rejected(verdict)) => Some(verdict.code),
        _ => None,
    }
}

/// The fault that a run ended with, if it is one of this reason.
fn fault(observed: &Observed, reason: FaultReason) -> Option<String> {
    match judge(observed) {
        Err(EvaluationError::Fault(fault)) if fault.reason == reason => Some(fault.cause),
        _ => None,
    }
}

fn phases() -> [Phase; 4] {
    [Phase::Starting, Phase::Loading, Phase::Trying { images: 77 }, Phase::Running { images: 77 }]
}

fn failures() -> Vec<RunnerFailure> {
    let output = |shape: &[i64]| FoundOutput { kind: OutputKind::Scores, shape: shape.to_vec() };
    vec![
        RunnerFailure::Layer(Layer::Landlock),
        RunnerFailure::Device,
        RunnerFailure::Setup,
        RunnerFailure::Load,
        RunnerFailure::Forward,
        RunnerFailure::Output(output(&[77, 999])),
        RunnerFailure::Output(output(&[77, -1])),
        RunnerFailure::NonFinite,
        RunnerFailure::Memory,
        RunnerFailure::DeviceMemory,
    ]
}

fn everything_heard() -> Vec<LastMessage> {
    let mut last_message = vec![LastMessage::Everything, LastMessage::Nonsense, LastMessage::Silence];
    last_message.extend(failures().into_iter().map(LastMessage::Failed));
    last_message
}

/// Every combination, also those that cannot be.
fn combinations() -> Vec<Observed> {
    let limits = [
        None,
        Some(ReachedLimit::Time),
        Some(ReachedLimit::Trial),
        Some(ReachedLimit::Memory),
        Some(ReachedLimit::Wall),
    ];
    let mut ends = vec![None, Some(ProcessEnd::Exited(0)), Some(ProcessEnd::Exited(1))];
    ends.extend((1..=64).map(|signal| Some(ProcessEnd::Signalled(signal))));
    let mut all = Vec::new();
    for phase in phases() {
        for limit in limits {
            for end in &ends {
                all.extend(everything_heard().into_iter().map(|last_message| seen(phase, limit, *end, last_message)));
            }
        }
    }
    all
}

#[test]
fn a_runner_without_a_model_is_never_a_verdict() {
    let starting = combinations().into_iter().filter(|observed| observed.phase == Phase::Starting);
    for observed in starting {
        assert!(fault(&observed, FaultReason::Other).is_some(), "{observed:?}");
    }
}

#[test]
fn with_a_model_only_a_kill_of_others_and_a_busy_machine_are_faults() {
    for observed in combinations().into_iter().filter(|observed| observed.phase != Phase::Starting) {
        let killed = observed.end == Some(ProcessEnd::Signalled(9)) && observed.limit.is_none();
        let expected = killed && observed.last_message != LastMessage::Everything;
        assert_eq!(fault(&observed, FaultReason::Other).is_some(), expected, "{observed:?}");
        let starved = observed.limit == Some(ReachedLimit::Wall) && observed.last_message != LastMessage::Everything;
        assert_eq!(fault(&observed, FaultReason::Starved).is_some(), starved, "{observed:?}");
        assert_eq!(judge(&observed).is_ok(), observed.last_message == LastMessage::Everything, "{observed:?}");
    }
}

#[test]
fn what_we_measured_goes_before_what_the_kernel_says_and_that_before_what_the_model_says() {
    for observed in combinations().into_iter().filter(|observed| observed.phase != Phase::Starting) {
        if observed.last_message == LastMessage::Everything {
            continue;
        }
        let found = code(&observed);
        match (observed.limit, observed.end) {
            (Some(ReachedLimit::Memory), _) => assert_eq!(found, Some(VerdictCode::MemoryLimit), "{observed:?}"),
            (Some(ReachedLimit::Wall), _) => assert_eq!(found, None, "{observed:?}"),
            (Some(ReachedLimit::Time | ReachedLimit::Trial), _) => {
                assert_eq!(found, Some(VerdictCode::TimeLimit), "{observed:?}")
            }
            (None, Some(ProcessEnd::Signalled(31))) => {
                assert_eq!(found, Some(VerdictCode::ForbiddenSystemCall), "{observed:?}")
            }
            (None, Some(ProcessEnd::Signalled(9))) => assert_eq!(found, None, "{observed:?}"),
            (None, _) if observed.last_message == LastMessage::Silence => {
                assert_eq!(found, Some(VerdictCode::Crashed), "{observed:?}")
            }
            (None, _) => assert!(found.is_some(), "{observed:?}"),
        }
    }
}

#[test]
fn a_failure_counts_only_where_a_runner_can_say_so() {
    let codes = |phase: Phase| -> Vec<Option<VerdictCode>> {
        let last_message = failures().into_iter().map(LastMessage::Failed);
        last_message.map(|last_message| code(&seen(phase, None, None, last_message))).collect()
    };
    use VerdictCode::{Crashed, LoadFailed, MemoryLimit, ModelError, NonFiniteOutput, WrongOutput};
    let loading = [Crashed, Crashed, Crashed, LoadFailed, Crashed, Crashed, Crashed, Crashed, MemoryLimit, MemoryLimit];
    assert_eq!(codes(Phase::Loading), loading.map(Some));
    let running = [
        Crashed,
        Crashed,
        Crashed,
        Crashed,
        ModelError,
        WrongOutput,
        Crashed,
        NonFiniteOutput,
        MemoryLimit,
        MemoryLimit,
    ];
    assert_eq!(codes(Phase::Running { images: 77 }), running.map(Some));
}

#[test]
fn a_kill_at_the_memory_limit_is_the_limit() {
    for (peak_bytes, expected) in [
        (LIMITS.memory_bytes, Some(VerdictCode::MemoryLimit)),
        (LIMITS.memory_bytes / 16 * 15, Some(VerdictCode::MemoryLimit)),
        (LIMITS.memory_bytes / 16 * 15 - 1, None),
    ] {
        let killed = seen(Phase::Loading, None, Some(ProcessEnd::Signalled(9)), LastMessage::Silence);
        assert_eq!(code(&Observed { peak_bytes, ..killed }), expected, "{peak_bytes}");
    }
}

#[test]
fn a_kill_of_a_model_that_holds_most_of_the_machine_is_the_limit() {
    let killed = seen(Phase::Loading, None, Some(ProcessEnd::Signalled(9)), LastMessage::Silence);
    for (peak_bytes, expected) in [(600 << 20, Some(VerdictCode::MemoryLimit)), (500 << 20, None)] {
        let observed = Observed { peak_bytes, machine_bytes: 1 << 30, ..killed.clone() };
        assert_eq!(code(&observed), expected, "{peak_bytes}");
    }
}

#[test]
fn a_busy_machine_is_told_to_the_operator_with_numbers() {
    let usage = Usage { cpu: Duration::from_millis(2900), waited: Duration::from_secs(35) };
    let starved = seen(Phase::Loading, Some(ReachedLimit::Wall), None, LastMessage::Silence);
    let cause = fault(&Observed { usage, ..starved }, FaultReason::Starved).unwrap();
    assert!(cause.contains("2.9 s") && cause.contains("35.0 s") && cause.contains("limit of 30 s"), "{cause}");
}

#[test]
fn a_verdict_has_an_advice_and_nothing_of_the_run() {
    for observed in combinations() {
        if let Err(EvaluationError::Rejected(verdict)) =
            judge(&Observed { peak_bytes: 123_456_789, ..observed.clone() })
        {
            assert_eq!(verdict.advice, verdict.code.advice(), "{verdict:?}");
            assert!(!format!("{verdict:?}").contains("123456789") && !verdict.message.contains("77"), "{verdict:?}");
            assert!(verdict.detail.lines.is_empty(), "{verdict:?}");
        }
    }
}

#[test]
fn faults_before_the_model_name_the_cause() {
    let cases = [
        (LastMessage::Failed(RunnerFailure::Layer(Layer::Landlock)), None, "`landlock`"),
        (LastMessage::Failed(RunnerFailure::Device), None, "device"),
        (LastMessage::Silence, Some(ProcessEnd::Signalled(11)), "signal 11"),
        (LastMessage::Silence, Some(ProcessEnd::Exited(3)), "status 3"),
        (LastMessage::Nonsense, None, "same version"),
    ];
    for (last_message, end, words) in cases {
        let cause = fault(&seen(Phase::Starting, None, end, last_message), FaultReason::Other).unwrap();
        assert!(cause.contains(words), "{cause}");
    }
}

#[test]
fn what_fails_on_hidden_images_alone_has_a_code_and_no_more() {
    let shape = FoundOutput { kind: OutputKind::Scores, shape: vec![77, 7] };
    let told = |phase, end, last_message: &LastMessage| {
        let judged = judge(&seen(phase, None, end, last_message.clone()));
        let Err(EvaluationError::Rejected(verdict)) = judged else { panic!("no verdict") };
        verdict.message
    };
    let (trying, running) = (Phase::Trying { images: 77 }, Phase::Running { images: 77 });
    let shaped = LastMessage::Failed(RunnerFailure::Output(shape));
    assert!(told(trying, None, &shaped).contains("[N, 7]"));
    assert!(
        told(running, None, &shaped).contains("for some images") && !told(running, None, &shaped).contains("[N, 7]")
    );
    let aborted = Some(ProcessEnd::Signalled(6));
    assert!(told(trying, aborted, &LastMessage::Silence).contains("SIGABRT"));
    assert!(!told(running, aborted, &LastMessage::Silence).contains("SIG"));
}
