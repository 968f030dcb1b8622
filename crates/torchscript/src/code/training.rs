//! What runs in training only, found over the whole program.
//!
//! Every model is put into evaluation mode after loading, so `self.training` is false. From that
//! follows what is false or `None` as well: a variable that is only bound to such values, a
//! parameter that every call gives such a value. A block under a condition that is false never
//! runs, so what it binds and calls does not count. The answer is the least that agrees with
//! itself: at first nothing is bound and nothing called, and the program is read again until a
//! reading adds nothing.

use std::collections::HashMap;

use super::program::Program;
use super::split::call;
use super::token::{Kind, Token};

/// What a variable is in evaluation mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A parameter of a function that is not called, as far as is known, and what depends on one.
    Unbound,
    Nothing,
    False,
    Unknown,
}

/// What is known of the calls of a function, or of all methods of a name.
#[derive(Debug, Default)]
struct Calls {
    /// Whether there may be calls that are not seen.
    any: bool,
    arguments: Vec<State>,
}

/// Variables of each function, and calls.
#[derive(Debug)]
pub(super) struct Training<'p> {
    pub(super) program: &'p Program,
    variables: HashMap<String, HashMap<String, State>>,
    calls: HashMap<String, Calls>,
    has_changed: bool,
}

/// The function that is read: its full name and that of its class.
#[derive(Debug, Default, Clone)]
pub(super) struct Place {
    pub(super) function: String,
    pub(super) class: Option<String>,
    /// What calls of it name: the full name of a function, `.name` of a method.
    pub(super) called: String,
}

impl Place {
    pub(super) fn new(qualifier: &str, class: Option<&String>, name: &str) -> Self {
        match class {
            Some(class) => {
                Self { function: format!("{class}.{name}"), class: Some(class.clone()), called: format!(".{name}") }
            }
            None => {
                let function = format!("{qualifier}.{name}");
                Self { called: function.clone(), function, class: None }
            }
        }
    }
}

impl<'p> Training<'p> {
    /// Begins with nothing bound and nothing called.
    pub(super) fn new(program: &'p Program) -> Self {
        Self { program, variables: HashMap::new(), calls: HashMap::new(), has_changed: false }
    }

    /// Returns whether something new was noted since this was asked.
    pub(super) const fn take_changed(&mut self) -> bool {
        std::mem::replace(&mut self.has_changed, false)
    }

    /// Returns whether a condition is false in evaluation mode.
    pub(super) fn is_off(&self, place: &Place, condition: &[Token<'_>]) -> bool {
        matches!(self.state(place, condition), State::Unbound | State::False)
    }

    /// Returns whether the function is never called in evaluation mode.
    pub(super) fn is_never_called(&self, place: &Place) -> bool {
        !self.calls.contains_key(&place.called)
    }

    /// Returns what an expression is.
    pub(super) fn state(&self, place: &Place, value: &[Token<'_>]) -> State {
        match value {
            _ if is_training(value) => State::False,
            [word] if word.is_keyword("False") => State::False,
            [word] if word.is_keyword("None") => State::Nothing,
            [name] if name.kind == Kind::Name => {
                let variables = self.variables.get(&place.function);
                variables.and_then(|variables| variables.get(name.text)).copied().unwrap_or(State::Unknown)
            }
            [object, point, name] if object.is_name("self") && point.is_symbol(".") => {
                let class = place.class.as_deref().and_then(|class| self.program.class(class));
                let is_nothing = class.is_some_and(|class| class.nothings.contains(name.text));
                if is_nothing { State::Nothing } else { State::Unknown }
            }
            _ => match call(value) {
                Some((function, arguments)) if function == "torch.__isnot__" => self.is_something(place, &arguments),
                _ => State::Unknown,
            },
        }
    }

    /// `torch.__isnot__(x, None)`
    fn is_something(&self, place: &Place, arguments: &[&[Token<'_>]]) -> State {
        let [value, [nothing]] = arguments else { return State::Unknown };
        match self.state(place, value) {
            State::Nothing if nothing.is_keyword("None") => State::False,
            State::Unbound => State::Unbound,
            _ => State::Unknown,
        }
    }

    /// Notes that a variable is bound to this as well.
    pub(super) fn bind(&mut self, place: &Place, name: &str, state: State) {
        let variables = self.variables.entry(place.function.clone()).or_default();
        let joined = join(variables.get(name).copied().unwrap_or(State::Unbound), state);
        self.has_changed |= variables.insert(name.to_owned(), joined) != Some(joined);
    }

    /// Notes a call with these arguments; `None` for any.
    pub(super) fn call(&mut self, called: &str, arguments: Option<Vec<State>>) {
        self.has_changed |= !self.calls.contains_key(called);
        let calls = self.calls.entry(called.to_owned()).or_default();
        let Some(arguments) = arguments else {
            self.has_changed |= !calls.any;
            calls.any = true;
            return;
        };
        if calls.arguments.len() < arguments.len() {
            calls.arguments.resize(arguments.len(), State::Unbound);
        }
        for (known, state) in calls.arguments.iter_mut().zip(arguments) {
            let joined = join(*known, state);
            self.has_changed |= *known != joined;
            *known = joined;
        }
    }

    /// Returns what the calls that were seen give for a parameter.
    pub(super) fn given(&self, called: &str, index: usize) -> State {
        match self.calls.get(called) {
            Some(calls) if calls.any => State::Unknown,
            calls => calls.and_then(|calls| calls.arguments.get(index)).copied().unwrap_or(State::Unbound),
        }
    }
}

fn join(one: State, other: State) -> State {
    match (one, other) {
        (State::Unbound, state) | (state, State::Unbound) => state,
        (one, other) if one == other => one,
        _ => State::Unknown,
    }
}

/// Returns whether a condition is `self.training`, or a variable of that name.
pub(super) fn is_training(condition: &[Token<'_>]) -> bool {
    match condition {
        [flag] => flag.is_name("training"),
        [_, point, flag] => point.is_symbol(".") && flag.is_name("training"),
        _ => false,
    }
}
