//! What a team discloses of how a submission was made, and what a task can require it to say.

use serde::{Deserialize, Serialize};

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
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
