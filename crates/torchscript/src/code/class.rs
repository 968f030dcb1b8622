//! Classes of a program, and what they declare.

use std::collections::{HashMap, HashSet};

use super::forward::Forward;
use super::program::plain_text;
use super::token::{Kind, Token};
use super::types::Type;

/// Kinds of classes, by what they derive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClassKind {
    /// `Module`.
    Module,
    Plain,
    /// `NamedTuple`.
    NamedTuple,
    /// `Interface` or `ModuleInterface`: methods without bodies.
    Interface,
    /// `Enum`.
    Enum,
}

/// A class of the archive.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) kind: ClassKind,
    /// Attributes with their types, in the order of the class.
    pub(crate) attributes: Vec<(String, Type)>,
    /// Methods, and the types of their parameters and of what they return.
    pub(super) methods: HashMap<String, String>,
    /// Names of attributes and constants.
    pub(super) names: HashSet<String>,
    /// Names of attributes of the type `NoneType`.
    pub(super) nothings: HashSet<String>,
    /// Names of attributes of the type `int`.
    pub(super) numbers: HashSet<String>,
    /// What `forward` takes and returns, if there is one.
    pub(super) forward: Option<Forward>,
    /// What `__setstate__` takes, if there is one that takes one value of a known type.
    pub(super) state: Option<Type>,
    /// Values of the members of an enumeration, as far as a pickle may name them.
    pub(super) members: Vec<MemberValue>,
}

/// The value of a member of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MemberValue {
    Int(i64),
    Text(String),
}

impl MemberValue {
    pub(super) fn of(tokens: &[Token<'_>]) -> Option<Self> {
        match tokens {
            [text] if text.kind == Kind::Text => plain_text(text.text).map(|text| Self::Text(text.to_owned())),
            [number] if number.kind == Kind::Number => number.text.parse().ok().map(Self::Int),
            [minus, number] if minus.is_symbol("-") && number.kind == Kind::Number => {
                format!("-{}", number.text).parse().ok().map(Self::Int)
            }
            _ => None,
        }
    }
}

impl Class {
    /// Returns whether there is a method of this name.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.methods.contains_key(name)
    }

    /// Returns what objects of this class are made of in a pickle, if it is not a dict of their
    /// attributes: the type of the value that `__setstate__` takes. The outer `None` means
    /// attributes, the inner one a type that is not known.
    ///
    /// libtorch calls `__setstate__` only if there is a `__getstate__` as well. Otherwise it sets
    /// the attributes.
    #[expect(clippy::option_option, reason = "two kinds of absence, told apart in the only place of use")]
    pub(crate) fn state(&self) -> Option<Option<&Type>> {
        (self.has_method("__setstate__") && self.has_method("__getstate__")).then_some(self.state.as_ref())
    }

    /// Returns whether an enumeration declares a member of this value.
    pub(crate) fn has_member_value(&self, value: &MemberValue) -> bool {
        self.members.contains(value)
    }

    /// Returns what `forward` takes and returns, if there is one.
    pub(crate) const fn forward(&self) -> Option<&Forward> {
        self.forward.as_ref()
    }

    pub(crate) fn methods(&self) -> usize {
        self.methods.len()
    }

    /// Returns whether all methods of an interface are here, with the same types.
    pub(crate) fn implements(&self, interface: &Self) -> bool {
        interface.methods.iter().all(|(name, types)| self.methods.get(name) == Some(types))
    }

    /// Returns whether there is an attribute, a method or a constant of this name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.has_method(name) || self.names.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::Lexer;
    use super::*;

    fn member(text: &str) -> Option<MemberValue> {
        MemberValue::of(&Lexer::new("", text).next_line().unwrap().unwrap().tokens)
    }

    #[test]
    fn the_value_of_a_member_is_a_plain_number_or_text() {
        assert_eq!(member("12"), Some(MemberValue::Int(12)));
        assert_eq!(member("-9223372036854775808"), Some(MemberValue::Int(i64::MIN)));
        assert_eq!(member("\"red\""), Some(MemberValue::Text("red".to_owned())));
        for other in ["1.5", "9223372036854775808", "+1", "- -1", "1 + 1", "red", "(1)"] {
            assert_eq!(member(other), None, "{other}");
        }
    }

    fn class(methods: &[(&str, &str)], state: Option<&str>) -> Class {
        Class {
            kind: ClassKind::Plain,
            attributes: Vec::new(),
            methods: methods.iter().map(|(name, types)| ((*name).to_owned(), (*types).to_owned())).collect(),
            names: HashSet::from(["weight".to_owned()]),
            nothings: HashSet::new(),
            numbers: HashSet::new(),
            forward: None,
            state: state.and_then(Type::parse),
            members: vec![MemberValue::Int(1)],
        }
    }

    #[test]
    fn an_interface_needs_each_of_its_methods_with_the_same_types() {
        let interface = class(&[("a", "int;Tensor;"), ("b", ";")], None);
        assert!(class(&[("a", "int;Tensor;"), ("b", ";"), ("c", ";")], None).implements(&interface));
        assert!(!class(&[("a", "int;Tensor;")], None).implements(&interface));
        assert!(!class(&[("a", "int;int;"), ("b", ";")], None).implements(&interface));
        assert!(interface.implements(&class(&[], None)));
    }

    #[test]
    fn a_state_counts_only_if_both_of_its_methods_are_there() {
        let both = [("__setstate__", ""), ("__getstate__", "")];
        assert_eq!(class(&both, Some("int")).state(), Some(Type::parse("int").as_ref()));
        assert_eq!(class(&both, None).state(), Some(None));
        assert_eq!(class(&both[..1], Some("int")).state(), None);
        assert_eq!(class(&both[1..], Some("int")).state(), None);
    }

    #[test]
    fn a_class_declares_its_methods_and_its_names() {
        let class = class(&[("forward", "")], None);
        assert!(class.declares("forward") && class.declares("weight") && !class.declares("bias"));
        assert!(class.has_member_value(&MemberValue::Int(1)) && !class.has_member_value(&MemberValue::Int(2)));
    }
}
