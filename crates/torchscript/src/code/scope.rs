//! The variables of a function, as far as they can be told without running it.

use std::collections::{HashMap, HashSet};

/// Variables that are bound for certain, block by block, and those that may be.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    /// A set for each open block: what its statements have bound so far.
    blocks: Vec<HashSet<&'a str>>,
    /// What any block has bound, also those that have ended: one of two branches, a loop that may
    /// not have run.
    maybe: HashSet<&'a str>,
}

impl<'a> Scope<'a> {
    pub(super) fn enter(&mut self) {
        self.blocks.push(HashSet::new());
    }

    /// Ends the innermost block. With the last of them, all is forgotten.
    pub(super) fn leave(&mut self) {
        self.blocks.pop();
        if self.blocks.is_empty() {
            self.maybe.clear();
        }
    }

    pub(super) fn bind(&mut self, name: &'a str) {
        if let Some(block) = self.blocks.last_mut() {
            block.insert(name);
        }
        self.maybe.insert(name);
    }

    /// Forgets a name, as `del name` does.
    pub(super) fn unbind(&mut self, name: &str) {
        for block in &mut self.blocks {
            block.remove(name);
        }
    }

    /// Returns whether the name is a variable here, whatever was run before.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.blocks.iter().any(|block| block.contains(name))
    }

    /// Returns whether the name may be a variable here.
    pub(super) fn may_be_bound(&self, name: &str) -> bool {
        self.maybe.contains(name)
    }
}

/// What the text shows a variable to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// One whole number.
    Number,
    /// A list of whole numbers: what `torch.size(x)` gives.
    Sizes,
    /// Anything.
    Other,
}

/// What the variables of a function hold, if that is the same wherever they are bound.
#[derive(Debug, Default)]
pub(super) struct Variables<'a>(HashMap<&'a str, Held>);

impl<'a> Variables<'a> {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn bind(&mut self, name: &'a str, held: Held) {
        let merged = |before: &mut Held| {
            if *before != held {
                *before = Held::Other;
            }
        };
        self.0.entry(name).and_modify(merged).or_insert(held);
    }

    pub(super) fn holds(&self, name: &str, held: Held) -> bool {
        self.0.get(name) == Some(&held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_bound_in_a_block_is_certain_inside_it_and_possible_behind_it() {
        let mut scope = Scope::default();
        scope.enter();
        scope.bind("x");
        scope.enter();
        scope.bind("y");
        assert!(scope.is_bound("x") && scope.is_bound("y"));
        scope.leave();
        assert!(scope.is_bound("x") && !scope.is_bound("y"));
        assert!(scope.may_be_bound("y") && !scope.may_be_bound("z"));
    }

    #[test]
    fn a_deleted_name_is_certain_in_no_block_any_more() {
        let mut scope = Scope::default();
        scope.enter();
        scope.bind("x");
        scope.enter();
        scope.bind("x");
        scope.unbind("x");
        assert!(!scope.is_bound("x") && scope.may_be_bound("x"));
    }

    #[test]
    fn the_end_of_a_function_forgets_its_names() {
        let mut scope = Scope::default();
        scope.enter();
        scope.bind("x");
        scope.leave();
        assert!(!scope.is_bound("x") && !scope.may_be_bound("x"));
    }
}
