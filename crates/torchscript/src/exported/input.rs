//! What a program was exported for: one tensor, a batch of images.

use holdout_protocol::{HintCode, VerdictCode};

use super::refusals::wrong_form;
use super::schema::{Argument, ExportedProgram, InputSpec, SymExprHint, SymInt};
use crate::refusal::{Refused, shown};
use crate::{ExportedBatch, ExportedInput};

const ONE_INPUT: &str = "a `forward` that takes one tensor, the batch of images `[n, 3, height, width]`";

/// Floating-point types of export's enumeration: half, float, double, bfloat16.
const FLOATS: [u8; 4] = [6, 7, 8, 13];

/// Smallest batch that export calls the smallest although one of a single image is right as well:
/// it looks at 0 and 1 apart.
const SMALLEST_OF_ANY: i64 = 2;

/// Returns the name of the input, and what it has to be like.
pub(super) fn images(program: &ExportedProgram) -> Result<(&str, ExportedInput), Refused> {
    let module = &program.graph_module;
    let refuse = |found: String| wrong_form(VerdictCode::LoadFailed, found, ONE_INPUT, HintCode::ExportLines);
    let mut inputs = module.signature.input_specs.iter().filter_map(|spec| match spec {
        InputSpec::UserInput { arg } => Some(arg),
        _ => None,
    });
    let name = match (inputs.next(), inputs.count()) {
        (Some(Argument::AsTensor(tensor)), 0) => tensor.name.as_str(),
        (first, more) => return Err(refuse(format!("`forward` takes {} inputs", usize::from(first.is_some()) + more))),
    };
    let Some(meta) = module.graph.tensor_values.get(name) else {
        return Err(refuse(format!("the program does not say what `{}` is like", shown(name))));
    };
    let [batch, channels, height, width] = meta.sizes.as_slice() else {
        return Err(refuse(format!("`forward` takes a tensor of {} dimensions", meta.sizes.len())));
    };
    if !FLOATS.contains(&meta.dtype) {
        return Err(refuse("`forward` takes whole numbers".to_owned()));
    }
    let batch = batch_of(program, batch).ok_or_else(|| refuse("the size of a batch makes no sense".to_owned()))?;
    let sizes = [channels, height, width].map(|size| match size {
        SymInt::AsInt(size) => Some(u64::try_from(*size).unwrap_or(0)),
        SymInt::AsExpr(_) => None,
    });
    Ok((name, ExportedInput { batch, sizes }))
}

fn batch_of(program: &ExportedProgram, size: &SymInt) -> Option<ExportedBatch> {
    let exactly = |size: i64| u64::try_from(size).ok().filter(|size| *size > 0).map(ExportedBatch::Exactly);
    let expression = match size {
        SymInt::AsInt(size) => return exactly(*size),
        SymInt::AsExpr(expression) => expression,
    };
    let hint = match expression.hint {
        Some(SymExprHint::AsInt(hint)) => Some(hint),
        _ => None,
    };
    // Of a batch of twice any size, only the size that it was exported with is sure to be right.
    let Some(symbol) = plain_symbol(&expression.expr_str) else { return exactly(hint?) };
    let range = program.range_constraints.get(symbol);
    if range.and_then(|range| range.min_val).is_some_and(|least| least > SMALLEST_OF_ANY) {
        return exactly(hint?);
    }
    match range.and_then(|range| range.max_val) {
        Some(most) => u64::try_from(most).ok().filter(|most| *most > 0).map(ExportedBatch::UpTo),
        None => Some(ExportedBatch::Any),
    }
}

/// The symbol that an expression is, if it is nothing else: `s77` of
/// `Symbol('s77', positive=True, integer=True)`.
fn plain_symbol(expression: &str) -> Option<&str> {
    let inside = expression.strip_prefix("Symbol('")?.strip_suffix(')')?;
    let (symbol, rest) = inside.split_once('\'')?;
    (!rest.contains(['(', ')'])).then_some(symbol)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_symbol_is_told_from_an_expression() {
        assert_eq!(plain_symbol("Symbol('s77', positive=True, integer=True)"), Some("s77"));
        assert_eq!(plain_symbol("Symbol('s0')"), Some("s0"));
        assert_eq!(plain_symbol("Mul(Integer(2), Symbol('s77', positive=True, integer=True))"), None);
        assert_eq!(plain_symbol("Symbol('s0') + Symbol('s1')"), None);
        assert_eq!(plain_symbol("s77"), None);
    }

    /// A program whose only input is a tensor of these sizes, with this range of its symbol `s0`.
    fn program(sizes: &Value, dtype: u8, range: &Value) -> ExportedProgram {
        serde_json::from_value(json!({
            "graph_module": {
                "graph": {
                    "inputs": [], "outputs": [], "nodes": [],
                    "tensor_values": { "x": {
                        "dtype": dtype, "sizes": sizes, "strides": [], "storage_offset": { "as_int": 0 }, "layout": 7,
                    } },
                },
                "signature": {
                    "input_specs": [{ "user_input": { "arg": { "as_tensor": { "name": "x" } } } }], "output_specs": [],
                },
            },
            "range_constraints": { "s0": range },
        }))
        .unwrap()
    }

    const FLOAT: u8 = 7;

    fn batch(size: &Value, range: &Value) -> Option<ExportedBatch> {
        let sizes = json!([size, { "as_int": 3 }, { "as_int": 8 }, { "as_int": 9 }]);
        images(&program(&sizes, FLOAT, range)).ok().map(|(_, input)| input.batch)
    }

    fn symbol() -> Value {
        json!({ "as_expr": { "expr_str": "Symbol('s0', integer=True)", "hint": { "as_int": 4 } } })
    }

    #[test]
    fn a_batch_without_a_bound_may_be_any_and_one_with_a_bound_up_to_it() {
        let range = |least: Option<i64>, most: Option<i64>| json!({ "min_val": least, "max_val": most });
        assert_eq!(batch(&symbol(), &range(None, None)), Some(ExportedBatch::Any));
        assert_eq!(batch(&symbol(), &range(Some(2), None)), Some(ExportedBatch::Any));
        assert_eq!(batch(&symbol(), &range(Some(0), Some(32))), Some(ExportedBatch::UpTo(32)));
        assert_eq!(batch(&symbol(), &range(None, Some(0))), None, "no batch is that small");
    }

    #[test]
    fn of_a_batch_that_cannot_be_one_image_only_the_size_of_the_export_is_right() {
        let range = json!({ "min_val": 3, "max_val": 64 });
        assert_eq!(batch(&symbol(), &range), Some(ExportedBatch::Exactly(4)));
        let twice = json!({ "as_expr": { "expr_str": "2*Symbol('s0')", "hint": { "as_int": 6 } } });
        assert_eq!(batch(&twice, &json!({ "min_val": 2, "max_val": null })), Some(ExportedBatch::Exactly(6)));
        let unknown = json!({ "as_expr": { "expr_str": "2*Symbol('s0')", "hint": null } });
        assert_eq!(batch(&unknown, &json!({ "min_val": 2, "max_val": null })), None);
    }

    #[test]
    fn a_fixed_batch_has_at_least_one_image() {
        let range = json!({ "min_val": null, "max_val": null });
        assert_eq!(batch(&json!({ "as_int": 1 }), &range), Some(ExportedBatch::Exactly(1)));
        assert_eq!(batch(&json!({ "as_int": 0 }), &range), None);
        assert_eq!(batch(&json!({ "as_int": -1 }), &range), None);
    }

    fn refused(program: &ExportedProgram) -> String {
        images(program).unwrap_err().message
    }

    #[test]
    fn an_input_is_one_tensor_of_four_dimensions_and_floating_point() {
        let any = json!({ "min_val": null, "max_val": null });
        let sizes = json!([symbol(), { "as_int": 3 }, symbol(), { "as_int": 9 }]);
        let good = program(&sizes, 13, &any);
        let (name, input) = images(&good).unwrap();
        assert_eq!((name, input.sizes), ("x", [Some(3), None, Some(9)]));
        assert!(refused(&program(&sizes, 5, &any)).starts_with("`forward` takes whole numbers"));
        let flat = program(&json!([symbol(), { "as_int": 3 }]), FLOAT, &any);
        assert!(refused(&flat).starts_with("`forward` takes a tensor of 2 dimensions"));
        let mut unknown = program(&sizes, FLOAT, &any);
        unknown.graph_module.graph.tensor_values.clear();
        assert!(refused(&unknown).starts_with("the program does not say what `x` is like"));
    }

    #[test]
    fn the_inputs_that_forward_takes_are_counted() {
        let any = json!({ "min_val": null, "max_val": null });
        let sizes = json!([symbol(), { "as_int": 3 }, { "as_int": 8 }, { "as_int": 9 }]);
        let mut program = program(&sizes, FLOAT, &any);
        let another = json!({ "user_input": { "arg": { "as_int": 1 } } });
        program.graph_module.signature.input_specs.push(serde_json::from_value(another).unwrap());
        assert!(refused(&program).starts_with("`forward` takes 2 inputs"), "{}", refused(&program));
        program.graph_module.signature.input_specs.remove(0);
        assert!(refused(&program).starts_with("`forward` takes 1 inputs"), "{}", refused(&program));
        program.graph_module.signature.input_specs.clear();
        assert!(refused(&program).starts_with("`forward` takes 0 inputs"), "{}", refused(&program));
    }
}
