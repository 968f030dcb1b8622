//! The operations that call on names: objects, typed lists, storages and tensors.

use std::rc::Rc;

use super::globals::Global;
use super::machine::{Machine, Step};
use super::shape::{MAX_DIMENSIONS, is_inside};
use super::storage::Storage;
use super::value::{Value, ValueId};
use crate::code::{ClassKind, MemberValue, Type};
use crate::refusal::{Refused, shown};

/// What a tensor of complex numbers may be marked with.
const MATH_BITS: [&str; 2] = ["conj", "neg"];

/// Longest key of a storage.
const MAX_KEY: usize = 20;

impl<'a> Machine<'a> {
    pub(super) fn global(&mut self) -> Step<()> {
        let mut names = self.fields;
        let (Some(module), Some(name)) = (names.until(b'\n'), names.until(b'\n')) else { return Ok(None) };
        self.fields = names;
        let (Ok(module), Ok(name)) = (std::str::from_utf8(module), std::str::from_utf8(name)) else { return Ok(None) };
        let Some(global) = Global::of(module, name, self.program) else {
            let found = format!("a call of `{}`", shown(&format!("{module}.{name}")));
            return Err(self.pickle.refuse(found, "tensors, lists and the classes of the archive's own code"));
        };
        self.push(Value::Global(global));
        Ok(Some(()))
    }

    /// `class()`: only the arguments are dropped here, the object comes with its state.
    pub(super) fn new_object(&mut self) -> Option<()> {
        let arguments = self.pop()?;
        let class = self.pop()?;
        match (self.values.get(arguments), self.values.get(class)) {
            (Value::Tuple(items), Value::Global(Global::Class(class))) if items.is_empty() => {
                let class = *class;
                self.push(Value::New(class));
                Some(())
            }
            _ => None,
        }
    }

    pub(super) fn build(&mut self) -> Step<()> {
        let (Some(state), Some(new)) = (self.pop(), self.pop()) else { return Ok(None) };
        let Value::New(class) = *self.values.get(new) else { return Ok(None) };
        let kind = self.program.class(class).map(|class| class.kind);
        if !matches!(kind, Some(ClassKind::Module | ClassKind::Plain)) {
            let found = format!("an object of `{}`, a class that cannot have objects", shown(class));
            return Err(self.pickle.refuse(found, "objects of modules and classes"));
        }
        self.push(Value::Object { class, state });
        Ok(Some(()))
    }

    pub(super) fn reduce(&mut self) -> Step<()> {
        let (Some(arguments), Some(function)) = (self.pop(), self.pop()) else { return Ok(None) };
        let Value::Global(global) = *self.values.get(function) else { return Ok(None) };
        if let Global::Class(class) = global {
            return self.member(class, arguments);
        }
        let Value::Tuple(items) = self.values.get(arguments) else { return Ok(None) };
        let items = items.clone();
        match global {
            Global::Tensor => self.tensor(&items),
            Global::List(item) => self.tagged_list(&items, item),
            Global::Tagged => self.tagged(&items),
            _ => Ok(self.made(global, &items)),
        }
    }

    fn made(&mut self, global: Global<'a>, items: &[ValueId]) -> Option<()> {
        let kinds: Vec<_> = items.iter().map(|item| self.values.get(*item)).collect();
        let value = match (global, kinds.as_slice()) {
            (Global::Hooks, []) => Value::None,
            (Global::Complex, [Value::Float, Value::Float]) => Value::Complex,
            (Global::Device, [Value::Text(_)]) => Value::Device,
            _ => return None,
        };
        self.push(value);
        Some(())
    }

    /// Returns a member of an enumeration, by its value. For a value that no member has, libtorch
    /// pushes nothing and continues: it would see another stack than this check from there.
    fn member(&mut self, class: &'a str, value: ValueId) -> Step<()> {
        let Some(declared) = self.program.class(class).filter(|class| class.kind == ClassKind::Enum) else {
            return Ok(None);
        };
        let known = match self.values.get(value) {
            Value::Int(number) => declared.has_member_value(&MemberValue::Int(*number)),
            Value::Text(text) => declared.has_member_value(&MemberValue::Text((*text).to_owned())),
            Value::Float => false,
            _ => return Ok(None),
        };
        if !known {
            let found = format!("a value of `{}` that none of its members has", shown(class));
            return Err(self.pickle.refuse(found, "members whose values are whole numbers or text"));
        }
        self.push(Value::Member { class, value });
        Ok(Some(()))
    }

    /// Returns a list whose items have a type without a name of its own.
    fn tagged_list(&mut self, items: &[ValueId], item: &str) -> Step<()> {
        let [list] = items else { return Ok(None) };
        let of = Type::parse(&format!("List[{item}]"));
        Ok(of.and_then(|of| self.tag(*list, Rc::new(of))))
    }

    fn tagged(&mut self, items: &[ValueId]) -> Step<()> {
        let [container, text] = items else { return Ok(None) };
        let of = match self.types.get(text) {
            Some(known) => Rc::clone(known),
            None => self.read_type(*text)?,
        };
        self.types.insert(*text, Rc::clone(&of));
        Ok(self.tag(*container, of))
    }

    fn read_type(&self, text: ValueId) -> Result<Rc<Type>, Refused> {
        let text = match self.values.get(text) {
            Value::Text(text) => text,
            _ => "",
        };
        let unknown = || self.pickle.refuse(format!("a value of the type `{}`", shown(text)), "types of TorchScript");
        Type::parse(text).map(Rc::new).ok_or_else(unknown)
    }

    /// Tags a list or a dict, which are tagged only once.
    fn tag(&mut self, container: ValueId, of: Rc<Type>) -> Option<()> {
        let (name, tag) = match self.values.get_mut(container)? {
            Value::List(_, tag) => ("List", tag),
            Value::Dict(_, tag) => ("Dict", tag),
            _ => return None,
        };
        if of.name(0) != name || tag.replace(of).is_some() {
            return None;
        }
        self.stack.push(container);
        Some(())
    }

    /// `("storage", type, key, device, elements)`
    pub(super) fn storage(&mut self) -> Step<()> {
        let Some(Value::Tuple(items)) = self.pop().map(|tuple| self.values.get(tuple)) else { return Ok(None) };
        let parts: Vec<_> = items.iter().map(|item| self.values.get(*item)).collect();
        let [
            Value::Text("storage"),
            Value::Global(Global::Storage { item, integers, float }),
            Value::Text(key),
            Value::Text(device),
            Value::Int(elements),
        ] = parts.as_slice()
        else {
            return Ok(None);
        };
        let (Some(elements), item, integers, float) = (u64::try_from(*elements).ok(), *item, *integers, *float) else {
            return Ok(None);
        };
        let Some(bytes) = elements.checked_mul(item) else { return Ok(None) };
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.pickle.refuse(format!("a storage named `{}`", shown(key)), "numbers"));
        }
        if !is_device(device) {
            let found = format!("a tensor on the device `{}`", shown(device));
            return Err(self.pickle.refuse(found, "cpu and cuda"));
        }
        self.storages.add(key, Storage { bytes, numbers: elements, integers, float })?;
        self.push(Value::Storage { elements });
        Ok(Some(()))
    }

    /// `(storage, offset, sizes, strides, requires_grad, hooks)`
    fn tensor(&mut self, items: &[ValueId]) -> Step<()> {
        let parts: Vec<_> = items.iter().map(|item| self.values.get(*item)).collect();
        let [
            Value::Storage { elements },
            Value::Int(offset),
            Value::Tuple(sizes),
            Value::Tuple(strides),
            Value::Bool,
            Value::None,
            bits @ ..,
        ] = parts.as_slice()
        else {
            return Ok(None);
        };
        let is_plain = match bits {
            [] => true,
            [Value::Dict(pairs, _)] => self.are_math_bits(pairs),
            _ => false,
        };
        let (Some(sizes), Some(strides), true) = (self.ints(sizes), self.ints(strides), is_plain) else {
            return Ok(None);
        };
        if !is_inside(*elements, *offset, &sizes, &strides) {
            let shape = shown(&format!("{sizes:?}"));
            let found =
                format!("a tensor that reaches outside its storage of {elements} elements; its shape is {shape}");
            return Err(self.pickle.refuse(found, "tensors inside their storage"));
        }
        self.push(Value::Tensor);
        Ok(Some(()))
    }

    /// Returns the sizes or strides of a tensor. A tuple too long for that is not gone through,
    /// because any number of tensors may name the same one.
    fn ints(&self, items: &[ValueId]) -> Option<Vec<i64>> {
        if items.len() > MAX_DIMENSIONS {
            return None;
        }
        let int = |item: &ValueId| match self.values.get(*item) {
            Value::Int(value) => Some(*value),
            _ => None,
        };
        items.iter().map(int).collect()
    }

    /// Returns whether a tensor of complex numbers is conjugated or negated when it is read. There
    /// are two such bits; a longer dict is not gone through, because any number of tensors may name
    /// the same one.
    fn are_math_bits(&self, pairs: &[(ValueId, ValueId)]) -> bool {
        pairs.len() <= MATH_BITS.len()
            && pairs.iter().all(|(key, value)| {
                matches!(self.values.get(*key), Value::Text(key) if MATH_BITS.contains(key))
                    && matches!(self.values.get(*value), Value::Bool)
            })
    }
}

/// Returns the devices that models are saved on. The runner moves the tensors to its own.
fn is_device(name: &str) -> bool {
    let number = name.strip_prefix("cuda").map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    name == "cpu" || number.is_some_and(|number| number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_the_cpu_or_a_gpu_with_a_short_number() {
        for device in ["cpu", "cuda", "cuda:0", "cuda:127", "cuda0", "cuda:"] {
            assert!(is_device(device), "{device}");
        }
        for other in ["", "CPU", "cpu:0", "cuda:1000", "cuda:-1", "cuda::1", "cuda:x", "xpu", "meta", "cud"] {
            assert!(!is_device(other), "{other}");
        }
    }
}
