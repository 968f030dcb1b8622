//! `check`: the server's own checks, here; scores where the labels are at hand.

use std::path::Path;

use holdout_protocol::{Slug, SubmissionKind, VerdictCode};
use serde::Serialize;

use super::Context;
use super::submissions::{fault_lines, found};
use crate::arguments::CheckArguments;
use crate::client::TaskPath;
use crate::failure::Failure;
use crate::figures::{decimals, grouped, percent};
use crate::local_check::{
    Checked, LocalError, LocalScore, check_file, fetch_shape, order_hint, read_classes, read_test_set, scores,
};
use crate::season::read_folder;
use crate::submission::kind_of;

/// What the check came to.
#[derive(Debug, Serialize)]
struct Finding {
    accepted: bool,
    images: usize,
    verdict: Option<holdout_protocol::Verdict>,
    scores: Option<Vec<LocalScore>>,
    hints: Vec<String>,
}

pub(super) fn run(context: &Context, arguments: &CheckArguments) -> Result<(), Failure> {
    let file = &arguments.file;
    std::fs::metadata(file).map_err(|error| Failure::file(file, &error))?;
    let kind = arguments.kind.map_or_else(|| kind_of(file), SubmissionKind::from);
    if kind == SubmissionKind::Torchscript {
        return Err(Failure::refused(
            "unsupported",
            format!("`{}` is a model; this version checks prediction files only", file.display()),
        )
        .advise("If it is a prediction file, say so with `--kind predictions`."));
    }
    let finding = match (&arguments.task_file, &arguments.season, &arguments.task) {
        (Some(task_file), _, task) => here(file, task_file, task.as_ref())?,
        (None, Some(season), Some(task)) => {
            let (client, task) = (context.client()?, TaskPath { season: season.clone(), task: task.clone() });
            let limits = client.task(&task)?.settings.limits;
            let shape = fetch_shape(&client, &task)?;
            match check_file(&shape, file, limits.predictions_bytes)? {
                Checked::Good(_) => Finding::good(shape.images.len(), None, Vec::new()),
                Checked::Refused(verdict) => Finding::refused(shape.images.len(), *verdict),
            }
        }
        _ => return Err(Failure::usage("name `--season` and `--task`, or `--task-file`")),
    };
    tell(context, file, &finding)
}

/// With a season's files on this machine.
fn here(file: &Path, task_file: &Path, task: Option<&Slug>) -> Result<Finding, Failure> {
    let folder = read_folder(task_file)?;
    let found = match task {
        Some(task) => folder.tasks.iter().find(|found| found.task == *task),
        None if folder.tasks.len() == 1 => folder.tasks.first(),
        None => None,
    };
    let names: Vec<String> = folder.tasks.iter().map(|task| format!("`{}`", task.task)).collect();
    let unnamed = || Failure::usage(format!("name one of the tasks with `--task`: {}", names.join(", ")));
    let task = found.ok_or_else(unnamed)?;
    let test_set = read_test_set(read_classes(&task.classes.path)?, &task.labels.path)?;
    match check_file(test_set.shape(), file, task.settings.limits.predictions_bytes)? {
        Checked::Good(predictions) => {
            let scores = scores(&predictions, &test_set, task.settings.split.as_ref())?;
            let hints = scores.first().and_then(|score| order_hint(score, &test_set)).into_iter().collect();
            Ok(Finding::good(test_set.len(), Some(scores), hints))
        }
        Checked::Refused(verdict) => Ok(Finding::refused(test_set.len(), *verdict)),
    }
}

impl Finding {
    const fn good(images: usize, scores: Option<Vec<LocalScore>>, hints: Vec<String>) -> Self {
        Self { accepted: true, images, verdict: None, scores, hints }
    }

    const fn refused(images: usize, verdict: holdout_protocol::Verdict) -> Self {
        Self { accepted: false, images, verdict: Some(verdict), scores: None, hints: Vec::new() }
    }
}

fn tell(context: &Context, file: &Path, finding: &Finding) -> Result<(), Failure> {
    let console = context.console;
    console.data(finding)?;
    if let Some(verdict) = &finding.verdict {
        for line in fault_lines(verdict) {
            console.say(line)?;
        }
        let code: VerdictCode = verdict.code;
        return Err(Failure::refused(
            code.as_str(),
            format!("`{}` would be refused: {}", file.display(), found(verdict)),
        )
        .advise(code.advice())
        .detail(&verdict.detail));
    }
    let images = grouped(u64::try_from(finding.images).unwrap_or(u64::MAX));
    console.say(format!("`{}` is well formed: labels for {images} images.", file.display()))?;
    for score in finding.scores.iter().flatten() {
        let part = if score.part == "all" { "all images".to_owned() } else { format!("the {} part", score.part) };
        console.say(format!("on {part}, {}:", grouped(score.n.into())))?;
        console.say(rate_line("top-1", &score.top1, score.n))?;
        console.say(rate_line("top-5", &score.top5, score.n))?;
    }
    for hint in &finding.hints {
        console.say(format!("hint: {hint}"))?;
    }
    Ok(())
}

fn rate_line(name: &str, rate: &LocalError, n: u32) -> String {
    let places = decimals(n);
    let between = |interval: &holdout_protocol::Interval| {
        format!("{} – {} %", percent(interval.low, places), percent(interval.high, places))
    };
    format!(
        "  {name} error {} % ({} wrong), 95 % interval {}, 99.9 % interval {}",
        percent(rate.error, places),
        grouped(rate.wrong.into()),
        between(&rate.interval),
        between(&rate.interval_999)
    )
}
