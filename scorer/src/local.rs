//! `holdout check model.pt`: a model is checked, packed and run as a scorer would do it, on this
//! machine and at no quota.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdout_images::Prepared;
use holdout_protocol::{Measures, Progress, Stage, Verdict, VerdictCode};

use crate::ScorerError;
use crate::model::{EvaluatedModel, check_and_pack, evaluate_twice};
use crate::outcome::{Cancelled, EvaluationError, Fault};
use crate::progress::{Cancellation, ProgressSink, StageProgress};
use crate::runner::{
    Causes, Images, MemoryFile, Noise, RunnerConfig, RunnerPool, choose_devices, close_own_memory, runner_threads,
    usable_memory,
};

pub use crate::runner::{Answers, ModelTask as LocalTask};

/// What a model is run on.
#[derive(Debug)]
pub enum LocalImages {
    /// Prepared images of the task's size.
    Prepared(Prepared),
    /// So many pictures of noise, 1 or more: enough to find every mistake but a wrong answer.
    Sample(u32),
}

/// What a scorer would have said.
#[derive(Debug)]
pub struct LocalOutcome {
    /// The verdict, if the model would have been rejected.
    pub verdict: Option<Verdict>,
    /// What libtorch said, if it could not load the model or `forward` raised an error. It is no
    /// part of the verdict, because no scorer of a server ever sees it. It may hold whatever the
    /// model wrote.
    pub cause: Option<String>,
    /// The model's answers in the order of the images, if it would not.
    pub answers: Option<Answers>,
    /// What it used.
    pub measures: Measures,
    /// What is worth knowing of a model that would not be rejected.
    pub hints: Vec<String>,
}

/// Runs a model on the first of the configured devices: the same check, sandbox, second run and
/// verdicts as in scoring. `progress` is called many times a second, from several threads but never
/// at once; if it breaks, the runner is killed.
///
/// # Errors
/// If no runner can be used, something else on this machine fails, or `progress` broke.
pub fn run_model(
    config: &RunnerConfig,
    model: &File,
    task: &LocalTask,
    images: LocalImages,
    progress: impl FnMut(&Progress) -> ControlFlow<()> + Send,
) -> Result<LocalOutcome, ScorerError> {
    close_own_memory();
    let devices = choose_devices(config)?;
    let device = devices.first().cloned().ok_or_else(|| ScorerError::Fault("there is no device".to_owned()))?;
    let threads = runner_threads(config, 1, device.device == "cpu");
    let memory = usable_memory(config, 1);
    let causes = Arc::new(Causes::default());
    let pool = RunnerPool::new(RunnerConfig { warm: false, ..config.clone() }, device, threads, memory)
        .with_own_images(Arc::clone(&causes));
    let task = &pool.within_memory(task.clone());
    let follower = Follower::new(progress);
    let images: Box<dyn Images> = match images {
        LocalImages::Prepared(prepared) => Box::new(prepared),
        LocalImages::Sample(count) => Box::new(Noise { count, seed: rand::random() }),
    };
    let device = Some(pool.device().name.clone());
    match check_and_evaluate(&pool, model, task, &*images, &follower) {
        Ok(evaluated) => {
            let hints = evaluated.hints;
            Ok(LocalOutcome {
                verdict: None,
                cause: None,
                answers: Some(evaluated.answers),
                measures: evaluated.measures,
                hints,
            })
        }
        Err(EvaluationError::Rejected(verdict)) => {
            let measures = Measures { device, ..Measures::default() };
            let is_explained = matches!(verdict.code, VerdictCode::LoadFailed | VerdictCode::ModelError);
            let cause = causes.take().filter(|_| is_explained);
            Ok(LocalOutcome { verdict: Some(*verdict), cause, answers: None, measures, hints: Vec::new() })
        }
        Err(EvaluationError::Fault(fault)) => Err(ScorerError::Fault(fault.cause)),
        Err(EvaluationError::Cancelled(_)) => Err(ScorerError::Interrupted),
    }
}

fn check_and_evaluate(
    pool: &RunnerPool,
    model: &File,
    task: &LocalTask,
    images: &dyn Images,
    progress: &dyn ProgressSink,
) -> Result<EvaluatedModel, EvaluationError> {
    progress.enter_stage(Stage::Checking, 0);
    // The file first, because nothing has to be started for one that is refused.
    let memory = MemoryFile::new("holdout-model").map_err(|error| Fault::new(error.to_string()))?;
    let packed = check_and_pack(model, memory, pool.config().operators).map_err(|(refused, _)| refused)?;
    let starting = pool.start_another(task, &packed.memory)?;
    evaluate_twice(pool, starting, &packed, task, images, progress)
}

/// Hands progress to a caller, and its wish to end back.
struct Follower<F> {
    followed: Mutex<Followed<F>>,
}

struct Followed<F> {
    progress: StageProgress,
    callback: F,
}

impl<F: FnMut(&Progress) -> ControlFlow<()> + Send> Follower<F> {
    fn new(callback: F) -> Self {
        let progress = StageProgress::begin(Stage::Checking, 0);
        Self { followed: Mutex::new(Followed { progress, callback }) }
    }

    fn followed(&self) -> MutexGuard<'_, Followed<F>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: FnMut(&Progress) -> ControlFlow<()> + Send> Cancellation for Follower<F> {
    fn check_cancelled(&self) -> Result<(), Cancelled> {
        let mut followed = self.followed();
        let Followed { progress, callback } = &mut *followed;
        match callback(&progress.to_report()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Cancelled::Stopping),
        }
    }
}

impl<F: FnMut(&Progress) -> ControlFlow<()> + Send> ProgressSink for Follower<F> {
    fn enter_stage(&self, stage: Stage, total: u64) {
        self.followed().progress.enter_stage(stage, total);
    }

    fn set_done(&self, done: u64) {
        self.followed().progress.set_done(done);
    }
}
