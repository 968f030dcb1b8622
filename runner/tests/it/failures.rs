//! Models that cannot be loaded or run.

use holdout_protocol::{FromRunner, MAX_CAUSE, RunnerFailure, RunnerLoad, RunnerSetup};
use holdout_torchscript::write::{Attribute, TensorData};

use crate::models::{CLASSES, giving, image, model, scores, with_attributes};
use crate::support::{Runner, load, on_processor, setup};

/// Returns how a model ends: the last message and the exit code.
fn end(model: &[u8], setup: RunnerSetup) -> (Option<FromRunner>, Option<i32>) {
    let mut runner = Runner::start(model, setup);
    let mut last = runner.load(load(model, CLASSES));
    if matches!(last, Some(FromRunner::Loaded { .. })) {
        last = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
    }
    assert!(!matches!(last, Some(FromRunner::Predictions { .. })), "{last:?}");
    (last, runner.wait().code())
}

fn failed(failure: RunnerFailure) -> (Option<FromRunner>, Option<i32>) {
    (Some(FromRunner::Failed(failure)), Some(1))
}

#[test]
fn what_is_no_model_is_not_loaded() {
    let good = scores();
    let no_forward = model("  def predict(self, x: Tensor) -> Tensor:\n    return x\n");
    let unknown = giving("Tensor", "torch.no_such_operator(scores)");
    let unreadable = model("  def forward(self, x: Tensor) -> Tensor:\n    return (\n");
    for model in [vec![0; 100], good[..good.len() / 2].to_vec(), no_forward, unknown, unreadable] {
        assert_eq!(end(&model, setup()), failed(RunnerFailure::Load));
    }
}

#[test]
fn what_forward_raises_is_one_word() {
    let raising = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   ops.prim.RaiseException(torch.format(\"std::bad_alloc {}\", x), \"builtins.RuntimeError\")\n\
         \x20   return x\n",
    );
    let two = model("  def forward(self, x: Tensor, y: Tensor) -> Tensor:\n    return x\n");
    let wrong_sizes = giving("Tensor", "torch.matmul(scores, torch.zeros([5, 5]))");
    let elsewhere = giving("Tensor", "torch.to(scores, torch.device(\"cuda:63\"), 6)");
    for model in [raising, two, wrong_sizes, elsewhere] {
        assert_eq!(end(&model, setup()), failed(RunnerFailure::Forward));
    }
}

/// Returns what a runner that is asked for causes sends before `Failed`, and `Failed` itself.
fn explained(model: &[u8], optimise: bool) -> (String, RunnerFailure) {
    let mut runner = Runner::start(model, setup());
    let mut last = runner.load(RunnerLoad { optimise, causes: true, ..load(model, CLASSES) });
    if matches!(last, Some(FromRunner::Loaded { .. })) {
        last = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
    }
    let Some(FromRunner::Cause(text)) = last else { panic!("no cause: {last:?}") };
    let Some(FromRunner::Failed(failure)) = runner.receive() else { panic!("no failure after: {text}") };
    assert!(runner.receive().is_none(), "something after the failure");
    (text, failure)
}

#[test]
fn a_scorer_that_asks_for_causes_gets_libtorchs_text() {
    let wrong_sizes = giving("Tensor", "torch.matmul(scores, torch.zeros([5, 5]))");
    for optimise in [true, false] {
        let (text, failure) = explained(&wrong_sizes, optimise);
        assert_eq!(failure, RunnerFailure::Forward);
        assert!(text.contains("mat1 and mat2 shapes cannot be multiplied (1x6 and 5x5)"), "{text}");
    }
    let unknown = giving("Tensor", "torch.no_such_operator(scores)");
    let (text, failure) = explained(&unknown, true);
    assert_eq!(failure, RunnerFailure::Load);
    assert!(text.contains("no_such_operator"), "{text}");
}

#[test]
fn a_long_cause_keeps_its_beginning_and_its_end() {
    let long = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   text = torch.mul([7], 100000)\n\
         \x20   ops.prim.RaiseException(torch.format(\"first {} last\", text), \"builtins.ValueError\")\n\
         \x20   return x\n",
    );
    let (text, failure) = explained(&long, true);
    assert_eq!(failure, RunnerFailure::Forward);
    assert!(text.len() <= MAX_CAUSE && text.contains("first ") && text.trim_end().ends_with("last"), "{text}");
}

#[test]
fn what_ends_for_lack_of_memory_has_no_cause() {
    let large = giving("Tensor", "torch.add(scores, torch.sum(torch.ones([10000000000])))");
    let mut runner = Runner::start(&large, RunnerSetup { memory_bytes: 64 << 20, ..setup() });
    runner.load(RunnerLoad { causes: true, ..load(&large, CLASSES) });
    let last = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
    assert_eq!(last, Some(FromRunner::Failed(RunnerFailure::Memory)));
}

#[test]
fn files_can_be_neither_read_nor_made() {
    let folder = std::env::temp_dir().join(format!("holdout-runner-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let secret = folder.join("secret");
    std::fs::write(&secret, [1; 64]).unwrap();
    let read = format!("torch.reshape(torch.from_file(\"{}\", False, 6, dtype=6), [1, 6])", secret.display());
    assert_eq!(end(&giving("Tensor", &read), setup()), failed(RunnerFailure::Forward));
    let made = folder.join("made");
    let make = format!("torch.reshape(torch.from_file(\"{}\", True, 6, dtype=6), [1, 6])", made.display());
    assert_eq!(end(&giving("Tensor", &make), setup()), failed(RunnerFailure::Forward));
    assert!(!made.exists());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn memory_is_limited() {
    let setup = || RunnerSetup { memory_bytes: 64 << 20, ..on_processor() };
    let at_once = giving("Tensor", "torch.add(scores, torch.sum(torch.ones([10000000000])))");
    assert_eq!(end(&at_once, setup()), failed(RunnerFailure::Memory));
    let by_and_by = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   kept = annotate(List[Tensor], [])\n\
         \x20   for i in range(1000000):\n\
         \x20     _0 = torch.append(kept, torch.ones([100000]))\n\
         \x20   return torch.cat(kept, 0)\n",
    );
    assert_eq!(end(&by_and_by, setup()), failed(RunnerFailure::Memory));
    let weights = vec![1.0; 32 << 20];
    let shape = [32 << 20];
    let large = with_attributes(
        vec![("weight", Attribute::parameter(&shape, TensorData::F32(&weights)))],
        "  def forward(self, x: Tensor) -> Tensor:\n    return x\n",
    );
    assert_eq!(end(&large, setup()), failed(RunnerFailure::Memory));
}

#[test]
fn a_fault_of_the_processor_is_an_exit_code() {
    let divided = model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   zero = torch.mul(int(torch.item(torch.max(x))), 0)\n\
         \x20   least = torch.sub(torch.sub(zero, 9223372036854775807), 1)\n\
         \x20   return torch.mul(x, torch.floordiv(least, torch.sub(zero, 1)))\n",
    );
    assert_eq!(end(&divided, setup()), (None, Some(128 + 8)));
}

#[test]
fn a_crash_of_the_loader_is_an_exit_code() {
    let nested = format!("{}x{}", "(".repeat(3_000_000), ")".repeat(3_000_000));
    let deep = model(&format!("  def forward(self, x: Tensor) -> Tensor:\n    return {nested}\n"));
    assert_eq!(end(&deep, setup()), (None, Some(128 + 11)));
}

/// Attention over single vectors of six numbers, two of which go to each head. libtorch reads the
/// bias as 18 contiguous numbers of the weights' type.
fn attention(heads: u8, bias: &str) -> Vec<u8> {
    let weight: Vec<f32> =
        (0..18_u8).flat_map(|row| (0..6).map(move |column| f32::from(u8::from(row % 6 == column)))).collect();
    let attributes = vec![
        ("weight", Attribute::parameter(&[18, 6], TensorData::F32(&weight))),
        ("single", Attribute::parameter(&[18], TensorData::F32(&[0.5; 18]))),
        ("half", Attribute::parameter(&[18], TensorData::F16(&[0; 18]))),
        ("one", Attribute::parameter(&[1], TensorData::F32(&[0.5]))),
    ];
    with_attributes(
        attributes,
        &format!(
            "  def forward(self, x: Tensor) -> Tensor:\n\
             \x20   scores = torch.unsqueeze(torch.slice(torch.flatten(x, 1), 1, 0, 6, 1), 1)\n\
             \x20   out = torch.slice(self.weight, 0, 0, 6, 1)\n\
             \x20   y, z, = torch._native_multi_head_attention(scores, scores, scores, 6, {heads}, self.weight, {bias}, out, \
             torch.slice(self.single, 0, 0, 6, 1))\n\
             \x20   return torch.squeeze(y, 1)\n"
        ),
    )
}

#[test]
fn attention_reads_nothing_but_its_bias() {
    for optimise in [false, true] {
        let load = |model: &[u8]| RunnerLoad { optimise, ..load(model, CLASSES) };
        let good = attention(3, "self.single");
        let mut runner = Runner::start(&good, setup());
        assert!(matches!(runner.load(load(&good)), Some(FromRunner::Loaded { .. })));
        let answer = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
        assert!(
            matches!(&answer, Some(FromRunner::Predictions { indices, .. }) if *indices == [5, 4, 3, 2, 1]),
            "{answer:?}"
        );
        let repeated = "torch.expand(self.one, [18])";
        for model in [attention(3, "self.half"), attention(3, repeated), attention(0, "self.single")] {
            let mut runner = Runner::start(&model, setup());
            assert!(matches!(runner.load(load(&model)), Some(FromRunner::Loaded { .. })));
            let last = runner.batch(&[image(&[1, 2, 3, 4, 5, 6])]);
            assert_eq!((last, runner.wait().code()), failed(RunnerFailure::Forward));
        }
    }
}
