//! Which of a program's outputs holds the scores.

use holdout_protocol::{HintCode, VerdictCode};
use serde_json::Value;

use super::refusals::wrong_form;
use super::schema::{Argument, ExportedProgram, OutputSpec, SymInt, TensorMeta};
use crate::refusal::{Refused, shown};

/// Most outputs that a message names.
const NAMED: usize = 8;

/// Forms of a result whose first tensor is taken. All others are taken for dictionaries.
const SEQUENCES: &[&str] = &["builtins.tuple", "builtins.list", "collections.namedtuple"];

const ONE_OUTPUT: &str =
    "a tensor of shape [n, classes], a tuple that begins with one, or a dictionary with a single one";

/// Returns the name of the tensor that holds the scores.
pub(super) fn scores(program: &ExportedProgram) -> Result<&str, Refused> {
    let module = &program.graph_module;
    let outputs: Vec<&str> = module.signature.output_specs.iter().filter_map(user_tensor).collect();
    let refuse = |found: String| wrong_form(VerdictCode::WrongOutput, found, ONE_OUTPUT, HintCode::ScoresAlone);
    let Some(first) = outputs.first().copied() else {
        return Err(refuse("`forward` returns no tensor".to_owned()));
    };
    let meta = |name: &str| module.graph.tensor_values.get(name);
    let found = match keys(program) {
        Some(keys) if outputs.len() > 1 => {
            let mut scores = outputs.iter().filter(|name| meta(name).is_some_and(is_scores));
            match (scores.next(), scores.next()) {
                (Some(only), None) => only,
                _ => {
                    let named: Vec<String> = outputs
                        .iter()
                        .enumerate()
                        .take(NAMED)
                        .map(|(index, name)| {
                            let key = keys.get(index).map_or("", String::as_str);
                            format!("`{}` {}", shown(key), meta(name).map_or_else(String::new, shape))
                        })
                        .collect();
                    return Err(refuse(format!("`forward` returns a dictionary of {}", named.join(", "))));
                }
            }
        }
        _ => first,
    };
    Ok(found)
}

fn user_tensor(spec: &OutputSpec) -> Option<&str> {
    match spec {
        OutputSpec::UserOutput { arg: Argument::AsTensor(tensor) } => Some(&tensor.name),
        _ => None,
    }
}

/// The keys of a dictionary that `forward` returns, or of an object that is one. `None` if it
/// returns something else.
fn keys(program: &ExportedProgram) -> Option<Vec<String>> {
    let whole = program.graph_module.module_call_graph.iter().find(|call| call.fqn.is_empty())?;
    let spec: Value = serde_json::from_str(&whole.signature.as_ref()?.out_spec).ok()?;
    let spec = spec.get(1)?;
    let kind = spec.get("type")?.as_str()?;
    if SEQUENCES.contains(&kind) {
        return None;
    }
    let context = spec.get("context").and_then(Value::as_str).unwrap_or_default();
    let keys: Value = serde_json::from_str(context).unwrap_or_default();
    let keys = keys.as_array().map_or(&[][..], Vec::as_slice);
    Some(keys.iter().map(|key| key.as_str().unwrap_or_default().to_owned()).collect())
}

/// Returns true if it may hold scores or indices of a batch: it has two dimensions.
fn is_scores(meta: &TensorMeta) -> bool {
    meta.sizes.len() == 2
}

fn shape(meta: &TensorMeta) -> String {
    let size = |size: &SymInt| match size {
        SymInt::AsInt(size) => size.to_string(),
        SymInt::AsExpr(_) => "n".to_owned(),
    };
    format!("[{}]", meta.sizes.iter().take(NAMED).map(size).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A program that returns tensors of these numbers of dimensions, in the form of `out_spec`.
    fn program(dimensions: &[usize], out_spec: Option<&Value>) -> ExportedProgram {
        let name = |index: usize| format!("t{index}");
        let values: serde_json::Map<String, Value> = dimensions
            .iter()
            .enumerate()
            .map(|(index, count)| {
                let sizes = vec![json!({ "as_int": 5 }); *count];
                let meta = json!({
                    "dtype": 7, "sizes": sizes, "strides": [], "storage_offset": { "as_int": 0 }, "layout": 7,
                });
                (name(index), meta)
            })
            .collect();
        let outputs = (0..dimensions.len())
            .map(|index| json!({ "user_output": { "arg": { "as_tensor": { "name": name(index) } } } }));
        let calls =
            out_spec.map(|spec| json!({ "fqn": "", "signature": { "out_spec": json!([1, spec]).to_string() } }));
        serde_json::from_value(json!({
            "graph_module": {
                "graph": { "inputs": [], "outputs": [], "nodes": [], "tensor_values": values },
                "signature": { "input_specs": [], "output_specs": outputs.collect::<Vec<_>>() },
                "module_call_graph": calls.into_iter().collect::<Vec<_>>(),
            },
        }))
        .unwrap()
    }

    fn dictionary(keys: &[&str]) -> Value {
        json!({ "type": "builtins.dict", "context": json!(keys).to_string(), "children_spec": [] })
    }

    #[test]
    fn of_a_tuple_the_first_tensor_is_taken_whatever_it_is() {
        for kind in ["builtins.tuple", "builtins.list", "collections.namedtuple"] {
            let spec = json!({ "type": kind, "context": "null" });
            assert_eq!(scores(&program(&[4, 2], Some(&spec))), Ok("t0"), "{kind}");
        }
        assert_eq!(scores(&program(&[4, 2], None)), Ok("t0"));
    }

    #[test]
    fn of_a_dictionary_the_only_tensor_of_two_dimensions_is_taken() {
        assert_eq!(scores(&program(&[4, 2, 1], Some(&dictionary(&["a", "b", "c"])))), Ok("t1"));
        assert_eq!(scores(&program(&[3], Some(&dictionary(&["a"])))), Ok("t0"), "there is no other");
    }

    #[test]
    fn a_dictionary_without_a_choice_is_refused_with_its_keys_and_shapes() {
        let message = |dimensions: &[usize]| {
            scores(&program(dimensions, Some(&dictionary(&["logits", "a\n"])))).unwrap_err().message
        };
        let two = message(&[2, 2]);
        assert!(two.starts_with("`forward` returns a dictionary of `logits` [5, 5], `a\\n` [5, 5]"), "{two}");
        assert!(message(&[4, 1]).contains("`logits` [5, 5, 5, 5], `a\\n` [5]"), "{}", message(&[4, 1]));
        let none = scores(&program(&[], None)).unwrap_err().message;
        assert!(none.starts_with("`forward` returns no tensor"), "{none}");
    }
}
