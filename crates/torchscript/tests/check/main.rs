//! The check of models, through the front door: files in, archives or verdicts out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::panic,
    reason = "tests"
)]

mod code;
mod container;
mod cost;
mod count;
mod exported;
mod fuzz;
mod operators;
mod pickle;
mod program;
mod training;
mod written;
mod zip;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use holdout_protocol::{Verdict, VerdictCode};
use holdout_torchscript::write::{Attribute, Module, TensorData, write};
use holdout_torchscript::{OperatorCheck, RepackError, Repacked, repack};
use zip::Zip;

const METHODS: &str = "  def forward(self, x: Tensor) -> Tensor:\n    return torch.linear(x, self.weight)\n";

/// A small model that is in order.
fn model() -> Vec<u8> {
    let weight: Vec<f32> = (0u8..6).map(f32::from).collect();
    let attributes = vec![("weight", Attribute::parameter(&[2, 3], TensorData::F32(&weight)))];
    let mut bytes = Vec::new();
    write(&Module { attributes, methods: METHODS }, &mut bytes).unwrap();
    bytes
}

/// The model's records, to be changed.
fn parts() -> Zip {
    Zip::read(&model())
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn try_repack(bytes: &[u8], check: OperatorCheck) -> Result<(Repacked, Vec<u8>), Box<Verdict>> {
    let mut out = tempfile::tempfile().unwrap();
    match repack(&file(bytes), &mut out, check) {
        Ok(repacked) => {
            let mut written = Vec::new();
            out.seek(SeekFrom::Start(0)).unwrap();
            out.read_to_end(&mut written).unwrap();
            assert_eq!(repacked.bytes, written.len() as u64);
            Ok((repacked, written))
        }
        Err(RepackError::Refused(verdict)) => {
            assert!(verdict.message.len() < 1000, "{}", verdict.message);
            assert!(verdict.message.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", verdict.message);
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/".contains(&byte);
            assert!(verdict.detail.operator.iter().all(|operator| operator.bytes().all(safe)));
            Err(verdict)
        }
        Err(error) => panic!("{error}"),
    }
}

/// The archive that is made of these bytes, which must be accepted.
fn accepted(bytes: &[u8]) -> Vec<u8> {
    match try_repack(bytes, OperatorCheck::Enforced) {
        Ok((_, written)) => written,
        Err(verdict) => panic!("{}", verdict.message),
    }
}

/// Returns what is said about these bytes, which must be refused with this code.
fn refused_as(bytes: &[u8], code: VerdictCode) -> String {
    match try_repack(bytes, OperatorCheck::Enforced) {
        Ok(_) => panic!("accepted"),
        Err(verdict) => {
            assert_eq!(verdict.code, code, "{}", verdict.message);
            format!("{}. {}", verdict.message, verdict.advice)
        }
    }
}

/// Returns what is said about these bytes, which must be refused as no TorchScript.
fn refused(bytes: &[u8]) -> String {
    refused_as(bytes, VerdictCode::NotTorchscript)
}
