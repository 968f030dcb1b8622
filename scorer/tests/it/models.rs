//! Tiny models, written as archives.

use holdout_torchscript::write::{Attribute, Module, TensorData, write};

use crate::world::{CLASSES, SIDE};

/// A model with these methods and one parameter, `weight`: scores by a linear layer.
pub fn model(methods: &str) -> Vec<u8> {
    with(&[], methods)
}

/// The same with further attributes.
pub fn with(attributes: &[(&str, Attribute<'_>)], methods: &str) -> Vec<u8> {
    let shape = [u64::from(CLASSES), 3 * u64::from(SIDE) * u64::from(SIDE)];
    let weight = weight();
    let mut all = vec![("weight", Attribute::parameter(&shape, TensorData::F32(&weight)))];
    all.extend_from_slice(attributes);
    let mut bytes = Vec::new();
    write(&Module { attributes: all, methods }, &mut bytes).unwrap();
    bytes
}

/// Weights without a pattern.
pub fn weight() -> Vec<f32> {
    let mut state = 1_u32;
    let count = usize::from(CLASSES) * 3 * usize::try_from(SIDE * SIDE).unwrap();
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap()) / 32_768.0 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// `forward` of these statements, each line indented by four spaces; `scores` stands for the linear
/// layer's.
pub fn forward(statements: &str) -> Vec<u8> {
    model(&forward_text(statements))
}

/// The text of `forward`.
pub fn forward_text(statements: &str) -> String {
    format!(
        "  def forward(self, x: Tensor) -> Tensor:\n    scores = torch.linear(torch.flatten(x, 1), self.weight)\n{statements}\n"
    )
}

/// One that does what it should.
pub fn honest() -> Vec<u8> {
    forward("    return scores")
}
