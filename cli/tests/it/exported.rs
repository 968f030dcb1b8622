//! A program of `torch.export` through the front door: checked, submitted, run behind the sandbox,
//! scored, on the board.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::models::with_task;
use crate::program::Server;
use crate::shades::{CLASSES, Packing, grey};

/// Side of the images that the season gives to models.
const SIDE: usize = 8;
/// Numbers of an image.
const NUMBERS: usize = 3 * SIDE * SIDE;

/// A program as `torch.export.save` writes it. Its linear layer finds the nearest grey, but takes
/// the first two for each other.
fn program() -> Vec<u8> {
    let centers: Vec<f32> =
        (0..CLASSES).map(|class| f32::from(grey(if class < 2 { 1 - class } else { class })) / 255.0).collect();
    // -(x - c)² without x², which is the same for all classes.
    let share = f32::from(u16::try_from(NUMBERS).unwrap());
    let weight: Vec<f32> = centers.iter().flat_map(|c| vec![2.0 * c / share; NUMBERS]).collect();
    let bias: Vec<f32> = centers.iter().map(|c| -c * c).collect();
    let configuration = json!({ "config": {
        "fc.weight": { "path_name": "weight_0", "tensor_meta": meta(&[CLASSES, NUMBERS], &[NUMBERS, 1]) },
        "fc.bias": { "path_name": "weight_1", "tensor_meta": meta(&[CLASSES], &[1]) }
    } });
    let bytes = |values: Vec<f32>| values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("net/data/weights/weight_0", bytes(weight)),
        ("net/data/weights/weight_1", bytes(bias)),
        ("net/data/weights/model_weights_config.json", configuration.to_string().into_bytes()),
        ("net/models/model.json", graph().to_string().into_bytes()),
        ("net/archive_format", b"pt2".to_vec()),
        ("net/byteorder", b"little".to_vec()),
    ] {
        archive.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        archive.write_all(&content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// `linear(x.reshape(-1, NUMBERS))`, exported for batches of any size.
fn graph() -> Value {
    let call = |target: &str, inputs: &[(&str, Value)], result: &str| {
        let inputs: Vec<Value> =
            inputs.iter().map(|(name, arg)| json!({ "name": name, "arg": arg, "kind": 1 })).collect();
        json!({ "target": target, "inputs": inputs, "outputs": [tensor(result)], "metadata": {} })
    };
    let rows = json!({ "as_ints": [-1, NUMBERS] });
    let layer = [("input", tensor("flat")), ("weight", tensor("w")), ("bias", tensor("b"))];
    let nodes = [
        call("torch.ops.aten.reshape.default", &[("self", tensor("x")), ("shape", rows)], "flat"),
        call("torch.ops.aten.linear.default", &layer, "scores"),
    ];
    let mut images = meta(&[0, 3, SIDE, SIDE], &[NUMBERS, SIDE * SIDE, SIDE, 1]);
    images["sizes"][0] = json!({ "as_expr": { "expr_str": "Symbol('s0', positive=True, integer=True)" } });
    let parameter = |name: &str, of: &str| json!({ "parameter": { "arg": { "name": name }, "parameter_name": of } });
    json!({
        "schema_version": { "major": 8, "minor": 17 },
        "graph_module": {
            "graph": { "inputs": [], "outputs": [], "nodes": nodes, "tensor_values": { "x": images } },
            "signature": {
                "input_specs": [
                    parameter("w", "fc.weight"),
                    parameter("b", "fc.bias"),
                    { "user_input": { "arg": tensor("x") } }
                ],
                "output_specs": [{ "user_output": { "arg": tensor("scores") } }]
            }
        }
    })
}

fn tensor(name: &str) -> Value {
    json!({ "as_tensor": { "name": name } })
}

/// Returns what the archive says of a float32 tensor.
fn meta(sizes: &[usize], strides: &[usize]) -> Value {
    let integers = |values: &[usize]| values.iter().map(|value| json!({ "as_int": value })).collect::<Vec<_>>();
    json!({
        "dtype": 7,
        "sizes": integers(sizes),
        "strides": integers(strides),
        "storage_offset": { "as_int": 0 },
        "layout": 7
    })
}

#[test]
fn an_exported_program_is_checked_submitted_scored_and_on_the_board() {
    let server = Server::up_with_models(&[]).with_shades(Packing::Folder);
    let ann = server.captain_in("ann", "shades");
    ann.write("net.pt2", program());
    let checked = ann.run(&with_task(&["check", "net.pt2", "--device", "cpu"])).done();
    assert!(checked.output.contains("answers for 100 pictures of noise"), "{checked:?}");
    // Without `--kind`: the command line knows it by what is in it.
    let done = ann.run(&with_task(&["submit", "net.pt2", "--method", "exported", "--wait"])).done();
    assert!(done.output.contains("10 of 40 images wrong"), "{done:?}");
    let board = ann.json(&with_task(&["leaderboard"]));
    let row = &board["rows"][0];
    assert_eq!((&row["method"], &row["error"], &row["n"]), (&json!("exported"), &json!(0.25), &json!(40)));
    let parameters = CLASSES * NUMBERS + CLASSES;
    assert_eq!(row["measures"]["parameters"], json!(parameters), "{row}");
}
