//! The interpreter: a stack, marks and a memo, as libtorch's unpickler has them.

use std::collections::HashMap;
use std::rc::Rc;

use super::globals::Global;
use super::opcode::Opcode;
use super::shape::is_inside;
use super::value::{Value, ValueId, Values};
use super::{Pickle, Storages};
use crate::code::{ClassKind, Program, Type};
use crate::fields::Fields;
use crate::refusal::{Refused, shown};

/// Most values.
const MAX_VALUES: usize = 1_000_000;

/// Longest key of a storage.
const MAX_KEY: usize = 20;

/// Runs one pickle.
pub(super) struct Machine<'a> {
    pickle: Pickle,
    fields: Fields<'a>,
    program: &'a Program,
    values: Values<'a>,
    stack: Vec<ValueId>,
    marks: Vec<usize>,
    memo: HashMap<u32, ValueId>,
    /// Types that have been read, by the text that they were read from.
    types: HashMap<ValueId, Rc<Type>>,
    storages: Storages,
}

/// `None` where a pickle ends too early or an operation does not find what it needs.
type Step<T> = Result<Option<T>, Refused>;

impl<'a> Machine<'a> {
    pub(super) fn new(pickle: Pickle, bytes: &'a [u8], program: &'a Program) -> Self {
        Self {
            pickle,
            fields: Fields::new(bytes),
            program,
            values: Values::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            types: HashMap::new(),
            storages: Storages::default(),
        }
    }

    /// What the pickle says, once it has run.
    pub(super) fn finish(self) -> (Values<'a>, Storages) {
        (self.values, self.storages)
    }

    /// Runs to the end, and gives the only value that is left.
    pub(super) fn run(&mut self) -> Result<ValueId, Refused> {
        let size = self.fields.left();
        if self.fields.array() != Some([0x80, 2]) {
            return Err(self.pickle.refuse("another protocol of pickles", "protocol 2"));
        }
        loop {
            let byte = self.fields.u8().ok_or_else(|| self.malformed(size))?;
            let Some(opcode) = Opcode::of(byte) else {
                let found = format!("the operation {byte:#04x} at byte {}", size - self.fields.left() - 1);
                return Err(self.pickle.refuse(found, "the operations that torch writes"));
            };
            if opcode == Opcode::Stop {
                break;
            }
            if self.step(opcode, size)?.is_none() {
                return Err(self.malformed(size));
            }
            if self.values.len() > MAX_VALUES {
                return Err(self.pickle.refuse("too many values", format!("{MAX_VALUES} of them")));
            }
        }
        match (self.stack.as_slice(), self.marks.as_slice(), self.fields.left()) {
            ([top], [], 0) => Ok(*top),
            _ => Err(self.malformed(size)),
        }
    }

    fn malformed(&self, size: usize) -> Refused {
        let at = size - self.fields.left();
        self.pickle
            .refuse(format!("a malformed pickle: it makes no sense before byte {at}"), "what torch.jit.save writes")
    }

    fn step(&mut self, opcode: Opcode, size: usize) -> Step<()> {
        match opcode {
            Opcode::Global => self.global(),
            Opcode::Reduce => self.reduce(),
            Opcode::Build => self.build(),
            Opcode::BinPersistentId => self.storage(),
            Opcode::BinPut | Opcode::LongBinPut => self.put(opcode, size),
            Opcode::BinUnicode => self.text(),
            _ => Ok(self.simple(opcode)),
        }
    }

    /// Operations that refuse nothing but what makes no sense.
    fn simple(&mut self, opcode: Opcode) -> Option<()> {
        match opcode {
            Opcode::Mark => self.marks.push(self.stack.len()),
            Opcode::None => self.push(Value::None),
            Opcode::NewTrue | Opcode::NewFalse => self.push(Value::Bool),
            Opcode::BinInt | Opcode::BinInt1 | Opcode::BinInt2 | Opcode::Long1 => self.int(opcode)?,
            Opcode::BinFloat => {
                self.fields.array::<8>()?;
                self.push(Value::Float);
            }
            Opcode::EmptyTuple => self.push(Value::Tuple(Vec::new())),
            Opcode::EmptyList => self.push(Value::List(Vec::new(), None)),
            Opcode::EmptyDict => self.push(Value::Dict(Vec::new(), None)),
            Opcode::Tuple | Opcode::List | Opcode::Dict => self.gather(opcode)?,
            Opcode::Tuple1 => self.tuple(1)?,
            Opcode::Tuple2 => self.tuple(2)?,
            Opcode::Tuple3 => self.tuple(3)?,
            Opcode::Append => self.append(1)?,
            Opcode::SetItem => self.append(2)?,
            Opcode::Appends | Opcode::SetItems => self.append_marked(opcode)?,
            Opcode::NewObject => self.new_object()?,
            Opcode::BinGet | Opcode::LongBinGet => self.get(opcode)?,
            _ => return None,
        }
        Some(())
    }

    fn push(&mut self, value: Value<'a>) {
        let id = self.values.add(value);
        self.stack.push(id);
    }

    fn pop(&mut self) -> Option<ValueId> {
        // Nothing below a mark belongs to an operation above it.
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() > floor { self.stack.pop() } else { None }
    }

    fn int(&mut self, opcode: Opcode) -> Option<()> {
        let value = match opcode {
            Opcode::BinInt => i64::from(i32::from_le_bytes(self.fields.array()?)),
            Opcode::BinInt1 => i64::from(self.fields.u8()?),
            Opcode::BinInt2 => i64::from(self.fields.u16()?),
            _ => {
                if self.fields.u8()? != 8 {
                    return None;
                }
                i64::from_le_bytes(self.fields.array()?)
            }
        };
        self.push(Value::Int(value));
        Some(())
    }

    fn text(&mut self) -> Step<()> {
        let Some(bytes) = self.fields.u32().and_then(|length| self.fields.bytes(usize::try_from(length).ok()?)) else {
            return Ok(None);
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => self.push(Value::Text(text)),
            Err(_) => return Err(self.pickle.refuse("text that is not UTF-8", "UTF-8")),
        }
        Ok(Some(()))
    }

    /// Values above the last mark, which is gone then.
    fn above_mark(&mut self) -> Option<Vec<ValueId>> {
        let start = self.marks.pop()?;
        (start <= self.stack.len()).then(|| self.stack.split_off(start))
    }

    fn gather(&mut self, opcode: Opcode) -> Option<()> {
        let items = self.above_mark()?;
        self.push(match opcode {
            Opcode::Tuple => Value::Tuple(items),
            Opcode::List => Value::List(items, None),
            _ => Value::Dict(pairs(&items)?, None),
        });
        Some(())
    }

    fn tuple(&mut self, count: usize) -> Option<()> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Value::Tuple(items));
        Some(())
    }

    fn append(&mut self, count: usize) -> Option<()> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.extend(&items, count == 2)
    }

    fn append_marked(&mut self, opcode: Opcode) -> Option<()> {
        let items = self.above_mark()?;
        self.extend(&items, opcode == Opcode::SetItems)
    }

    /// Adds items to the list, or pairs to the dict, that is on top of the stack.
    fn extend(&mut self, items: &[ValueId], is_dict: bool) -> Option<()> {
        let top = *self.stack.last()?;
        match (self.values.get_mut(top)?, is_dict) {
            (Value::List(list, _), false) => list.extend(items),
            (Value::Dict(dict, _), true) => dict.extend(pairs(items)?),
            _ => return None,
        }
        Some(())
    }

    fn put(&mut self, opcode: Opcode, size: usize) -> Step<()> {
        let index = if opcode == Opcode::BinPut { self.fields.u8().map(u32::from) } else { self.fields.u32() };
        let (Some(index), Some(top)) = (index, self.stack.last()) else { return Ok(None) };
        // libtorch grows its memo to any index; an honest one counts up, and there is no more to remember than there are bytes.
        if usize::try_from(index).is_ok_and(|index| index > size) {
            return Err(self
                .pickle
                .refuse(format!("the memo index {index}"), format!("indices up to {size}, its size")));
        }
        self.memo.insert(index, *top);
        Ok(Some(()))
    }

    fn get(&mut self, opcode: Opcode) -> Option<()> {
        let index = if opcode == Opcode::BinGet { u32::from(self.fields.u8()?) } else { self.fields.u32()? };
        self.stack.push(*self.memo.get(&index)?);
        Some(())
    }

    fn global(&mut self) -> Step<()> {
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
    fn new_object(&mut self) -> Option<()> {
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

    fn build(&mut self) -> Step<()> {
        let (Some(state), Some(new)) = (self.pop(), self.pop()) else { return Ok(None) };
        let Value::New(class) = *self.values.get(new) else { return Ok(None) };
        let kind = self.program.class(class).map(|class| class.kind);
        if !matches!(kind, Some(ClassKind::Module | ClassKind::Plain)) {
            let found = format!("an object of `{}`, of which there can be none", shown(class));
            return Err(self.pickle.refuse(found, "objects of modules and classes"));
        }
        self.push(Value::Object { class, state });
        Ok(Some(()))
    }

    fn reduce(&mut self) -> Step<()> {
        let (Some(arguments), Some(function)) = (self.pop(), self.pop()) else { return Ok(None) };
        let Value::Global(global) = *self.values.get(function) else { return Ok(None) };
        if let Global::Class(class) = global {
            return Ok(self.member(class, arguments));
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

    fn member(&mut self, class: &'a str, value: ValueId) -> Option<()> {
        let is_enum = self.program.class(class)?.kind == ClassKind::Enum;
        let is_plain = matches!(self.values.get(value), Value::Int(_) | Value::Float | Value::Text(_));
        if !(is_enum && is_plain) {
            return None;
        }
        self.push(Value::Member { class, value });
        Some(())
    }

    /// A list whose items have a type without a name of its own.
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
    fn storage(&mut self) -> Step<()> {
        let Some(Value::Tuple(items)) = self.pop().map(|tuple| self.values.get(tuple)) else { return Ok(None) };
        let parts: Vec<_> = items.iter().map(|item| self.values.get(*item)).collect();
        let [
            Value::Text("storage"),
            Value::Global(Global::Storage(item)),
            Value::Text(key),
            Value::Text(device),
            Value::Int(elements),
        ] = parts.as_slice()
        else {
            return Ok(None);
        };
        let (Some(elements), item) = (u64::try_from(*elements).ok(), *item) else { return Ok(None) };
        let Some(bytes) = elements.checked_mul(item) else { return Ok(None) };
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.pickle.refuse(format!("a storage named `{}`", shown(key)), "numbers"));
        }
        if !is_device(device) {
            let found = format!("a tensor on the device `{}`", shown(device));
            return Err(self.pickle.refuse(found, "cpu and cuda"));
        }
        self.storages.add(key, bytes)?;
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

    fn ints(&self, items: &[ValueId]) -> Option<Vec<i64>> {
        let int = |item: &ValueId| match self.values.get(*item) {
            Value::Int(value) => Some(*value),
            _ => None,
        };
        items.iter().map(int).collect()
    }

    /// Whether a tensor of complex numbers is conjugated or negated when it is read.
    fn are_math_bits(&self, pairs: &[(ValueId, ValueId)]) -> bool {
        pairs.iter().all(|(key, value)| {
            matches!(self.values.get(*key), Value::Text("conj" | "neg"))
                && matches!(self.values.get(*value), Value::Bool)
        })
    }
}

/// Keys and values that follow each other. `None` where one is left over.
fn pairs(items: &[ValueId]) -> Option<Vec<(ValueId, ValueId)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[key, value]| (*key, *value)).collect())
}

/// The devices that models are saved on. The runner moves the tensors to its own.
fn is_device(name: &str) -> bool {
    let number = name.strip_prefix("cuda").map(|rest| rest.strip_prefix(':').unwrap_or(rest));
    name == "cpu" || number.is_some_and(|number| number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}
