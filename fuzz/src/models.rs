//! Models for the targets of TorchScript.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::LazyLock;

use holdout_torchscript::write::{Attribute, Module, TensorData, write};
use holdout_torchscript::{OperatorCheck, RepackError, repack};

use crate::zips;

/// Code with most forms of statement and expression.
const METHODS: &str = "  def forward(self, x: Tensor) -> Tensor:\n    weight = self.weight\n    if torch.gt(torch.len(torch.size(x)), 2):\n      y = torch.flatten(x, 1)\n    else:\n      y = x\n    for i in range(3):\n      y = torch.add(y, 1.5e-05)\n    _0 = annotate(List[Optional[Tensor]], [None, y])\n    z : Tensor = unchecked_cast(Tensor, _0[1])\n    ops.prim.RaiseException(\"a\\\"b\")\n    return (self).other(torch.linear(z, weight), )\n  def other(self, x: Tensor) -> Tensor:\n    return x\n";

static MODEL: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| zips::records(&model()));

fn model() -> Vec<u8> {
    let weight: Vec<f32> = (0u8..6).map(f32::from).collect();
    let attributes = vec![
        ("weight", Attribute::parameter(&[2, 3], TensorData::F32(&weight))),
        ("count", Attribute::Int(7)),
        ("rate", Attribute::Float(0.5)),
        ("flag", Attribute::Bool(true)),
    ];
    let mut bytes = Vec::new();
    write(&Module { attributes, methods: METHODS }, &mut bytes).expect("memory takes bytes");
    bytes
}

/// Whole archives.
pub fn archives() -> Vec<Vec<u8>> {
    vec![model(), zips::stored(&MODEL)]
}

/// Inputs for [`with_part`]: each record of the model as it is.
pub fn parts() -> Vec<Vec<u8>> {
    let numbered = MODEL.iter().enumerate();
    numbered.map(|(index, (_, bytes))| [&[index as u8], bytes.as_slice()].concat()).collect()
}

/// The model with another content of one of its records, chosen by `which`.
pub fn with_part(which: u8, content: &[u8]) -> Vec<u8> {
    let mut records = MODEL.clone();
    let index = usize::from(which) % records.len();
    records[index].1 = content.to_vec();
    zips::stored(&records)
}

/// Repacks an archive. What is accepted has to be accepted again, as the same bytes: the canonical
/// form has one reading.
pub fn repack_twice(archive: &[u8]) {
    if let Some(once) = repacked(archive) {
        let twice = repacked(&once).expect("the canonical form is accepted");
        assert!(once == twice, "the canonical form is another one the second time");
    }
}

fn repacked(archive: &[u8]) -> Option<Vec<u8>> {
    let mut file = file();
    file.write_all(archive).expect("memory takes bytes");
    let mut out = self::file();
    match repack(&file, &mut out, OperatorCheck::Enforced) {
        Ok(repacked) => {
            let mut bytes = Vec::new();
            out.seek(SeekFrom::Start(0)).and_then(|_| out.read_to_end(&mut bytes)).expect("memory can be read");
            assert_eq!(repacked.bytes, bytes.len() as u64);
            Some(bytes)
        }
        Err(RepackError::Refused(verdict)) => {
            assert!(verdict.message.len() < 1000, "{}", verdict.message);
            assert!(verdict.message.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", verdict.message);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn file() -> File {
    tempfile::tempfile_in("/dev/shm").expect("there is a file system in memory")
}
