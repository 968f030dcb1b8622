//! Exported programs (`.pt2`) of `torch.export.save`, translated into TorchScript.
//!
//! Such a file is a list of calls in JSON and the bytes of the weights. From that a class with one
//! method is written, in which no name and no text of the team's file remains but the texts that
//! operators take, such as the equation of an `einsum`. What is written then goes through the same
//! checks as an archive that a team sends. Pickles in the file are never read.

mod arguments;
mod input;
mod operators;
mod outputs;
mod program;
mod refusals;
mod schema;
mod tensors;

use holdout_protocol::HintCode;
use serde::de::DeserializeOwned;

use crate::archive::{Copier, Part, Record, Section};
use crate::code::SourceFile;
use crate::refusal::{Refused, shown};
use crate::repack::{content, single};
use crate::write::{Declared, class, pickle};
use crate::{ExportedInput, OperatorCheck, RepackError};
use arguments::{Kind, Scope, Value};
use operators::is_training;
use program::Program;
use refusals::{forbidden, malformed, unsupported};
use schema::{ExportedProgram, InputSpec, OutputSpec, SchemaVersion, TensorTable, Versioned};
use tensors::Tensors;

/// Most bytes of the program and of each description of tensors. The largest program seen has 4 MB.
const MAX_JSON: u64 = 32 << 20;
/// The schema that is known. Its minor versions only add to it.
const SCHEMA: u64 = 8;

/// A program as the parts of a TorchScript archive.
pub(crate) struct Translated<'r> {
    pub(crate) source: SourceFile,
    /// The pickle `data.pkl`.
    pub(crate) model: Vec<u8>,
    /// The pickle `constants.pkl`.
    pub(crate) constants: Vec<u8>,
    /// What becomes of `data/0`, `data/1` and so on.
    pub(crate) storages: Vec<&'r Record>,
    pub(crate) input: ExportedInput,
}

/// Translates the program of an archive.
pub(crate) fn translate<'r>(
    records: &'r [Record],
    copier: &mut Copier<'_>,
    check: OperatorCheck,
) -> Result<Translated<'r>, RepackError> {
    let bytes = required(records, &Part::Program, copier)?;
    let Versioned { schema_version: SchemaVersion { major, minor } } = parse(&bytes, "models/model.json")?;
    if major != SCHEMA {
        let found = format!("the program has the schema {major}.{minor}");
        return Err(unsupported(found, "schema 8, as PyTorch 2.9 and later write it", HintCode::LaterPytorch).into());
    }
    let program: ExportedProgram = parse(&bytes, "models/model.json")?;
    drop(bytes);
    let weights = table(records, Section::Weights, copier)?;
    let constants = table(records, Section::Constants, copier)?;
    Ok(translate_program(&program, Tensors::new(records, weights, constants), check)?)
}

fn translate_program<'r>(
    program: &ExportedProgram,
    mut tensors: Tensors<'r>,
    check: OperatorCheck,
) -> Result<Translated<'r>, Refused> {
    let module = &program.graph_module;
    check_nodes(program)?;
    let (images, input) = input::images(program)?;
    let result = outputs::scores(program)?;
    let mut scope = Scope::new();
    scope.insert(images, Value { text: "x".into(), kind: Kind::Tensor, of_model: None });
    let (mut stored, mut is_parameter) = (Vec::new(), Vec::new());
    for spec in &module.signature.input_specs {
        let Some((name, in_model)) = names(spec)? else { continue };
        let Some(tensor) = tensors.of(spec)? else { continue };
        let attribute = format!("w{}", stored.len());
        let text = format!("self.{attribute}").into();
        let value = Value { text, kind: Kind::Tensor, of_model: Some(in_model.into()) };
        if scope.insert(name, value).is_some() {
            return Err(malformed(format_args!("the input `{}` is there twice", shown(name)), "each input once"));
        }
        stored.push((attribute, tensor));
        is_parameter.push(matches!(spec, InputSpec::Parameter { .. }));
    }
    let mut written = Program::new(check);
    written.graph(&module.graph, &mut scope)?;
    let result = scope.get(result).filter(|value| value.kind == Kind::Tensor).ok_or_else(|| {
        malformed(format_args!("the result `{}` is no tensor that a call gives", shown(result)), "a tensor")
    })?;
    let methods = written.forward(&result.text);
    let attributes = stored.iter().zip(is_parameter).map(|((name, _), is_parameter)| Declared {
        name,
        type_name: "Tensor",
        is_parameter: Some(is_parameter),
    });
    let training = Declared { name: "training", type_name: "bool", is_parameter: None };
    let text = class(&attributes.chain([training]).collect::<Vec<_>>(), &methods);
    let unwritable = |_| malformed("the program has too many or too large tensors", "those of a model");
    Ok(Translated {
        source: SourceFile {
            name: "code/__torch__.py".to_owned(),
            qualifier: "__torch__".to_owned(),
            text: text.into_bytes(),
        },
        model: pickle::module_of_tensors(&stored).map_err(unwritable)?,
        constants: pickle::empty_tuple(),
        storages: tensors.storages,
        input,
    })
}

/// Refuses programs that compute as in training, or that keep something from batch to batch.
fn check_nodes(program: &ExportedProgram) -> Result<(), Refused> {
    let module = &program.graph_module;
    if let Some((number, node)) = (1..).zip(&module.graph.nodes).find(|(_, node)| is_training(node)) {
        return Err(forbidden(&node.target, number, "computes as in training", HintCode::ExportInEval));
    }
    for spec in &module.signature.output_specs {
        let (what, name) = match spec {
            OutputSpec::BufferMutation { buffer_name } => ("buffer", buffer_name),
            OutputSpec::ParameterMutation { parameter_name } => ("parameter", parameter_name),
            OutputSpec::UserOutput { .. } | OutputSpec::UserInputMutation {} => continue,
            _ => {
                return Err(unsupported(
                    "the program gives losses, gradients or tokens",
                    "scores",
                    HintCode::ExportLines,
                ));
            }
        };
        let found =
            format!("the program changes the {what} `{}`, so that a batch depends on those before it", shown(name));
        return Err(unsupported(found, "a model without state between batches", HintCode::WithoutState));
    }
    Ok(())
}

/// The name of an input in the graph, and that of the tensor of the model that it is. `None` for
/// what is no tensor of the model.
fn names(spec: &InputSpec) -> Result<Option<(&str, &str)>, Refused> {
    match spec {
        InputSpec::Parameter { arg, parameter_name: name }
        | InputSpec::Buffer { arg, buffer_name: name, .. }
        | InputSpec::TensorConstant { arg, tensor_constant_name: name } => Ok(Some((&arg.name, name))),
        InputSpec::UserInput { .. } | InputSpec::ConstantInput {} => Ok(None),
        InputSpec::CustomObj {} | InputSpec::Token {} => Err(unsupported(
            "the program holds objects of `torch.classes` or tokens",
            "tensors",
            HintCode::WithoutObjects,
        )),
    }
}

/// The content of a record that has to be there.
fn required(records: &[Record], part: &Part, copier: &mut Copier<'_>) -> Result<Vec<u8>, RepackError> {
    let record = single(records, part)?.ok_or_else(|| {
        malformed("the archive has no `models/model.json`", "an archive as torch.export.save writes it")
    })?;
    content(record, MAX_JSON, copier)
}

/// The description of the tensors of a section, empty if there is none.
fn table(records: &[Record], section: Section, copier: &mut Copier<'_>) -> Result<TensorTable, RepackError> {
    match single(records, &Part::Tensors(section))? {
        Some(record) => parse(&content(record, MAX_JSON, copier)?, &record.name).map_err(RepackError::from),
        None => Ok(TensorTable { config: std::collections::HashMap::new() }),
    }
}

/// Reads JSON. What the reader says of a fault may hold text of the file, so only the place is
/// told.
fn parse<T: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|error| {
        let found =
            format!("`{}` cannot be read from line {}, column {} on", shown(name), error.line(), error.column());
        malformed(found, "JSON as torch.export.save writes it")
    })
}
