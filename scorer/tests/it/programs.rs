//! Exported programs: they answer as TorchScript does, in batches of the size that they were
//! exported for.

use std::io::{Cursor, Write as _};

use holdout_protocol::VerdictCode;
use holdout_scorer::local::LocalImages;
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::models::weight;
use crate::pictures::{best, prepared, prepared_again};
use crate::world::{CLASSES, SIDE, config, run, run_on, task};

fn tensor(name: &str) -> Value {
    json!({ "as_tensor": { "name": name } })
}

fn meta(sizes: &[Value]) -> Value {
    let ones = vec![json!({ "as_int": 1 }); sizes.len()];
    json!({ "dtype": 7, "sizes": sizes, "strides": ones, "storage_offset": { "as_int": 0 }, "layout": 7 })
}

fn size(value: u32) -> Value {
    json!({ "as_int": value })
}

/// Scores by a linear layer, exported for images of this side and for batches of one size, or of
/// any.
fn program(batch: Option<u32>, side: u32) -> Vec<u8> {
    let numbers = 3 * SIDE * SIDE;
    let any = json!({ "as_expr": { "expr_str": "Symbol('s0', positive=True, integer=True)" } });
    // What export writes for `x.flatten(1)` depends on nothing but the size of the batch.
    let rows = batch.map_or(-1, i64::from);
    let call = |target: &str, arguments: &[(&str, Value)], result: &str| {
        let inputs: Vec<Value> =
            arguments.iter().map(|(name, arg)| json!({ "name": name, "arg": arg, "kind": 1 })).collect();
        json!({ "target": target, "inputs": inputs, "outputs": [tensor(result)], "metadata": {} })
    };
    let shape = json!({ "as_ints": [rows, numbers] });
    let nodes = [
        call("torch.ops.aten.reshape.default", &[("self", tensor("x")), ("shape", shape)], "flat"),
        call("torch.ops.aten.linear.default", &[("input", tensor("flat")), ("weight", tensor("w"))], "linear"),
    ];
    let images = meta(&[batch.map_or(any, size), size(3), size(side), size(side)]);
    let model = json!({
        "schema_version": { "major": 8, "minor": 17 },
        "graph_module": {
            "graph": { "inputs": [], "outputs": [], "nodes": nodes, "tensor_values": { "x": images } },
            "signature": {
                "input_specs": [
                    { "parameter": { "arg": { "name": "w" }, "parameter_name": "fc.weight" } },
                    { "user_input": { "arg": tensor("x") } }
                ],
                "output_specs": [{ "user_output": { "arg": tensor("linear") } }]
            }
        }
    });
    let mut weights = meta(&[size(u32::from(CLASSES)), size(numbers)]);
    weights["strides"] = json!([size(numbers), size(1)]);
    let weights = json!({ "config": { "fc.weight": { "path_name": "weight_0", "tensor_meta": weights } } });
    let bytes: Vec<u8> = weight().into_iter().flat_map(f32::to_le_bytes).collect();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("net/data/weights/weight_0", bytes),
        ("net/data/weights/model_weights_config.json", weights.to_string().into_bytes()),
        ("net/models/model.json", model.to_string().into_bytes()),
        ("net/archive_format", b"pt2".to_vec()),
        ("net/byteorder", b"little".to_vec()),
    ] {
        archive.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_program_answers_whatever_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    drop(prepared(folder.path(), 150));
    for batch in [None, Some(1), Some(7), Some(16)] {
        let images = LocalImages::Prepared(prepared_again(folder.path()));
        let outcome = run_on(&config(), &program(batch, SIDE), &task(), images);
        assert_eq!(outcome.verdict, None, "{batch:?}");
        let answers = outcome.answers.unwrap();
        assert_eq!(answers.rows().len(), 150);
        for (number, row) in answers.rows().enumerate() {
            let (expected, gap) = best(number);
            assert!(row == expected || gap < 1e-4, "{batch:?}, picture {number}: {row:?}, not {expected:?}");
        }
        let hints = outcome.hints.concat();
        match batch {
            Some(size) => assert!(hints.contains(&format!("exactly {size} images")), "{hints}"),
            None => assert_eq!(hints, ""),
        }
    }
}

#[test]
fn a_program_for_other_images_or_too_large_batches_is_refused_before_it_runs() {
    for (model, words) in [
        (program(None, SIDE + 1), format!("allowed: 3 x {SIDE} x {SIDE}")),
        (program(Some(5000), SIDE), "exactly 5000 images".to_owned()),
    ] {
        let verdict = run(&config(), &model, &task(), 20).verdict.unwrap();
        assert_eq!(verdict.code, VerdictCode::LoadFailed);
        assert!(verdict.message.contains(&words) && verdict.advice.contains("Dim.DYNAMIC"), "{}", verdict.message);
    }
}
