//! `season.yaml` as it is written: text with places, interpreted elsewhere so that every fault can
//! be named with its line.

use serde::Deserialize;
use serde_saphyr::Spanned;

/// A value as it is written, with its place.
pub(super) type Written = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeasonDocument {
    pub(super) season: Written,
    pub(super) title: Written,
    pub(super) rules: Option<Written>,
    pub(super) opens: Written,
    pub(super) closes: Option<Written>,
    pub(super) draft: Option<Written>,
    pub(super) registration: Option<RegistrationDocument>,
    pub(super) tasks: Vec<TaskDocument>,
    #[serde(default)]
    pub(super) entries: Vec<EntryDocument>,
}

/// Who may found and join teams.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationDocument {
    pub(super) mode: Option<Written>,
    #[serde(default)]
    pub(super) domains: Vec<Written>,
    pub(super) teams_per_account: Option<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskDocument {
    pub(super) task: Written,
    pub(super) title: Written,
    pub(super) metric: Written,
    pub(super) accepts: Vec<Written>,
    pub(super) classes: Written,
    pub(super) test_set: TestSetDocument,
    pub(super) input: Option<InputDocument>,
    pub(super) split: Option<SplitDocument>,
    pub(super) quota: Option<QuotaDocument>,
    pub(super) limits: Option<LimitsDocument>,
    pub(super) finals: Option<Written>,
    pub(super) approval: Option<Written>,
    pub(super) ladder: Option<Written>,
    #[serde(default)]
    pub(super) required: Vec<Written>,
}

/// The hidden test set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestSetDocument {
    pub(super) labels: Written,
    pub(super) images: Option<Written>,
}

/// How images are prepared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputDocument {
    pub(super) resize: Option<Written>,
    pub(super) crop: Written,
    pub(super) mean: Spanned<Vec<Written>>,
    pub(super) std: Spanned<Vec<Written>>,
    pub(super) precision: Option<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitDocument {
    pub(super) public: Written,
    pub(super) seed: Option<Written>,
}

/// How many submissions a team has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaDocument {
    pub(super) submissions: Written,
    pub(super) per: Written,
}

/// What a submission may use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsDocument {
    pub(super) model: Option<Written>,
    pub(super) predictions: Option<Written>,
    pub(super) wall: Option<Written>,
    pub(super) memory: Option<Written>,
}

/// An entry that the organizers put on the board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryDocument {
    pub(super) team: Written,
    pub(super) method: Option<Written>,
    pub(super) task: Written,
    pub(super) file: Written,
    pub(super) kind: Option<Written>,
    pub(super) note: Option<Written>,
    pub(super) description: Option<Written>,
    #[serde(default)]
    pub(super) links: Vec<Written>,
    pub(super) training_data: Option<Written>,
    pub(super) ensemble: Option<Written>,
    pub(super) baseline: Option<Written>,
    pub(super) submitted_at: Option<Written>,
}
