//! What a runner may say after its model has taken it over. The other end of the socket is a thread
//! of the test.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;

use holdout_protocol::{
    Arithmetic, FoundOutput, FromRunner, NearTies, Optimisation, OutputKind, RunnerFailure, RunnerSetup, ToRunner,
    VerdictCode,
};

use super::*;
use crate::StopSignal;
use crate::outcome::Cancelled;
use crate::runner::assignment::ProgressOffset;
use crate::runner::cause::Causes;
use crate::runner::images::{Images, Noise};
use crate::runner::order::Order;
use crate::runner::process::Process;

/// Images of the test, and how they are cut: 4, 4, 2.
const IMAGES: u32 = 10;
const BATCH: u32 = 4;

/// A task of five classes and pictures of 2 × 2 pixels: every right answer to an image is an order
/// of 0 to 4.
fn task() -> ModelTask {
    let mut task = ModelTask::usual();
    (task.classes, task.input.crop) = (5, 2);
    task.limits.wall_seconds = 30;
    task
}

/// What a runner says, and when.
type Script = Box<dyn FnOnce(&mut Peer) + Send>;

/// The runner's end of the socket.
struct Peer(UnixStream);

impl Peer {
    fn hear(&mut self) -> ToRunner {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut body = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap()];
        self.0.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn say(&mut self, message: &FromRunner) {
        self.frame(&message.to_bytes());
    }

    fn frame(&mut self, body: &[u8]) {
        self.raw(&[&u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat());
    }

    /// The scorer may have hung up already.
    fn raw(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).ok();
    }

    fn load(&mut self) {
        assert!(matches!(self.hear(), ToRunner::Load(load) if !load.causes), "a scorer asks for no text");
        self.say(&FromRunner::Loaded { optimised: true, training: false });
    }

    fn answer(&mut self, number: u32, images: u32) {
        let indices = (0..images).flat_map(|image| (0..5).map(move |rank| u16::try_from((image + rank) % 5).unwrap()));
        let near_ties = vec![NearTies::default(); usize::try_from(images).unwrap()];
        self.say(&FromRunner::Predictions { number, near_ties, indices: indices.collect() });
    }

    fn answer_all(&mut self) {
        for expected in 0..3 {
            let ToRunner::Batch { number, slot, images } = self.hear() else { panic!("a batch") };
            assert_eq!((number, slot), (expected, expected % 3));
            self.answer(number, images);
        }
    }
}

/// Returns what becomes of a run whose runner says this.
fn outcome(script: impl FnOnce(&mut Peer) + Send + 'static) -> Result<CompletedRun, EvaluationError> {
    with(&task(), &StopSignal::new(), script)
}

fn with(
    task: &ModelTask,
    stop: &StopSignal,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Result<CompletedRun, EvaluationError> {
    run_on(task, stop, &Noise { count: IMAGES, seed: 1 }, None, script)
}

/// `causes` are those of a check on the user's own machine.
fn run_on(
    task: &ModelTask,
    stop: &StopSignal,
    images: &dyn Images,
    causes: Option<&Causes>,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Result<CompletedRun, EvaluationError> {
    let setup = RunnerSetup {
        protocol: 1,
        device: "cpu".to_owned(),
        threads: 1,
        memory_bytes: 1 << 30,
        device_millionths: None,
        seed: 0,
        slots: 3,
        slot_bytes: 48,
        user: None,
        without: Vec::new(),
        cuda_libraries: None,
        visible_devices: None,
        arithmetic: Arithmetic::Float32,
    };
    let (process, theirs) = Process::scripted(3 * 48);
    let baseline = process.handle().resident().unwrap();
    let ready = ReadyRunner { process, setup, baseline, missing: Vec::new() };
    let order = Order::whole(IMAGES, BATCH, &mut rand::rng());
    let assignment = Assignment {
        task,
        model_bytes: 1,
        optimise: true,
        fresh: false,
        tolerance: 1e-3,
        device_memory_bytes: None,
        images,
        order: &order,
        causes,
        fillers: 1,
        offset: ProgressOffset::new(0, 10),
    };
    let peer = thread::spawn(move || script(&mut Peer(theirs)));
    let ended = run_once(ready, &assignment, stop, &mut || ());
    peer.join().unwrap();
    ended.map_err(EvaluationError::from)
}

/// The verdict on a run whose runner says this.
#[track_caller]
fn verdict(script: impl FnOnce(&mut Peer) + Send + 'static) -> VerdictCode {
    match outcome(script) {
        Err(EvaluationError::Rejected(verdict)) => verdict.code,
        other => panic!("no verdict: {other:?}"),
    }
}

#[test]
fn a_run_counts_as_optimised_if_anything_of_that_was_kept() {
    for (optimisation, optimised) in
        [(Optimisation::Whole, true), (Optimisation::Frozen, true), (Optimisation::None, false)]
    {
        let run = outcome(move |peer| {
            peer.load();
            peer.answer_all();
            peer.say(&FromRunner::Done { peak_device_bytes: 0, optimisation });
        });
        assert_eq!(run.unwrap().optimised, optimised, "{optimisation:?}");
    }
}

#[test]
fn a_good_runner_is_taken_at_its_word() {
    let run = outcome(|peer| {
        peer.load();
        peer.answer_all();
        assert_eq!(peer.hear(), ToRunner::Finish);
        peer.say(&FromRunner::Done { peak_device_bytes: 7, optimisation: Optimisation::Whole });
    })
    .unwrap();
    assert_eq!((run.optimised, run.peak_device_bytes), (true, 7));
    assert_eq!(run.answers.rows().len(), 10);
    assert_eq!(run.answers.row(1).unwrap(), [1, 2, 3, 4, 0]);
    assert!(run.peak_memory_bytes > 0);
}

#[test]
fn nonsense_instead_of_a_loaded_model() {
    let cases: Vec<Script> = vec![
        Box::new(|peer| peer.frame(&[])),
        Box::new(|peer| peer.frame(&[42; 20])),
        Box::new(|peer| peer.raw(&[0xff; 4])),
        Box::new(|peer| peer.frame(&[0; 5000])),
        Box::new(|peer| peer.say(&FromRunner::Hello { protocol: 1, layers: u32::MAX, process: 1 })),
        Box::new(|peer| peer.say(&FromRunner::Done { peak_device_bytes: 0, optimisation: Optimisation::Whole })),
        Box::new(|peer| peer.answer(0, 4)),
        Box::new(|peer| peer.say(&FromRunner::Failed(RunnerFailure::Device))),
        Box::new(|peer| peer.say(&FromRunner::Failed(RunnerFailure::Forward))),
    ];
    for case in cases {
        assert_eq!(verdict(case), VerdictCode::Crashed);
    }
}

#[test]
fn nonsense_instead_of_an_answer() {
    let with_ties = |images, number, indices: &[u16]| FromRunner::Predictions {
        number,
        near_ties: vec![NearTies::default(); images],
        indices: indices.to_vec(),
    };
    let predictions = |number, indices: &[u16]| with_ties(4, number, indices);
    let right: Vec<u16> = [0, 1, 2, 3, 4].repeat(4);
    let changed = |at: usize, index: u16| {
        let mut indices = right.clone();
        indices[at] = index;
        indices
    };
    let cases = [
        predictions(1, &right),
        predictions(u32::MAX, &right),
        predictions(0, &right[..15]),
        predictions(0, &right[..19]),
        predictions(0, &[]),
        with_ties(0, 0, &right),
        with_ties(3, 0, &right),
        with_ties(5, 0, &right),
        predictions(0, &[right.clone(), vec![0, 1, 2, 3, 4]].concat()),
        predictions(0, &changed(7, 5)),
        predictions(0, &changed(7, u16::MAX)),
        predictions(0, &changed(19, 0)),
        FromRunner::Loaded { optimised: true, training: false },
        FromRunner::Done { peak_device_bytes: 0, optimisation: Optimisation::Whole },
        FromRunner::Failed(RunnerFailure::Setup),
        FromRunner::Failed(RunnerFailure::Load),
        FromRunner::Failed(RunnerFailure::Output(FoundOutput { kind: OutputKind::Scores, shape: vec![-4] })),
    ];
    for case in cases {
        let name = format!("{case:?}");
        let code = verdict(move |peer| {
            peer.load();
            peer.say(&case);
        });
        assert_eq!(code, VerdictCode::Crashed, "{name}");
    }
}

#[test]
fn answers_that_come_twice_or_do_not_end() {
    let twice = verdict(|peer| {
        peer.load();
        peer.answer(0, 4);
        peer.answer(0, 4);
    });
    let without_end = verdict(|peer| {
        peer.load();
        peer.answer_all();
        peer.answer(3, 4);
    });
    let made_up = verdict(|peer| {
        peer.load();
        peer.answer_all();
        peer.say(&FromRunner::Done { peak_device_bytes: u64::MAX, optimisation: Optimisation::Whole });
    });
    assert_eq!([twice, without_end, made_up], [VerdictCode::Crashed; 3]);
}

#[test]
fn failures_have_their_verdicts() {
    let output = FoundOutput { kind: OutputKind::Scores, shape: vec![4, 7] };
    let cases = [
        (RunnerFailure::Forward, VerdictCode::ModelError),
        (RunnerFailure::NonFinite, VerdictCode::NonFiniteOutput),
        (RunnerFailure::Output(output), VerdictCode::WrongOutput),
        (RunnerFailure::Memory, VerdictCode::MemoryLimit),
        (RunnerFailure::DeviceMemory, VerdictCode::MemoryLimit),
    ];
    for (failure, expected) in cases {
        let code = verdict(move |peer| {
            peer.load();
            peer.say(&FromRunner::Failed(failure));
        });
        assert_eq!(code, expected);
    }
    assert_eq!(verdict(|peer| peer.say(&FromRunner::Failed(RunnerFailure::Load))), VerdictCode::LoadFailed);
}

fn cause(text: &str) -> FromRunner {
    FromRunner::Cause(text.to_owned())
}

#[test]
fn a_text_that_was_not_asked_for_is_nonsense() {
    for text in ["", "pixels", &"pixels ".repeat(1000)] {
        let (loading, running, ending) = (cause(text), cause(text), cause(text));
        let before = verdict(move |peer| {
            peer.hear();
            peer.say(&loading);
            peer.say(&FromRunner::Failed(RunnerFailure::Load));
        });
        let while_running = verdict(move |peer| {
            peer.load();
            peer.say(&running);
            peer.say(&FromRunner::Failed(RunnerFailure::Forward));
        });
        let instead_of_the_end = verdict(move |peer| {
            peer.load();
            peer.answer_all();
            peer.say(&ending);
            peer.say(&FromRunner::Done { peak_device_bytes: 0, optimisation: Optimisation::Whole });
        });
        assert_eq!([before, while_running, instead_of_the_end], [VerdictCode::Crashed; 3], "{}", text.len());
    }
}

/// The verdict of a check on the user's own machine, and the text that is kept.
fn explained(script: impl FnOnce(&mut Peer) + Send + 'static) -> (VerdictCode, Option<String>) {
    let causes = Causes::default();
    causes.keep("of an earlier run");
    let noise = Noise { count: IMAGES, seed: 1 };
    match run_on(&task(), &StopSignal::new(), &noise, Some(&causes), script) {
        Err(EvaluationError::Rejected(verdict)) => (verdict.code, causes.take()),
        other => panic!("no verdict: {other:?}"),
    }
}

fn hear_load_with_causes(peer: &mut Peer) {
    assert!(matches!(peer.hear(), ToRunner::Load(load) if load.causes));
}

#[test]
fn a_text_that_was_asked_for_explains_one_failure() {
    let loading = explained(|peer| {
        hear_load_with_causes(peer);
        peer.say(&cause("unknown operator"));
        peer.say(&FromRunner::Failed(RunnerFailure::Load));
    });
    assert_eq!(loading, (VerdictCode::LoadFailed, Some("unknown operator".to_owned())));
    let running = explained(|peer| {
        hear_load_with_causes(peer);
        peer.say(&FromRunner::Loaded { optimised: false, training: false });
        peer.say(&cause("Float and Half"));
        peer.say(&FromRunner::Failed(RunnerFailure::Forward));
    });
    assert_eq!(running, (VerdictCode::ModelError, Some("Float and Half".to_owned())));
    let without = explained(|peer| {
        hear_load_with_causes(peer);
        peer.say(&FromRunner::Failed(RunnerFailure::Load));
    });
    assert_eq!(without, (VerdictCode::LoadFailed, None));
}

#[test]
fn a_text_that_explains_nothing_is_nonsense() {
    let second: [Option<FromRunner>; 4] = [
        Some(cause("again")),
        Some(FromRunner::Loaded { optimised: true, training: false }),
        Some(FromRunner::Failed(RunnerFailure::Memory)),
        None,
    ];
    for second in second {
        let name = format!("{second:?}");
        let found = explained(move |peer| {
            hear_load_with_causes(peer);
            peer.say(&cause("first"));
            if let Some(second) = second {
                peer.say(&second);
            }
        });
        assert_eq!(found, (VerdictCode::Crashed, None), "{name}");
    }
}

#[test]
fn a_flood_is_not_listened_to() {
    let code = verdict(|peer| {
        peer.load();
        let frame = [&20_000_u32.to_le_bytes(), [3; 20_000].as_slice()].concat();
        while peer.0.write_all(&frame).is_ok() {}
    });
    assert_eq!(code, VerdictCode::Crashed);
}

#[test]
fn a_runner_that_hangs_up_has_crashed() {
    assert_eq!(verdict(|peer| peer.load()), VerdictCode::Crashed);
}

#[test]
fn a_runner_that_says_nothing_runs_out_of_time() {
    let mut task = task();
    task.limits.wall_seconds = 1;
    let ended = with(&task, &StopSignal::new(), |peer| {
        peer.load();
        let mut end = Vec::new();
        peer.0.read_to_end(&mut end).unwrap();
    });
    assert!(
        matches!(&ended, Err(EvaluationError::Rejected(verdict)) if verdict.code == VerdictCode::TimeLimit),
        "{ended:?}"
    );
}

#[test]
fn a_run_that_nobody_waits_for_ends_at_once() {
    let stop = std::sync::Arc::new(StopSignal::new());
    let stopping = std::sync::Arc::clone(&stop);
    let ended = with(&task(), &stop, move |peer| {
        peer.load();
        stopping.stop();
        let mut end = Vec::new();
        peer.0.read_to_end(&mut end).unwrap();
    });
    assert!(matches!(ended, Err(EvaluationError::Cancelled(Cancelled::Stopping))), "{ended:?}");
}

#[test]
fn images_that_cannot_be_read_are_a_fault() {
    struct Damaged;
    impl Images for Damaged {
        fn len(&self) -> u32 {
            IMAGES
        }
        fn read(&self, _index: u32, _image: &mut [u8]) -> std::io::Result<()> {
            Err(std::io::Error::other("damaged"))
        }
    }
    let ended = run_on(&task(), &StopSignal::new(), &Damaged, None, |peer| {
        peer.load();
        let mut end = Vec::new();
        peer.0.read_to_end(&mut end).unwrap();
    });
    let Err(EvaluationError::Fault(fault)) = ended else { panic!("no fault: {ended:?}") };
    assert!(fault.cause.contains("damaged"), "{fault:?}");
}
