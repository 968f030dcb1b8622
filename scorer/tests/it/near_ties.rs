//! Answers that differ between the two runs where float32 decides them.

use holdout_protocol::VerdictCode;

use crate::models::forward;
use crate::world::{config, run, task};

/// A model whose best class is 0 or 1, by whether the size of the batch is odd, for this part of all images; by a margin of `step`, where
/// the spread of the scores is above 100. For the other images, 0 is the best by far.
fn depends_on_batch(part: f32, step: f32) -> Vec<u8> {
    forward(&format!(
        "    near = torch.to(torch.lt(torch.slice(torch.flatten(x, 1), 1, 0, 1, 1), {part:?}), 6)\n\
         \x20   odd = float(torch.remainder(torch.size(x, 0), 2))\n\
         \x20   flip = torch.mul(near, torch.mul(torch.sub(odd, 0.5), {step:?}))\n\
         \x20   zero = torch.add(torch.sub(100., flip), torch.mul(torch.rsub(near, 1), 50))\n\
         \x20   one = torch.add(flip, 100.)\n\
         \x20   return torch.cat([zero, one, torch.slice(scores, 1, 2, 10, 1)], 1)"
    ))
}

#[test]
fn what_float32_decides_clearly_is_no_near_tie() {
    let outcome = run(&config(), &depends_on_batch(0.5, 0.1), &task(), 200);
    assert_eq!(outcome.verdict.map(|verdict| verdict.code), Some(VerdictCode::NotReproducible));
}
