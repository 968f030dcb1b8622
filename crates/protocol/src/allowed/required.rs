//! What a task requires teams to say of a submission.

use std::collections::HashSet;

use serde_json::json;

use super::{NotAllowed, SubmissionTexts};
use crate::{Disclosure, Reason, RequiredField, TaskSettings};

impl TaskSettings {
    /// Checks that a team says of a submission what this task requires, as far as it is `asked`
    /// for: of all fields when it submits, and of those that it changes later.
    ///
    /// # Errors
    /// Names the first field that is required and missing.
    pub fn check_required(
        &self,
        texts: &SubmissionTexts<'_>,
        disclosure: Disclosure,
        asked: impl Fn(RequiredField) -> bool,
    ) -> Result<(), NotAllowed> {
        let missing = |field: &&RequiredField| asked(**field) && !is_said(**field, texts, disclosure);
        let Some(field) = self.required.iter().find(missing) else { return Ok(()) };
        let name = field.as_str();
        let message = format!("`{name}` is missing, which this task requires; give {}", wanted(*field));
        Err(NotAllowed::new(name, message, Reason::FieldRequired, json!({ "required": name })))
    }
}

/// Checks that a task names each field once.
///
/// # Errors
/// Names the first field that is named twice.
pub(super) fn check_distinct(settings: &TaskSettings) -> Result<(), NotAllowed> {
    let mut seen = HashSet::new();
    let Some(twice) = settings.required.iter().find(|field| !seen.insert(**field)) else { return Ok(()) };
    let name = twice.as_str();
    let message = format!("`required` names `{name}` twice; name each field once");
    Err(NotAllowed::new("required", message, Reason::RequestUnfit, json!({ "value": name })))
}

const fn wanted(field: RequiredField) -> &'static str {
    match field {
        RequiredField::Method => "a name of the method",
        RequiredField::Description => "a description",
        RequiredField::Links => "at least one link, to a paper, code and the like",
        RequiredField::TrainingData => "`supplied` or `outside`",
        RequiredField::Ensemble => "`true` or `false`",
    }
}

fn is_said(field: RequiredField, texts: &SubmissionTexts<'_>, disclosure: Disclosure) -> bool {
    let says = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    match field {
        RequiredField::Method => says(texts.method),
        RequiredField::Description => says(texts.description),
        RequiredField::Links => !texts.links.is_empty(),
        RequiredField::TrainingData => disclosure.training_data.is_some(),
        RequiredField::Ensemble => disclosure.ensemble.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainingData;

    fn settings(required: &[RequiredField]) -> TaskSettings {
        let required: Vec<_> = required.iter().map(|field| field.as_str()).collect();
        let fields = json!({ "title": "T", "metric": "top5_error", "accepts": ["predictions"], "required": required });
        serde_json::from_value(fields).unwrap()
    }

    fn texts<'a>(method: &'a str, description: &'a str, links: &'a [String]) -> SubmissionTexts<'a> {
        SubmissionTexts { method: Some(method), description: Some(description), note: None, links }
    }

    #[test]
    fn every_required_field_is_asked_for_and_no_other() {
        let links = ["https://example.org".to_owned()];
        let full = Disclosure { training_data: Some(TrainingData::Outside), ensemble: Some(false) };
        for field in RequiredField::ALL {
            let task = settings(&[field]);
            task.check_required(&texts("m", "d", &links), full, |_| true).unwrap();
            let refused = task.check_required(&texts(" ", "\n", &[]), Disclosure::default(), |_| true).unwrap_err();
            assert_eq!((refused.field, refused.reason), (field.as_str(), Reason::FieldRequired));
            // A field that is not changed is not asked for again.
            task.check_required(&texts("", "", &[]), Disclosure::default(), |asked| asked != field).unwrap();
        }
        settings(&[]).check_required(&texts("", "", &[]), Disclosure::default(), |_| true).unwrap();
    }

    #[test]
    fn the_first_missing_field_is_named_with_what_it_takes() {
        let task = settings(&[RequiredField::Method, RequiredField::TrainingData]);
        let refused = task.check_required(&texts("m", "", &[]), Disclosure::default(), |_| true).unwrap_err();
        let message = "`training_data` is missing, which this task requires; give `supplied` or `outside`";
        assert_eq!(refused.message, message);
    }
}
