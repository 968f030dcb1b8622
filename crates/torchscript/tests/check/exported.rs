//! Exported programs: what they become, and what is refused.

use holdout_protocol::VerdictCode;
use holdout_torchscript::{ExportedBatch, ExportedInput, OperatorCheck};
use serde_json::{Value, json};

use crate::program::{Program, any_batch, call, entry, meta, tensor};
use crate::zip::{Record, Zip};
use crate::{accepted, refused, refused_as, try_repack};

/// The text of the class that a program becomes.
fn code(program: &Program) -> String {
    code_of(&program.bytes())
}

fn code_of(bytes: &[u8]) -> String {
    let mut zip = Zip::read(&accepted(bytes));
    String::from_utf8(zip.find("code/__torch__.py").bytes.clone()).unwrap()
}

fn input(program: &Program) -> ExportedInput {
    try_repack(&program.bytes(), OperatorCheck::Enforced).unwrap().0.input.unwrap()
}

#[test]
fn a_program_becomes_a_canonical_archive() {
    let bytes = accepted(&Program::new().bytes());
    let text = code_of(&Program::new().bytes());
    assert_eq!(
        text,
        "class Model(Module):\n  __parameters__ = [\"w0\", \"w1\", ]\n  __buffers__ = [\"w2\", ]\n  w0 : Tensor\n  w1 : Tensor\n  \
         w2 : Tensor\n  training : bool\n  def forward(self, x: Tensor) -> Tensor:\n    v0 = torch.flatten(x, 1)\n    \
         v1 = torch.linear(v0, self.w0, self.w1)\n    v2 = torch.add(v1, self.w2)\n    return v2\n"
    );
    let mut zip = Zip::read(&bytes);
    assert_eq!(zip.find("data/0").bytes, Program::new().raw[0].1);
    assert_eq!(zip.find("version").bytes, b"10\n");
    // What was written is an archive of TorchScript, and stays as it is.
    assert_eq!(accepted(&bytes), bytes);
    let (repacked, _) = try_repack(&Program::new().bytes(), OperatorCheck::Enforced).unwrap();
    assert_eq!((repacked.parameters, repacked.weights, repacked.storages), (28, Some("float32"), 3));
    let sizes = [Some(3), Some(2), Some(2)];
    assert_eq!(repacked.input, Some(ExportedInput { batch: ExportedBatch::Any, sizes }));
}

#[test]
fn nothing_of_the_teams_machine_is_written() {
    let bytes = accepted(&Program::new().bytes());
    for text in [&b"ada"[..], b"secret", b"train.py", b"fc.weight", b"shift", b"system"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text), "{}", text.escape_ascii());
    }
}

#[test]
fn the_form_of_the_container_does_not_matter() {
    let mut zip = Program::new().zip();
    let stored = accepted(&zip.to_bytes());
    zip.as_torch = true;
    assert_eq!(accepted(&zip.to_bytes()), stored);
    zip.as_torch = false;
    for record in &mut zip.records {
        *record = Record::deflated(&record.name, &record.bytes);
    }
    zip.records.push(Record::new("net/extra/gr\u{f6}\u{df}e.txt", b"10"));
    assert_eq!(accepted(&zip.to_bytes()), stored);
}

#[test]
fn sizes_lists_and_devices_are_written() {
    let mut program = Program::new();
    let nodes = program.nodes();
    let size = json!({
        "target": "torch.ops.aten.sym_size.int",
        "inputs": [{ "name": "self", "arg": tensor("x"), "kind": 1 }, { "name": "dim", "arg": { "as_int": 0 }, "kind": 1 }],
        "outputs": [{ "as_sym_int": { "as_name": "n" } }]
    });
    let twice = json!({
        "target": "_operator.mul",
        "inputs": [{ "name": "a", "arg": { "as_sym_int": { "as_name": "n" } }, "kind": 1 }, { "name": "b", "arg": { "as_int": 2 }, "kind": 1 }],
        "outputs": [{ "as_sym_int": { "as_name": "m" } }]
    });
    let ones = json!({
        "target": "torch.ops.aten.ones.default",
        "inputs": [
            { "name": "size", "arg": { "as_sym_ints": [{ "as_name": "m" }, { "as_int": 2 }] }, "kind": 1 },
            { "name": "dtype", "arg": { "as_scalar_type": 7 }, "kind": 2 },
            { "name": "device", "arg": { "as_device": { "type": "cuda", "index": 0 } }, "kind": 2 }
        ],
        "outputs": [tensor("ones")]
    });
    let mut chunk =
        call("torch.ops.aten.chunk.default", &[("self", tensor("ones")), ("chunks", json!({ "as_int": 2 }))], "");
    chunk["outputs"] = json!([{ "as_tensors": [{ "name": "one" }, { "name": "other" }] }]);
    nodes.splice(0..0, [size, twice, ones, chunk]);
    nodes.last_mut().unwrap()["inputs"][1]["arg"] = tensor("other");
    let text = code(&program);
    let body = "    d = ops.prim.device(x)\n    v0 = torch.size(x, 0)\n    v1 = torch.mul(v0, 2)\n    \
                v2 = torch.ones([v1, 2], dtype=6, device=d)\n    v3, v4, = torch.chunk(v2, 2)\n";
    assert!(text.contains(body), "{text}");
    assert!(text.contains("torch.add(v6, v4)"), "{text}");
}

#[test]
fn decomposed_programs_are_accepted() {
    let mut norm = call(
        "torch.ops.aten._native_batch_norm_legit_no_training.default",
        &[
            ("input", tensor("linear")),
            ("weight", json!({ "as_none": true })),
            ("bias", json!({ "as_none": true })),
            ("running_mean", tensor("b_shift")),
            ("running_var", tensor("b_shift")),
            ("momentum", json!({ "as_float": 0.1 })),
            ("eps", json!({ "as_float": 1e-5 })),
        ],
        "norm",
    );
    norm["outputs"].as_array_mut().unwrap().extend([tensor("unused_1"), tensor("unused_2")]);
    let text = code(&Program::new().with_call(norm));
    assert!(
        text.contains("v2 = torch.batch_norm(v1, None, None, self.w2, self.w2, False, 0.1, 1e-5, True)\n"),
        "{text}"
    );
    let copy = call("torch.ops.aten.lift_fresh_copy.default", &[("self", tensor("b_shift"))], "copy");
    assert!(
        code(&Program::new().with_call(copy)).contains("v2 = torch.clone(self.w2)\n    v3 = torch.add(v2, self.w2)")
    );
    let alias = call("torch.ops.aten.detach_.default", &[("self", tensor("linear"))], "alias");
    assert!(code(&Program::new().with_call(alias)).contains("v2 = torch.add(v1, self.w2)"));
}

#[test]
fn a_view_that_changes_nothing_is_left_out() {
    let strided = |strides: [u64; 4]| {
        let view = call("torch.ops.aten.as_strided.default", &[("self", tensor("linear"))], "view");
        let mut program = Program::new().with_call(view);
        let values = &mut program.model["graph_module"]["graph"]["tensor_values"];
        (values["linear"], values["view"]) = (meta(7, &[2, 8, 1, 1]), meta(7, &[2, 8, 1, 1]));
        values["view"]["strides"] = json!(strides.map(|stride| json!({ "as_int": stride })));
        program
    };
    assert!(code(&strided([8, 1, 8, 8])).contains("v2 = torch.add(v1, self.w2)"));
    refused_as(&strided([1, 8, 1, 1]).bytes(), VerdictCode::ForbiddenOperator);
}

#[test]
fn weights_are_shared_of_every_type_and_viewed() {
    let mut program = Program::new();
    let config = &mut program.weights["config"];
    config["fc.bias"] = entry("weight_0", &meta(7, &[2]));
    config["fc.bias"]["tensor_meta"]["storage_offset"] = json!({ "as_int": 22 });
    config["fc.weight"]["tensor_meta"]["strides"] = json!([{ "as_int": 1 }, { "as_int": 2 }]);
    config["shift"] = entry("weight_2", &meta(6, &[2]));
    program.raw[2].1.truncate(4);
    let (repacked, _) = try_repack(&program.bytes(), OperatorCheck::Enforced).unwrap();
    assert_eq!((repacked.storages, repacked.parameters), (2, 26));
    for (dtype, item) in [(1, 1), (2, 1), (3, 2), (4, 4), (5, 8), (6, 2), (7, 4), (8, 8), (12, 1), (13, 2)] {
        let mut program = Program::new();
        program.weights["config"]["shift"] = entry("weight_2", &meta(dtype, &[2]));
        program.raw[2].1 = vec![1; 2 * item];
        accepted(&program.bytes());
        program.raw[2].1 = vec![1; 2 * item - 1];
        assert!(refused(&program.bytes()).contains("shift"), "{dtype}");
    }
}

#[test]
fn constants_and_buffers_of_no_state_dict_lie_elsewhere() {
    let mut program = Program::new();
    program.signature()["input_specs"][2]["buffer"]["persistent"] = json!(false);
    let shift = program.weights["config"].as_object_mut().unwrap().remove("shift").unwrap();
    assert!(refused(&program.bytes()).contains("no tensor `shift`"));
    program.constants["config"]["shift"] = shift;
    assert!(refused(&program.bytes()).contains("`weight_2`, are not in the archive"));
    program.raw[2].0 = "data/constants/weight_2".to_owned();
    accepted(&program.bytes());
    program.signature()["input_specs"][2] =
        json!({ "tensor_constant": { "arg": { "name": "b_shift" }, "tensor_constant_name": "shift" } });
    accepted(&program.bytes());
}

#[test]
fn the_batch_that_it_was_exported_for_is_told() {
    let batch = |size: Value, range: Value| {
        let mut program = Program::new();
        program.model["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][0] = size;
        program.model["range_constraints"]["s77"] = range;
        input(&program).batch
    };
    let open = json!({ "min_val": 2, "max_val": null });
    assert_eq!(batch(any_batch(), open.clone()), ExportedBatch::Any);
    assert_eq!(batch(any_batch(), json!({ "min_val": 1, "max_val": 32 })), ExportedBatch::UpTo(32));
    assert_eq!(batch(any_batch(), json!({ "min_val": 4, "max_val": null })), ExportedBatch::Exactly(2));
    assert_eq!(batch(json!({ "as_int": 16 }), open.clone()), ExportedBatch::Exactly(16));
    let twice = "Mul(Integer(2), Symbol('s77', positive=True, integer=True))";
    let expression = json!({ "as_expr": { "expr_str": twice, "hint": { "as_int": 4 } } });
    assert_eq!(batch(expression, open), ExportedBatch::Exactly(4));
}

#[test]
fn an_input_that_is_no_batch_of_images_is_refused() {
    let with = |change: fn(&mut Program)| {
        let mut program = Program::new();
        change(&mut program);
        refused_as(&program.bytes(), VerdictCode::LoadFailed)
    };
    let second = with(|program| {
        let specs = program.signature()["input_specs"].as_array_mut().unwrap();
        specs.push(json!({ "user_input": { "arg": tensor("y") } }));
    });
    assert!(second.contains("takes 2 inputs") && second.contains("torch.export.export(model.eval()"), "{second}");
    let flat = with(|program| program.model["graph_module"]["graph"]["tensor_values"]["x"] = meta(7, &[2, 12]));
    assert!(flat.contains("a tensor of 2 dimensions"), "{flat}");
    let whole = with(|program| program.model["graph_module"]["graph"]["tensor_values"]["x"]["dtype"] = json!(1));
    assert!(whole.contains("whole numbers"), "{whole}");
    let empty = with(|program| {
        program.model["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][0] = json!({ "as_int": 0 })
    });
    assert!(empty.contains("makes no sense"), "{empty}");
}

/// A program that gives two tensors in a container of this kind.
fn two_outputs(kind: &str, sizes: &[u64]) -> Program {
    let mut program = Program::new();
    let graph = &mut program.model["graph_module"]["graph"];
    graph["tensor_values"]["flat"] = meta(7, sizes);
    program.signature()["output_specs"] =
        json!([{ "user_output": { "arg": tensor("flat") } }, { "user_output": { "arg": tensor("add") } }]);
    let spec = json!([1, { "type": kind, "context": "[\"features\", \"logits\"]", "children_spec": [] }]).to_string();
    program.model["graph_module"]["module_call_graph"][0]["signature"]["out_spec"] = json!(spec);
    program
}

#[test]
fn of_several_outputs_the_scores_are_taken() {
    assert!(code(&two_outputs("builtins.tuple", &[2, 12])).contains("return v0\n"), "the first of a tuple");
    for kind in ["builtins.dict", "transformers.modeling_outputs.ImageClassifierOutput"] {
        assert!(code(&two_outputs(kind, &[2, 3, 4])).contains("return v2\n"), "the only one of two dimensions");
        let message = refused_as(&two_outputs(kind, &[2, 12]).bytes(), VerdictCode::WrongOutput);
        assert!(message.contains("a dictionary of `features` [2, 12], `logits` [2, 2]"), "{message}");
    }
    let mut none = Program::new();
    none.signature()["output_specs"] = json!([]);
    assert!(refused_as(&none.bytes(), VerdictCode::WrongOutput).contains("returns no tensor"));
}

#[test]
fn training_mode_is_refused_by_its_name() {
    let flag = |value: bool| json!({ "as_bool": value });
    let probability = |p: f64| json!({ "as_float": p });
    let dropout = |p, train| {
        let arguments = [("input", tensor("linear")), ("p", probability(p)), ("train", flag(train))];
        Program::new().with_call(call("torch.ops.aten.dropout.default", &arguments, "drop"))
    };
    let norm = |mean: Value| {
        let none = || json!({ "as_none": true });
        let arguments = [
            ("input", tensor("linear")),
            ("weight", none()),
            ("bias", none()),
            ("running_mean", mean.clone()),
            ("running_var", mean),
            ("training", flag(true)),
            ("momentum", probability(0.1)),
            ("eps", probability(1e-5)),
            ("cudnn_enabled", flag(true)),
        ];
        Program::new().with_call(call("torch.ops.aten.batch_norm.default", &arguments, "norm"))
    };
    for program in [dropout(0.1, true), norm(tensor("b_shift"))] {
        let message = refused_as(&program.bytes(), VerdictCode::ForbiddenOperator);
        assert!(message.contains("call `model.eval()` before `torch.export.export`"), "{message}");
    }
    accepted(&dropout(0.1, false).bytes());
    accepted(&dropout(0.0, true).bytes());
    accepted(&norm(json!({ "as_none": true })).bytes());
}

#[test]
fn state_between_batches_is_refused_by_its_name() {
    let mut mutation = Program::new();
    let outputs = mutation.signature()["output_specs"].as_array_mut().unwrap();
    outputs.insert(0, json!({ "buffer_mutation": { "arg": { "name": "add" }, "buffer_name": "steps" } }));
    let message = refused(&mutation.bytes());
    assert!(message.contains("changes the buffer `steps`"), "{message}");
    let one = || ("other", json!({ "as_int": 1 }));
    let in_place = call("torch.ops.aten.add_.Tensor", &[("self", tensor("b_shift")), one()], "changed");
    let message = refused_as(&Program::new().with_call(in_place).bytes(), VerdictCode::ForbiddenOperator);
    assert!(message.contains("changes `shift` of the model"), "{message}");
    let mut through_a_view = Program::new();
    let first = [("self", tensor("b_shift")), ("dim", json!({ "as_int": 0 })), ("index", json!({ "as_int": 0 }))];
    through_a_view.nodes().insert(0, call("torch.ops.aten.select.int", &first, "view"));
    let through_a_view =
        through_a_view.with_call(call("torch.ops.aten.add_.Tensor", &[("self", tensor("view")), one()], "changed"));
    let message = refused_as(&through_a_view.bytes(), VerdictCode::ForbiddenOperator);
    assert!(message.contains("changes `shift` of the model"), "{message}");
    let of_a_value = call("torch.ops.aten.add_.Tensor", &[("self", tensor("linear")), one()], "changed");
    accepted(&Program::new().with_call(of_a_value).bytes());
}

#[test]
fn operators_that_are_not_accepted_are_named_with_what_to_do() {
    for (target, operator, words) in [
        ("torch.ops.higher_order.cond", "higher_order::cond", "torch.where"),
        ("torch.ops.higher_order.wrap_with_autocast", "higher_order::wrap_with_autocast", "run_decompositions()"),
        ("torch.ops.torchvision.nms.default", "torchvision::nms", "torchvision's own library"),
        (
            "torch.ops.quantized_decomposed.dequantize_per_tensor.default",
            "quantized_decomposed::dequantize_per_tensor",
            "Quantised",
        ),
        ("torch.ops.mylib.fused.default", "mylib::fused", "Custom operators"),
        ("torch.ops.aten.from_file.default", "aten::from_file", "run_decompositions()"),
        ("torch.ops.aten.as_strided.default", "aten::as_strided", "run_decompositions()"),
        ("torch.ops.aten.rand_like.default", "aten::rand_like", "draws random numbers"),
        ("os.system", "os::system", "Custom operators"),
        ("torch.ops.aten.relu", "aten::relu", "run_decompositions()"),
        ("torch.ops.aten.relu(x)\n    import os.default", "aten::relux", "run_decompositions()"),
    ] {
        let program = Program::new().with_call(call(target, &[("self", tensor("linear"))], "new"));
        let verdict = try_repack(&program.bytes(), OperatorCheck::Enforced).unwrap_err();
        assert_eq!(verdict.code, VerdictCode::ForbiddenOperator, "{target}: {}", verdict.message);
        let verdict_operator = verdict.detail.operator.clone().unwrap_or_default();
        assert!(verdict_operator.starts_with(operator), "{verdict_operator}");
        assert!(verdict.message.contains("call 3 of the program"), "{}", verdict.message);
        assert!(
            verdict.advice.contains(words) && verdict.detail.known_advice.is_some(),
            "{target}: {}",
            verdict.advice
        );
    }
}

/// A context with a graph in it that doubles its input.
fn context(target: &str, flags: &[Value]) -> Value {
    let inner = json!({
        "inputs": [tensor("inside")], "outputs": [tensor("doubled")],
        "nodes": [call("torch.ops.aten.mul.Tensor", &[("self", tensor("inside")), ("other", json!({ "as_int": 2 }))], "doubled")],
        "tensor_values": {}
    });
    let flags = flags.iter().map(|flag| json!({ "name": "", "arg": flag, "kind": 1 }));
    let graph = json!({ "name": "", "arg": { "as_graph": { "name": "submod_1", "graph": inner } }, "kind": 1 });
    let input = json!({ "name": "", "arg": tensor("linear"), "kind": 1 });
    json!({ "target": target, "inputs": flags.chain([graph, input]).collect::<Vec<_>>(), "outputs": [tensor("out")] })
}

#[test]
fn contexts_without_effect_are_written_out() {
    let off = json!({ "as_bool": false });
    let no_grad = context("torch.ops.higher_order.wrap_with_set_grad_enabled", std::slice::from_ref(&off));
    assert!(
        code(&Program::new().with_call(no_grad)).contains("v2 = torch.mul(v1, 2)\n    v3 = torch.add(v2, self.w2)\n")
    );
    let flags = [json!({ "as_string": "cuda" }), json!({ "as_none": true }), off.clone(), json!({ "as_none": true })];
    let autocast = context("torch.ops.higher_order.wrap_with_autocast", &flags);
    assert!(code(&Program::new().with_call(autocast)).contains("v2 = torch.mul(v1, 2)\n"));
    let mut missing = context("torch.ops.higher_order.wrap_with_set_grad_enabled", &[off]);
    missing["inputs"].as_array_mut().unwrap().pop();
    assert!(refused(&Program::new().with_call(missing).bytes()).contains("other inputs"));
}

#[test]
fn names_that_nothing_gives_and_names_given_twice_are_refused() {
    let relu = |from: &str, to: &str| call("torch.ops.aten.relu.default", &[("self", tensor(from))], to);
    let message = refused(&Program::new().with_call(relu("nothing", "new")).bytes());
    assert!(message.contains("takes `nothing`, which no earlier call gives"), "{message}");
    // A circle: it takes what the last call gives.
    assert!(refused(&Program::new().with_call(relu("add", "new")).bytes()).contains("takes `add`"));
    for known in ["flat", "x", "p_weight"] {
        let message = refused(&Program::new().with_call(relu("linear", known)).bytes());
        assert!(message.contains("which an earlier call gives as well"), "{message}");
    }
    let mut result = Program::new();
    result.signature()["output_specs"] = json!([{ "user_output": { "arg": tensor("gone") } }]);
    assert!(refused(&result.bytes()).contains("`gone` is no tensor"));
    let odd = refused(&Program::new().with_call(relu("\u{1b}[31m\u{202e}`\n", "new")).bytes());
    assert!(odd.contains("\\u{1b}"), "{odd}");
}

#[test]
fn texts_of_a_program_cannot_leave_their_quotes() {
    for text in ["tanh\"), x", "a\\", "a\nb", "\u{e9}", &"a".repeat(300)] {
        let arguments = [("self", tensor("linear")), ("approximate", json!({ "as_string": text }))];
        refused(&Program::new().with_call(call("torch.ops.aten.gelu.default", &arguments, "new")).bytes());
    }
    let mut keyword = call("torch.ops.aten.relu.default", &[("self", tensor("linear"))], "new");
    let argument = json!({ "name": "a=1, b", "arg": { "as_int": 1 }, "kind": 2 });
    keyword["inputs"].as_array_mut().unwrap().push(argument);
    refused(&Program::new().with_call(keyword).bytes());
}

#[test]
fn tensors_that_do_not_fit_their_bytes_are_refused() {
    let cases: [(&str, Value); 9] = [
        ("sizes", json!([{ "as_int": 3 }])),
        ("sizes", json!([{ "as_int": -2 }])),
        ("sizes", json!([{ "as_int": i64::MAX }])),
        ("sizes", json!([any_batch()])),
        ("strides", json!([{ "as_int": 2 }])),
        ("strides", json!([{ "as_int": -1 }])),
        ("strides", json!([{ "as_int": 1 }, { "as_int": 1 }])),
        ("storage_offset", json!({ "as_int": 1 })),
        ("storage_offset", json!({ "as_int": i64::MIN })),
    ];
    for (field, value) in cases {
        let mut program = Program::new();
        program.weights["config"]["fc.bias"]["tensor_meta"][field] = value.clone();
        let message = refused(&program.bytes());
        assert!(message.contains("fc.bias"), "{field} {value}: {message}");
    }
    let overflow = |value: u64| {
        let mut program = Program::new();
        program.weights["config"]["fc.bias"]["tensor_meta"]["sizes"] = json!([{ "as_int": value }]);
        refused(&program.bytes())
    };
    assert!(overflow(u64::MAX).contains("cannot be read"));
    let mut two_types = Program::new();
    two_types.weights["config"]["fc.bias"] = entry("weight_2", &meta(4, &[2]));
    assert!(refused(&two_types.bytes()).contains("another tensor of another type"));
    for (field, value, words) in
        [("dtype", json!(10), "complex"), ("dtype", json!(0), "complex"), ("layout", json!(1), "sparse")]
    {
        let mut program = Program::new();
        program.weights["config"]["fc.bias"]["tensor_meta"][field] = value;
        assert!(refused(&program.bytes()).contains(words));
    }
    let mut pickled = Program::new();
    pickled.weights["config"]["fc.bias"]["use_pickle"] = json!(true);
    assert!(refused(&pickled.bytes()).contains("saved as a pickle"));
}

#[test]
fn programs_that_cannot_be_read_are_refused_without_their_text() {
    let mut other = Program::new();
    other.model["schema_version"]["major"] = json!(7);
    assert!(
        refused(&other.bytes()).contains("schema 7.17") && refused(&other.bytes()).contains("PyTorch 2.9 or later")
    );
    for (name, bytes) in [
        ("models/model.json", &b"{\"secret"[..]),
        ("models/model.json", b"[]"),
        ("models/model.json", b""),
        ("data/weights/model_weights_config.json", b"{\"config\": 5}"),
    ] {
        let mut zip = Program::new().zip();
        let record = zip.records.iter_mut().find(|record| record.name == format!("net/{name}")).unwrap();
        *record = Record::new(&record.name, bytes);
        let message = refused(&zip.to_bytes());
        assert!(message.contains("cannot be read") && !message.contains("secret"), "{message}");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let mut zip = Program::new().zip();
    zip.records.push(Record::new("net/models/other.json", deep.as_bytes()));
    assert!(refused(&zip.to_bytes()).contains("several programs"));
    // What is not read may be as deep as it likes, what is read may not.
    let with = |place: fn(&mut Program, Value), text: &str| {
        let mut program = Program::new();
        place(&mut program, json!("DEEP"));
        let mut zip = program.zip();
        let record = zip.records.iter_mut().find(|record| record.name == "net/models/model.json").unwrap();
        let text = String::from_utf8(record.bytes.clone()).unwrap().replace("\"DEEP\"", text);
        *record = Record::new(&record.name, text.as_bytes());
        zip.to_bytes()
    };
    accepted(&with(|program, deep| program.nodes()[0]["metadata"] = deep, &deep));
    let graph = "{\"as_graph\":{\"graph\":{\"inputs\":[],\"outputs\":[],\"nodes\":[{\"target\":\"\",\"outputs\":[],\
                 \"inputs\":[{\"name\":\"\",\"arg\":";
    let graphs = with(|program, deep| program.nodes()[0]["inputs"][0]["arg"] = deep, &graph.repeat(10_000));
    assert!(refused(&graphs).contains("cannot be read"));
}

#[test]
fn parts_that_do_not_belong_to_a_program_are_refused() {
    for name in
        ["data.pkl", "code/__torch__.py", "data/weights/../x", "models/../x", "data/aotinductor/model/a.so", "other"]
    {
        let mut zip = Program::new().zip();
        zip.records.push(Record::new(&format!("net/{name}"), b"x"));
        refused(&zip.to_bytes());
    }
    for missing in ["data/weights/weight_1", "data/weights/model_weights_config.json", "models/model.json"] {
        let mut zip = Program::new().zip();
        zip.records.retain(|record| record.name != format!("net/{missing}"));
        refused(&zip.to_bytes());
    }
    let mut big = Program::new().zip();
    *big.records.iter_mut().find(|record| record.name == "net/byteorder").unwrap() =
        Record::new("net/byteorder", b"big");
    assert!(refused(&big.to_bytes()).contains("order of bytes"));
    let bytes = Program::new().bytes();
    for length in (0..bytes.len()).step_by(97) {
        refused(&bytes[..length]);
    }
}
