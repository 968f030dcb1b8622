//! The count of `repeat_interleave`.
//!
//! libtorch has one overload for a number and one for a tensor of counts. The second adds the
//! counts up without a look at whether the sum fits, and then writes where the sums say, which may
//! be beyond its memory. The first calls `expand` and `clone`, which check sizes.
//!
//! Only what the text shows to be one number is accepted. That is not relied upon: if it is not a
//! number written there, `int(…)` is written around it. Whatever is in it, that has the type of a
//! number for libtorch, so it takes the first overload.

use super::check::Checker;
use super::expression::Expression;
use super::lexer::MAX_DEPTH;
use super::split::{closing, split};
use super::token::{Kind, Token};

impl<'l, 'a> Expression<'l, 'a> {
    /// Refuses `torch.repeat_interleave(x, 2)` and `x.repeat_interleave(2)`, which begin at this
    /// token, with another count.
    pub(super) fn repeat_interleave(&self, token: &Token<'a>, on_tensor: bool, checker: &mut Checker<'_, 'a>) {
        let is_accepted = match self.count(on_tensor) {
            Some([number]) if number.kind == Kind::Number => true,
            Some(count) => self.is_one_number(count, checker) && Self::cast_to_number(count, checker),
            None => false,
        };
        if !is_accepted {
            checker.forbid(token.line, "aten::repeat_interleave");
        }
    }

    /// Returns the argument that is the count, if it is certain which one libtorch takes for it.
    fn count(&self, on_tensor: bool) -> Option<&'l [Token<'a>]> {
        let open = if on_tensor { 1 } else { 3 };
        let arguments = self.tokens.get(self.at + open..)?;
        arguments.first().filter(|open| open.is_symbol("("))?;
        let pieces = split(arguments.get(1..closing(arguments)?)?, ",");
        let (before, behind) = pieces.split_at_checked(usize::from(!on_tensor))?;
        // `*pair` may be a tensor and its counts.
        if before.iter().any(|piece| piece.iter().any(|token| token.is_symbol("*"))) {
            return None;
        }
        match *behind.first()? {
            [name, equals, count @ ..] if equals.is_symbol("=") => name.is_name("repeats").then_some(count),
            count => Some(count),
        }
    }

    /// Returns whether the text shows that this is one number, and `int` is what the language calls
    /// so.
    fn is_one_number(&self, count: &[Token<'a>], checker: &Checker<'_, 'a>) -> bool {
        let is_target = |token: &Token<'_>| token.kind == Kind::Name && self.targets.contains(token.text);
        !self.targets.contains("int")
            && !checker.scope.may_be_bound("int")
            && !count.iter().any(is_target)
            && self.brackets.len() < MAX_DEPTH / 2
            && checker.is_number(count)
    }

    /// Has `int(…)` written around the count if it is not there. Returns false if there is no
    /// count.
    fn cast_to_number(count: &[Token<'a>], checker: &mut Checker<'_, 'a>) -> bool {
        let (Some(first), Some(last)) = (count.first(), count.last()) else { return false };
        if !first.is_name("int") || count.len() == 1 {
            checker.insert(first.start, "int(");
            checker.insert(last.end(), ")");
        }
        true
    }
}
