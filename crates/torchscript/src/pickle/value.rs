//! The values of a pickle. They lie in one list and name each other by number, so that nothing
//! needs to recurse.

use std::borrow::Cow;
use std::rc::Rc;

use super::globals::Global;
use crate::code::Type;

/// The number of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ValueId(pub(super) usize);

#[derive(Debug)]
pub(super) enum Value<'a> {
    None,
    Bool,
    Int(i64),
    Float,
    Complex,
    Text(&'a str),
    Device,
    Tuple(Vec<ValueId>),
    /// Items, and the type that it is tagged with.
    List(Vec<ValueId>, Option<Rc<Type>>),
    /// Keys and values, and the type that it is tagged with.
    Dict(Vec<(ValueId, ValueId)>, Option<Rc<Type>>),
    /// Elements, and bytes of each.
    Storage {
        elements: u64,
    },
    Tensor,
    /// A name that can be called on.
    Global(Global<'a>),
    /// A class with a new object that has no state yet.
    New(&'a str),
    /// An object of a class, with its state.
    Object {
        class: &'a str,
        state: ValueId,
    },
    /// A member of an enumeration, with its value.
    Member {
        class: &'a str,
        value: ValueId,
    },
}

impl Value<'_> {
    /// Returns the values that this one holds.
    pub(super) fn children(&self) -> Cow<'_, [ValueId]> {
        match self {
            Self::Tuple(items) | Self::List(items, _) => Cow::Borrowed(items),
            Self::Dict(pairs, _) => Cow::Owned(pairs.iter().flat_map(|(key, value)| [*key, *value]).collect()),
            Self::Object { state: child, .. } | Self::Member { value: child, .. } => Cow::Owned(vec![*child]),
            _ => Cow::Borrowed(&[]),
        }
    }

    /// Returns what it is, for messages.
    pub(super) const fn describe(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Bool => "a truth value",
            Self::Int(_) => "a whole number",
            Self::Float | Self::Complex => "a number",
            Self::Text(_) => "text",
            Self::Device => "a device",
            Self::Tuple(_) => "a tuple",
            Self::List(..) => "a list",
            Self::Dict(..) => "a dict",
            Self::Storage { .. } => "a storage",
            Self::Tensor => "a tensor",
            Self::Global(_) | Self::New(_) => "a class",
            Self::Object { .. } => "an object",
            Self::Member { .. } => "a member of an enumeration",
        }
    }
}

/// All values of a pickle.
#[derive(Debug, Default)]
pub(super) struct Values<'a>(Vec<Value<'a>>);

impl<'a> Values<'a> {
    pub(super) fn add(&mut self, value: Value<'a>) -> ValueId {
        self.0.push(value);
        ValueId(self.0.len() - 1)
    }

    pub(super) fn get(&self, id: ValueId) -> &Value<'a> {
        self.0.get(id.0).unwrap_or(&Value::None)
    }

    pub(super) fn get_mut(&mut self, id: ValueId) -> Option<&mut Value<'a>> {
        self.0.get_mut(id.0)
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value<'a>> {
        self.0.iter()
    }
}
