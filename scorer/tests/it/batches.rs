//! Models that were traced with something written into them that should not be: the size of a
//! batch, or training mode.

use holdout_protocol::VerdictCode;
use holdout_scorer::local::LocalImages;

use crate::models::{forward, honest, model};
use crate::pictures::{prepared, prepared_again};
use crate::world::{CLASSES, SIDE, config, run, run_on, task};

/// The linear layer of the others, traced for batches of this size.
fn traced_for(batch: u32) -> Vec<u8> {
    let numbers = 3 * SIDE * SIDE;
    model(&format!(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   return torch.linear(torch.reshape(x, [{batch}, {numbers}]), self.weight)\n"
    ))
}

#[test]
fn a_model_that_was_traced_for_one_size_of_batch_is_run_in_such_batches() {
    let place = tempfile::tempdir().unwrap();
    let images = prepared(place.path(), 20);
    let expected = run_on(&config(), &honest(), &task(), LocalImages::Prepared(images)).answers.unwrap();
    for batch in [1, 8] {
        let images = LocalImages::Prepared(prepared_again(place.path()));
        let outcome = run_on(&config(), &traced_for(batch), &task(), images);
        assert_eq!(outcome.verdict, None, "{batch}");
        assert!(
            outcome.hints.iter().any(|hint| hint.contains(&format!("exactly {batch} images"))),
            "{:?}",
            outcome.hints
        );
        let rows: Vec<_> = outcome.answers.as_ref().unwrap().rows().collect();
        assert_eq!(rows, expected.rows().collect::<Vec<_>>(), "{batch}");
    }
}

#[test]
fn a_model_that_takes_no_batch_fails_as_it_did_at_first() {
    // Larger than any batch of the scorer.
    let verdict = run(&config(), &traced_for(17), &task(), 20).verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::ModelError);
    let wide = forward(&format!("    return torch.slice(torch.cat([scores, scores], 1), 1, 0, {}, 1)", CLASSES + 1));
    assert_eq!(run(&config(), &wide, &task(), 20).verdict.unwrap().code, VerdictCode::WrongOutput);
}

#[test]
fn dropout_in_training_mode_is_named() {
    let verdict = run(&config(), &forward("    return torch.dropout(scores, 0.5, True)"), &task(), 40).verdict.unwrap();
    assert_eq!(verdict.code, VerdictCode::NotReproducible);
    assert!(verdict.detail.hints.concat().contains("training mode"), "{:?}", verdict.detail.hints);
}
