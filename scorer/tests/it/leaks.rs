//! Models that try to tell their team what they see.

use std::collections::BTreeSet;
use std::time::Instant;

use holdout_protocol::{Limits, VerdictCode};
use holdout_scorer::local::LocalTask;
use holdout_torchscript::write::{Attribute, TensorData};
use serde_json::Value;

use crate::arena::Arena;
use crate::models::{forward, forward_text, honest, with};
use crate::world::{OwnRunner, config, run, task};

/// Works for a while in every second batch.
fn pace() -> Vec<u8> {
    let text = "    seen = torch.add_(self.seen, 1.)\n    if torch.eq(torch.remainder(int(torch.sum(self.seen)), 2), 0):\n      \
                large = torch.ones([300, 300])\n      for k in range(600):\n        large = torch.div(torch.mm(large, large), 300.)\n      \
                scores0 = torch.add(scores, torch.mul(torch.sum(large), 0.))\n    else:\n      scores0 = scores\n    return scores0";
    with(&[("seen", Attribute::buffer(&[1], TensorData::F32(&[0.0])))], &forward_text(text))
}

#[test]
fn progress_tells_the_time_and_no_more() {
    let arena = Arena::start(300, false);
    let runner = OwnRunner::new();
    let _scorer = arena.scorer(Some(runner.config()));
    let id = arena.submit("a", "torchscript", &pace());
    arena.wait_until("a run", |arena| arena.submission(&id)["progress"]["stage"] == "running");
    let begun = Instant::now();
    let mut told = BTreeSet::new();
    while arena.state(&id) == "running" {
        let progress = arena.submission(&id)["progress"].clone();
        if progress["stage"] != "running" {
            continue;
        }
        let (done, since) = (progress["done"].as_u64().unwrap(), begun.elapsed().as_secs());
        assert!(done <= since + 10, "{progress} after {since} s");
        assert_eq!((&progress["total"], &progress["images_per_second"]), (&Value::from(0), &Value::Null), "{progress}");
        told.insert(done);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let ended = arena.end_of(&id);
    assert_eq!(ended["state"], "scored", "{ended}");
    assert!(told.len() >= 2, "{told:?}");
    assert_is_coarse(&ended["measures"]);
}

/// Whether every measure has two digits, of the steps that there are.
fn assert_is_coarse(measures: &Value) {
    for name in ["images_per_second", "peak_memory_bytes", "wall_seconds"] {
        let value = measures[name].as_f64().unwrap_or_else(|| panic!("{name}: {measures}"));
        let digits = format!("{value:.6e}");
        let (mantissa, _) = digits.split_once('e').unwrap();
        let steps = "1.0 1.1 1.2 1.3 1.5 1.6 1.8 2.0 2.2 2.4 2.7 3.0 3.3 3.6 3.9 4.3 4.7 5.1 5.6 6.2 6.8 7.5 8.2 9.1";
        let is_step = steps.split(' ').any(|step| mantissa.trim_end_matches('0') == step.trim_end_matches('0'));
        assert!(is_step, "{name}: {value}");
    }
}

#[test]
fn measures_are_coarse() {
    let arena = Arena::start(60, false);
    let _scorer = arena.scorer(Some(config()));
    let measures = arena.end_of(&arena.submit("a", "torchscript", &honest()))["measures"].clone();
    assert_is_coarse(&measures);
    assert_eq!(measures["parameters"], 1920);
}

#[test]
fn memory_is_told_in_few_steps() {
    let peak = |mebibytes: u64| {
        let text = format!(
            "    large = torch.ones([{}])\n    return torch.add(scores, torch.mul(torch.min(large), 0.))",
            mebibytes << 18
        );
        let limits = Limits { memory_bytes: 4 << 30, ..task().limits };
        let outcome = run(&config(), &forward(&text), &LocalTask { limits, ..task() }, 40);
        outcome.measures.peak_memory_bytes.unwrap_or_else(|| panic!("{:?}", outcome.verdict))
    };
    let told: BTreeSet<u64> = (0..8).map(|step| peak(120 + 4 * step)).collect();
    assert!(told.len() <= 3, "eight peaks of 4 MiB more each are {told:?}");
}

#[test]
fn a_shape_that_depends_on_the_images_is_not_told() {
    let pixels = "    p = torch.to(torch.mul(torch.flatten(x), 255.), 4)\n    a = torch.add(torch.mul(int((p)[0]), 256), int((p)[1]))\n    \
                  b = torch.add(torch.mul(int((p)[2]), 256), int((p)[3]))\n    return torch.expand(torch.zeros([1, 1]), [a, b])";
    let verdict = run(&config(), &forward(pixels), &task(), 100).verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::WrongOutput, "{}", verdict.message);
    let found = verdict.detail.found.unwrap();
    assert_eq!(found, "an output whose form depends on the batch", "{}", verdict.message);
    assert!(
        !verdict.message.split("wanted").next().unwrap().bytes().any(|byte| byte.is_ascii_digit()),
        "{}",
        verdict.message
    );
}

#[test]
fn state_across_batches_is_found_in_every_second_look() {
    // The mean of all images so far, in quarters, settles to the same number in both runs after a
    // few batches.
    let text = "    count = torch.add_(self.count, torch.len(x))\n    sum = torch.add_(self.sum, torch.sum(torch.mean(x, [1, 2, 3])))\n    \
                quarter = int(torch.round(torch.mul(torch.div(self.sum, self.count), 4.)))\n    return torch.roll(scores, [quarter], [1])";
    let zero = || Attribute::buffer(&[], TensorData::F32(&[0.0]));
    let cheat = with(&[("count", zero()), ("sum", zero())], &forward_text(text));
    for _ in 0..5 {
        let verdict = run(&config(), &cheat, &task(), 600).verdict;
        assert_eq!(verdict.map(|verdict| verdict.code), Some(VerdictCode::NotReproducible));
    }
}
