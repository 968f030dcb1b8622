//! `models/model.json` and the descriptions of tensors, as PyTorch 2.9 and later write them (schema
//! 8).
//!
//! Only what a translation needs is read. Above all, nothing of `metadata` is: it holds paths of
//! the machine that exported.

use std::collections::HashMap;

use serde::Deserialize;

/// What is read first, because all else depends on it.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) schema_version: SchemaVersion,
}

#[derive(Deserialize)]
pub(super) struct SchemaVersion {
    pub(super) major: u64,
    pub(super) minor: u64,
}

#[derive(Deserialize)]
pub(super) struct ExportedProgram {
    pub(super) graph_module: GraphModule,
    #[serde(default)]
    pub(super) range_constraints: HashMap<String, RangeConstraint>,
}

#[derive(Deserialize)]
pub(super) struct RangeConstraint {
    pub(super) min_val: Option<i64>,
    pub(super) max_val: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct GraphModule {
    pub(super) graph: Graph,
    pub(super) signature: GraphSignature,
    #[serde(default)]
    pub(super) module_call_graph: Vec<ModuleCall>,
}

#[derive(Deserialize)]
pub(super) struct ModuleCall {
    pub(super) fqn: String,
    pub(super) signature: Option<ModuleCallSignature>,
}

#[derive(Deserialize)]
pub(super) struct ModuleCallSignature {
    /// What `forward` returns, as JSON within JSON.
    pub(super) out_spec: String,
}

#[derive(Deserialize)]
pub(super) struct GraphSignature {
    pub(super) input_specs: Vec<InputSpec>,
    pub(super) output_specs: Vec<OutputSpec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum InputSpec {
    UserInput { arg: Argument },
    Parameter { arg: Named, parameter_name: String },
    Buffer { arg: Named, buffer_name: String, persistent: bool },
    TensorConstant { arg: Named, tensor_constant_name: String },
    CustomObj {},
    Token {},
    ConstantInput {},
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutputSpec {
    UserOutput { arg: Argument },
    LossOutput {},
    BufferMutation { buffer_name: String },
    GradientToParameter {},
    GradientToUserInput {},
    UserInputMutation {},
    Token {},
    ParameterMutation { parameter_name: String },
}

#[derive(Deserialize)]
pub(super) struct Graph {
    pub(super) inputs: Vec<Argument>,
    pub(super) outputs: Vec<Argument>,
    pub(super) nodes: Vec<Node>,
    #[serde(default)]
    pub(super) tensor_values: HashMap<String, TensorMeta>,
}

#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) target: String,
    pub(super) inputs: Vec<NamedArgument>,
    pub(super) outputs: Vec<Argument>,
}

#[derive(Deserialize)]
pub(super) struct NamedArgument {
    pub(super) name: String,
    pub(super) arg: Argument,
    /// 1 by position, 2 by keyword.
    #[serde(default)]
    pub(super) kind: Option<u8>,
}

/// A tensor by its name.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "they are the names of the format")]
pub(super) enum Argument {
    AsNone(Ignored),
    AsTensor(Named),
    AsTensors(Vec<Named>),
    AsOptionalTensor(OptionalTensor),
    AsOptionalTensors(Vec<OptionalTensor>),
    AsInt(i64),
    AsInts(Vec<i64>),
    AsSymInt(SymIntArgument),
    AsSymInts(Vec<SymIntArgument>),
    AsFloat(Float),
    AsFloats(Vec<Float>),
    AsSymFloat(SymFloatArgument),
    AsBool(bool),
    AsBools(Vec<bool>),
    AsSymBool(SymBoolArgument),
    AsString(String),
    AsScalarType(u8),
    AsMemoryFormat(u8),
    AsLayout(u8),
    AsDevice(Ignored),
    AsGraph(Box<GraphArgument>),
    // Values that no operator of a model takes.
    AsStrings(Ignored),
    AsSymBools(Ignored),
    AsSymFloats(Ignored),
    AsCustomObj(Ignored),
    AsOperator(Ignored),
    AsComplex(Ignored),
    AsNestedTensors(Ignored),
    AsIntLists(Ignored),
    AsStringToArgument(Ignored),
}

/// A value of any form, of which nothing is kept.
pub(super) type Ignored = serde::de::IgnoredAny;

#[derive(Deserialize)]
pub(super) struct GraphArgument {
    pub(super) graph: Graph,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OptionalTensor {
    AsTensor(Named),
    AsNone(Ignored),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SymIntArgument {
    AsName(String),
    AsInt(i64),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SymFloatArgument {
    AsName(String),
    AsFloat(Float),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SymBoolArgument {
    AsName(String),
    AsBool(bool),
}

/// JSON has no infinities, so they are written as text.
#[derive(Deserialize, PartialEq)]
#[serde(untagged)]
pub(super) enum Float {
    Finite(f64),
    Other(NotFinite),
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotFinite {
    Infinity,
    #[serde(rename = "-Infinity")]
    NegativeInfinity,
    NaN,
}

#[derive(Deserialize)]
pub(super) struct TensorMeta {
    /// Of export's own enumeration.
    pub(super) dtype: u8,
    pub(super) sizes: Vec<SymInt>,
    pub(super) strides: Vec<SymInt>,
    pub(super) storage_offset: SymInt,
    pub(super) layout: u8,
}

/// A size.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum SymInt {
    AsInt(i64),
    AsExpr(SymExpr),
}

/// A size that may be any, as an expression of SymPy, and what it was when the model was exported.
#[derive(Deserialize, PartialEq)]
pub(super) struct SymExpr {
    pub(super) expr_str: String,
    #[serde(default)]
    pub(super) hint: Option<SymExprHint>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "they are the names of the format")]
pub(super) enum SymExprHint {
    AsInt(i64),
    AsBool(bool),
    AsFloat(Float),
}

/// `model_weights_config.json` and `model_constants_config.json`.
#[derive(Deserialize)]
pub(super) struct TensorTable {
    pub(super) config: HashMap<String, TensorEntry>,
}

#[derive(Deserialize)]
pub(super) struct TensorEntry {
    pub(super) path_name: String,
    #[serde(default)]
    pub(super) use_pickle: bool,
    /// `None` for what is no tensor.
    #[serde(default)]
    pub(super) tensor_meta: Option<TensorMeta>,
}
