//! Exported programs written piece by piece, so that each piece can be wrong.

use serde_json::{Value, json};

use crate::zip::{Record, Zip};

/// A program as `torch.export.save` writes it: `x.flatten(1)`, then a linear layer with a buffer
/// added.
#[derive(Debug, Clone)]
pub struct Program {
    pub model: Value,
    pub weights: Value,
    pub constants: Value,
    /// Bytes of tensors, by their names below the archive's folder.
    pub raw: Vec<(String, Vec<u8>)>,
}

/// Size of a batch that may be any.
pub fn any_batch() -> Value {
    json!({ "as_expr": { "expr_str": "Symbol('s77', positive=True, integer=True)", "hint": { "as_int": 2 } } })
}

/// A description of a dense tensor from offset 0 on.
pub fn meta(dtype: u8, sizes: &[u64]) -> Value {
    let ints = |values: &[u64]| values.iter().map(|value| json!({ "as_int": value })).collect::<Vec<_>>();
    let mut strides = vec![1; sizes.len()];
    for at in (1..sizes.len()).rev() {
        strides[at - 1] = strides[at] * sizes[at];
    }
    json!({
        "dtype": dtype, "sizes": ints(sizes), "strides": ints(&strides), "storage_offset": { "as_int": 0 }, "layout": 7,
        "requires_grad": false, "device": { "type": "cuda", "index": 0 }
    })
}

pub fn entry(path: &str, meta: &Value) -> Value {
    json!({ "path_name": path, "is_param": true, "use_pickle": false, "tensor_meta": meta })
}

pub fn tensor(name: &str) -> Value {
    json!({ "as_tensor": { "name": name } })
}

/// A call with positional arguments that gives one tensor.
pub fn call(target: &str, arguments: &[(&str, Value)], result: &str) -> Value {
    let inputs: Vec<_> = arguments.iter().map(|(name, arg)| json!({ "name": name, "arg": arg, "kind": 1 })).collect();
    json!({
        "target": target, "inputs": inputs, "outputs": [tensor(result)], "name": result,
        "metadata": { "stack_trace": "File \"/home/ada/secret/train.py\", line 7, in forward" }
    })
}

impl Program {
    pub fn new() -> Self {
        let input = |name: &str, field: &str, target: &str| json!({ field: { "arg": { "name": name }, format!("{field}_name"): target, "persistent": true } });
        let nodes = vec![
            call(
                "torch.ops.aten.flatten.using_ints",
                &[("self", tensor("x")), ("start_dim", json!({ "as_int": 1 }))],
                "flat",
            ),
            call(
                "torch.ops.aten.linear.default",
                &[("input", tensor("flat")), ("weight", tensor("p_weight")), ("bias", tensor("p_bias"))],
                "linear",
            ),
            call("torch.ops.aten.add.Tensor", &[("self", tensor("linear")), ("other", tensor("b_shift"))], "add"),
        ];
        let mut images = meta(7, &[2, 3, 2, 2]);
        images["sizes"][0] = any_batch();
        let spec = json!([1, { "type": null, "context": null, "children_spec": [] }]).to_string();
        let model = json!({
            "graph_module": {
                "graph": {
                    "inputs": [tensor("p_weight"), tensor("p_bias"), tensor("b_shift"), tensor("x")],
                    "outputs": [tensor("add")],
                    "nodes": nodes,
                    "tensor_values": { "x": images, "add": meta(7, &[2, 2]) },
                    "sym_int_values": {}, "sym_bool_values": {}
                },
                "signature": {
                    "input_specs": [
                        input("p_weight", "parameter", "fc.weight"), input("p_bias", "parameter", "fc.bias"),
                        input("b_shift", "buffer", "shift"), { "user_input": { "arg": tensor("x") } }
                    ],
                    "output_specs": [{ "user_output": { "arg": tensor("add") } }]
                },
                "module_call_graph": [{
                    "fqn": "", "signature": { "inputs": [], "outputs": [], "in_spec": "", "out_spec": spec }
                }]
            },
            "opset_version": { "aten": 10 }, "range_constraints": { "s77": { "min_val": 2, "max_val": null } },
            "schema_version": { "major": 8, "minor": 17 }, "verifiers": ["TRAINING"], "torch_version": "2.11.0"
        });
        let floats = |count: u8| (0..count).flat_map(|value| f32::from(value).to_le_bytes()).collect::<Vec<_>>();
        Self {
            model,
            weights: json!({ "config": {
                "fc.weight": entry("weight_0", &meta(7, &[2, 12])), "fc.bias": entry("weight_1", &meta(7, &[2])),
                "shift": entry("weight_2", &meta(7, &[2]))
            } }),
            constants: json!({ "config": {} }),
            raw: [("weights/weight_0", 24), ("weights/weight_1", 2), ("weights/weight_2", 2)]
                .map(|(name, count)| (format!("data/{name}"), floats(count)))
                .to_vec(),
        }
    }

    pub fn nodes(&mut self) -> &mut Vec<Value> {
        self.model["graph_module"]["graph"]["nodes"].as_array_mut().unwrap()
    }

    pub fn signature(&mut self) -> &mut Value {
        &mut self.model["graph_module"]["signature"]
    }

    /// Puts a call in front of the last one, which then adds its result.
    pub fn with_call(mut self, call: Value) -> Self {
        let nodes = self.nodes();
        let last = nodes.len() - 1;
        nodes[last]["inputs"][0]["arg"] = call["outputs"][0].clone();
        nodes.insert(last, call);
        self
    }

    /// The archive in the order of PyTorch.
    pub fn zip(&self) -> Zip {
        let mut zip = Zip::default();
        let mut put = |name: &str, bytes: &[u8]| zip.records.push(Record::new(&format!("net/{name}"), bytes));
        for (name, bytes) in self.raw.iter().filter(|(name, _)| name.starts_with("data/weights/")) {
            put(name, bytes);
        }
        put("data/weights/model_weights_config.json", self.weights.to_string().as_bytes());
        for (name, bytes) in self.raw.iter().filter(|(name, _)| name.starts_with("data/constants/")) {
            put(name, bytes);
        }
        put("data/constants/model_constants_config.json", self.constants.to_string().as_bytes());
        put("models/model.json", self.model.to_string().as_bytes());
        put("data/sample_inputs/model.pt", b"\x80\x02cos\nsystem\n(X\x02\0\0\0idtR.");
        put("archive_format", b"pt2");
        put("archive_version", b"0");
        put(".data/version", b"6\n");
        put("byteorder", b"little");
        zip
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.zip().to_bytes()
    }
}
