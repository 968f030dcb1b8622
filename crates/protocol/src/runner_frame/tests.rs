use super::*;
use crate::RUNNER_PROTOCOL;

fn every_message() -> Vec<FromRunner> {
    let mut messages = vec![
        FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers: 0x7ff, process: 4711 },
        FromRunner::Loaded { optimised: true, training: false },
        FromRunner::Predictions {
            number: 7,
            near_ties: vec![
                NearTies::default(),
                NearTies { first: true, last: false },
                NearTies { first: false, last: true },
                NearTies { first: true, last: true },
            ],
            indices: vec![0, 999, 65535],
        },
        FromRunner::Predictions { number: 0, near_ties: Vec::new(), indices: Vec::new() },
        FromRunner::Done { peak_device_bytes: u64::MAX, optimisation: Optimisation::None },
        FromRunner::Done { peak_device_bytes: 0, optimisation: Optimisation::Frozen },
        FromRunner::Done { peak_device_bytes: 1, optimisation: Optimisation::Whole },
        FromRunner::Cause("mat1 and mat2 must have the same dtype".to_owned()),
    ];
    let mut failures = vec![
        RunnerFailure::Device,
        RunnerFailure::Setup,
        RunnerFailure::Load,
        RunnerFailure::Forward,
        RunnerFailure::NonFinite,
        RunnerFailure::Memory,
        RunnerFailure::DeviceMemory,
    ];
    failures.extend(Layer::ALL.iter().map(|layer| RunnerFailure::Layer(*layer)));
    let output = |kind: &OutputKind| RunnerFailure::Output(FoundOutput { kind: *kind, shape: vec![1, -1, i64::MAX] });
    failures.extend(OutputKind::ALL.iter().map(output));
    messages.extend(failures.into_iter().map(FromRunner::Failed));
    messages
}

#[test]
fn every_message_comes_back() {
    for message in every_message() {
        assert_eq!(FromRunner::from_bytes(&message.to_bytes()), Ok(message));
    }
}

#[test]
fn shortened_and_lengthened_frames_are_refused() {
    for message in every_message() {
        let bytes = message.to_bytes();
        let open_ended = matches!(
            message,
            FromRunner::Predictions { .. } | FromRunner::Cause(_) | FromRunner::Failed(RunnerFailure::Output(_))
        );
        if !open_ended {
            for length in 0..bytes.len() {
                assert_eq!(FromRunner::from_bytes(&bytes[..length]), Err(MalformedFrame), "{message:?}");
            }
        }
        if matches!(message, FromRunner::Cause(_)) {
            continue;
        }
        assert_eq!(FromRunner::from_bytes(&[bytes, vec![0]].concat()), Err(MalformedFrame), "{message:?}");
    }
    assert_eq!(FromRunner::from_bytes(&[9]), Err(MalformedFrame));
}

#[test]
fn near_ties_are_two_bits_for_each_image() {
    let frame = |images: u32, bytes: &[u8]| [&[PREDICTIONS, 0, 0, 0, 0][..], &images.to_le_bytes(), bytes].concat();
    assert!(FromRunner::from_bytes(&frame(2, &[3, 0])).is_ok());
    for (images, bytes) in [(1, &[4][..]), (2, &[0, 255]), (3, &[0, 0]), (u32::MAX, &[0, 0]), (1, &[0, 0])] {
        assert_eq!(FromRunner::from_bytes(&frame(images, bytes)), Err(MalformedFrame), "{images} {bytes:?}");
    }
}

#[test]
fn a_text_is_bounded_and_utf_8() {
    let longest = FromRunner::Cause("x".repeat(MAX_CAUSE)).to_bytes();
    assert!(FromRunner::from_bytes(&longest).is_ok());
    assert_eq!(FromRunner::from_bytes(&[longest, vec![b'x']].concat()), Err(MalformedFrame));
    assert_eq!(FromRunner::from_bytes(&[CAUSE, 0xc3]), Err(MalformedFrame));
}

#[test]
fn a_shape_has_as_many_dimensions_as_are_told_and_no_frame_has_more() {
    let failed = |dimensions| {
        let shape = vec![1; dimensions];
        FromRunner::Failed(RunnerFailure::Output(FoundOutput { kind: OutputKind::Scores, shape }))
    };
    assert_eq!(FromRunner::from_bytes(&failed(9).to_bytes()), Ok(failed(8)), "the ninth is not told");
    let nine = [failed(8).to_bytes(), vec![0; 8]].concat();
    assert_eq!(FromRunner::from_bytes(&nine), Err(MalformedFrame));
    let broken = [failed(1).to_bytes(), vec![0; 7]].concat();
    assert_eq!(FromRunner::from_bytes(&broken), Err(MalformedFrame));
}

#[test]
fn values_that_no_runner_writes_are_refused() {
    for frame in [
        &[][..],
        &[0],
        &[LOADED, 2, 0],
        &[LOADED, 0, 255],
        &[FAILED, 9],
        &[FAILED, 5, 7],
        &[FAILED, 0, 0, 0, 0, 0],
        &[FAILED, 0, 3, 0, 0, 0],
        &[FAILED, 0, 0, 8, 0, 0],
    ] {
        assert_eq!(FromRunner::from_bytes(frame), Err(MalformedFrame), "{frame:?}");
    }
}

#[test]
fn numbers_are_written_with_the_least_byte_first_in_their_order() {
    let hello = FromRunner::Hello { protocol: 5, layers: 0x0102, process: 0x0003_0000 };
    assert_eq!(hello.to_bytes(), [HELLO, 5, 0, 0, 0, 2, 1, 0, 0, 0, 0, 3, 0]);
    let ties = vec![NearTies { first: true, last: false }, NearTies { first: false, last: true }];
    let predictions = FromRunner::Predictions { number: 7, near_ties: ties, indices: vec![0x0201] };
    assert_eq!(predictions.to_bytes(), [PREDICTIONS, 7, 0, 0, 0, 2, 0, 0, 0, 1, 2, 1, 2]);
}

#[test]
fn only_what_the_host_lacks_is_the_hosts_fault() {
    let of_host = [RunnerFailure::Layer(Layer::Landlock), RunnerFailure::Device, RunnerFailure::Setup];
    assert!(of_host.iter().all(RunnerFailure::is_of_host));
    let output = FoundOutput { kind: OutputKind::Device, shape: Vec::new() };
    let of_model = [
        RunnerFailure::Load,
        RunnerFailure::Forward,
        RunnerFailure::Output(output),
        RunnerFailure::NonFinite,
        RunnerFailure::Memory,
        RunnerFailure::DeviceMemory,
    ];
    assert!(!of_model.iter().any(RunnerFailure::is_of_host));
}
