//! A submission in words: its state, scores, verdict, measures and charge.

use holdout_protocol::{
    ChargeState, LineFault, Measures, Progress, Quota, RefundReason, Ruling, Score, Stage, StartUnknown, Submission,
    SubmissionKind, SubmissionState, Timestamp, TrainingData, Verdict, format_bytes, format_duration,
};

use super::figures::{approximate, decimals, grouped, pace, percent, scaled, time, time_from};
use crate::failure::Failure;
use crate::text::visible;

/// Returns what is left, and when the next slot opens.
pub(crate) fn describe_quota(quota: &Quota) -> String {
    // "Any 1 d" could be a day of the calendar.
    let window = match quota.per_seconds {
        86_400 => "24 hours".to_owned(),
        seconds => format_duration(std::time::Duration::from_secs(seconds)),
    };
    // Extra attempts come on top of the window: "2 of 2 left" would hide that one of the two was
    // used.
    let of_window = quota.remaining.saturating_sub(quota.extra);
    let left = format!("{of_window} of {} submissions left in any {window}", quota.limit);
    let carried = if quota.carried > 0 {
        let names: Vec<String> = quota.carried_by.iter().map(|name| visible(name)).collect();
        format!(
            " {} came along with {}, who submitted in another team: what a person has used counts in every team they join.",
            quota.carried,
            names.join(", ")
        )
    } else {
        String::new()
    };
    let now = Timestamp::now();
    let extra = match (quota.extra, quota.extra_until) {
        (1, Some(until)) => format!(" 1 extra attempt is left until {}.", time_from(until, now)),
        (2.., Some(until)) => format!(" {} extra attempts are left until {}.", quota.extra, time_from(until, now)),
        _ => String::new(),
    };
    let closes = match quota.closes_at {
        Some(at) if at <= now => format!(" The season has closed for your team: {}.", time_from(at, now)),
        Some(at) => format!(" Your team can submit until {}.", time_from(at, now)),
        None => String::new(),
    };
    if quota.remaining > 0 {
        format!("{left}.{extra}{carried}{closes}")
    } else {
        format!("{left}; the next slot opens {}.{carried}{closes}", time_from(quota.next_slot, now))
    }
}

/// Returns the error rate that the task ranks by.
pub(crate) fn error_rate(score: &Score) -> f64 {
    if score.n == 0 { 0.0 } else { f64::from(score.wrong) / f64::from(score.n) }
}

/// Returns where a submission stands, on one line.
pub(crate) fn describe_state(submission: &Submission) -> String {
    match submission.state {
        SubmissionState::Queued => match &submission.queue {
            Some(place) => {
                let start = match (place.expected_start, place.start_unknown) {
                    (Some(at), _) => format!("expected to start about {}", time_from(at, Timestamp::now())),
                    (None, Some(StartUnknown::NoScorer)) => {
                        "no scorer that takes it was seen in the last two minutes".to_owned()
                    }
                    (None, _) => "its start cannot be predicted before an evaluation of its kind, or one that its team runs, has ended".to_owned(),
                };
                format!("queued: place {}, {start}", place.position)
            }
            None => "queued".to_owned(),
        },
        SubmissionState::Running => match &submission.progress {
            Some(progress) => format!("running: {}", describe_progress(progress)),
            None => "running".to_owned(),
        },
        state => state.as_str().to_owned(),
    }
}

/// Returns the state of a submission and how its result stands, in a word or two for a table.
pub(crate) fn describe_standing(submission: &Submission) -> String {
    let ruling = submission.judgement.as_ref().map(|judgement| match judgement.ruling {
        Ruling::Held => "waits for approval",
        Ruling::Refused => "not approved",
        Ruling::Hidden => "under review",
        Ruling::Disqualified => "disqualified",
    });
    match (ruling, submission.withdrawn_at) {
        (Some(ruling), _) => ruling.to_owned(),
        (None, Some(_)) => "withdrawn".to_owned(),
        (None, None) if submission.is_final => format!("{}, final", submission.state.as_str()),
        (None, None) => submission.state.as_str().to_owned(),
    }
}

/// Returns why a result is not on the board, if it is not.
fn describe_judgement(submission: &Submission) -> Option<String> {
    let withdrawn = submission.withdrawn_at.map(|at| format!("withdrawn {}: it is not on the board", time(at)));
    let Some(judgement) = &submission.judgement else { return withdrawn };
    let withdrawn = withdrawn.map(|text| format!("; {text}")).unwrap_or_default();
    let reason = judgement.reason.as_ref().map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    let ruling = match judgement.ruling {
        Ruling::Held => "waiting for approval by the organizers; its result is shown after that".to_owned(),
        Ruling::Refused => format!("not approved: only organizers see its result{reason}"),
        Ruling::Hidden => format!("under review: it is off the board until the organizers decide{reason}"),
        Ruling::Disqualified => format!("disqualified{reason}"),
    };
    Some(ruling + &withdrawn)
}

/// Returns what the Ladder does with a score that it keeps back.
const fn describe_ladder(submission: &Submission) -> &'static str {
    if submission.scores.is_some() {
        "not clearly better than the team's best: its team and the board do not see the score until the season is published"
    } else {
        "not clearly better than your best: the score is shown when the season is published"
    }
}

/// Returns what a scorer does in a stage, for people.
pub(crate) const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Fetching => "fetching the file",
        Stage::Checking => "checking it",
        Stage::Preparing => "preparing images",
        Stage::Loading => "loading the model",
        Stage::Running => "running the model",
        Stage::Scoring => "comparing with the labels",
    }
}

fn describe_progress(progress: &Progress) -> String {
    let mut text = stage_name(progress.stage).to_owned();
    if progress.total > 0 {
        text.push_str(&format!(", {} of {}", grouped(progress.done), grouped(progress.total)));
    } else if progress.done > 0 {
        text.push_str(&format!(", for {}", format_duration(std::time::Duration::from_secs(progress.done))));
    }
    if let Some(images) = progress.images_per_second {
        text.push_str(&format!(", {} images a second", pace(images)));
        let left = approximate(progress.total.saturating_sub(progress.done)) / images;
        if let Ok(left) = std::time::Duration::try_from_secs_f64(left) {
            text.push_str(&format!(", {} left", format_duration(left)));
        }
    }
    text
}

/// Returns what a method was trained with, in words.
pub(crate) const fn trained_with(kind: TrainingData) -> &'static str {
    match kind {
        TrainingData::Supplied => "with the supplied data only",
        TrainingData::Outside => "with outside data too",
    }
}

/// Returns a submission in full.
pub(crate) fn describe_submission(submission: &Submission) -> String {
    let mut lines = vec![
        format!("submission {}", submission.id),
        format!("  {} / {}, team {}", submission.season, submission.task, visible(submission.team.as_str())),
    ];
    if let Some(method) = &submission.method {
        lines.push(format!("  method   {}", visible(method)));
    }
    lines.push(format!(
        "  file     {}, {}, SHA-256 {}",
        submission.kind.as_str(),
        format_bytes(submission.size),
        submission.sha256
    ));
    let late = if submission.late { ", late: after the season had closed for the others" } else { "" };
    lines.push(format!("  made     {}{late}", time(submission.created_at)));
    lines.extend(submission.description.iter().map(|text| format!("  about    {}", visible(text))));
    lines.extend(submission.links.iter().map(|link| format!("  link     {}", visible(link))));
    lines.extend(submission.training_data.map(|kind| format!("  trained  {}", trained_with(kind))));
    lines.extend(submission.ensemble.map(|ensemble| format!("  ensemble {}", if ensemble { "yes" } else { "no" })));
    lines.extend(submission.flag.iter().map(|flag| format!("  flag     {}", visible(flag))));
    if submission.is_final {
        lines.push("  final    yes: chosen to stand for the team".to_owned());
    }
    lines.extend(describe_outcome(submission));
    lines.join("\n")
}

/// Returns what became of a submission.
pub(crate) fn describe_outcome(submission: &Submission) -> Vec<String> {
    let mut lines = vec![format!("  state    {}", describe_state(submission))];
    lines.extend(describe_judgement(submission).map(|text| format!("  board    {text}")));
    if submission.kept_back {
        lines.push(format!("  ladder   {}", describe_ladder(submission)));
    }
    if let Some(scores) = &submission.scores {
        let parts = if scores.private.is_some() { ["public", "private"] } else { ["scores", ""] };
        for (name, score) in parts.iter().zip([Some(&scores.public), scores.private.as_ref()]) {
            lines.extend(score.map(|score| format!("  {name:<8} {}", describe_score(score))));
        }
    }
    if let Some(verdict) = &submission.verdict {
        lines.push(format!("  verdict  {}: {}", verdict.code.as_str(), visible(&verdict.message)));
        lines.extend(describe_faults(verdict).into_iter().map(|line| format!("    {line}")));
        lines.extend(Some(&verdict.advice).filter(|it| !it.is_empty()).map(|it| format!("  advice   {}", visible(it))));
    }
    lines.extend(submission.hints.iter().map(|hint| format!("  hint     {}", visible(hint))));
    if let Some(measures) = submission.measures.as_ref().filter(|_| submission.kind == SubmissionKind::Torchscript) {
        lines.extend(describe_measures(measures).into_iter().map(|line| format!("  {line}")));
    }
    lines.extend(describe_charge(submission).map(|text| format!("  quota    {text}")));
    lines
}

fn describe_score(score: &Score) -> String {
    let places = decimals(score.n);
    format!(
        "top-5 error {} %, top-1 error {} %; {} of {} images wrong by the task's metric, 95 % interval {} – {} %",
        percent(score.top5_error, places),
        percent(score.top1_error, places),
        grouped(score.wrong.into()),
        grouped(score.n.into()),
        percent(score.interval.low, places),
        percent(score.interval.high, places)
    )
}

/// Returns the failure that a verdict is, with `what` in front: "rejected: …". Verdicts of older
/// servers have their advice in the message.
pub(crate) fn rejection(what: &str, verdict: &Verdict) -> Failure {
    let message = format!("{what}: {}", verdict.message);
    let failure = Failure::refused(verdict.code.as_str(), message).detail(&verdict.detail);
    // A hint is about this very file; the advice is about all files with such a fault, and could
    // say otherwise.
    let is_general = verdict.advice == verdict.code.advice() && !verdict.detail.hints.is_empty();
    if verdict.advice.is_empty() || is_general { failure } else { failure.advise(verdict.advice.as_str()) }
}

/// Returns what one file of a kind is called, and what several are.
pub(crate) const fn kind_words(kind: SubmissionKind) -> (&'static str, &'static str) {
    match kind {
        SubmissionKind::Predictions => ("a prediction file", "prediction files"),
        SubmissionKind::Torchscript => ("a model", "models"),
    }
}

/// Returns what was measured while a model ran, each line with its word in front.
pub(crate) fn describe_measures(measures: &Measures) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(measures.parameters.map(|count| format!("{} parameters", scaled(count))));
    let device = measures.device.as_ref().map_or(String::new(), |device| format!(" on {}", visible(device)));
    parts.extend(measures.images_per_second.map(|images| format!("{} images a second{device}", pace(images))));
    parts.extend(measures.peak_memory_bytes.map(|count| format!("{} of memory", format_bytes(count))));
    parts.extend(measures.peak_device_memory_bytes.map(|count| format!("{} on the device", format_bytes(count))));
    parts.extend(measures.wall_seconds.map(|seconds| format!("{seconds:.1} s in all")));
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(format!("measured {}", parts.join(", ")));
    }
    if !measures.missing_layers.is_empty() {
        let missing = visible(&measures.missing_layers.join(", "));
        lines.push(format!("sandbox  without {missing}, which the scorer's host lacks"));
    }
    lines
}

/// Returns what the verdict's message has not said: operator, what was found and wanted, the lines
/// at fault, and hints.
pub(crate) fn describe_faults(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    let detail = &verdict.detail;
    for (name, text) in [("at", &detail.operator), ("found", &detail.found), ("wanted", &detail.wanted)] {
        let untold = text.as_ref().filter(|text| !verdict.message.contains(text.as_str()));
        lines.extend(untold.map(|text| format!("{name}: {}", visible(text))));
    }
    if detail.faults > 1 {
        lines.extend(detail.lines.iter().map(describe_fault));
        let listed = u64::try_from(detail.lines.len()).unwrap_or(u64::MAX);
        if detail.faults > listed {
            let at_least = if detail.stopped_early { "at least " } else { "" };
            lines.push(format!("and {at_least}{} more", grouped(detail.faults - listed)));
        }
    }
    let untold = detail.hints.iter().filter(|hint| !verdict.message.contains(hint.as_str()));
    // Lines of Python stay lines, so that they can be copied.
    lines.extend(untold.flat_map(|hint| {
        hint.lines().zip(0..).map(|(line, at)| if at == 0 { format!("hint: {}", visible(line)) } else { visible(line) })
    }));
    lines
}

fn describe_fault(fault: &LineFault) -> String {
    let place = fault.line.map_or("file".to_owned(), |line| format!("line {line}"));
    let (code, value, allowed) = (fault.code.as_str(), visible(&fault.value), visible(&fault.allowed));
    format!("{place}: {code} `{value}`; allowed: {allowed}")
}

pub(crate) fn describe_charge(submission: &Submission) -> Option<String> {
    let charge = submission.charge.as_ref()?;
    let reason = charge.reason.map(|reason| match reason {
        RefundReason::Format => ": the file was refused before anything ran on hidden images",
        RefundReason::PlatformFault => ": the platform failed",
        RefundReason::Cancelled => ": cancelled while no scorer was at it",
    });
    Some(match charge.state {
        ChargeState::Reserved => "holds a slot".to_owned(),
        ChargeState::Committed => "charged".to_owned(),
        ChargeState::Refunded => format!("not charged{}", reason.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests;
