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

/// The keys of a dictionary that `forward` returns, or of an object that is one. `None` if it returns something else.
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

/// Whether it may hold scores or indices of a batch: it has two dimensions.
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
