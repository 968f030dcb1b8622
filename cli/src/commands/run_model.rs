//! `check` of a model where it can be run: as a scorer would run it, on the task's images if they
//! are at hand, otherwise on noise.

use std::path::Path;

use holdout_images::Transform;
use holdout_protocol::{Slug, TaskSettings, VerdictCode};
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask};

use super::check::{CheckArguments, Finding, Source, source, task_of, test_set_of};
use super::check_model::{KIND, input_of, without_running};
use super::context::Context;
use crate::credentials::own_folder;
use crate::failure::Failure;
use crate::host::local_model::{ImagePlaces, LocalRunner, SAMPLE};
use crate::host::runner_program::{MissingRunner, RunnerProgram};
use crate::season::read_folder;

pub(crate) fn check(context: &Context, arguments: &CheckArguments) -> Result<Finding, Failure> {
    let mut settings = context.settings(None)?.scorer;
    arguments.runner.clone().apply(&mut settings);
    super::run::check(&settings)?;
    let program = match RunnerProgram::find(context.environment.runner.as_deref())? {
        RunnerProgram::Missing(missing @ MissingRunner::NotBeside(_)) => {
            return without_running(context, arguments, &missing.to_string());
        }
        found => found.required()?,
    };
    let runner = LocalRunner { config: settings.runner(program), console: context.console };
    let file = &arguments.file;
    match source(arguments)? {
        Source::Here(task_file, task) => here(context, &runner, file, task_file, task),
        Source::Server(path) => {
            let task = context.client()?.task(&path)?;
            let classes = task.test_set.as_ref().and_then(|set| u16::try_from(set.classes).ok());
            let none = || Failure::refused("wrong_state", format!("{path} has no test set yet"));
            let task = local_task(&path.to_string(), &task.settings, classes.ok_or_else(none)?, file)?;
            sampled(&runner, file, &task)
        }
    }
}

/// Runs a model with a season's files on this machine.
fn here(
    context: &Context,
    runner: &LocalRunner,
    file: &Path,
    task_file: &Path,
    task: Option<&Slug>,
) -> Result<Finding, Failure> {
    let folder = read_folder(task_file)?;
    let files = task_of(&folder, task)?;
    let test_set = test_set_of(files)?;
    let task = local_task(files.task.as_str(), &files.settings, test_set.shape().classes.count(), file)?;
    let Some(images) = &files.images else { return sampled(runner, file, &task) };
    let images = runner.prepare(&images.path, &test_set, Transform::from(&task.input), &places(context)?)?;
    let outcome = runner.run(file, &task, images)?;
    let Some(answers) = &outcome.answers else { return judged(test_set.len(), &task, outcome) };
    let numbers = test_set.shape().classes.numbers_in_output_order();
    let odd = || Failure::refused("runner_failed", "the runner gave an index without a class");
    let predictions = answers.to_predictions(&numbers).ok_or_else(odd)?;
    let finding = Finding::good(KIND, test_set.len()).measured(outcome.measures, false).hinted(outcome.hints);
    finding.scored(&predictions, &test_set)
}

fn sampled(runner: &LocalRunner, file: &Path, task: &LocalTask) -> Result<Finding, Failure> {
    let outcome = runner.run(file, task, LocalImages::Sample(SAMPLE))?;
    let images = usize::try_from(SAMPLE).unwrap_or(usize::MAX);
    match &outcome.answers {
        Some(_) => Ok(Finding::good(KIND, images).measured(outcome.measures, true).hinted(outcome.hints)),
        None => judged(images, task, outcome),
    }
}

fn judged(images: usize, task: &LocalTask, outcome: LocalOutcome) -> Result<Finding, Failure> {
    let neither = || Failure::refused("runner_failed", "the run came to neither answers nor a verdict");
    let mut verdict = outcome.verdict.ok_or_else(neither)?;
    if verdict.code == VerdictCode::Crashed {
        verdict.advice = advice_after_crash(task.input.crop);
    }
    Ok(Finding::refused(KIND, images, verdict).explained(outcome.cause.as_deref()))
}

/// Says how to find the operator that ends the process. The advice of the verdict itself is to run
/// this check.
fn advice_after_crash(side: u32) -> String {
    format!(
        "Find the operator in Python on a CPU: load the file with `torch.jit.load` (a `.pt2` with `torch.export.load` and \
         `.module()`), and call the model on `torch.randn(N, 3, {side}, {side})`, with 1, 3 and 64 as N, until Python ends, too. \
         Then start the same script with `gdb --args python SCRIPT`: after `run`, the lines of `bt` name the operator, such \
         as `at::_ops::div_Tensor_mode`."
    )
}

/// Returns what a model is measured against, if the task takes this one at all.
fn local_task(name: &str, settings: &TaskSettings, classes: u16, file: &Path) -> Result<LocalTask, Failure> {
    let input = input_of(name, settings, file)?;
    Ok(LocalTask { classes, input, limits: settings.limits.clone(), noise_seed: 0 })
}

fn places(context: &Context) -> Result<ImagePlaces, Failure> {
    let nowhere = || Failure::usage("there is no place for prepared images").advise("Set HOME or XDG_CACHE_HOME.");
    let cache = context.environment.cache_folder.clone().ok_or_else(nowhere)?;
    let places = ImagePlaces { packed: context.state_folder()?.join("images"), prepared: cache.join("check") };
    for folder in [&places.packed, &places.prepared] {
        own_folder(folder).map_err(|error| Failure::file(folder, &error))?;
    }
    Ok(places)
}
