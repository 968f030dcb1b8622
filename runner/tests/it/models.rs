//! Tiny models, written as text.

use holdout_torchscript::write::{Attribute, Module, TensorData, write};

/// Classes of most of these models.
pub const CLASSES: u16 = 6;

/// A model with these methods.
pub fn model(methods: &str) -> Vec<u8> {
    with_attributes(Vec::new(), methods)
}

/// A model with attributes and methods.
pub fn with_attributes(attributes: Vec<(&str, Attribute<'_>)>, methods: &str) -> Vec<u8> {
    let mut archive = Vec::new();
    write(&Module { attributes, methods }, &mut archive).unwrap();
    archive
}

/// A model whose `forward` has this body, an expression of `scores` (the first six numbers of each
/// image) and `x`.
pub fn giving(result_type: &str, expression: &str) -> Vec<u8> {
    model(&format!(
        "  def forward(self, x: Tensor) -> {result_type}:\n\
         \x20   scores = torch.slice(torch.flatten(x, 1), 1, 0, 6, 1)\n\
         \x20   return {expression}\n"
    ))
}

/// A model that gives the first six numbers of each image as its scores, and has one parameter of
/// seven numbers.
pub fn scores() -> Vec<u8> {
    with_attributes(
        vec![("weight", Attribute::parameter(&[7], TensorData::F32(&[1.0; 7])))],
        "  def forward(self, x: Tensor) -> Tensor:\n    return torch.slice(torch.flatten(x, 1), 1, 0, 6, 1)\n",
    )
}

/// A model that never ends.
pub fn endless() -> Vec<u8> {
    model(
        "  def forward(self, x: Tensor) -> Tensor:\n\
         \x20   y = x\n\
         \x20   go = True\n\
         \x20   while go:\n\
         \x20     go, y = True, torch.add(y, 1)\n\
         \x20   return y\n",
    )
}

/// An image that begins with these bytes.
pub fn image(first: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[..first.len()].copy_from_slice(first);
    bytes
}
