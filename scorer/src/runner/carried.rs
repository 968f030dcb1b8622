//! How many bits of hidden images a submission can carry to its team at most. They are counted
//! here, from all that the code can say, and `docs/sandbox.md` has to say the same.

use std::collections::BTreeSet;
use std::time::Duration;

use holdout_protocol::{FoundOutput, Limits, Measures, OutputKind, RunnerFailure, Verdict};

use super::judge::{LastMessage, Observed, Phase, judge};
use super::limits::{ReachedLimit, RunLimits};
use super::process::ProcessEnd;
use super::usage::Usage;
use super::verdicts;
use crate::model::by_time::{EARLIEST, reported_seconds};
use crate::model::steps;
use crate::outcome::EvaluationError;

const DOC: &str = include_str!("../../../docs/sandbox.md");
const API: &str = include_str!("../../../server/openapi.json");

/// Images of the public part, as in the challenge of 2012.
const IMAGES: f64 = 50_000.0;
/// Runs of a model at most, each of which has the wall time for itself.
const RUNS: u64 = 3;
/// Wall time that a run may take on a busy machine, as a multiple of the task's.
const BUSY: u64 = 4;
/// The shortest that a run could take, seconds.
const SHORTEST: f64 = 0.001;
/// The most memory of a device that is built, bytes.
const DEVICE: u64 = 288 << 30;
/// Rows of a large board.
const ROWS: f64 = 1_000.0;
/// Attempts that can fail before the last.
const FAILED_ATTEMPTS: u32 = 2;

/// Returns every verdict that there can be once a model has seen an image of the test set.
fn verdicts_on_images() -> Vec<Verdict> {
    let limits = Limits::default();
    let limits = RunLimits {
        classes: 1000,
        answers: 5,
        wall_seconds: limits.wall_seconds,
        memory_bytes: limits.memory_bytes,
        device_memory_bytes: Some(80 << 30),
    };
    let mut failures = vec![
        RunnerFailure::Device,
        RunnerFailure::Setup,
        RunnerFailure::Load,
        RunnerFailure::Forward,
        RunnerFailure::NonFinite,
        RunnerFailure::Memory,
        RunnerFailure::DeviceMemory,
    ];
    for kind in OutputKind::ALL {
        for shape in [vec![], vec![-1], vec![77, 999], vec![20_952, 30_486, 57_838, 61_178], vec![i64::MAX; 8]] {
            failures.push(RunnerFailure::Output(FoundOutput { kind: *kind, shape }));
        }
    }
    let mut last_message = vec![LastMessage::Nonsense, LastMessage::Silence];
    last_message.extend(failures.into_iter().map(LastMessage::Failed));
    let ends = [None].into_iter().chain((0..=255).map(|code| Some(ProcessEnd::Exited(code))));
    let ends: Vec<Option<ProcessEnd>> =
        ends.chain((1..=64).map(|signal| Some(ProcessEnd::Signalled(signal)))).collect();
    let mut found = vec![verdicts::not_reproducible()];
    for images in [1, 2, 64, 256] {
        for last_message in &last_message {
            for end in &ends {
                for limit in [
                    None,
                    Some(ReachedLimit::Time),
                    Some(ReachedLimit::Trial),
                    Some(ReachedLimit::Memory),
                    Some(ReachedLimit::Wall),
                ] {
                    for peak_bytes in [0, limits.memory_bytes] {
                        let (phase, end, last_message) = (Phase::Running { images }, *end, last_message.clone());
                        let (machine_bytes, usage) = (DEVICE, Usage::default());
                        let seen =
                            Observed { phase, limit, end, last_message, peak_bytes, machine_bytes, usage, limits };
                        if let Err(EvaluationError::Rejected(verdict)) = judge(&seen) {
                            found.push(*verdict);
                        }
                    }
                }
            }
        }
    }
    found
}

/// Returns the number of steps from one value to another.
fn steps_between(low: f64, high: f64) -> f64 {
    let count = steps::all().filter(|step| (steps::nearest(low)..=steps::nearest(high)).contains(step)).count();
    count.to_string().parse().unwrap()
}

fn float(value: u64) -> f64 {
    value.to_string().parse().unwrap()
}

/// Returns what a team can tell apart, and how many values it has.
fn terms() -> Vec<(&'static str, f64)> {
    let limits = Limits::default();
    let run = limits.wall_seconds * BUSY;
    let distinct: BTreeSet<String> =
        verdicts_on_images().iter().map(|verdict| serde_json::to_string(verdict).unwrap()).collect();
    let earliest = reported_seconds(Duration::ZERO);
    assert_eq!(earliest, EARLIEST.as_secs_f64());
    let latest = reported_seconds(Duration::from_secs(run * RUNS));
    vec![
        ("Verdicts on a model that has seen images", float(distinct.len().try_into().unwrap())),
        ("Times at which the end is told", steps_between(earliest, latest)),
        ("`images_per_second`", steps_between(IMAGES / float(run), IMAGES / SHORTEST)),
        ("`peak_memory_bytes`", steps_between(float(1 << 20), float(limits.memory_bytes + (1 << 30)))),
        ("`peak_device_memory_bytes`, on a GPU", steps_between(float(1 << 20), float(DEVICE)) + 1.0),
        ("Pairs of `top1_error` and `top5_error`", (IMAGES + 1.0) * (IMAGES + 2.0) / 2.0),
        // Each p-value tells on how many images only one of two entries is right.
        ("`p_value` against the next team, and against the best baseline", (IMAGES + 1.0) * (IMAGES + 1.0)),
        ("Best and worst place among 1,000 rows", ROWS * (ROWS + 1.0) / 2.0),
        ("`resolution` of the board", IMAGES + 1.0),
    ]
}

/// Everything that differs between two submissions of the same model, if it differs by what the
/// model saw.
fn histories(terms: &[(&str, f64)]) -> f64 {
    let [verdicts, times, speeds, memory, device, scores, paired, places, resolution] =
        terms.iter().map(|(_, values)| *values).collect::<Vec<_>>()[..]
    else {
        panic!("another number of terms")
    };
    let board = paired * places * resolution;
    let last = verdicts * times + times * speeds * memory * device * scores * board;
    let failed: f64 = (0..=FAILED_ATTEMPTS).map(|failed| times.powi(failed.try_into().unwrap())).sum();
    failed * last + times.powi(i32::try_from(FAILED_ATTEMPTS).unwrap() + 1)
}

#[test]
fn the_bits_that_a_submission_can_carry_are_those_stated() {
    let terms = terms();
    let mut wanted: Vec<String> =
        terms.iter().map(|(what, values)| format!("| {what} | {values} | {:.1} |", values.log2())).collect();
    let times = terms[1].1;
    wanted.push(format!(
        "| Attempts that fail before, {FAILED_ATTEMPTS} at most, each with a time | | {:.1} |",
        2.0 * times.log2()
    ));
    let bits = histories(&terms).log2();
    wanted.push(format!("| **In all** | | **{bits:.1}** |"));
    let missing: Vec<&String> = wanted.iter().filter(|line| !DOC.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "docs/sandbox.md has to say:\n{}", wanted.join("\n"));
    assert!(DOC.contains(&format!("at most **{:.0} bits**", bits.ceil())), "at most **{:.0} bits**", bits.ceil());
}

#[test]
fn a_verdict_on_images_has_nothing_that_the_model_chose() {
    let distinct = |of: fn(&Verdict) -> String| verdicts_on_images().iter().map(of).collect::<BTreeSet<_>>().len();
    let codes = distinct(|verdict| verdict.code.as_str().to_owned());
    // The memory of the host and that of a device have one code.
    assert_eq!(distinct(|verdict| serde_json::to_string(verdict).unwrap()), codes + 1);
}

#[test]
fn nothing_that_a_team_sees_is_left_out_of_the_count() {
    let missing_layers = vec!["landlock".to_owned()];
    let measures = Measures { missing_layers, weights: Some("float16".to_owned()), ..Measures::default() };
    let measures = serde_json::to_value(measures).unwrap();
    let names: Vec<&String> = measures.as_object().unwrap().keys().collect();
    // Counted; the time of the end; of the file or the machine.
    let counted = ["images_per_second", "peak_device_memory_bytes", "peak_memory_bytes", "wall_seconds"];
    let fixed = ["device", "missing_layers", "parameters", "weights"];
    assert_eq!(names.iter().filter(|name| counted.contains(&name.as_str())).count(), counted.len());
    assert!(names.iter().all(|name| counted.contains(&name.as_str()) || fixed.contains(&name.as_str())), "{names:?}");

    let api: serde_json::Value = serde_json::from_str(API).unwrap();
    let properties = |schema: &str| -> Vec<String> {
        let properties = &api["components"]["schemas"][schema]["properties"];
        properties.as_object().unwrap().keys().cloned().collect()
    };
    // What follows from the time of the end, the outcome and the number of attempts; and what the
    // team itself gave, or the organizers: what they decided about it, and their version of the
    // test set.
    let outcome = [
        "attempts",
        "charge",
        "finished_at",
        "hints",
        "kept_back",
        "known_hints",
        "measures",
        "progress",
        "queue",
        "quota",
        "scores",
        "state",
        "verdict",
    ];
    let given = [
        "created_at",
        "description",
        "ensemble",
        "final",
        "flag",
        "id",
        "judgement",
        "kind",
        "late",
        "links",
        "method",
        "note",
        "season",
        "sha256",
        "size",
        "submitted_at",
        "task",
        "team",
        "training_data",
        "version",
        "withdrawn_at",
    ];
    let unknown = |schema: &str, known: &[&str]| -> Vec<String> {
        properties(schema).into_iter().filter(|name| !known.contains(&name.as_str())).collect()
    };
    let hint = "is it counted? then name it here and in docs/sandbox.md";
    assert_eq!(unknown("Submission", &[&outcome[..], &given].concat()), [""; 0], "{hint}");
    assert_eq!(unknown("Scores", &["private", "public"]), [""; 0], "{hint}");
    assert_eq!(
        unknown("Score", &["interval", "interval_999", "n", "top1_error", "top5_error", "wrong"]),
        [""; 0],
        "{hint}"
    );
    assert_eq!(unknown("Progress", &["done", "images_per_second", "stage", "total"]), [""; 0], "{hint}");
    assert_eq!(unknown("QueuePlace", &["expected_start", "position", "start_unknown"]), [""; 0], "{hint}");
}
