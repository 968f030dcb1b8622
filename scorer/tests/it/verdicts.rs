//! What a model does, and the verdict on it.

use holdout_protocol::VerdictCode;
use holdout_scorer::local::LocalTask;
use holdout_torchscript::OperatorCheck;
use holdout_torchscript::write::Attribute;

use crate::models::{forward, forward_text, honest, model, with};
use crate::world::{config, run, run_until_judged, task, verdict};

/// A task with other limits.
fn limited(wall_seconds: u64, memory_bytes: u64) -> LocalTask {
    let mut task = task();
    (task.limits.wall_seconds, task.limits.memory_bytes) = (wall_seconds, memory_bytes);
    task
}

#[test]
fn a_file_that_is_no_archive() {
    assert_eq!(verdict(b""), Some(VerdictCode::NotTorchscript));
    assert_eq!(verdict(b"\x89PNG\r\n\x1a\n and so on"), Some(VerdictCode::NotTorchscript));
    assert_eq!(verdict(&honest()[..1000]), Some(VerdictCode::NotTorchscript));
}

#[test]
fn an_operator_that_is_not_allowed_is_named() {
    let outcome = run(&config(), &forward("    torch.save(scores, \"/tmp/x\")\n    return scores"), &task(), 20);
    let verdict = outcome.verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::ForbiddenOperator);
    assert!(verdict.detail.operator.unwrap().contains("save"));
}

#[test]
fn a_model_that_libtorch_does_not_load() {
    let two = "  def forward(self, x: Tensor) -> Tensor:\n    return torch.linear(x)\n";
    assert_eq!(verdict(&model(two)), Some(VerdictCode::LoadFailed));
}

#[test]
fn a_model_that_raises() {
    let text = "    _0 = torch.reshape(scores, [7, 7, 7])\n    return _0";
    assert_eq!(verdict(&forward(text)), Some(VerdictCode::ModelError));
}

#[test]
fn an_output_of_another_form() {
    let cases = [
        ("    return torch.slice(scores, 1, 0, 9)", "[N, 9]"),
        ("    return torch.slice(scores, 0, 0, 1)", "[1, 10]"),
        ("    return torch.flatten(scores)", "form depends on the batch"),
        ("    return torch.reshape(scores, [-1, 10, 1, 1])", "[N, 10, 1, …]"),
        ("    return torch.unsqueeze(scores, 2)", "[N, 10, 1]"),
        ("    return torch.argmax(scores, 1)", "whole numbers of shape [N]"),
        ("    return torch.gt(scores, 0)", "truth values of shape [N, 10]"),
    ];
    for (text, found) in cases {
        let verdict = run(&config(), &forward(text), &task(), 32).verdict.unwrap();
        assert_eq!(verdict.code, VerdictCode::WrongOutput, "{text}");
        assert!(verdict.message.contains(found), "{text}: {}", verdict.message);
        assert!(verdict.detail.wanted.unwrap().contains("[N, 10]"), "{text}");
    }
}

#[test]
fn scores_that_are_no_numbers() {
    for text in ["    return torch.div(scores, 0)", "    return torch.log(torch.neg(torch.abs(scores)))"] {
        assert_eq!(verdict(&forward(text)), Some(VerdictCode::NonFiniteOutput), "{text}");
    }
}

#[test]
fn answers_by_place_in_the_batch() {
    let text = "    rows = torch.arange(0, torch.size(x, 0), 1)\n    shift = torch.unsqueeze(torch.to(rows, 6), 1)\n    \
                first = torch.slice(scores, 1, 0, 1)\n    rest = torch.slice(scores, 1, 1, 10)\n    \
                return torch.cat([torch.add(first, torch.mul(shift, 100.)), rest], 1)";
    let allowed = run(&config(), &forward(text), &task(), 100);
    let code = allowed.verdict.map(|verdict| verdict.code);
    assert_eq!(code, Some(VerdictCode::NotReproducible));
}

#[test]
fn answers_by_the_size_of_the_batch() {
    let text = "    if torch.eq(torch.size(x, 0), 1):\n      scores0 = torch.neg(scores)\n    else:\n      \
                scores0 = scores\n    return scores0";
    assert_eq!(verdict(&forward(text)), Some(VerdictCode::NotReproducible));
}

#[test]
fn answers_by_what_came_before() {
    let text = "    self.seen = torch.add(self.seen, 1)\n    if torch.gt(self.seen, 2):\n      \
                scores0 = torch.neg(scores)\n    else:\n      scores0 = scores\n    return scores0";
    let bytes = with(&[("seen", Attribute::Int(0))], &forward_text(text));
    assert_eq!(verdict(&bytes), Some(VerdictCode::NotReproducible));
}

#[test]
fn a_model_that_never_ends_reaches_the_time_limit() {
    let text = "    n = 0\n    going = True\n    while going:\n      n = torch.add(n, 1)\n      going = torch.gt(n, -1)\n    \
                return torch.add(scores, n)";
    let begun = std::time::Instant::now();
    let outcome = run_until_judged(&config(), &forward(text), &limited(2, 1 << 30), 20);
    let verdict = outcome.verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::TimeLimit);
    assert!(verdict.detail.wanted.unwrap().contains("2 s"));
    assert!(begun.elapsed().as_secs_f64() >= 2.0);
    assert_eq!((outcome.measures.wall_seconds, outcome.measures.peak_memory_bytes), (None, None));
}

#[test]
fn a_model_that_takes_too_much_memory_reaches_the_limit() {
    for (text, memory) in [
        // Asked for at once: the kernel refuses it.
        ("    large = torch.ones([100000, 100000])\n    return torch.add(scores, torch.max(large))", 256 << 20),
        // Little by little.
        (
            "    n = 1\n    kept = x\n    while torch.lt(n, 100000):\n      kept = torch.cat([kept, kept], 0)\n      \
             n = torch.mul(n, 2)\n    return torch.add(scores, torch.mul(torch.max(kept), 0))",
            256 << 20,
        ),
    ] {
        let outcome = run(&config(), &forward(text), &limited(60, memory), 20);
        let verdict = outcome.verdict.unwrap();
        assert_eq!(verdict.code, VerdictCode::MemoryLimit, "{text}: {}", verdict.message);
        assert!(verdict.message.contains("256 MiB"));
        assert_eq!(outcome.measures.peak_memory_bytes, None);
    }
}

#[test]
fn a_model_that_ends_its_process_has_crashed() {
    let text = "    zero = torch.size(x, 0) * 0\n    n = torch.floordiv(-9223372036854775807 - 1 + zero, zero - 1)\n    \
                return torch.add(scores, n)";
    let mut config = config();
    config.operators = OperatorCheck::Unchecked;
    let verdict = run(&config, &forward(text), &task(), 20).verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::Crashed);
    assert!(verdict.message.contains("SIGFPE"), "{}", verdict.message);
}

#[test]
fn a_local_check_tells_in_full_what_fails_on_images() {
    // A trial has smaller batches than this.
    let text = "    if torch.gt(torch.len(x), 8):\n      y = torch.slice(scores, 1, 0, 7)\n    else:\n      y = scores\n    return y";
    let verdict = run(&config(), &forward(text), &task(), 100).verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::WrongOutput);
    assert!(verdict.message.contains("scores of shape [N, 7]"), "{}", verdict.message);
}
