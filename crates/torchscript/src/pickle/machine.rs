//! The interpreter: a stack, marks and a memo, as libtorch's unpickler has them.

use std::collections::HashMap;
use std::rc::Rc;

use super::opcode::Opcode;
use super::refusal::Pickle;
use super::storage::Storages;
use super::value::{Value, ValueId, Values};
use crate::code::{Program, Type};
use crate::fields::Fields;
use crate::refusal::Refused;

const MAX_VALUES: usize = 1_000_000;

pub(super) struct Machine<'a> {
    pub(super) pickle: Pickle,
    pub(super) fields: Fields<'a>,
    pub(super) program: &'a Program,
    pub(super) values: Values<'a>,
    pub(super) stack: Vec<ValueId>,
    marks: Vec<usize>,
    memo: HashMap<u32, ValueId>,
    /// Types that have been read, by the text that they were read from.
    pub(super) types: HashMap<ValueId, Rc<Type>>,
    pub(super) storages: Storages,
}

/// `None` if a pickle ends too early or an operation does not find what it needs.
pub(super) type Step<T> = Result<Option<T>, Refused>;

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

    /// Returns what the pickle says, once it has run.
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

    pub(super) fn push(&mut self, value: Value<'a>) {
        let id = self.values.add(value);
        self.stack.push(id);
    }

    pub(super) fn pop(&mut self) -> Option<ValueId> {
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
        // libtorch grows its memo to any index; an honest one counts up, and there is no more to
        // remember than there are bytes.
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
}

/// Keys and values that follow each other. `None` if one is left over.
fn pairs(items: &[ValueId]) -> Option<Vec<(ValueId, ValueId)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[key, value]| (*key, *value)).collect())
}
