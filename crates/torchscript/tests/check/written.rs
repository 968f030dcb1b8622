//! What is written: by the writer, and by the check.

use std::io;

use holdout_torchscript::write::{Attribute, Module, TensorData, write};

use crate::zip::Zip;
use crate::{METHODS, accepted, model, parts};

fn names(bytes: &[u8]) -> Vec<String> {
    Zip::read(bytes).records.into_iter().map(|record| record.name).collect()
}

#[test]
fn a_written_model_is_accepted_and_stays_as_it_is() {
    let bytes = model();
    assert_eq!(accepted(&bytes), bytes);
}

#[test]
fn every_kind_of_attribute_is_accepted() {
    let (floats, halves, longs, bytes) = ([1.5f32; 6], [0x3c00u16; 2], [-1i64], [7u8; 4]);
    let attributes = vec![
        ("weight", Attribute::parameter(&[2, 3], TensorData::F32(&floats))),
        ("half", Attribute::buffer(&[2], TensorData::F16(&halves))),
        ("brain", Attribute::buffer(&[2], TensorData::Bf16(&halves))),
        ("long", Attribute::buffer(&[], TensorData::I64(&longs))),
        ("byte", Attribute::buffer(&[2, 1, 2], TensorData::U8(&bytes))),
        ("empty", Attribute::buffer(&[0, 3], TensorData::F32(&[]))),
        ("small", Attribute::Int(-5)),
        ("large", Attribute::Int(i64::MAX)),
        ("ratio", Attribute::Float(0.1)),
        ("flag", Attribute::Bool(true)),
    ];
    let mut archive = Vec::new();
    write(&Module { attributes, methods: METHODS }, &mut archive).unwrap();
    assert_eq!(accepted(&archive), archive);
    let text = Zip::read(&archive).find("code/__torch__.py").bytes.clone();
    let text = String::from_utf8(text).unwrap();
    let head = "class Model(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = [\"half\", \"brain\", \"long\", \"byte\", \"empty\", ]\n";
    assert!(text.starts_with(head), "{text}");
    assert!(text.contains("  large : int\n  ratio : float\n  flag : bool\n  training : bool\n  def forward"), "{text}");
}

#[test]
fn attributes_that_make_no_sense_are_not_written() {
    let floats = [0f32; 6];
    let tensor = |shape| Attribute::parameter(shape, TensorData::F32(&floats));
    let lists: [Vec<(&str, Attribute<'_>)>; 5] = [
        vec![("weight", tensor(&[2, 2]))],
        vec![("weight", tensor(&[u64::MAX, 7]))],
        vec![("1", tensor(&[6]))],
        vec![("a b", Attribute::Int(1))],
        vec![("a", Attribute::Int(1)), ("a", Attribute::Int(2))],
    ];
    for attributes in lists {
        let error = write(&Module { attributes, methods: METHODS }, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

#[test]
fn records_are_aligned_as_torch_aligns_them() {
    let bytes = accepted(&model());
    let mut at = 0;
    for record in Zip::read(&bytes).records {
        let extra = usize::from(u16::from_le_bytes(bytes[at + 28..at + 30].try_into().unwrap()));
        at += 30 + record.name.len() + extra;
        assert_eq!(at % 64, 0, "{}", record.name);
        at += record.bytes.len();
    }
}

#[test]
fn only_what_a_model_needs_is_kept() {
    let mut zip = parts();
    let extra = [
        "extra/notes.txt",
        "code/__torch__.py.debug_pkl",
        ".data/serialization_id",
        "traced_inputs.pkl",
        "traced_inputs/0",
    ];
    extra.iter().for_each(|name| zip.push(&format!("model/{name}"), b"anything"));
    assert_eq!(accepted(&zip.to_bytes()), model());
    assert_eq!(
        names(&model()),
        ["data/0", "data.pkl", "constants.pkl", "code/__torch__.py", "version", "byteorder"]
            .map(|name| format!("model/{name}"))
    );
}

#[test]
fn the_form_of_the_container_does_not_matter() {
    let mut as_torch = Zip { as_torch: true, ..parts() };
    assert_eq!(accepted(&as_torch.to_bytes()), model());
    as_torch.records.iter_mut().for_each(|record| record.flags = 0x0800);
    assert_eq!(accepted(&as_torch.to_bytes()), model());
    let mut deflated = parts();
    for record in &mut deflated.records {
        *record = crate::zip::Record::deflated(&record.name, &record.bytes);
    }
    assert_eq!(accepted(&deflated.to_bytes()), model());
    deflated.as_torch = true;
    assert_eq!(accepted(&deflated.to_bytes()), model());
}

#[test]
fn the_folder_is_named_after_a_file_and_the_version_may_lie_elsewhere() {
    for root in ["archive", "my model (2)", "\u{6a21}\u{578b}", ".base"] {
        let mut zip = parts();
        for record in &mut zip.records {
            record.name = record.name.replacen("model", root, 1);
        }
        assert_eq!(accepted(&zip.to_bytes()), model(), "{root}");
    }
    let mut zip = parts();
    zip.find("version").name = "model/.data/version".to_owned();
    zip.remove("byteorder");
    assert_eq!(accepted(&zip.to_bytes()), model());
}

#[test]
fn the_type_of_most_weights_is_told() {
    let weights = |attributes: Vec<(&str, Attribute<'_>)>| {
        let mut archive = Vec::new();
        write(&Module { attributes, methods: METHODS }, &mut archive).unwrap();
        crate::try_repack(&archive, holdout_torchscript::OperatorCheck::Enforced).unwrap().0.weights
    };
    let weight = || ("weight", Attribute::parameter(&[2, 3], TensorData::F32(&[1.5; 6])));
    for (count, expected) in [(2, "float32"), (9, "float16")] {
        let halves = vec![0x3c00; count];
        let shape = [count as u64];
        let half = Attribute::buffer(&shape, TensorData::F16(&halves));
        assert_eq!(weights(vec![weight(), ("half", half)]), Some(expected));
    }
}
