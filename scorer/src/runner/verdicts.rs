//! The verdicts on a run, with what a team may know: limits, and the shape of the output on
//! pictures of noise. No time or memory of a run that failed, no number of a batch, and no text of
//! the model: all of these could carry the images. Once a model has seen an image of the test set,
//! a verdict is its code and nothing else that the model could choose.

use std::time::Duration;

use holdout_protocol::{
    FoundOutput, Hint, HintCode, OutputKind, Verdict, VerdictCode, VerdictDetail, format_bytes, format_duration,
};

use super::limits::{RunLimits, trial_time};
use super::process::ProcessEnd;

/// Most numbers of a shape that are told, and the largest: enough to find a mistake.
const TOLD_NUMBERS: usize = 2;
const LARGEST_TOLD: i64 = 99_999;

/// Returns a verdict that says what was found.
pub(crate) fn verdict(code: VerdictCode, what: &str, detail: VerdictDetail) -> Verdict {
    Verdict::new(code, what, detail)
}

fn wanted(wanted: Hint) -> VerdictDetail {
    VerdictDetail::default().with_wanted(wanted)
}

fn at_most(code: HintCode, limit: &str) -> VerdictDetail {
    wanted(Hint::from(code).with("limit", limit))
}

/// Returns the verdict on a model that reached the time limit.
pub(crate) fn time_limit(limits: &RunLimits) -> Verdict {
    let limit = format_duration(Duration::from_secs(limits.wall_seconds));
    let what = format!("the time limit of {limit} was reached");
    verdict(VerdictCode::TimeLimit, &what, at_most(HintCode::WantedTime, &limit))
}

/// Returns the verdict on a model that did not get through its batches of noise in time.
pub(crate) fn trial_time_limit(limits: &RunLimits) -> Verdict {
    let limit = format_duration(trial_time(Duration::from_secs(limits.wall_seconds)));
    let what = format!("loading the model and a trial on a few pictures of noise took {limit}, the most allowed");
    verdict(VerdictCode::TimeLimit, &what, at_most(HintCode::WantedTrialTime, &limit))
}

/// Returns the verdict on a model that reached the memory limit.
pub(crate) fn memory_limit(limits: &RunLimits) -> Verdict {
    let limit = format_bytes(limits.memory_bytes);
    verdict(
        VerdictCode::MemoryLimit,
        &format!("the memory limit of {limit} was reached"),
        at_most(HintCode::WantedMemory, &limit),
    )
}

/// Returns the verdict on a model that used up the memory of the device.
pub(crate) fn device_memory(limits: &RunLimits) -> Verdict {
    let Some(bytes) = limits.device_memory_bytes else {
        let detail = wanted(HintCode::WantedDeviceMemory.into());
        return verdict(VerdictCode::MemoryLimit, "the memory of the device was used up", detail);
    };
    let limit = format_bytes(bytes);
    let what = format!("the limit of device memory, {limit}, was reached");
    verdict(VerdictCode::MemoryLimit, &what, at_most(HintCode::WantedMemory, &limit))
}

/// Returns a call that the filter ends a process for.
pub(crate) fn forbidden_system_call() -> Verdict {
    let what = "the model made a system call that is not allowed";
    verdict(VerdictCode::ForbiddenSystemCall, what, VerdictDetail::default())
}

/// libtorch does not take it.
pub(crate) fn load_failed() -> Verdict {
    let what = "libtorch could not load the model, or it has no `forward` that takes one tensor";
    verdict(VerdictCode::LoadFailed, what, VerdictDetail::default())
}

/// `forward` raised.
pub(crate) fn model_error() -> Verdict {
    verdict(VerdictCode::ModelError, "`forward` raised an error", VerdictDetail::default())
}

/// NaN or plus infinity.
pub(crate) fn non_finite_output() -> Verdict {
    verdict(
        VerdictCode::NonFiniteOutput,
        "a score is NaN or plus infinity; minus infinity is allowed and ranks last",
        VerdictDetail::default(),
    )
}

/// Returns the verdict on a runner whose messages are not those of a runner.
pub(crate) fn nonsense() -> Verdict {
    let what = "the runner's answers were not those of a model";
    verdict(VerdictCode::Crashed, what, VerdictDetail::default())
}

/// Returns the verdict on a model whose process is gone.
pub(crate) fn crashed(end: Option<ProcessEnd>) -> Verdict {
    let what = match end.and_then(signal_name) {
        Some("SIGABRT") => {
            "libtorch ended the model's process by SIGABRT, as it does at an error that it cannot report".to_owned()
        }
        Some(name) => format!("the model ended its process by {name}"),
        None => "the model ended its process".to_owned(),
    };
    verdict(VerdictCode::Crashed, &what, VerdictDetail::default())
}

/// Returns the verdict on an output of another form.
pub(crate) fn wrong_output(found: &FoundOutput, images: u32, limits: &RunLimits) -> Verdict {
    let wanted = wanted_output(limits);
    let reason = likely_reason(found, images, limits);
    let found = output(found, images);
    let what = format!("the model gave {found}; wanted: {wanted}");
    let mut detail = VerdictDetail::default().with_found(found).with_wanted(wanted);
    reason.into_iter().for_each(|hint| detail.hint(hint));
    verdict(VerdictCode::WrongOutput, &what, detail)
}

/// The likely reason for an output of another form. It says no more than the form does, which is
/// told anyway.
fn likely_reason(found: &FoundOutput, images: u32, limits: &RunLimits) -> Option<Hint> {
    let (batch, rest) = found.shape.split_first()?;
    if *batch != i64::from(images) {
        return None;
    }
    let (classes, answers) = (i64::from(limits.classes), i64::from(limits.answers));
    match (found.kind, rest) {
        (OutputKind::Scores, [width]) if *width == answers => Some(HintCode::TopkValues.into()),
        (OutputKind::Scores, [width]) if *width == classes + 1 => Some(HintCode::BackgroundClass.into()),
        (OutputKind::Scores, [width, ones @ ..]) if *width == classes && ones.iter().all(|size| *size == 1) => {
            Some(HintCode::ExtraDimensions.into())
        }
        (OutputKind::Integers, []) => Some(Hint::from(HintCode::Argmax).with("answers", answers)),
        _ => None,
    }
}

/// Returns the verdict on an output that has the right form for noise, and another one for images.
pub(crate) fn wrong_output_of_images(limits: &RunLimits) -> Verdict {
    let wanted = wanted_output(limits);
    let found = Hint::from(HintCode::OutputOfImages);
    let what = format!("the model gave {found}; wanted: {wanted}");
    let detail = VerdictDetail::default().with_found(found).with_wanted(wanted);
    verdict(VerdictCode::WrongOutput, &what, detail)
}

/// Returns a verdict on an output whose shape is another for another batch.
pub(crate) fn without_shape(of: Verdict) -> Verdict {
    let found = Hint::from(HintCode::OutputOfBatch);
    let wanted = of.detail.wanted.clone().unwrap_or_default();
    let what = format!("the model gave {found}; wanted: {wanted}");
    let detail = VerdictDetail { hints: Vec::new(), known_hints: Vec::new(), ..of.detail };
    verdict(of.code, &what, detail.with_found(found))
}

/// Answers depend on something other than the image.
pub(crate) fn not_reproducible() -> Verdict {
    let what = "two runs over the same images, in other orders and batches, gave different answers";
    verdict(VerdictCode::NotReproducible, what, VerdictDetail::default())
}

fn wanted_output(limits: &RunLimits) -> Hint {
    Hint::from(HintCode::WantedOutput).with("classes", limits.classes).with("answers", limits.answers)
}

fn output(found: &FoundOutput, images: u32) -> Hint {
    let has_shape = !matches!(found.kind, OutputKind::NotTensor | OutputKind::Indices);
    let said = Hint::from(found.kind.said());
    if has_shape { said.with("shape", shape(&found.shape, images)) } else { said }
}

/// Returns a shape in which the size of the batch is `N`: `[N, 1000, 7, …]`.
fn shape(sizes: &[i64], images: u32) -> String {
    let is_batch = sizes.first() == Some(&i64::from(images));
    let numbers = sizes.get(usize::from(is_batch)..).unwrap_or_default();
    let mut told: Vec<String> = is_batch.then(|| "N".to_owned()).into_iter().collect();
    told.extend(numbers.iter().take(TOLD_NUMBERS).map(|size| one_size(*size)));
    told.extend((numbers.len() > TOLD_NUMBERS).then(|| "…".to_owned()));
    format!("[{}]", told.join(", "))
}

fn one_size(size: i64) -> String {
    if size > LARGEST_TOLD { format!("above {LARGEST_TOLD}") } else { size.to_string() }
}

fn signal_name(end: ProcessEnd) -> Option<&'static str> {
    let ProcessEnd::Signalled(signal) = end else { return None };
    [(4, "SIGILL"), (6, "SIGABRT"), (7, "SIGBUS"), (8, "SIGFPE"), (11, "SIGSEGV"), (25, "SIGXFSZ")]
        .iter()
        .find_map(|(number, name)| (*number == signal).then_some(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_trial_is_a_tenth_and_is_named() {
        let seconds = |limit| trial_time(Duration::from_secs(limit)).as_secs();
        assert_eq!([5, 30, 120, 300, 1800, 36_000].map(seconds), [5, 30, 30, 30, 180, 3600]);
        let limits =
            RunLimits { classes: 10, answers: 5, wall_seconds: 1800, memory_bytes: 1 << 30, device_memory_bytes: None };
        let verdict = trial_time_limit(&limits);
        assert!(verdict.code == VerdictCode::TimeLimit && verdict.message.contains("3 min"), "{}", verdict.message);
    }

    #[test]
    fn the_memory_of_a_device_is_named_if_it_is_known() {
        let limits = |device_memory_bytes| RunLimits {
            classes: 10,
            answers: 5,
            wall_seconds: 1,
            memory_bytes: 1 << 30,
            device_memory_bytes,
        };
        let known = device_memory(&limits(Some(80 << 30)));
        assert!(known.message.contains("80 GiB"), "{}", known.message);
        assert_eq!(known.detail.wanted.as_deref(), Some("at most 80 GiB"));
        let unknown = device_memory(&limits(None));
        assert_eq!((known.code, unknown.code), (VerdictCode::MemoryLimit, VerdictCode::MemoryLimit));
    }

    #[test]
    fn shapes_name_the_batch_and_carry_little() {
        assert_eq!(shape(&[64, 999], 64), "[N, 999]");
        assert_eq!(shape(&[1, 64], 64), "[1, 64]");
        assert_eq!(shape(&[], 64), "[]");
        assert_eq!(shape(&[64, i64::MAX, 3, 4, 5], 64), "[N, above 99999, 3, …]");
        assert_eq!(shape(&[20_952, 30_486, 57_838, 61_178], 64), "[20952, 30486, …]");
    }

    #[test]
    fn the_likely_reason_for_an_output_is_told() {
        let limits =
            RunLimits { classes: 1000, answers: 5, wall_seconds: 1, memory_bytes: 1, device_memory_bytes: None };
        let hints = |kind, shape: &[i64]| {
            wrong_output(&FoundOutput { kind, shape: shape.to_vec() }, 7, &limits).detail.hints.concat()
        };
        assert!(hints(OutputKind::Scores, &[7, 5]).contains("`topk`"));
        assert!(hints(OutputKind::Scores, &[7, 1001]).contains("background class"));
        assert!(hints(OutputKind::Scores, &[7, 1000, 1, 1]).contains("flatten(1)"));
        assert!(hints(OutputKind::Integers, &[7]).contains("argmax"));
        for shape in [&[7, 999][..], &[1, 5], &[], &[7, 1000, 2], &[7]] {
            assert_eq!(hints(OutputKind::Scores, shape), "", "{shape:?}");
        }
        let depends =
            without_shape(wrong_output(&FoundOutput { kind: OutputKind::Scores, shape: vec![7, 5] }, 7, &limits));
        assert_eq!((depends.detail.hints, depends.detail.known_hints), (Vec::new(), Vec::new()));
    }

    #[test]
    fn every_kind_of_output_can_be_said() {
        let limits =
            RunLimits { classes: 1000, answers: 5, wall_seconds: 1, memory_bytes: 1, device_memory_bytes: None };
        for kind in OutputKind::ALL {
            let verdict = wrong_output(&FoundOutput { kind: *kind, shape: vec![7, 10] }, 7, &limits);
            let found = verdict.detail.found.unwrap();
            assert!(verdict.message.contains(&found) && verdict.message.contains("[N, 1000]"), "{found}");
            assert!(!found.contains('{') && found == verdict.detail.known_found.unwrap().to_string(), "{found}");
        }
    }
}
