//! What a model answers is what a scorer says.

use std::ops::ControlFlow;

use holdout_protocol::{Progress, Stage};
use holdout_scorer::local::{LocalImages, run_model};
use holdout_torchscript::write::{Attribute, TensorData};

use crate::models::{forward, honest, with};
use crate::pictures::{best, prepared, prepared_again};
use crate::world::{CLASSES, SIDE, config, file, run, run_on, task};

#[test]
fn answers_are_the_best_classes_of_each_picture() {
    let folder = tempfile::tempdir().unwrap();
    drop(prepared(folder.path(), 150));
    let ranked = "    _0, ranked, = torch.topk(scores, 5)\n    return ranked";
    let tuple = "  def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n    \
                 scores = torch.linear(torch.flatten(x, 1), self.weight)\n    return (scores, torch.neg(scores))\n";
    for model in [honest(), forward(ranked), crate::models::model(tuple)] {
        let outcome = run_on(&config(), &model, &task(), LocalImages::Prepared(prepared_again(folder.path())));
        assert_eq!(outcome.verdict, None);
        let answers = outcome.answers.unwrap();
        assert_eq!(answers.rows().len(), 150);
        for (number, row) in answers.rows().enumerate() {
            let (expected, gap) = best(number);
            assert!(row == expected || gap < 1e-4, "picture {number}: {row:?}, not {expected:?}");
        }
    }
}

#[test]
fn a_run_is_measured() {
    let measures = run(&config(), &honest(), &task(), 100).measures;
    assert_eq!(measures.parameters, Some(1920));
    assert!(measures.images_per_second.unwrap() > 0.0 && measures.device.is_some());
    assert!(measures.peak_memory_bytes.unwrap() > 10 << 20, "libtorch itself has more");
    assert_eq!(measures.peak_device_memory_bytes.is_none(), config().devices.unwrap() == ["cpu"]);
    assert_eq!(measures.missing_layers, Vec::<String>::new());
}

#[test]
fn fewer_classes_than_five_have_fewer_answers() {
    let mut task = task();
    task.classes = 3;
    let outcome = run(&config(), &forward("    return torch.slice(scores, 1, 0, 3)"), &task, 20);
    assert_eq!(outcome.verdict, None);
    assert!(outcome.answers.unwrap().rows().all(|row| row.len() == 3));
}

#[test]
fn a_single_image_is_enough() {
    let outcome = run(&config(), &honest(), &task(), 1);
    assert_eq!((outcome.verdict, outcome.answers.unwrap().rows().len()), (None, 1));
}

/// The scores of one convolution, and something that is taken away again. From call `from` on that
/// is not nothing, and libtorch's `optimize_for_inference` computes it wrongly.
fn wrong_if_optimised(from: u32) -> Vec<u8> {
    let weight = crate::models::weight();
    let other: Vec<f32> = weight.iter().rev().copied().collect();
    let fourfold: Vec<f32> = other.iter().map(|weight| 4.0 * weight).collect();
    let shape = [u64::from(CLASSES), 3, u64::from(SIDE), u64::from(SIDE)];
    let attributes = [
        ("first", Attribute::parameter(&shape, TensorData::F32(&weight))),
        ("other", Attribute::parameter(&shape, TensorData::F32(&other))),
        ("fourfold", Attribute::parameter(&shape, TensorData::F32(&fourfold))),
        ("calls", Attribute::buffer(&[1], TensorData::F32(&[0.0]))),
    ];
    let convolution =
        |of: &str, weight: &str| format!("torch.conv2d({of}, self.{weight}, None, [1, 1], [0, 0], [1, 1], 1)");
    let (scores, once, taken) = (convolution("x", "first"), convolution("y", "other"), convolution("y", "fourfold"));
    let forward = format!(
        "  def forward(self, x: Tensor) -> Tensor:\n    calls = torch.add_(self.calls, 1.)\n    \
         y = torch.mul(x, torch.mul(torch.ge(calls, {from}.), 1.))\n    r = {once}\n    \
         b = torch.add(torch.add(r, r, alpha=3), {scores}, alpha=1)\n    \
         return torch.flatten(torch.sub(b, {taken}, alpha=1), 1)\n"
    );
    with(&attributes, &forward)
}

/// A third run, without optimisation, saves the result, and the progress stands still meanwhile.
#[test]
fn what_only_a_second_run_shows_of_optimising_is_left_out() {
    const IMAGES: usize = 640;
    let folder = tempfile::tempdir().unwrap();
    drop(prepared(folder.path(), IMAGES));
    let judged = |from: u32| {
        let mut done = Vec::new();
        let progress = |progress: &Progress| {
            if progress.stage == Stage::Running {
                done.push(progress.done);
            }
            ControlFlow::Continue(())
        };
        let images = LocalImages::Prepared(prepared_again(folder.path()));
        let outcome = run_model(&config(), &file(&wrong_if_optimised(from)), &task(), images, progress).unwrap();
        assert_eq!(outcome.verdict, None);
        assert!(done.is_sorted() && done.last() == Some(&640), "{done:?}");
        outcome.answers.unwrap()
    };
    // In batches of 16: the first is behind all that a runner compares, and the other is never
    // reached.
    let (wrong, never) = (judged(15), judged(1000));
    assert_eq!(wrong.rows().collect::<Vec<_>>(), never.rows().collect::<Vec<_>>());
}
