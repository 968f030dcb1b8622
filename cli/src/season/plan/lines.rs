//! The plan: lines to show to the user, and the actions that carry them out.

use holdout_protocol::SeasonChanges;
use serde::Serialize;

use crate::season::files::{CheckedEntry, CheckedTask};
use crate::text::visible;

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sign {
    Create,
    Change,
    /// It is as the folder says already.
    Keep,
}

/// How a field changes, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) old: String,
    /// As it will be.
    pub(crate) new: String,
}

impl FieldChange {
    pub(in crate::season) fn new(field: &str, old: &str, new: &str) -> Self {
        Self { field: field.to_owned(), old: old.to_owned(), new: new.to_owned() }
    }
}

/// A thing of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlanLine {
    /// What happens to it.
    pub(crate) sign: Sign,
    pub(crate) what: String,
    pub(crate) fields: Vec<FieldChange>,
}

impl PlanLine {
    /// Returns the line as it is shown: `+` made, `~` changed, `=` unchanged.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let sign = match self.sign {
            Sign::Create => '+',
            Sign::Change => '~',
            Sign::Keep => '=',
        };
        let mut text = format!("{sign} {}", visible(&self.what));
        for FieldChange { field, old, new } in &self.fields {
            text.push_str(&format!("\n    {}: {} → {}", visible(field), visible(old), visible(new)));
        }
        text
    }
}

/// What is done for a line of the plan.
pub(in crate::season) enum Action<'a> {
    /// Makes it as a draft, whatever the folder says.
    CreateSeason,
    /// Shows a season that is a draft. It comes last, so that nobody sees half of a season.
    ShowSeason,
    ChangeSeason(SeasonChanges),
    CreateTask(&'a CheckedTask),
    ReplaceTask(&'a CheckedTask),
    PutTestSet(&'a CheckedTask, KnownImages),
    Submit(&'a CheckedEntry),
    /// An entry that was scored on these versions of its test set, none of which is, or will be,
    /// the present one.
    SubmitAgain(&'a CheckedEntry, Vec<u32>),
}

/// What to do with the images of a test set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::season) enum KnownImages {
    /// The server has them.
    Keep,
    /// They are sent.
    Send,
}

/// The plan: lines to show, actions in their order.
#[derive(Default)]
pub(in crate::season) struct Plan<'a> {
    pub(in crate::season) lines: Vec<PlanLine>,
    pub(in crate::season) actions: Vec<Action<'a>>,
    pub(in crate::season) remarks: Vec<String>,
    /// Whether ranks on a board may change at once.
    pub(in crate::season) reranks: bool,
    /// Whether results are counted for another version of their test set, which the board does not
    /// show until they are applied.
    pub(in crate::season) rescored: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn keep(&mut self, what: String) {
        self.lines.push(PlanLine { sign: Sign::Keep, what, fields: Vec::new() });
    }

    pub(super) fn create(&mut self, what: String, action: Action<'a>) {
        self.lines.push(PlanLine { sign: Sign::Create, what, fields: Vec::new() });
        self.actions.push(action);
    }

    pub(super) fn change(&mut self, what: String, fields: Vec<FieldChange>, action: Action<'a>) {
        self.lines.push(PlanLine { sign: Sign::Change, what, fields });
        self.actions.push(action);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_its_sign_and_its_fields_without_what_would_reach_the_terminal() {
        let fields = vec![FieldChange::new("title", "Old", "New\u{1b}[31m")];
        let line = PlanLine { sign: Sign::Change, what: "task images".to_owned(), fields };
        let text = line.text();
        assert!(text.starts_with("~ task images\n    title: Old → New"), "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let kept = PlanLine { sign: Sign::Keep, what: "season demo".to_owned(), fields: Vec::new() };
        assert_eq!(kept.text(), "= season demo");
    }

    #[test]
    fn only_what_is_made_or_changed_has_an_action() {
        let mut plan = Plan::default();
        plan.keep("a".to_owned());
        plan.create("b".to_owned(), Action::CreateSeason);
        plan.change("c".to_owned(), Vec::new(), Action::ShowSeason);
        assert_eq!(
            plan.lines.iter().map(|line| line.sign).collect::<Vec<_>>(),
            [Sign::Keep, Sign::Create, Sign::Change]
        );
        assert!(matches!(plan.actions.as_slice(), [Action::CreateSeason, Action::ShowSeason]));
    }
}
