//! Verdicts on a team's own work: a closed list, each with an advice.

use serde::{Deserialize, Serialize};

use crate::Hint;

macro_rules! verdicts {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $advice:literal;)+) => {
        /// Why a submission was rejected. Every code is the team's own doing; a fault of the
        /// platform is never a verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum VerdictCode {
            $($(#[$doc])* $variant,)+
        }

        impl VerdictCode {
            /// Every code, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the code as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Returns what a team should do about it, one sentence.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)+ }
            }
        }
    };
}

verdicts! {
    /// The file has no rows.
    EmptyFile = "empty_file", "Send a file with one line for each test image.";
    /// The file is not UTF-8 text, nor gzip or zstd of it.
    NotText = "not_text", "Save the file as plain UTF-8 text; gzip and zstd are accepted.";
    /// The file or a line of it is larger than allowed, before or after decompression.
    TooLarge = "too_large", "Keep to one line of at most five labels for each test image.";
    /// A CSV file without the header that is asked for.
    BadHeader = "bad_header", "Begin a CSV file with the line `image,labels`.";
    /// A label that is neither a class number nor a class id.
    BadLabel = "bad_label", "Write labels as whole class numbers or class ids with spaces between, without signs, fractions or quotes.";
    /// A class number outside the task's list.
    LabelOutOfRange = "label_out_of_range", "Use the class numbers of the task's class list; they begin at 1.";
    /// More than five labels in a line.
    TooManyLabels = "too_many_labels", "Give at most five labels for an image, best first.";
    /// The same label twice in a line.
    RepeatedLabel = "repeated_label", "Give each label once for an image.";
    /// A line without labels.
    EmptyLine = "empty_line", "Give at least one label for every image.";
    /// Fewer rows than test images.
    TooFewRows = "too_few_rows", "Give one row for each test image.";
    /// More rows than test images.
    TooManyRows = "too_many_rows", "Give one row for each test image.";
    /// A test image without a row.
    MissingImage = "missing_image", "Give one row for each test image.";
    /// A row for an image that is not in the test set.
    UnknownImage = "unknown_image", "Use the image names of the task's image list.";
    /// An image with two rows.
    RepeatedImage = "repeated_image", "Give one row for each test image.";
    /// Neither a TorchScript archive nor an exported program.
    NotTorchscript = "not_torchscript", "Save the model with torch.jit.save or torch.export.save.";
    /// An operator that models may not use.
    ForbiddenOperator = "forbidden_operator", "Remove the operator named; pure tensor computation is all a model needs.";
    /// libtorch could not load it.
    LoadFailed = "load_failed", "Load the saved file once yourself with torch.jit.load on a CPU.";
    /// `forward` raised an error.
    ModelError = "model_error", "Run the model on batches of several sizes as `holdout check` does.";
    /// The output has another shape or type than the task asks for.
    WrongOutput = "wrong_output", "Return scores of shape [N, classes] or ranked class indices of shape [N, 5].";
    /// A score is not a finite number.
    NonFiniteOutput = "non_finite_output", "Return finite scores; look for overflow and division by zero.";
    /// Two runs gave different answers.
    NotReproducible = "not_reproducible", "Call eval() before saving; answers may not depend on order, batch or chance.";
    /// The time limit was reached.
    TimeLimit = "time_limit", "Make the model faster or smaller; the limit is on the season's page.";
    /// The memory limit was reached.
    MemoryLimit = "memory_limit", "Make the model smaller; the limit is on the season's page.";
    /// The process died.
    Crashed = "crashed", "Run `holdout check` on the model; it ended its process.";
    /// A system call that models may not make.
    ForbiddenSystemCall = "forbidden_system_call", "A model may only compute: no files, no network, no processes.";
}

/// One line at fault in a prediction file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineFault {
    /// Number of the line, from 1; `null` if the fault is of no single line (an image that has no
    /// row).
    pub line: Option<u64>,
    /// What is wrong with it.
    pub code: VerdictCode,
    /// The value at fault, escaped, at most 80 characters.
    pub value: String,
    /// What is allowed in its place.
    pub allowed: String,
}

/// A verdict with its safe details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// Which of the closed list.
    pub code: VerdictCode,
    /// What was found.
    pub message: String,
    /// What to do about it, one sentence or two. Verdicts of older versions have none; their
    /// message ends with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
    /// Lines at fault and other safe facts.
    pub detail: VerdictDetail,
}

impl Verdict {
    /// Returns a verdict with the advice of its code.
    #[must_use]
    pub fn new(code: VerdictCode, message: impl Into<String>, detail: VerdictDetail) -> Self {
        Self { code, message: message.into(), advice: code.advice().to_owned(), detail }
    }

    /// Returns the same verdict with an advice that is closer than that of its code. For example,
    /// that of `forbidden_operator` is to remove the operator, but one of mobile models comes from
    /// a tool that has to be left out.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<Hint>) -> Self {
        let advice = advice.into();
        self.advice = advice.to_string();
        self.detail.known_advice = Some(advice);
        self
    }
}

impl VerdictDetail {
    /// Says what was found in words of the closed list.
    #[must_use]
    pub fn with_found(mut self, found: Hint) -> Self {
        self.found = Some(found.to_string());
        self.known_found = Some(found);
        self
    }

    /// Says what the task wants instead in words of the closed list.
    #[must_use]
    pub fn with_wanted(mut self, wanted: Hint) -> Self {
        self.wanted = Some(wanted.to_string());
        self.known_wanted = Some(wanted);
        self
    }

    /// Adds a hint of the closed list.
    pub fn hint(&mut self, hint: Hint) {
        self.hints.push(hint.to_string());
        self.known_hints.push(hint);
    }
}

/// The safe details of a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct VerdictDetail {
    /// The first twenty lines at fault, in file order.
    pub lines: Vec<LineFault>,
    /// How many faults there are in all, as far as the file was read.
    pub faults: u64,
    /// Whether the rest of the file was not read, so that `faults` is the least number there may
    /// be. For example, reading ends at the first row too many.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stopped_early: bool,
    /// Further hints: 0-based numbering, a spreadsheet's encoding, a wrong sort.
    pub hints: Vec<String>,
    /// Those of the hints that are of the closed list, for clients that put them into words of
    /// their own.
    #[serde(deserialize_with = "crate::known::all", skip_serializing_if = "Vec::is_empty")]
    pub known_hints: Vec<Hint>,
    /// The operator or part of the file at fault, of letters, digits, `_`, `.`, `:` and `/` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// What the model gave back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What the task wants instead, or the limit that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
    /// `found` in the closed list, for clients that put it into words of their own.
    #[serde(deserialize_with = "crate::known::one", skip_serializing_if = "Option::is_none")]
    pub known_found: Option<Hint>,
    /// The advice in the closed list, if it is closer than that of the code.
    #[serde(deserialize_with = "crate::known::one", skip_serializing_if = "Option::is_none")]
    pub known_advice: Option<Hint>,
    /// `wanted` in the closed list.
    #[serde(deserialize_with = "crate::known::one", skip_serializing_if = "Option::is_none")]
    pub known_wanted: Option<Hint>,
    /// What the file is instead of what it was sent as: `onnx`, `zipped_table`. `found` and `hints`
    /// say the same in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_kind: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HintCode;

    #[test]
    fn a_verdict_gives_the_advice_of_its_code_until_a_better_one_is_known() {
        let plain = Verdict::new(VerdictCode::LoadFailed, "it cannot be loaded", VerdictDetail::default());
        assert_eq!(
            (plain.advice.as_str(), plain.detail.known_advice.as_ref()),
            (VerdictCode::LoadFailed.advice(), None)
        );
        let advised = plain.advise(HintCode::ExportAgain);
        assert_eq!(advised.advice, HintCode::ExportAgain.text());
        assert_eq!(advised.detail.known_advice, Some(HintCode::ExportAgain.into()));
    }

    #[test]
    fn what_was_found_and_wanted_stands_in_words_and_as_a_word_of_the_list() {
        let found = Hint::from(HintCode::OutputScores).with("shape", "[2, 7]");
        let wanted = Hint::from(HintCode::WantedMemory).with("limit", "16 GiB");
        let detail = VerdictDetail::default().with_found(found.clone()).with_wanted(wanted.clone());
        assert_eq!((detail.found.as_deref(), detail.known_found), (Some("scores of shape [2, 7]"), Some(found)));
        assert_eq!((detail.wanted.as_deref(), detail.known_wanted), (Some("at most 16 GiB"), Some(wanted)));
    }

    #[test]
    fn a_hint_stands_at_the_same_place_of_both_lists() {
        let mut detail = VerdictDetail::default();
        for code in [HintCode::Utf16, HintCode::Tabs] {
            detail.hint(code.into());
        }
        assert_eq!(detail.hints, [HintCode::Utf16.text(), HintCode::Tabs.text()]);
        assert_eq!(detail.known_hints, [Hint::from(HintCode::Utf16), Hint::from(HintCode::Tabs)]);
    }
}
