//! What a model answers is what a scorer says.

use holdout_scorer::local::LocalImages;

use crate::models::{forward, honest};
use crate::pictures::{best, prepared, prepared_again};
use crate::world::{config, run, run_on, task};

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
    assert_eq!(measures.peak_device_memory_bytes, None);
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
