use std::time::Duration;

use holdout_protocol::{FoundOutput, Layer, OutputKind, VerdictCode};

use super::*;

const BOUNDS: Bounds = Bounds { classes: 1000, answers: 5, wall_seconds: 30, memory_bytes: 2 << 30 };

fn seen(reached: Reached, limit: Option<Limit>, end: Option<End>, heard: Heard) -> Observed {
    let (machine_bytes, usage) = (64 << 30, Usage::default());
    Observed { reached, limit, end, heard, peak_bytes: 1 << 20, machine_bytes, usage, bounds: BOUNDS }
}

fn code(observed: &Observed) -> Option<VerdictCode> {
    match judge(observed) {
        Judgement::Verdict(verdict) => Some(verdict.code),
        Judgement::Complete | Judgement::Fault(_) | Judgement::Starved(_) => None,
    }
}

fn reaches() -> [Reached; 4] {
    [Reached::Starting, Reached::Loading, Reached::Trying { images: 77 }, Reached::Running { images: 77 }]
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

fn everything_heard() -> Vec<Heard> {
    let mut heard = vec![Heard::Everything, Heard::Nonsense, Heard::Silence];
    heard.extend(failures().into_iter().map(Heard::Failed));
    heard
}

/// Every combination, also those that cannot be.
fn combinations() -> Vec<Observed> {
    let limits = [None, Some(Limit::Time), Some(Limit::Trial), Some(Limit::Memory), Some(Limit::Wall)];
    let mut ends = vec![None, Some(End::Exited(0)), Some(End::Exited(1))];
    ends.extend((1..=64).map(|signal| Some(End::Signalled(signal))));
    let mut all = Vec::new();
    for reached in reaches() {
        for limit in limits {
            for end in &ends {
                all.extend(everything_heard().into_iter().map(|heard| seen(reached, limit, *end, heard)));
            }
        }
    }
    all
}

#[test]
fn a_runner_without_a_model_is_never_a_verdict() {
    let starting = combinations().into_iter().filter(|observed| observed.reached == Reached::Starting);
    for observed in starting {
        assert!(matches!(judge(&observed), Judgement::Fault(_)), "{observed:?}");
    }
}

#[test]
fn with_a_model_only_a_kill_of_others_and_a_busy_machine_are_faults() {
    for observed in combinations().into_iter().filter(|observed| observed.reached != Reached::Starting) {
        let killed = observed.end == Some(End::Signalled(9)) && observed.limit.is_none();
        let expected = killed && observed.heard != Heard::Everything;
        assert_eq!(matches!(judge(&observed), Judgement::Fault(_)), expected, "{observed:?}");
        let starved = observed.limit == Some(Limit::Wall) && observed.heard != Heard::Everything;
        assert_eq!(matches!(judge(&observed), Judgement::Starved(_)), starved, "{observed:?}");
        assert_eq!(judge(&observed) == Judgement::Complete, observed.heard == Heard::Everything, "{observed:?}");
    }
}

#[test]
fn what_we_measured_goes_before_what_the_kernel_says_and_that_before_what_the_model_says() {
    for observed in combinations().into_iter().filter(|observed| observed.reached != Reached::Starting) {
        if observed.heard == Heard::Everything {
            continue;
        }
        let found = code(&observed);
        match (observed.limit, observed.end) {
            (Some(Limit::Memory), _) => assert_eq!(found, Some(VerdictCode::MemoryLimit), "{observed:?}"),
            (Some(Limit::Wall), _) => assert_eq!(found, None, "{observed:?}"),
            (Some(Limit::Time | Limit::Trial), _) => assert_eq!(found, Some(VerdictCode::TimeLimit), "{observed:?}"),
            (None, Some(End::Signalled(31))) => {
                assert_eq!(found, Some(VerdictCode::ForbiddenSystemCall), "{observed:?}")
            }
            (None, Some(End::Signalled(9))) => assert_eq!(found, None, "{observed:?}"),
            (None, _) if observed.heard == Heard::Silence => {
                assert_eq!(found, Some(VerdictCode::Crashed), "{observed:?}")
            }
            (None, _) => assert!(found.is_some(), "{observed:?}"),
        }
    }
}

#[test]
fn a_failure_counts_only_where_a_runner_can_say_so() {
    let codes = |reached: Reached| -> Vec<Option<VerdictCode>> {
        let heard = failures().into_iter().map(Heard::Failed);
        heard.map(|heard| code(&seen(reached, None, None, heard))).collect()
    };
    use VerdictCode::{Crashed, LoadFailed, MemoryLimit, ModelError, NonFiniteOutput, WrongOutput};
    let loading = [Crashed, Crashed, Crashed, LoadFailed, Crashed, Crashed, Crashed, Crashed, MemoryLimit, MemoryLimit];
    assert_eq!(codes(Reached::Loading), loading.map(Some));
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
    assert_eq!(codes(Reached::Running { images: 77 }), running.map(Some));
}

#[test]
fn a_kill_at_the_memory_limit_is_the_limit() {
    for (peak_bytes, expected) in [
        (BOUNDS.memory_bytes, Some(VerdictCode::MemoryLimit)),
        (BOUNDS.memory_bytes / 16 * 15, Some(VerdictCode::MemoryLimit)),
        (BOUNDS.memory_bytes / 16 * 15 - 1, None),
    ] {
        let killed = seen(Reached::Loading, None, Some(End::Signalled(9)), Heard::Silence);
        assert_eq!(code(&Observed { peak_bytes, ..killed }), expected, "{peak_bytes}");
    }
}

#[test]
fn a_kill_of_a_model_that_holds_most_of_the_machine_is_the_limit() {
    let killed = seen(Reached::Loading, None, Some(End::Signalled(9)), Heard::Silence);
    for (peak_bytes, expected) in [(600 << 20, Some(VerdictCode::MemoryLimit)), (500 << 20, None)] {
        let observed = Observed { peak_bytes, machine_bytes: 1 << 30, ..killed.clone() };
        assert_eq!(code(&observed), expected, "{peak_bytes}");
    }
}

#[test]
fn a_busy_machine_is_told_to_the_operator_with_numbers() {
    let usage = Usage { cpu: Duration::from_millis(2900), waited: Duration::from_secs(35) };
    let starved = seen(Reached::Loading, Some(Limit::Wall), None, Heard::Silence);
    let Judgement::Starved(cause) = judge(&Observed { usage, ..starved }) else { panic!("not starved") };
    assert!(cause.contains("2.9 s") && cause.contains("35.0 s") && cause.contains("limit of 30 s"), "{cause}");
}

#[test]
fn a_verdict_has_an_advice_and_nothing_of_the_run() {
    for observed in combinations() {
        if let Judgement::Verdict(verdict) = judge(&Observed { peak_bytes: 123_456_789, ..observed.clone() }) {
            assert!(verdict.message.ends_with(verdict.code.advice()), "{verdict:?}");
            assert!(!format!("{verdict:?}").contains("123456789") && !verdict.message.contains("77"), "{verdict:?}");
            assert!(verdict.detail.lines.is_empty(), "{verdict:?}");
        }
    }
}

#[test]
fn faults_before_the_model_name_the_cause() {
    let cases = [
        (Heard::Failed(RunnerFailure::Layer(Layer::Landlock)), None, "`landlock`"),
        (Heard::Failed(RunnerFailure::Device), None, "device"),
        (Heard::Silence, Some(End::Signalled(11)), "signal 11"),
        (Heard::Silence, Some(End::Exited(3)), "status 3"),
        (Heard::Nonsense, None, "same version"),
    ];
    for (heard, end, words) in cases {
        let Judgement::Fault(cause) = judge(&seen(Reached::Starting, None, end, heard)) else { panic!("no fault") };
        assert!(cause.contains(words), "{cause}");
    }
}

#[test]
fn what_fails_on_hidden_images_alone_has_a_code_and_no_more() {
    let shape = FoundOutput { kind: OutputKind::Scores, shape: vec![77, 7] };
    let told = |reached, end, heard: &Heard| {
        let Judgement::Verdict(verdict) = judge(&seen(reached, None, end, heard.clone())) else { panic!("no verdict") };
        verdict.message
    };
    let (trying, running) = (Reached::Trying { images: 77 }, Reached::Running { images: 77 });
    let shaped = Heard::Failed(RunnerFailure::Output(shape));
    assert!(told(trying, None, &shaped).contains("[N, 7]"));
    assert!(
        told(running, None, &shaped).contains("for some images") && !told(running, None, &shaped).contains("[N, 7]")
    );
    let aborted = Some(End::Signalled(6));
    assert!(told(trying, aborted, &Heard::Silence).contains("SIGABRT"));
    assert!(!told(running, aborted, &Heard::Silence).contains("SIG"));
}
