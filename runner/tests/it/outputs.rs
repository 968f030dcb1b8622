//! Outputs that are not what a task wants.

use holdout_protocol::{FoundOutput, FromRunner, OutputKind, RunnerFailure};

use crate::models::{CLASSES, giving, image};
use crate::support::{Runner, load, setup};

/// Returns what a model of six classes fails with at its first batch of two images.
fn failure(model: &[u8]) -> RunnerFailure {
    let mut runner = Runner::start(model, setup());
    let loaded = runner.load(load(model, CLASSES));
    assert!(matches!(loaded, Some(FromRunner::Loaded { .. })), "{loaded:?}");
    let answer = runner.batch(&[image(&[1, 2, 3, 4, 5, 6]), image(&[6, 5, 4, 3, 2, 1])]);
    let Some(FromRunner::Failed(failure)) = answer else { panic!("{answer:?}") };
    assert_eq!(runner.receive(), None, "a runner that failed ends");
    assert_eq!(runner.wait().code(), Some(1));
    failure
}

#[track_caller]
fn assert_found(result_type: &str, expression: &str, kind: OutputKind, shape: &[i64]) {
    let found = failure(&giving(result_type, expression));
    assert_eq!(found, RunnerFailure::Output(FoundOutput { kind, shape: shape.to_vec() }), "{expression}");
}

#[test]
fn what_is_no_tensor_is_told() {
    for (result_type, expression) in [
        ("int", "3"),
        ("str", "\"scores\""),
        ("Optional[Tensor]", "None"),
        // Which of two is a guess.
        ("List[Tensor]", "[scores, torch.neg(scores)]"),
        ("Dict[str, Tensor]", "{\"scores\": scores, \"others\": torch.neg(scores)}"),
        ("Dict[str, int]", "{\"scores\": 3}"),
        ("Tuple[int, Tensor]", "(3, scores)"),
        ("Tuple[Tuple[Tensor, Tensor], Tensor]", "((scores, scores), scores)"),
    ] {
        assert_found(result_type, expression, OutputKind::NotTensor, &[]);
    }
}

#[test]
fn tensors_that_are_not_dense_are_told() {
    assert_found("Tensor", "torch.to_sparse(scores)", OutputKind::Layout, &[2, 6]);
    assert_found("Tensor", "torch.to_mkldnn(scores)", OutputKind::Layout, &[2, 6]);
    assert_found("Tensor", "torch.quantize_per_tensor(scores, 0.1, 0, 13)", OutputKind::Layout, &[2, 6]);
    assert_found(
        "Tensor",
        "torch._nested_tensor_from_mask(torch.unsqueeze(scores, 2), torch.ge(scores, -1.))",
        OutputKind::Layout,
        &[],
    );
}

#[test]
fn a_tensor_without_memory_is_told() {
    let meta = "torch.empty([2, 6], dtype=None, layout=None, device=torch.device(\"meta\"))";
    assert_found("Tensor", meta, OutputKind::Device, &[2, 6]);
}

#[test]
fn numbers_without_an_order_are_told() {
    assert_found("Tensor", "torch.complex(scores, scores)", OutputKind::Type, &[2, 6]);
    assert_found("Tensor", "torch.gt(scores, 0.)", OutputKind::Type, &[2, 6]);
}

#[test]
fn scores_of_another_shape_are_told() {
    assert_found("Dict[str, Tensor]", "{\"scores\": torch.slice(scores, 1, 0, 5, 1)}", OutputKind::Scores, &[2, 5]);
    assert_found("Tensor", "torch.slice(scores, 1, 0, 5, 1)", OutputKind::Scores, &[2, 5]);
    assert_found("Tensor", "torch.slice(scores, 0, 0, 1, 1)", OutputKind::Scores, &[1, 6]);
    assert_found("Tensor", "torch.slice(scores, 0, 0, 0, 1)", OutputKind::Scores, &[0, 6]);
    assert_found("Tensor", "torch.transpose(scores, 0, 1)", OutputKind::Scores, &[6, 2]);
    assert_found("Tensor", "torch.unsqueeze(scores, 2)", OutputKind::Scores, &[2, 6, 1]);
    assert_found("Tensor", "torch.sum(scores)", OutputKind::Scores, &[]);
    // Four bytes of memory: nothing of it may be copied.
    let huge = "torch.expand(torch.zeros([1]), [1000000000, 1000000])";
    assert_found("Tensor", huge, OutputKind::Scores, &[1_000_000_000, 1_000_000]);
    let deep = "torch.reshape(scores, [1, 1, 1, 1, 1, 1, 1, 1, 2, 6])";
    assert_found("Tensor", deep, OutputKind::Scores, &[1; 8]);
}

#[test]
fn whole_numbers_that_are_no_ranking_are_told() {
    assert_found("Tensor", "torch.to(scores, 4)", OutputKind::Integers, &[2, 6]);
    for kind in [0, 1, 2, 3] {
        let five = format!("torch.to(torch.slice(scores, 1, 0, 5, 1), {kind})");
        assert_found("Tensor", &five, OutputKind::Integers, &[2, 5]);
    }
}

#[test]
fn rankings_with_wrong_indices_are_told() {
    let ranking =
        |first: &str| format!("torch.cat([torch.to({first}, 4), torch.expand(torch.arange(1, 5), [2, 4])], 1)");
    let column = "torch.slice(scores, 1, 0, 1, 1)";
    for first in ["-1.", "6.", "1.", "4."].map(|index| format!("torch.full_like({column}, {index})")) {
        assert_found("Tensor", &ranking(&first), OutputKind::Indices, &[2, 5]);
    }
}

#[test]
fn one_score_that_is_not_finite_is_told() {
    for expression in [
        "torch.log(torch.sub(scores, 1.))",
        "torch.div(scores, torch.sub(scores, scores))",
        "torch.masked_fill(scores, torch.eq(scores, torch.max(scores)), float('nan'))",
        "torch.masked_fill(torch.to(scores, 7), torch.eq(scores, torch.max(scores)), float('inf'))",
    ] {
        let model = giving("Tensor", expression);
        assert_eq!(failure(&model), RunnerFailure::NonFinite, "{expression}");
    }
}
