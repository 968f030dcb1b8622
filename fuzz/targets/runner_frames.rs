//! Frames from a runner, which its model may have taken over: each has one form.
#![no_main]

use holdout_protocol::{FoundOutput, FromRunner, Layer, NearTies, Optimisation, OutputKind, RUNNER_PROTOCOL, RunnerFailure};
use libfuzzer_sys::fuzz_target;

fn seeds() -> Vec<Vec<u8>> {
    let output = |kind| RunnerFailure::Output(FoundOutput { kind, shape: vec![2, -1, i64::MAX] });
    let mut messages = vec![
        FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers: 0x7ff, process: 4711 },
        FromRunner::Loaded { optimised: true, training: false },
        FromRunner::Predictions { number: 7, near_ties: vec![NearTies { first: true, last: false }], indices: vec![0, 999, 65535] },
        FromRunner::Done { peak_device_bytes: 1 << 40, optimisation: Optimisation::Whole },
        FromRunner::Cause("mat1 and mat2 must have the same dtype".to_owned()),
        FromRunner::Failed(RunnerFailure::Device),
        FromRunner::Failed(RunnerFailure::Layer(Layer::Landlock)),
    ];
    messages.extend(OutputKind::ALL.iter().map(|kind| FromRunner::Failed(output(*kind))));
    messages.iter().map(FromRunner::to_bytes).collect()
}

fuzz_target!(init: holdout_fuzz::seed("runner_frames", seeds()), |bytes: &[u8]| {
    if let Ok(message) = FromRunner::from_bytes(bytes) {
        assert_eq!(message.to_bytes(), bytes, "{message:?} has two forms");
    }
});
