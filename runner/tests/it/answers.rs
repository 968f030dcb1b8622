//! Right answers to right outputs.

use holdout_protocol::{FromRunner, Optimisation, RunnerLoad, ToRunner};
use holdout_torchscript::write::{Attribute, TensorData};

use crate::models::{CLASSES, giving, image, model, scores, with_attributes};
use crate::support::{Runner, load, setup};

/// Loads a model and answers one batch.
fn answers(model: &[u8], load: RunnerLoad, images: &[Vec<u8>]) -> Vec<u16> {
    let mut runner = Runner::start(model, setup());
    assert!(matches!(runner.load(load), Some(FromRunner::Loaded { .. })));
    indices(runner.batch(images))
}

fn indices(message: Option<FromRunner>) -> Vec<u16> {
    match message {
        Some(FromRunner::Predictions { indices, .. }) => indices,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scores_are_ranked_and_equal_ones_by_class() {
    let images = [image(&[9, 30, 20, 30, 1, 20]), image(&[0, 0, 0, 0, 0, 0]), image(&[1, 2, 3, 4, 5, 6])];
    let expected = [1, 3, 2, 5, 0, 0, 1, 2, 3, 4, 5, 4, 3, 2, 1];
    let model = scores();
    assert_eq!(answers(&model, load(&model, CLASSES), &images), expected);
    let plain = RunnerLoad { optimise: false, ..load(&model, CLASSES) };
    assert_eq!(answers(&model, plain, &images), expected);
}

#[test]
fn fewer_classes_than_five_give_fewer_answers() {
    let model = giving("Tensor", "torch.slice(scores, 1, 0, 3, 1)");
    assert_eq!(answers(&model, load(&model, 3), &[image(&[5, 7, 6])]), [1, 2, 0]);
}

#[test]
fn scores_of_every_precision_are_compared_in_their_own() {
    let images = [image(&[1, 2, 3, 4, 5, 6])];
    // Half, bfloat16: exact for these numbers.
    for kind in ["5", "15"] {
        let model = giving("Tensor", &format!("torch.to(scores, {kind})"));
        assert_eq!(answers(&model, load(&model, CLASSES), &images), [5, 4, 3, 2, 1], "{kind}");
    }
    // Beyond 1 by parts of 10^-11: equal as floats, rising as doubles.
    let near = "torch.add(torch.mul(torch.to(scores, 7), 1e-10), 1.)";
    let model = giving("Tensor", near);
    assert_eq!(answers(&model, load(&model, CLASSES), &[image(&[10, 20, 30, 40, 50, 60])]), [5, 4, 3, 2, 1]);
    let model = giving("Tensor", &format!("torch.to({near}, 6)"));
    assert_eq!(answers(&model, load(&model, CLASSES), &[image(&[10, 20, 30, 40, 50, 60])]), [0, 1, 2, 3, 4]);
}

#[test]
fn ranked_indices_are_taken_as_they_are() {
    let model = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   values, indices = torch.topk(torch.slice(torch.flatten(x, 1), 1, 0, 6, 1), 5, 1)\n\
         \x20   return indices\n",
    );
    let images = [image(&[1, 2, 3, 4, 5, 6]), image(&[6, 5, 4, 3, 2, 1])];
    assert_eq!(answers(&model, load(&model, CLASSES), &images), [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]);
}

#[test]
fn the_first_of_a_tuple_is_taken() {
    for (result_type, expression) in
        [("Tuple[Tensor, int]", "(scores, 3)"), ("Tuple[Tensor, Tensor]", "(scores, torch.neg(scores))")]
    {
        let model = giving(result_type, expression);
        assert_eq!(answers(&model, load(&model, CLASSES), &[image(&[1, 2, 3, 4, 5, 6])]), [5, 4, 3, 2, 1]);
    }
}

#[test]
fn the_scores_of_a_dictionary_or_list_are_taken_if_only_one_can_be_meant() {
    let features = "torch.flatten(x, 1)";
    for (result_type, expression) in [
        ("Dict[str, Tensor]", "{\"logits\": scores}".to_owned()),
        ("Dict[str, Tensor]", format!("{{\"features\": {features}, \"logits\": scores}}")),
        ("Dict[int, Tensor]", "{7: scores}".to_owned()),
        ("List[Tensor]", "[scores]".to_owned()),
        ("List[Tensor]", format!("[{features}, scores, torch.sum(scores)]")),
    ] {
        let model = giving(result_type, &expression);
        for optimise in [true, false] {
            let load = RunnerLoad { optimise, ..load(&model, CLASSES) };
            let found = answers(&model, load, &[image(&[1, 2, 3, 4, 5, 6]), image(&[6, 5, 4, 3, 2, 1])]);
            assert_eq!(found, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4], "{expression}");
        }
    }
}

#[test]
fn code_in_training_mode_is_told() {
    for (expression, training) in [
        ("torch.dropout(scores, 0.5, True)", true),
        ("torch.dropout(scores, 0.5, False)", false),
        ("torch.batch_norm(scores, None, None, None, None, True, 0.1, 1e-05, False)", true),
    ] {
        let model = giving("Tensor", expression);
        let mut runner = Runner::start(&model, setup());
        let plain = RunnerLoad { optimise: false, ..load(&model, CLASSES) };
        assert_eq!(runner.load(plain), Some(FromRunner::Loaded { optimised: false, training }), "{expression}");
    }
}

#[test]
fn images_are_normalised_bit_for_bit() {
    let (mean, std) = ([0.485_f32, 0.456, 0.406], [0.229_f32, 0.224, 0.225]);
    let bytes: Vec<u8> = (0..48).map(|place| place * 5 + 3).collect();
    let channel = |place: usize| place / 16;
    let value = |(place, byte): (usize, &u8)| (f32::from(*byte) / 255.0 - mean[channel(place)]) / std[channel(place)];
    let wanted: Vec<f32> = bytes.iter().enumerate().map(value).collect();
    // Class 1 wins if every number is exactly the wanted one, class 0 else.
    let model = with_attributes(
        vec![("wanted", Attribute::buffer(&[48], TensorData::F32(&wanted)))],
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   same = torch.all(torch.eq(torch.flatten(x, 1), self.wanted), 1)\n\
         \x20   one = torch.to(torch.unsqueeze(same, 1), 6)\n\
         \x20   return torch.cat([torch.rsub(one, 1), one], 1)\n",
    );
    let mut other = bytes.clone();
    other[47] += 1;
    let load = RunnerLoad { mean, std, ..load(&model, 2) };
    assert_eq!(answers(&model, load, &[bytes, other]), [1, 0, 0, 1]);
}

#[test]
fn batches_of_any_size_come_one_after_the_other() {
    let model = scores();
    let mut runner = Runner::start(&model, setup());
    let loaded = runner.load(load(&model, CLASSES));
    assert_eq!(loaded, Some(FromRunner::Loaded { optimised: true, training: false }));
    for (number, size) in [3_usize, 1, 7, 1, 1000, 2].into_iter().enumerate() {
        let images: Vec<_> =
            (0..size).map(|place| image(&[u8::try_from(place % 200).unwrap(), 100, 20, 19, 18])).collect();
        let expected: Vec<u16> = (0..size)
            .flat_map(|place| match place % 200 {
                0..18 => [1, 2, 3, 4, 0],
                18 => [1, 2, 3, 0, 4],
                19 => [1, 2, 0, 3, 4],
                20..100 => [1, 0, 2, 3, 4],
                _ => [0, 1, 2, 3, 4],
            })
            .collect();
        let Some(FromRunner::Predictions { number: of, near_ties, indices }) = runner.batch(&images) else {
            panic!("answers")
        };
        assert_eq!((of, near_ties.len(), indices), (number.try_into().unwrap(), size, expected));
    }
    runner.send(&ToRunner::Finish);
    let Some(FromRunner::Done { peak_device_bytes, optimisation }) = runner.receive() else { panic!("no end") };
    assert_eq!((peak_device_bytes > 0, optimisation), (setup().device != "cpu", Optimisation::Whole));
    assert_eq!(runner.wait().code(), Some(0));
}

#[test]
fn a_model_left_in_training_is_put_to_evaluation() {
    let attributes = || vec![("training", Attribute::Bool(true))];
    let methods = "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   scores = torch.slice(torch.flatten(x, 1), 1, 0, 6, 1)\n\
         \x20   return torch.dropout(scores, 1., self.training)\n";
    let model = with_attributes(attributes(), methods);
    for optimise in [true, false] {
        let load = RunnerLoad { optimise, ..load(&model, CLASSES) };
        assert_eq!(answers(&model, load, &[image(&[1, 2, 3, 4, 5, 6])]), [5, 4, 3, 2, 1]);
    }
}

#[test]
fn chance_follows_the_seed_of_the_run() {
    let model = giving("Tensor", "torch.rand_like(scores)");
    let run = |seed| {
        let mut runner = Runner::start(&model, holdout_protocol::RunnerSetup { seed, ..setup() });
        runner.load(load(&model, CLASSES)).unwrap();
        indices(runner.batch(&vec![image(&[]); 40]))
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn printing_and_warning_are_lost_and_harm_nobody() {
    let model = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   torch.warn(\"careful\", 2)\n\
         \x20   print(x)\n\
         \x20   return torch.slice(torch.flatten(x, 1), 1, 0, 6, 1)\n",
    );
    assert_eq!(answers(&model, load(&model, CLASSES), &[image(&[1, 2, 3, 4, 5, 6])]), [5, 4, 3, 2, 1]);
}

/// Returns what the first calls of a model answer whose buffer has this many numbers. The number of
/// the call is the class, which an object or a changed view would remember as well.
fn remembered(size: u64, fresh: bool) -> Vec<u16> {
    let (shape, zeros) = ([size], vec![0.0; usize::try_from(size).unwrap()]);
    let attributes = vec![("seen", Attribute::buffer(&shape, TensorData::F32(&zeros))), ("calls", Attribute::Int(0))];
    let methods = "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   one = torch.add_(self.seen, 1.)\n\
         \x20   self.calls = torch.add(self.calls, 1)\n\
         \x20   two = torch.unsqueeze_(self.seen, 0)\n\
         \x20   number = torch.add(torch.add(int(torch.max(self.seen)), self.calls), torch.dim(self.seen))\n\
         \x20   scores = torch.slice(torch.flatten(x, 1), 1, 0, 6, 1)\n\
         \x20   return torch.roll(scores, [number], [1])\n";
    let model = with_attributes(attributes, methods);
    let mut runner = Runner::start(&model, setup());
    let load = RunnerLoad { optimise: false, fresh, ..load(&model, CLASSES) };
    assert_eq!(runner.load(load), Some(FromRunner::Loaded { optimised: false, training: false }));
    let batch = [image(&[9, 1, 2, 3, 4, 5])];
    (0..4).map(|_| indices(runner.batch(&batch))[0]).collect()
}

#[test]
fn a_fresh_module_remembers_nothing() {
    // Small tensors are copied; large ones lie in the archive, which is restored.
    for size in [1, 1 << 16] {
        assert_eq!(remembered(size, true), [4, 4, 4, 4], "{size}");
        assert_eq!(remembered(size, false), [4, 1, 4, 1], "{size}");
    }
}

/// Convolutions and clamps of these statements: channel k of `x` holds the first pixels, times 8.
fn clamped(statements: &str) -> Vec<u8> {
    let channels = usize::from(CLASSES);
    let mut first = vec![0.0; channels * 48];
    let mut second = vec![0.0; channels * channels];
    for channel in 0..channels {
        first[channel * 48 + channel] = 8.0;
        second[channel * channels + channel] = 1.0;
    }
    let bias = vec![-3.0; channels];
    let attributes = vec![
        ("first", Attribute::parameter(&[6, 3, 4, 4], TensorData::F32(&first))),
        ("second", Attribute::parameter(&[6, 6, 1, 1], TensorData::F32(&second))),
        ("bias", Attribute::parameter(&[6], TensorData::F32(&bias))),
    ];
    let forward = format!(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   a = torch.conv2d(x, self.first, None, [1, 1], [0, 0], [1, 1], 1)\n\
         {statements}\
         \x20   return torch.flatten(d, 1)\n"
    );
    with_attributes(attributes, &forward)
}

#[test]
fn clamps_keep_their_bounds_when_a_model_is_optimised() {
    let second = "    c = torch.conv2d(b, self.second, self.bias, [1, 1], [0, 0], [1, 1], 1)\n";
    // The values before the last clamp: -3, -1.24, -0.49, 0.01, 0.76, 1.01. Only some of them are
    // apart after it.
    let images = [image(&[0, 56, 80, 96, 120, 128]), image(&[128, 120, 96, 80, 56, 0])];
    let cases = [
        ("torch.hardtanh(a, 0., 6.)", "torch.hardtanh(c, -1., 1.)"),
        ("torch.hardtanh_(a, 0., 6.)", "torch.hardtanh_(c, -1., 1.)"),
        ("torch.clamp(a, 0., 6.)", "torch.clamp(c, -1, 1)"),
        ("torch.clamp_(a, 0., 6.)", "torch.hardtanh(c, -1., 1.)"),
        ("torch.relu6(a)", "torch.hardtanh(c, -1., 1.)"),
        ("torch.hardtanh(a, -1., 1.)", "torch.relu6(c)"),
        ("torch.hardtanh(torch.hardtanh(a, -1., 1.), -1., 1.)", "torch.relu6_(c)"),
        ("torch.clamp(a, None, 6.)", "torch.clamp(c, -1., 1.)"),
        ("torch.clamp(a, 0., None)", "torch.clamp_max(torch.clamp(c, -1., 1.), 0.5)"),
        ("torch.hardtanh(torch.hardtanh(a, 0., 6.), 0., 6.)", "torch.clamp(c, -1., 1.)"),
    ];
    for (one, other) in cases {
        let model = clamped(&format!("    b = {one}\n{second}    d = {other}\n"));
        let mut runner = Runner::start(&model, setup());
        assert_eq!(
            runner.load(load(&model, CLASSES)),
            Some(FromRunner::Loaded { optimised: true, training: false }),
            "{one}"
        );
        let plain = RunnerLoad { optimise: false, ..load(&model, CLASSES) };
        let wanted = answers(&model, plain, &images);
        for batch in 0..=COMPARED {
            assert_eq!(indices(runner.batch(&images)), wanted, "{one}, {other}, batch {batch}");
        }
        assert_eq!(optimisation_of(runner), Some(Optimisation::Whole), "{one}, {other}");
    }
}

/// Batches that are compared with the module as it was sent.
const COMPARED: usize = 3;

/// What the runner says at the end that it has kept of the optimisation.
fn optimisation_of(mut runner: Runner) -> Option<Optimisation> {
    runner.send(&ToRunner::Finish);
    let Some(FromRunner::Done { optimisation, .. }) = runner.receive() else { return None };
    Some(optimisation)
}

#[test]
fn what_optimising_would_change_is_left_out() {
    let second = "    c = torch.conv2d(b, self.second, self.bias, [1, 1], [0, 0], [1, 1], 1)\n";
    let images = [image(&[0, 56, 80, 96, 120, 128]), image(&[128, 120, 96, 80, 56, 0])];
    let cases = [
        ("torch.relu(a)", Optimisation::Whole),
        // `optimize_for_inference` adds a tensor to itself in place.
        ("torch.add(a, a, alpha=-3)", Optimisation::Frozen),
        // It makes this one fail.
        ("torch.max_pool2d(a, [1, 1], [1, 1], [0, 0], [2, 2], False)", Optimisation::Frozen),
        // No two calls answer the same.
        ("torch.add(a, torch.rand_like(a), alpha=100)", Optimisation::None),
    ];
    for (one, kept) in cases {
        let model = clamped(&format!("    b = {one}\n{second}    d = torch.relu(torch.add(c, 50, alpha=1))\n"));
        let mut runner = Runner::start(&model, setup());
        assert!(
            matches!(runner.load(load(&model, CLASSES)), Some(FromRunner::Loaded { optimised: true, .. })),
            "{one}"
        );
        let plain = RunnerLoad { optimise: false, ..load(&model, CLASSES) };
        let wanted = answers(&model, plain, &images);
        for batch in 0..=COMPARED {
            let found = indices(runner.batch(&images));
            assert!(found == wanted || kept == Optimisation::None, "{one}, batch {batch}: {found:?}, not {wanted:?}");
        }
        assert_eq!(optimisation_of(runner), Some(kept), "{one}");
    }
}

/// The first batch of the test set follows two of noise.
#[test]
fn what_optimising_changes_on_brighter_pictures_alone_is_left_out() {
    // `r` is 0 for pixels below 96, and so is any multiple of it.
    let statements = "    r = torch.relu(torch.conv2d(a, self.second, self.bias, [1, 1], [0, 0], [1, 1], 1))\n    \
                      b = torch.add(r, r, alpha=-20)\n    \
                      d = torch.relu(torch.add(torch.add(a, b, alpha=1), 200, alpha=1))\n";
    let model = clamped(statements);
    let dark = [image(&[0, 56, 80, 90, 64, 32])];
    let bright = [image(&[100, 255, 240, 220, 150, 160])];
    let plain = RunnerLoad { optimise: false, ..load(&model, CLASSES) };
    let mut runner = Runner::start(&model, setup());
    assert!(matches!(runner.load(load(&model, CLASSES)), Some(FromRunner::Loaded { optimised: true, .. })));
    for images in [&dark, &dark, &bright, &bright] {
        assert_eq!(indices(runner.batch(images)), answers(&model, plain.clone(), images));
    }
    assert_eq!(optimisation_of(runner), Some(Optimisation::Frozen));
}

/// On a processor that multiplies matrices of bfloat16 itself, oneDNN asks the kernel for its
/// tiles, and which processors there are.
#[test]
fn matrices_of_bfloat16_are_multiplied() {
    let product =
        |one: &str, other: &str| format!("torch.matmul(torch.ones({one}, dtype=15), torch.ones({other}, dtype=15))");
    let vectors = "torch.ones([2, 12, 50, 64], dtype=15)";
    for product in [
        product("[4, 64, 64]", "[4, 64, 64]"),
        product("[256, 512]", "[512, 256]"),
        format!("torch.scaled_dot_product_attention({vectors}, {vectors}, {vectors})"),
    ] {
        let model = giving("Tensor", &format!("torch.add(scores, torch.mul(torch.to(torch.sum({product}), 6), 0.))"));
        for optimise in [true, false] {
            let load = RunnerLoad { optimise, ..load(&model, CLASSES) };
            assert_eq!(answers(&model, load, &[image(&[1, 2, 3, 4, 5, 6])]), [5, 4, 3, 2, 1], "{product}");
        }
    }
}
