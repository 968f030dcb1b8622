//! What a program was exported for: one tensor, a batch of images.

use holdout_protocol::{HintCode, VerdictCode};

use super::refusals::wrong_form;
use super::schema::{Argument, ExportedProgram, InputSpec, SymExprHint, SymInt};
use crate::refusal::{Refused, shown};
use crate::{ExportedBatch, ExportedInput};

const ONE_INPUT: &str = "a `forward` that takes one tensor, the batch of images `[n, 3, height, width]`";

/// Floating-point types of export's enumeration: half, float, double, bfloat16.
const FLOATS: [u8; 4] = [6, 7, 8, 13];

/// Smallest batch that export calls the smallest although one of a single image is right as well: it looks at 0 and 1 apart.
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

/// The symbol that an expression is, if it is nothing else: `s77` of `Symbol('s77', positive=True, integer=True)`.
fn plain_symbol(expression: &str) -> Option<&str> {
    let inside = expression.strip_prefix("Symbol('")?.strip_suffix(')')?;
    let (symbol, rest) = inside.split_once('\'')?;
    (!rest.contains(['(', ')'])).then_some(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_told_from_an_expression() {
        assert_eq!(plain_symbol("Symbol('s77', positive=True, integer=True)"), Some("s77"));
        assert_eq!(plain_symbol("Symbol('s0')"), Some("s0"));
        assert_eq!(plain_symbol("Mul(Integer(2), Symbol('s77', positive=True, integer=True))"), None);
        assert_eq!(plain_symbol("Symbol('s0') + Symbol('s1')"), None);
        assert_eq!(plain_symbol("s77"), None);
    }
}
