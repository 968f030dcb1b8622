//! The pickles `data.pkl` and `constants.pkl`: interpreted without making anything but a
//! description of what they say.
//!
//! libtorch's unpickler trusts the file in many places: it reads a storage of whatever size a
//! record has into a tensor of whatever size is declared, it grows its memo to any index, it sets
//! attributes without looking at their types. All this is checked here, and only the operations and
//! names that torch writes are known.

mod call;
mod globals;
mod graph;
mod machine;
mod opcode;
mod refusal;
mod shape;
mod storage;
mod value;

use holdout_protocol::VerdictCode;

use crate::archive::Table;
use crate::code::{ClassKind, Forward, Program};
use crate::refusal::{Refused, shown, wrong_forward};
use machine::Machine;
use refusal::Pickle;
pub(crate) use shape::is_inside;
pub(crate) use storage::{Storage, Storages};
use value::{Value, ValueId, Values};

/// Reads a pickle, checks it, and gives the storages that it names.
pub(crate) fn check(bytes: &[u8], table: Table, program: &Program) -> Result<Storages, Refused> {
    let pickle = Pickle { name: table.folder() };
    let mut machine = Machine::new(pickle, bytes, program);
    let top = machine.run()?;
    let (values, storages) = machine.finish();
    let check = graph::Check::new(pickle, &values, program);
    check.nesting()?;
    check.types()?;
    match table {
        Table::Data => check_model(pickle, &values, top, program)?,
        Table::Constants if matches!(values.get(top), Value::Tuple(_)) => {}
        Table::Constants => return Err(pickle.refuse("something else than a table of constants", "a tuple")),
    }
    Ok(storages)
}

/// The model: an object of a module with a method `forward`.
fn check_model(pickle: Pickle, values: &Values<'_>, top: ValueId, program: &Program) -> Result<(), Refused> {
    let Value::Object { class, .. } = values.get(top) else {
        return Err(pickle.refuse("something else than a module", "an object of a module"));
    };
    let module = program.class(class).filter(|class| class.kind == ClassKind::Module);
    match module {
        Some(module) if module.has_method("forward") => module.forward().map_or(Ok(()), check_forward),
        Some(_) => {
            Err(pickle.refuse(format!("the module `{}` without a method `forward`", shown(class)), "`forward(x)`"))
        }
        None => Err(pickle.refuse("something else than a module", "an object of a module")),
    }
}

/// Refuses a `forward` that cannot be called with one tensor, or cannot return scores.
fn check_forward(forward: &Forward) -> Result<(), Refused> {
    if let Some(types) = forward.takes_other() {
        return Err(wrong_forward(VerdictCode::LoadFailed, format!("`forward` takes {}", shown(&types)), INPUT));
    }
    match forward.returns_other() {
        Some(of) => {
            let found = format!("`forward` returns `{}`", shown(of));
            let way_out = if of.starts_with("List[") { ELEMENT } else { ENTRY };
            Err(wrong_forward(VerdictCode::WrongOutput, found, format_args!("{OUTPUT}; {way_out}")))
        }
        None => Ok(()),
    }
}

/// What `forward` is called with.
const INPUT: &str = "a `forward` that is called with one tensor, the batch of images";
/// What `forward` has to return.
const OUTPUT: &str = "a tensor, or a tuple that begins with one";
/// What to return instead of a dictionary, and of a list.
const ENTRY: &str = "of a dictionary, return the entry with the scores";
const ELEMENT: &str = "of a list, return the element with the scores";
