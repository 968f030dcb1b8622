//! `check`: the server's own checks, here; scores if the labels are at hand.

use std::path::{Path, PathBuf};

use clap::Args;
use holdout_evaluation::{Predictions, TestSet};
use holdout_protocol::{Measures, Slug, SubmissionKind, Verdict};
use serde::Serialize;

use super::check_model;
use super::context::Context;
#[cfg(feature = "host")]
use super::overrides::RunnerArguments;
use crate::arguments::KindArgument;
use crate::client::TaskPath;
use crate::failure::Failure;
use crate::input::Input;
use crate::local_check::{
    Checked, LocalError, LocalScore, check_file, fetch_shape, order_hint, read_classes, read_test_set, scores,
};
use crate::season::{SeasonFolder, TaskFiles, read_folder};
use crate::show::figures::{counted, decimals, grouped, percent};
use crate::show::submission::{describe_faults, describe_measures, rejection};
use crate::submission::kind_of;

/// The two ways of calling it.
pub(crate) const USAGE: &str = "holdout check FILE --season SEASON --task TASK [--kind KIND] [OPTIONS]
       holdout check FILE --task-file season.yaml [--task TASK] [--kind KIND] [OPTIONS]

KIND is `predictions` or `torchscript`; without it, the name and the content of the file tell.";

/// `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Predictions (the kit's text or CSV, also compressed by gzip or zstd), or a model (`.pt` or
    /// `.pt2`); `-` reads standard input.
    pub(crate) file: PathBuf,
    /// Season; its classes and images come from the server. Not needed with `--task-file`.
    #[arg(long, short = 's', env = "HOLDOUT_SEASON", required_unless_present = "task_file")]
    pub(crate) season: Option<Slug>,
    /// Task. With `--task-file` it is needed only if the file describes several.
    #[arg(long, short = 't', env = "HOLDOUT_TASK", required_unless_present = "task_file")]
    pub(crate) task: Option<Slug>,
    /// A `season.yaml` on this machine instead of `--season`: no server is needed, and the file is
    /// scored.
    #[arg(long, value_name = "FILE")]
    pub(crate) task_file: Option<PathBuf>,
    /// What the file is [default: by its name and content].
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArgument>,
    /// How a model is run.
    #[cfg(feature = "host")]
    #[command(flatten)]
    pub(crate) runner: RunnerArguments,
}

/// What the check came to.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    kind: SubmissionKind,
    accepted: bool,
    images: usize,
    /// The images were pictures of noise.
    sampled: bool,
    /// Why a model was not run, if only its file was checked.
    not_run: Option<String>,
    verdict: Option<Verdict>,
    /// What libtorch says of a model that fails.
    cause: Option<String>,
    scores: Option<Vec<LocalScore>>,
    hints: Vec<String>,
    measures: Option<Measures>,
}

pub(crate) fn run(context: &Context, mut arguments: CheckArguments) -> Result<(), Failure> {
    let input = Input::open(&arguments.file)?;
    let file = std::mem::replace(&mut arguments.file, input.path().to_owned());
    let kind = arguments.kind.map_or_else(|| kind_of(input.path()), SubmissionKind::from);
    let finding = match kind {
        SubmissionKind::Predictions => predictions(context, &arguments)?,
        SubmissionKind::Torchscript => check_model::check(context, &arguments)?,
    };
    tell(context, &file, &finding)
}

fn predictions(context: &Context, arguments: &CheckArguments) -> Result<Finding, Failure> {
    let file = &arguments.file;
    match source(arguments)? {
        Source::Here(task_file, task) => here(file, task_file, task),
        Source::Server(task) => {
            let client = context.client()?;
            let limits = client.task(&task)?.settings.limits;
            let shape = fetch_shape(&client, &task)?;
            let images = shape.images.len();
            Ok(match check_file(&shape, file, limits.predictions_bytes)? {
                Checked::Good(_) => Finding::good(SubmissionKind::Predictions, images),
                Checked::Refused(verdict) => Finding::refused(SubmissionKind::Predictions, images, *verdict),
            })
        }
    }
}

/// Where the task is described.
pub(crate) enum Source<'a> {
    /// In a `season.yaml` on this machine; the task has to be named if there are several.
    Here(&'a Path, Option<&'a Slug>),
    /// On the server.
    Server(TaskPath),
}

/// Returns where the task is described, if the arguments say so.
pub(crate) fn source(arguments: &CheckArguments) -> Result<Source<'_>, Failure> {
    match (&arguments.task_file, &arguments.season, &arguments.task) {
        (Some(task_file), _, task) => Ok(Source::Here(task_file, task.as_ref())),
        (None, Some(season), Some(task)) => Ok(Source::Server(TaskPath { season: season.clone(), task: task.clone() })),
        _ => Err(Failure::usage("name `--season` and `--task`, or `--task-file`")),
    }
}

/// Returns the task that is named, or the only one.
pub(crate) fn task_of<'a>(folder: &'a SeasonFolder, task: Option<&Slug>) -> Result<&'a TaskFiles, Failure> {
    let found = match task {
        Some(task) => folder.tasks.iter().find(|found| found.task == *task),
        None if folder.tasks.len() == 1 => folder.tasks.first(),
        None => None,
    };
    let names: Vec<String> = folder.tasks.iter().map(|task| format!("`{}`", task.task)).collect();
    found.ok_or_else(|| Failure::usage(format!("name one of the tasks with `--task`: {}", names.join(", "))))
}

/// Returns the test set of a season's files.
pub(crate) fn test_set_of(task: &TaskFiles) -> Result<TestSet, Failure> {
    read_test_set(read_classes(&task.classes.path)?, &task.labels.path)
}

/// Checks a file with a season's files on this machine.
fn here(file: &Path, task_file: &Path, task: Option<&Slug>) -> Result<Finding, Failure> {
    let folder = read_folder(task_file)?;
    let task = task_of(&folder, task)?;
    let test_set = test_set_of(task)?;
    let kind = SubmissionKind::Predictions;
    match check_file(test_set.shape(), file, task.settings.limits.predictions_bytes)? {
        Checked::Good(predictions) => Finding::good(kind, test_set.len()).scored(&predictions, &test_set),
        Checked::Refused(verdict) => Ok(Finding::refused(kind, test_set.len(), *verdict)),
    }
}

impl Finding {
    /// Returns the finding on a file that can be evaluated.
    pub(crate) fn good(kind: SubmissionKind, images: usize) -> Self {
        let (verdict, cause, scores, hints, measures) = (None, None, None, Vec::new(), None);
        Self { kind, accepted: true, images, sampled: false, not_run: None, verdict, cause, scores, hints, measures }
    }

    /// Returns the finding on a file that cannot be evaluated.
    pub(crate) fn refused(kind: SubmissionKind, images: usize, verdict: Verdict) -> Self {
        Self { accepted: false, verdict: Some(verdict), ..Self::good(kind, images) }
    }

    /// Of a model whose file was checked alone.
    pub(crate) fn not_run(self, why: &str) -> Self {
        Self { not_run: Some(why.to_owned()), ..self }
    }

    /// Adds what libtorch says, which may be the model's own words.
    #[cfg(feature = "host")]
    pub(crate) fn explained(self, cause: Option<&str>) -> Self {
        Self { cause: cause.map(crate::text::visible_lines), ..self }
    }

    /// Adds what was measured while a model ran, on images or on noise.
    #[cfg(feature = "host")]
    pub(crate) fn measured(self, measures: Measures, sampled: bool) -> Self {
        Self { measures: Some(measures), sampled, ..self }
    }

    /// Adds what is worth knowing of the file.
    pub(crate) fn hinted(mut self, hints: Vec<String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// Adds the scores against labels on this machine.
    pub(crate) fn scored(self, predictions: &Predictions, test_set: &TestSet) -> Result<Self, Failure> {
        let scores = scores(predictions, test_set)?;
        let hint = scores.first().and_then(|score| order_hint(score, test_set, self.kind));
        Ok(Self { scores: Some(scores), ..self }.hinted(hint.into_iter().collect()))
    }

    /// Returns what the answers are for.
    const fn what(&self) -> &'static str {
        if self.sampled { "picture" } else { "image" }
    }

    fn sentence(&self, file: &Path) -> String {
        if let Some(why) = &self.not_run {
            let file = file.display();
            return format!("`{file}` passes the check of its file. It was not run: {why}.");
        }
        let (file, images) = (file.display(), counted(u64::try_from(self.images).unwrap_or(u64::MAX), self.what()));
        match (self.kind, self.sampled) {
            (SubmissionKind::Predictions, _) => format!("`{file}` is well formed: labels for {images}."),
            (SubmissionKind::Torchscript, false) => format!("`{file}` runs: answers for {images}."),
            (SubmissionKind::Torchscript, true) => {
                format!("`{file}` runs: answers for {images} of noise, as large as the task's images.")
            }
        }
    }
}

fn tell(context: &Context, file: &Path, finding: &Finding) -> Result<(), Failure> {
    let console = context.console;
    console.data(finding)?;
    if let Some(verdict) = &finding.verdict {
        for line in describe_faults(verdict) {
            console.say(line)?;
        }
        for line in finding.cause.iter().flat_map(|cause| cause.lines()) {
            console.say(format!("libtorch: {line}"))?;
        }
        return Err(rejection(&format!("`{}` would be refused", file.display()), verdict));
    }
    console.say(finding.sentence(file))?;
    for line in finding.measures.iter().flat_map(describe_measures) {
        console.say(format!("  {line}"))?;
    }
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

#[cfg(test)]
mod tests;
