//! What a pickle made, seen as a whole: how deep it is, and whether objects hold what their classes
//! declare.
//!
//! libtorch frees values recursively, so a deep one ends the process. And it sets attributes
//! without a look at their types: compiled code then reads an object of another class at the places
//! of the declared one.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::refusal::Pickle;
use super::value::{Value, ValueId, Values};
use crate::code::{Class, ClassKind, Program, Type};
use crate::refusal::{Refused, shown};

/// Deepest nesting of values. A module takes two levels: the object and its attributes.
const MAX_DEPTH: u32 = 200;

/// Most values that are looked at for their types, counting a value for each place that holds it.
const MAX_LOOKS: u32 = 10_000_000;

/// Longest name of an attribute.
const MAX_NAME: usize = 1024;

/// The checks of one pickle.
pub(super) struct Check<'v, 'a> {
    pickle: Pickle,
    values: &'v Values<'a>,
    program: &'v Program,
    /// Which class has the methods of which interface, as far as it was asked.
    implementing: RefCell<HashMap<(*const Class, *const Class), bool>>,
    /// Comparisons of methods and members since the last look, since they count as looks.
    compared: Cell<u32>,
}

/// A value whose children are being gone through.
struct Frame {
    id: ValueId,
    children: Vec<ValueId>,
    deepest: u32,
}

/// What is known of a value's depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Unknown,
    Pending,
    Known(u32),
}

impl<'v, 'a> Check<'v, 'a> {
    pub(super) fn new(pickle: Pickle, values: &'v Values<'a>, program: &'v Program) -> Self {
        Self { pickle, values, program, implementing: RefCell::default(), compared: Cell::new(0) }
    }

    /// Refuses values that hold themselves, and those nested too deeply; also such as were dropped
    /// on the way.
    pub(super) fn nesting(&self) -> Result<(), Refused> {
        let mut depths = vec![Depth::Unknown; self.values.len()];
        for start in 0..self.values.len() {
            self.depth_of(ValueId(start), &mut depths)?;
        }
        Ok(())
    }

    fn depth_of(&self, start: ValueId, depths: &mut [Depth]) -> Result<(), Refused> {
        let mut frames = Vec::new();
        self.visit(start, depths, &mut frames)?;
        while let Some(frame) = frames.last_mut() {
            if let Some(child) = frame.children.pop() {
                match depths.get(child.0) {
                    Some(Depth::Known(depth)) => frame.deepest = frame.deepest.max(*depth),
                    Some(Depth::Unknown) => {
                        frame.children.push(child);
                        self.visit(child, depths, &mut frames)?;
                    }
                    _ => return Err(self.pickle.refuse("a value that holds itself", "values without circles")),
                }
                continue;
            }
            let depth = frame.deepest + 1;
            let id = frame.id;
            if depth > MAX_DEPTH {
                return Err(self.pickle.refuse("values nested too deeply", format!("{MAX_DEPTH} in each other")));
            }
            if let Some(known) = depths.get_mut(id.0) {
                *known = Depth::Known(depth);
            }
            frames.pop();
        }
        Ok(())
    }

    fn visit(&self, id: ValueId, depths: &mut [Depth], frames: &mut Vec<Frame>) -> Result<(), Refused> {
        match depths.get_mut(id.0) {
            Some(depth) if *depth == Depth::Unknown => *depth = Depth::Pending,
            _ => return Ok(()),
        }
        // Values without children are done at once; most are.
        let children = self.values.get(id).children();
        if children.is_empty() {
            if let Some(depth) = depths.get_mut(id.0) {
                *depth = Depth::Known(1);
            }
            return Ok(());
        }
        frames.push(Frame { id, children: children.into_owned(), deepest: 0 });
        if frames.len() > usize::try_from(MAX_DEPTH).unwrap_or(usize::MAX) {
            return Err(self.pickle.refuse("values nested too deeply", format!("{MAX_DEPTH} in each other")));
        }
        Ok(())
    }

    /// Refuses objects whose attributes are not those of their class, and lists and dicts that hold
    /// something else than their type says.
    pub(super) fn types(&self) -> Result<(), Refused> {
        let mut looks = 0;
        for (index, value) in self.values.iter().enumerate() {
            if let Value::List(_, Some(tag)) | Value::Dict(_, Some(tag)) = value
                && !self.fits(ValueId(index), tag, &mut looks)
            {
                return Err(self
                    .pickle
                    .refuse("a list or dict of other values than its type says", "values of the declared types"));
            }
            let Value::Object { class: name, state } = value else { continue };
            let Some(class) = self.program.class(name) else { continue };
            match class.state() {
                None => self.attributes(name, class, *state, &mut looks)?,
                // Such a class makes its attributes of the state by code. libtorch believes that
                // the state is of the type that this code takes, so that it must be.
                Some(wanted) if wanted.is_some_and(|wanted| self.fits(*state, wanted, &mut looks)) => {}
                Some(_) => {
                    let found = format!("another state of `{}` than its `__setstate__` takes", shown(name));
                    return Err(self.pickle.refuse(found, "values of the declared types"));
                }
            }
        }
        Ok(())
    }

    fn attributes(&self, name: &str, class: &Class, state: ValueId, looks: &mut u32) -> Result<(), Refused> {
        let of = || shown(name);
        let Value::Dict(pairs, None) = self.values.get(state) else {
            return Err(self
                .pickle
                .refuse(format!("an object of `{}` without attributes", of()), "a dict of attributes"));
        };
        *looks = looks.saturating_add(u32::try_from(pairs.len() + class.attributes.len()).unwrap_or(u32::MAX));
        let mut given = HashMap::new();
        for (key, value) in pairs {
            let is_new = match self.values.get(*key) {
                Value::Text(key) if key.len() <= MAX_NAME && *looks <= MAX_LOOKS => {
                    given.insert(*key, *value).is_none()
                }
                _ => false,
            };
            if !is_new {
                return Err(self
                    .pickle
                    .refuse(format!("an object of `{}` with odd attributes", of()), "each attribute once"));
            }
        }
        for (attribute, wanted) in &class.attributes {
            let found = given.get(attribute.as_str());
            if !found.is_some_and(|value| self.fits(*value, wanted, looks)) {
                let what = found.map_or("nothing", |value| self.values.get(*value).describe());
                let found = format!("{what} in the attribute `{}` of `{}`", shown(attribute), of());
                return Err(self.pickle.refuse(found, "values of the declared types"));
            }
        }
        Ok(())
    }

    /// Returns whether the value is of the type. What is in lists and dicts is only looked at if
    /// objects or tuples may be in it, because libtorch checks everything else when it is used.
    fn fits(&self, value: ValueId, wanted: &Type, looks: &mut u32) -> bool {
        let mut open = vec![Look { value, wanted, node: 0 }];
        while let Some(look) = open.pop() {
            *looks = looks.saturating_add(1).saturating_add(self.compared.take());
            if *looks > MAX_LOOKS || !self.fits_one(&look, &mut open) {
                return false;
            }
        }
        true
    }

    /// Returns whether the outermost of the type fits; what is inside is left in `open`.
    fn fits_one<'t>(&self, look: &Look<'t>, open: &mut Vec<Look<'t>>) -> bool
    where
        'v: 't,
    {
        let value = self.values.get(look.value);
        let arguments = look.wanted.arguments(look.node);
        let mut look_at =
            |value: &ValueId, node: &usize| open.push(Look { value: *value, wanted: look.wanted, node: *node });
        match (look.wanted.name(look.node), value) {
            ("Any", _)
            | ("Tensor", Value::Tensor | Value::None)
            | ("NoneType" | "Optional", Value::None)
            | ("int", Value::Int(_))
            | ("float", Value::Float)
            | ("bool", Value::Bool)
            | ("str", Value::Text(_))
            | ("complex", Value::Complex)
            | ("Device", Value::Device)
            | ("number", Value::Int(_) | Value::Float | Value::Complex) => true,
            ("Optional", _) => {
                arguments.iter().for_each(|node| look_at(&look.value, node));
                arguments.len() == 1
            }
            ("List", Value::List(items, _)) => {
                let node = arguments.first().filter(|_| look.wanted.needs_looks());
                node.into_iter().for_each(|node| items.iter().for_each(|item| look_at(item, node)));
                arguments.len() == 1
            }
            ("Dict", Value::Dict(pairs, _)) => {
                let node = arguments.get(1).filter(|_| look.wanted.needs_looks());
                node.into_iter().for_each(|node| pairs.iter().for_each(|(_, item)| look_at(item, node)));
                arguments.len() == 2
            }
            ("Tuple", Value::Tuple(items)) => {
                items.iter().zip(arguments).for_each(|(item, node)| look_at(item, node));
                items.len() == arguments.len()
            }
            ("Union", Value::Object { class, .. } | Value::Member { class, .. }) => {
                self.count(arguments.len());
                arguments.iter().any(|node| look.wanted.name(*node) == *class)
            }
            // libtorch takes a value that is not of the other types for the last one, without a
            // check.
            ("Union", Value::Tuple(_) | Value::List(..) | Value::Dict(..)) => !look.wanted.needs_looks(),
            ("Union", _) => true,
            (name, _) => self.program.class(name).is_some_and(|class| self.fits_class(look.value, name, class, open)),
        }
    }

    fn fits_class<'t>(&self, id: ValueId, name: &str, class: &'v Class, open: &mut Vec<Look<'t>>) -> bool
    where
        'v: 't,
    {
        match (class.kind, self.values.get(id)) {
            (ClassKind::Module | ClassKind::Plain, Value::Object { class: found, .. }) => *found == name,
            (ClassKind::Enum, Value::Member { class: found, .. }) => *found == name,
            (ClassKind::Interface, Value::Object { class: found, .. }) => {
                self.program.class(found).is_some_and(|found| self.implements(found, class))
            }
            (ClassKind::NamedTuple, Value::Tuple(items)) => {
                let fields = class.attributes.iter();
                open.extend(items.iter().zip(fields).map(|(item, (_, wanted))| Look { value: *item, wanted, node: 0 }));
                items.len() == class.attributes.len()
            }
            _ => false,
        }
    }
}

impl Check<'_, '_> {
    /// Counts comparisons, so that their number is bounded together with that of the looks.
    fn count(&self, comparisons: usize) {
        let comparisons = u32::try_from(comparisons).unwrap_or(u32::MAX);
        self.compared.set(self.compared.get().saturating_add(comparisons));
    }

    /// Returns whether the class of an object has all methods of an interface. Millions of places
    /// may hold such objects, so each pair of classes is compared once.
    fn implements(&self, class: &Class, interface: &Class) -> bool {
        // The program owns every class while it is checked, so their addresses tell them apart.
        let pair = (std::ptr::from_ref(class), std::ptr::from_ref(interface));
        if let Some(known) = self.implementing.borrow().get(&pair) {
            return *known;
        }
        self.count(interface.methods());
        let implements = class.implements(interface);
        self.implementing.borrow_mut().insert(pair, implements);
        implements
    }
}

/// A value and the node of the type that it should have.
struct Look<'t> {
    value: ValueId,
    wanted: &'t Type,
    node: usize,
}
