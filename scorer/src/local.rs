//! `holdout check model.pt`: a model is checked, packed and run as a scorer would do it, on this machine and at no quota.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdout_images::Prepared;
use holdout_protocol::{Measures, Progress, Stage, Verdict, VerdictCode};

use crate::ScorerError;
use crate::model::{Images, Looked, Noise, look, pack};
use crate::oversight::{Ongoing, Oversight};
use crate::runner::{Causes, MemoryFile, RunnerConfig, Supply, choose, close_own_memory, threads, usable_memory};
use crate::work::{NotScored, Unfinished};

pub use crate::model::{Answers, ModelTask as LocalTask};

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
    /// What libtorch said, if it could not load the model or `forward` raised an error. It is no part of the verdict, because
    /// no scorer of a server ever sees it. It may hold whatever the model wrote.
    pub cause: Option<String>,
    /// The model's answers in the order of the images, if it would not.
    pub answers: Option<Answers>,
    /// What it used.
    pub measures: Measures,
    /// What is worth knowing of a model that would not be rejected.
    pub hints: Vec<String>,
}

/// Runs a model on the first of the configured devices: the same check, sandbox, second look and verdicts as in scoring.
/// `progress` is called many times a second, from several threads but never at once; if it breaks, the runner is killed.
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
    let devices = choose(config)?;
    let device = devices.first().cloned().ok_or_else(|| ScorerError::Fault("there is no device".to_owned()))?;
    let threads = threads(config, 1, device.device == "cpu");
    let memory = usable_memory(config, 1);
    let causes = Arc::new(Causes::default());
    let supply = Supply::new(RunnerConfig { warm: false, ..config.clone() }, device, threads, memory)
        .with_own_images(Arc::clone(&causes));
    let task = &supply.within_memory(task.clone());
    let follower = Follower::new(progress);
    let images: Box<dyn Images> = match images {
        LocalImages::Prepared(prepared) => Box::new(prepared),
        LocalImages::Sample(count) => Box::new(Noise { count, seed: rand::random() }),
    };
    let device = Some(supply.device().name.clone());
    match evaluate(&supply, model, task, &*images, &follower) {
        Ok(looked) => {
            let hints = looked.hints;
            Ok(LocalOutcome {
                verdict: None,
                cause: None,
                answers: Some(looked.answers),
                measures: looked.measures,
                hints,
            })
        }
        Err(NotScored::Rejected(verdict)) => {
            let measures = Measures { device, ..Measures::default() };
            let is_explained = matches!(verdict.code, VerdictCode::LoadFailed | VerdictCode::ModelError);
            let cause = causes.take().filter(|_| is_explained);
            Ok(LocalOutcome { verdict: Some(*verdict), cause, answers: None, measures, hints: Vec::new() })
        }
        Err(NotScored::Unfinished(Unfinished::Fault(cause) | Unfinished::Known(_, cause))) => {
            Err(ScorerError::Fault(cause))
        }
        Err(NotScored::Unfinished(Unfinished::GaveBack | Unfinished::Dropped)) => Err(ScorerError::Interrupted),
    }
}

fn evaluate(
    supply: &Supply,
    model: &File,
    task: &LocalTask,
    images: &dyn Images,
    follower: &dyn Oversight,
) -> Result<Looked, NotScored> {
    follower.enter(Stage::Checking, 0);
    // The file first: nothing has to be started for one that is refused.
    let memory = MemoryFile::new("holdout-model").map_err(|error| Unfinished::Fault(error.to_string()))?;
    let packed = pack(model, memory, supply.config().operators).map_err(|(refused, _)| refused)?;
    let starting = supply.another(task, &packed.memory)?;
    look(supply, starting, (&packed, task), images, follower)
}

/// Hands progress to a caller, and its wish to end back.
struct Follower<F> {
    followed: Mutex<Followed<F>>,
}

struct Followed<F> {
    ongoing: Ongoing,
    callback: F,
}

impl<F: FnMut(&Progress) -> ControlFlow<()> + Send> Follower<F> {
    fn new(callback: F) -> Self {
        let ongoing = Ongoing::begin(Stage::Checking, 0);
        Self { followed: Mutex::new(Followed { ongoing, callback }) }
    }

    fn followed(&self) -> MutexGuard<'_, Followed<F>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: FnMut(&Progress) -> ControlFlow<()> + Send> Oversight for Follower<F> {
    fn enter(&self, stage: Stage, total: u64) {
        self.followed().ongoing.enter(stage, total);
    }

    fn done(&self, done: u64) {
        self.followed().ongoing.done(done);
    }

    fn check(&self) -> Result<(), Unfinished> {
        let mut followed = self.followed();
        let Followed { ongoing, callback } = &mut *followed;
        match callback(&ongoing.progress()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Unfinished::GaveBack),
        }
    }
}
