//! A graph as the text of a `forward`: a statement for each call.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::rc::Rc;

use holdout_protocol::HintCode;

use super::arguments::{self, DEVICE, Kind, Scope, Unwritable, Value};
use super::operators::{self, Call, NO_CHANGE, Written, aten, is_in_place, is_view, of_sizes};
use super::refusals::{forbidden, malformed, operator_of};
use super::schema::{Argument, Graph, Named, Node, SymBoolArgument, SymFloatArgument, SymInt, SymIntArgument};
use crate::OperatorCheck;
use crate::code::is_allowed;
use crate::refusal::{Refused, is_random, shown, too_large};

/// Most bytes of text, as for the code of an archive.
const MAX_TEXT: usize = 16 << 20;

/// `torch.no_grad()`, which has no effect here: a graph in a graph.
const NO_GRAD: &str = "torch.ops.higher_order.wrap_with_set_grad_enabled";
/// `torch.autocast`.
const AUTOCAST: &str = "torch.ops.higher_order.wrap_with_autocast";

/// Writes statements.
pub(super) struct Program {
    statements: String,
    /// Values so far.
    values: usize,
    /// Calls so far, those of inner graphs among them.
    calls: usize,
    check: OperatorCheck,
    uses_device: bool,
}

/// A call as it stands in the program that is written.
struct WrittenCall<'a> {
    text: &'a str,
    /// What of the model its results are views of.
    of_model: Option<Rc<str>>,
}

impl Program {
    pub(super) const fn new(check: OperatorCheck) -> Self {
        Self { statements: String::new(), values: 0, calls: 0, check, uses_device: false }
    }

    /// The method that computes `result`.
    pub(super) fn forward(self, result: &str) -> String {
        let device = if self.uses_device { format!("    {DEVICE} = ops.prim.device(x)\n") } else { String::new() };
        format!("  def forward(self, x: Tensor) -> Tensor:\n{device}{}    return {result}\n", self.statements)
    }

    /// Writes all calls of a graph. `scope` has its inputs and gets its other values.
    pub(super) fn graph<'p>(&mut self, graph: &'p Graph, scope: &mut Scope<'p>) -> Result<(), Refused> {
        for node in &graph.nodes {
            self.calls += 1;
            self.node(node, graph, scope)?;
            if self.statements.len() > MAX_TEXT {
                return Err(too_large("the program is too long", format!("{MAX_TEXT} bytes of TorchScript")));
            }
        }
        Ok(())
    }

    fn node<'p>(&mut self, node: &'p Node, graph: &'p Graph, scope: &mut Scope<'p>) -> Result<(), Refused> {
        if let Some((name, overload)) = aten(&node.target) {
            let overload = if name == "as_strided" && changes_nothing(node, graph) { NO_CHANGE } else { overload };
            return self.aten(node, name, overload, scope);
        }
        if let Some((before, behind)) = of_sizes(&node.target) {
            let arguments = self.texts(node, scope)?;
            let arguments: Vec<String> = arguments.into_iter().map(|(_, text, _)| text).collect();
            let call = format!("{before}{}{behind}", arguments.join(", "));
            return self.define(node, &WrittenCall { text: &call, of_model: None }, &node.outputs, scope);
        }
        match node.target.as_str() {
            NO_GRAD => self.inner(node, 1, scope),
            // A context that is switched off.
            AUTOCAST if matches!(node.inputs.get(2).map(|input| &input.arg), Some(Argument::AsBool(false))) => {
                self.inner(node, 4, scope)
            }
            target => Err(forbidden(target, self.calls, "is not understood", advice(target))),
        }
    }

    /// A call of an operator of `aten`.
    fn aten<'p>(
        &mut self,
        node: &'p Node,
        name: &'p str,
        overload: &'p str,
        scope: &mut Scope<'p>,
    ) -> Result<(), Refused> {
        let first = node.inputs.first().and_then(|input| match &input.arg {
            Argument::AsTensor(tensor) => scope.get(tensor.name.as_str()).cloned(),
            _ => None,
        });
        let of_model = first.as_ref().and_then(|value| value.of_model.clone());
        if let Some(changed) = of_model.as_ref().filter(|_| is_in_place(name)) {
            let what = format!("changes `{}` of the model, so that a batch depends on those before it", shown(changed));
            return Err(forbidden(&node.target, self.calls, &what, HintCode::WithoutState));
        }
        let arguments = self.texts(node, scope)?;
        let mut call = Call { name: Cow::Borrowed(name), positional: Vec::new(), keywords: Vec::new() };
        for (argument, text, is_keyword) in arguments {
            if is_keyword { call.keywords.push((argument, text)) } else { call.positional.push((argument, text)) }
        }
        let (call, is_first) = match operators::written(call, overload) {
            Written::Nothing => return Ok(()),
            Written::Argument => {
                let value = first.ok_or_else(|| self.odd(node, "has no tensor as its first argument"))?;
                return match node.outputs.as_slice() {
                    [Argument::AsTensor(output)] => self.insert(node, output, value, scope),
                    _ => Err(self.odd(node, "has other results than a tensor")),
                };
            }
            Written::Call(call) => (call, false),
            Written::First(call) => (call, true),
        };
        if self.check == OperatorCheck::Enforced && !is_allowed(&format!("aten::{}", call.name)) {
            return Err(forbidden(&node.target, self.calls, "may not be used", advice(&node.target)));
        }
        let keywords = call.keywords.iter().map(|(name, text)| format!("{name}={text}"));
        let texts: Vec<String> = call.positional.iter().map(|(_, text)| text.clone()).chain(keywords).collect();
        let text = format!("torch.{}({})", call.name, texts.join(", "));
        let outputs = if is_first { node.outputs.get(..1).unwrap_or_default() } else { &node.outputs };
        let call = WrittenCall { text: &text, of_model: of_model.filter(|_| is_view(name)) };
        self.define(node, &call, outputs, scope)
    }

    /// The arguments of a call: names, texts, and whether they are given by keyword.
    fn texts<'p>(&mut self, node: &'p Node, scope: &Scope<'p>) -> Result<Vec<(&'p str, String, bool)>, Refused> {
        let mut texts = Vec::with_capacity(node.inputs.len());
        for input in &node.inputs {
            let text = arguments::text(&input.arg, scope).map_err(|why| match why {
                Unwritable::Undefined(name) => {
                    self.odd(node, &format!("takes `{}`, which no earlier call gives", shown(name)))
                }
                Unwritable::Value => {
                    self.odd(node, &format!("has a value for `{}` that is not known", shown(&input.name)))
                }
                Unwritable::Layout => {
                    forbidden(&node.target, self.calls, "makes a sparse or packed tensor", advice(&node.target))
                }
            })?;
            self.uses_device |= matches!(input.arg, Argument::AsDevice(_));
            let is_keyword = input.kind == Some(2);
            let is_name = |name: &str| {
                !name.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit())
            };
            if is_keyword && !is_name(&input.name) {
                return Err(self.odd(node, &format!("has an argument named `{}`", shown(&input.name))));
            }
            texts.push((input.name.as_str(), text, is_keyword));
        }
        Ok(texts)
    }

    /// Writes a call and defines its results.
    fn define<'p>(
        &mut self,
        node: &'p Node,
        call: &WrittenCall<'_>,
        outputs: &'p [Argument],
        scope: &mut Scope<'p>,
    ) -> Result<(), Refused> {
        let WrittenCall { text, of_model } = call;
        let (names, is_single): (Vec<(&'p str, Kind)>, bool) = match outputs {
            [] => (Vec::new(), false),
            [Argument::AsTensors(tensors)] => {
                (tensors.iter().map(|tensor| (tensor.name.as_str(), Kind::Tensor)).collect(), false)
            }
            _ => {
                let named = outputs.iter().map(result).collect::<Option<Vec<_>>>();
                (
                    named.ok_or_else(|| self.odd(node, "gives something else than tensors and sizes"))?,
                    outputs.len() == 1,
                )
            }
        };
        let first = self.values;
        self.values += names.len();
        let written = (first..self.values).map(|number| format!("v{number}")).collect::<Vec<_>>().join(", ");
        let target = match (names.is_empty(), is_single) {
            (true, _) => String::new(),
            (_, true) => format!("{written} = "),
            (_, false) => format!("{written}, = "),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(self.statements, "    {target}{text}");
        for (number, (name, kind)) in (first..).zip(names) {
            let value = Value { text: format!("v{number}").into(), kind, of_model: of_model.clone() };
            if scope.insert(name, value).is_some() {
                return Err(self.odd(node, &format!("gives `{}`, which an earlier call gives as well", shown(name))));
            }
        }
        Ok(())
    }

    /// Lets a result be a value that is known already.
    fn insert<'p>(&self, node: &Node, output: &'p Named, value: Value, scope: &mut Scope<'p>) -> Result<(), Refused> {
        if scope.insert(&output.name, value).is_some() {
            let what = format!("gives `{}`, which an earlier call gives as well", shown(&output.name));
            return Err(self.odd(node, &what));
        }
        Ok(())
    }

    /// Writes the calls of a graph that is an argument, the one at `place`; those behind it are its
    /// inputs.
    fn inner<'p>(&mut self, node: &'p Node, place: usize, scope: &mut Scope<'p>) -> Result<(), Refused> {
        let (arguments, inputs) = node.inputs.split_at_checked(place + 1).unwrap_or_default();
        let Some(Argument::AsGraph(inner)) = arguments.last().map(|input| &input.arg) else {
            return Err(self.odd(node, "has no graph"));
        };
        let graph = &inner.graph;
        if graph.inputs.len() != inputs.len() {
            return Err(self.odd(node, "has a graph with other inputs"));
        }
        let undefined = |this: &Self| this.odd(node, "has a graph with inputs or results that nothing gives");
        let mut within = Scope::new();
        for (name, input) in graph.inputs.iter().zip(inputs) {
            let value = result(&input.arg).and_then(|(name, _)| scope.get(name).cloned());
            let (value, (name, _)) = value.zip(result(name)).ok_or_else(|| undefined(self))?;
            within.insert(name, value);
        }
        self.graph(graph, &mut within)?;
        let results: Vec<Option<Value>> =
            graph.outputs.iter().map(|output| within.get(result(output)?.0).cloned()).collect();
        let outputs: Vec<&'p str> = match node.outputs.as_slice() {
            [Argument::AsTensors(tensors)] => tensors.iter().map(|tensor| tensor.name.as_str()).collect(),
            outputs => outputs.iter().filter_map(|output| result(output).map(|(name, _)| name)).collect(),
        };
        if outputs.len() != results.len() {
            return Err(self.odd(node, "has a graph with other results"));
        }
        for (name, value) in outputs.into_iter().zip(results) {
            let value = value.ok_or_else(|| undefined(self))?;
            if scope.insert(name, value).is_some() {
                return Err(self.odd(node, &format!("gives `{}`, which an earlier call gives as well", shown(name))));
            }
        }
        Ok(())
    }

    /// A refusal of a call that is not as export writes it.
    fn odd(&self, node: &Node, what: &str) -> Refused {
        let found = format!("call {} of the program, `{}`, {what}", self.calls, shown(&node.target));
        malformed(found, "a program as torch.export.save writes it")
    }
}

/// Whether a view has the sizes and strides of its first argument, as far as those of several
/// elements go. Decomposed pooling asks for such views, to say that they are channels-last.
fn changes_nothing(node: &Node, graph: &Graph) -> bool {
    let meta = |argument: Option<&Argument>| match argument {
        Some(Argument::AsTensor(tensor)) => graph.tensor_values.get(&tensor.name),
        _ => None,
    };
    let (Some(before), Some(after)) = (meta(node.inputs.first().map(|input| &input.arg)), meta(node.outputs.first()))
    else {
        return false;
    };
    let same_strides = before.strides.iter().zip(&after.strides).zip(&after.sizes);
    before.sizes == after.sizes
        && before.storage_offset == after.storage_offset
        && before.strides.len() == after.sizes.len()
        && before.strides.len() == after.strides.len()
        && same_strides.into_iter().all(|((before, after), size)| before == after || *size == SymInt::AsInt(1))
}

/// Name and kind of a single value.
fn result(argument: &Argument) -> Option<(&str, Kind)> {
    match argument {
        Argument::AsTensor(tensor) => Some((&tensor.name, Kind::Tensor)),
        Argument::AsSymInt(SymIntArgument::AsName(name)) => Some((name, Kind::Int)),
        Argument::AsSymFloat(SymFloatArgument::AsName(name)) => Some((name, Kind::Float)),
        Argument::AsSymBool(SymBoolArgument::AsName(name)) => Some((name, Kind::Bool)),
        _ => None,
    }
}

/// Returns what to do instead of a call.
fn advice(target: &str) -> HintCode {
    let operator = operator_of(target);
    let (namespace, name) = operator.split_once("::").unwrap_or_default();
    match (namespace, name) {
        ("quantized_decomposed" | "quantized" | "torchao", _) => HintCode::FloatProgram,
        ("higher_order", "wrap_with_autocast") => HintCode::WithoutAutocast,
        ("higher_order", _) => HintCode::WithoutControlFlow,
        ("torchvision", _) => HintCode::WithoutTorchvision,
        ("aten", name) if is_random(name) => HintCode::WithoutChance,
        // Each form of a program has operators that the other one has not.
        ("aten", _) => HintCode::OtherForm,
        _ => HintCode::WithoutCustom,
    }
}
