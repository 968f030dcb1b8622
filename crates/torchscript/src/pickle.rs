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

use holdout_protocol::VerdictCode;

use crate::archive::Table;
use crate::code::{ClassKind, Forward, Program};
use crate::refusal::{Refused, not_torchscript, shown, wrong_forward};
use machine::Machine;
use value::{Value, ValueId, Values};

/// The storages that a pickle names, by their keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Storages(pub(crate) BTreeMap<String, Storage>);

/// A storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Storage {
    /// The bytes that it must have.
    pub(crate) bytes: u64,
    /// Numbers in it, by the narrowest type that it is named with.
    pub(crate) numbers: u64,
    /// Whether it is only named as whole numbers.
    pub(crate) integers: bool,
    /// The type that it is named with first, if that is a real floating-point number: `float16`.
    pub(crate) float: Option<&'static str>,
}

impl Storages {
    /// Notes a storage. It may be named again, then with the same size.
    fn add(&mut self, key: &str, storage: Storage) -> Result<(), Refused> {
        let known = self.0.entry(key.to_owned()).or_insert(storage);
        if known.bytes != storage.bytes {
            let (before, bytes) = (known.bytes, storage.bytes);
            let found = format!("the storage `{}` has {before} and {bytes} bytes", shown(key));
            return Err(not_torchscript(found, "one size for each storage"));
        }
        known.numbers = known.numbers.max(storage.numbers);
        known.integers &= storage.integers;
        Ok(())
    }

    /// The floating-point type of most numbers. Returns `None` if there are none.
    pub(crate) fn weights(&self) -> Option<&'static str> {
        let mut counts = BTreeMap::<&'static str, u64>::new();
        for storage in self.0.values() {
            if let Some(float) = storage.float {
                let count = counts.entry(float).or_default();
                *count = count.saturating_add(storage.numbers);
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(float, _)| float)
    }

    /// Numbers in all of them. Single whole numbers are left out, because they only count, as in a batch norm.
    pub(crate) fn numbers(&self) -> u64 {
        let counts = self.0.values().filter(|storage| storage.numbers > 1 || !storage.integers);
        counts.fold(0, |sum, storage| sum.saturating_add(storage.numbers))
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
