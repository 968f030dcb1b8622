//! The pickles `data.pkl` and `constants.pkl`: interpreted without making anything but a description of what they say.
//!
//! libtorch's unpickler trusts the file in many places: it reads a storage of whatever size a record has into a tensor of
//! whatever size is declared, it grows its memo to any index, it sets attributes without looking at their types. All this is checked here, and only
//! the operations and names that torch writes are known.

mod call;
mod globals;
mod graph;
mod machine;
mod opcode;
mod shape;
mod value;

use std::collections::BTreeMap;

use crate::archive::Table;
use crate::code::{ClassKind, Program};
use crate::refusal::{Refused, not_torchscript, shown};
use machine::Machine;
use value::{Value, ValueId, Values};

/// The storages that a pickle names: their keys, and the bytes that each must have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Storages(pub(crate) BTreeMap<String, u64>);

impl Storages {
    /// Notes a storage. It may be named again, then with the same size.
    fn add(&mut self, key: &str, bytes: u64) -> Result<(), Refused> {
        match self.0.insert(key.to_owned(), bytes) {
            Some(before) if before != bytes => {
                let found = format!("the storage `{}` has {before} and {bytes} bytes", shown(key));
                Err(not_torchscript(found, "one size for each storage"))
            }
            _ => Ok(()),
        }
    }
}

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
        Some(module) if module.has_method("forward") => Ok(()),
        Some(_) => {
            Err(pickle.refuse(format!("the module `{}` without a method `forward`", shown(class)), "`forward(x)`"))
        }
        None => Err(pickle.refuse("something else than a module", "an object of a module")),
    }
}

/// Which pickle it is, for messages.
#[derive(Debug, Clone, Copy)]
struct Pickle {
    name: &'static str,
}

impl Pickle {
    fn refuse(self, found: impl std::fmt::Display, allowed: impl std::fmt::Display) -> Refused {
        not_torchscript(format_args!("`{}.pkl` holds {found}", self.name), allowed)
    }
}
