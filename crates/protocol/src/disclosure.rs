//! What a team discloses of how a submission was made, and what a task requires it to say.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::allowed::NotAllowed;
use crate::{Reason, SubmissionTexts, TaskSettings};

/// What a method was trained with. A board can show the entries of one kind only: its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrainingData {
    /// Only with the data that the organizers supply.
    Supplied,
    /// With other data too: further images, or weights that were trained with such.
    Outside,
}

impl TrainingData {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Supplied, Self::Outside];

    /// Returns the kind as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supplied => "supplied",
            Self::Outside => "outside",
        }
    }

    /// Returns the kind that is written like this in JSON.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What a team discloses of how a submission was made; `None` for what it does not say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Disclosure {
    /// What it was trained with.
    pub training_data: Option<TrainingData>,
    /// Whether several models answer together.
    pub ensemble: Option<bool>,
}

/// What teams can be required to say of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequiredField {
    /// The name of the method.
    Method,
    /// A description.
    Description,
    /// At least one link: to a paper, code and the like.
    Links,
    /// What it was trained with.
    TrainingData,
    /// Whether it is an ensemble.
    Ensemble,
}

impl RequiredField {
    /// Every field, in the order in which forms ask for them.
    pub const ALL: [Self; 5] = [Self::Method, Self::Description, Self::Links, Self::TrainingData, Self::Ensemble];

    /// Returns the field as it is written in JSON, which is its name in a submission.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Description => "description",
            Self::Links => "links",
            Self::TrainingData => "training_data",
            Self::Ensemble => "ensemble",
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Method => "a name of the method",
            Self::Description => "a description",
            Self::Links => "at least one link, to a paper, code and the like",
            Self::TrainingData => "`supplied` or `outside`",
            Self::Ensemble => "`true` or `false`",
        }
    }

    fn is_said(self, texts: &SubmissionTexts<'_>, disclosure: Disclosure) -> bool {
        let says = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        match self {
            Self::Method => says(texts.method),
            Self::Description => says(texts.description),
            Self::Links => !texts.links.is_empty(),
            Self::TrainingData => disclosure.training_data.is_some(),
            Self::Ensemble => disclosure.ensemble.is_some(),
        }
    }
}

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
        let missing = |field: &&RequiredField| asked(**field) && !field.is_said(texts, disclosure);
        let Some(field) = self.required.iter().find(missing) else { return Ok(()) };
        let name = field.as_str();
        let message = format!("`{name}` is missing, which this task requires; give {}", field.wanted());
        Err(NotAllowed::new(name, message, Reason::FieldRequired, json!({ "required": name })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(required: &[RequiredField]) -> TaskSettings {
        let required: Vec<_> = required.iter().map(|field| field.as_str()).collect();
        let fields = json!({ "title": "T", "metric": "top5_error", "accepts": ["predictions"], "required": required });
        serde_json::from_value(fields).unwrap()
    }

    fn texts<'a>(method: &'a str, description: &'a str, links: &'a [String]) -> SubmissionTexts<'a> {
        SubmissionTexts { method: Some(method), description: Some(description), note: None, links }
    }

    #[test]
    fn names_are_those_of_json() {
        for kind in TrainingData::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(TrainingData::named(kind.as_str()), Some(kind));
        }
        for field in RequiredField::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.as_str());
        }
        assert_eq!(TrainingData::named("Supplied"), None);
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
