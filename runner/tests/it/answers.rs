//! Right answers.

use holdout_torchscript::write::{Attribute, Module, TensorData, write};

use crate::support::{Runner, load, setup};

fn archive(methods: &str) -> Vec<u8> {
    let mut archive = Vec::new();
    write(
        &Module { attributes: vec![("scale", Attribute::parameter(&[1], TensorData::F32(&[1.0])))], methods },
        &mut archive,
    )
    .unwrap();
    archive
}

#[test]
fn scores_are_ranked() {
    let model = archive(
        "  def forward(self, x: Tensor) -> Tensor:\n    y = torch.flatten(x, 1)\n    return torch.slice(y, 1, 0, 6, 1)\n",
    );
    let mut runner = Runner::start(&model, setup());
    println!("{:?}", runner.load(load(&model, 6)));
    let images = vec![(0..48).collect::<Vec<u8>>(), (0..48).rev().collect()];
    println!("{:?}", runner.batch(&images));
    println!("{:?}", runner.end());
}
