//! The closed lists of the wire: every word of each, and what becomes of a word of another version.

use holdout_protocol::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::sources;

/// A closed list.
struct ClosedList {
    name: &'static str,
    words: Vec<&'static str>,
    /// Parses a word and writes it again.
    reread: fn(&str) -> Result<Value, String>,
}

macro_rules! closed_lists {
    ($($type:ident: $words:expr;)+) => {
        fn lists() -> Vec<ClosedList> {
            vec![$(ClosedList { name: stringify!($type), words: $words.to_vec(), reread: reread::<$type> }),+]
        }
    };
}

/// The words of a type that knows all its values.
macro_rules! all {
    ($type:ident) => {
        $type::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>()
    };
}

closed_lists! {
    Arithmetic: ["float32", "tf32", "bfloat16"];
    AttemptEnd: ["scored", "rejected", "fault", "gave_back", "lease_expired", "cancelled", "superseded"];
    BoardSplit: ["public", "private"];
    ChargeState: ["reserved", "committed", "refunded"];
    ErrorCode: all!(ErrorCode);
    ExportFormat: ["csv", "json"];
    ExportTable: ["participants", "submissions", "evaluations"];
    FaultReason: ["starved", "files", "deadline", "device", "other"];
    HintCode: [
        "zero_based", "fraction", "localisation", "odd_space", "no_header", "commas", "carriage_returns",
        "semicolons", "tabs", "bars", "image_names", "utf32", "utf16", "compressed_twice", "zip", "xz", "bzip2",
        "pdf", "guessed_labels", "guessed_outputs", "other_weights", "forward_input", "fixed_batch", "traced_batch", "left_in_training", "slow_half", "topk_values",
        "background_class", "extra_dimensions", "argmax", "output_not_tensor", "output_layout", "output_device",
        "output_type", "output_scores", "output_integers", "output_indices", "output_of_images", "output_of_batch",
        "wanted_output", "wanted_time", "wanted_trial_time", "wanted_memory", "wanted_device_memory",
        "wanted_archive", "wanted_text", "slow_file", "less_memory",
        "save_uncompressed", "wrap_forward", "device_of_input", "float_model", "before_inference",
        "before_mobile", "move_to_input", "without_torchvision", "trace_in_eval", "export_again",
        "export_lines", "export_size", "later_pytorch", "export_in_eval", "without_state", "without_objects",
        "scores_alone", "plain_weights", "float_program", "without_autocast", "without_control_flow",
        "without_chance", "other_form", "without_custom",
    ];
    JudgementAction: ["disqualify", "hide", "flag", "restore", "approve", "refuse"];
    Layer: all!(Layer);
    LogEntryKind: ["result", "decision", "correction", "key"];
    MemberRole: ["captain", "member"];
    MessageKind: all!(MessageKind);
    MessageState: ["waiting", "sent", "failed", "not_sent"];
    Metric: ["top1_error", "top5_error"];
    OrganizerRole: all!(OrganizerRole);
    Precision: ["float32", "tf32"];
    Reason: all!(Reason);
    RefundReason: ["format", "platform_fault", "cancelled"];
    RescoringEnd: ["applied", "dropped"];
    RegistrationMode: ["open", "code", "approval"];
    Ruling: ["held", "refused", "hidden", "disqualified"];
    RequiredField: all!(RequiredField);
    SameContent: ["file", "answers"];
    ScorerState: ["ready", "busy", "withdrawn", "silent", "stopped"];
    SeasonEventKind: [
        "opened", "closed", "published", "unpublished", "leader", "retracted", "announced", "announcement_changed",
        "answered",
    ];
    SeasonState: ["draft", "open", "closed", "published"];
    Stage: ["fetching", "checking", "preparing", "loading", "running", "scoring"];
    StartUnknown: ["no_scorer", "no_pace"];
    SubmissionKind: ["predictions", "torchscript"];
    SubmissionState: all!(SubmissionState);
    TeamAction: ["founded", "joined", "left", "removed", "merged"];
    TeamStatus: ["approved", "pending", "declined"];
    TrainingData: all!(TrainingData);
    UnsentReason: all!(UnsentReason);
    VerdictCode: all!(VerdictCode);
    WebhookDeliveryState: all!(WebhookDeliveryState);
    WebhookDisabledReason: all!(WebhookDisabledReason);
    WebhookEventKind: all!(WebhookEventKind);
    WebhookFault: all!(WebhookFault);
}

fn reread<T: Serialize + DeserializeOwned>(word: &str) -> Result<Value, String> {
    let value: T = serde_json::from_value(json!(word)).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(value).unwrap())
}

#[test]
fn every_list_of_the_crate_is_in_the_table() {
    // Those two have bodies, which are tested below.
    let with_bodies = ["Outcome", "ToRunner"];
    for name in sources::lists().iter().filter(|name| !with_bodies.contains(&name.as_str())) {
        assert!(lists().iter().any(|list| list.name == name), "`{name}` is not in the table of tests/it/lists.rs");
    }
}

#[test]
fn a_word_is_written_as_it_was_read() {
    for ClosedList { name, words, reread } in lists() {
        for word in words {
            assert_eq!(reread(word), Ok(json!(word)), "{name}");
        }
    }
}

#[test]
fn a_word_of_another_version_is_refused_with_all_that_are_known() {
    for ClosedList { name, words, reread } in lists() {
        let error = reread("of_another_version").unwrap_err();
        let (found, expected) = error.split_once(", expected ").unwrap_or_else(|| panic!("{name}: {error}"));
        assert_eq!(found, "unknown variant `of_another_version`", "{name}");
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert_eq!(known, words, "{name}");
    }
}

#[test]
fn other_spellings_are_no_words() {
    for ClosedList { name, words, reread } in lists() {
        for word in words {
            for spelling in [word.to_uppercase(), format!(" {word}"), word.replace('_', "-") + "-"] {
                assert!(reread(&spelling).is_err(), "{name}: `{spelling}`");
            }
        }
    }
}

#[test]
fn words_for_people_and_for_programs_are_the_same() {
    let kinds = [SubmissionKind::Predictions, SubmissionKind::Torchscript].map(|kind| (json!(kind), kind.as_str()));
    let modes = [RegistrationMode::Open, RegistrationMode::Code, RegistrationMode::Approval];
    let modes = modes.map(|mode| (json!(mode), mode.as_str()));
    let statuses = [TeamStatus::Approved, TeamStatus::Pending, TeamStatus::Declined];
    let statuses = statuses.map(|status| (json!(status), status.as_str()));
    let faults = FaultReason::ALL.map(|fault| (json!(fault), fault.as_str()));
    for (written, word) in kinds.into_iter().chain(modes).chain(statuses).chain(faults) {
        assert_eq!(written, json!(word));
    }
}

#[test]
fn an_answer_with_a_reason_hint_or_fact_of_a_later_version_is_read_without_it() {
    let known = json!({ "code": "utf16", "facts": {} });
    let later = json!({ "code": "of_another_version", "facts": {} });
    let detail: VerdictDetail = serde_json::from_value(json!({
        "hints": ["the file is odd", "the file is UTF-16"],
        "known_hints": [later, known, { "code": 7 }],
        "known_found": later,
        "known_wanted": later,
        "known_advice": later,
    }))
    .unwrap();
    assert_eq!(detail.known_hints, [Hint::from(HintCode::Utf16)]);
    assert_eq!([detail.known_found, detail.known_wanted, detail.known_advice], [None, None, None]);
    assert_eq!(detail.hints.len(), 2, "the texts are all there");

    let refusal =
        json!({ "error": { "code": "invalid_value", "reason": "of_another_version", "message": "`x` is odd" } });
    let refusal: ErrorBody = serde_json::from_value(refusal).unwrap();
    assert_eq!((refusal.error.reason, refusal.error.message.as_str()), (None, "`x` is odd"));

    let message = json!({
        "id": "01890a5d-ac96-774b-bcce-b30200000041", "kind": "submission_rejected", "address": "ann@example.org",
        "subject": "Submission rejected", "text": "It was rejected.", "created_at": "2012-07-02T12:00:00Z",
        "state": "not_sent", "attempts": 1, "facts": { "season": "Demo", "verdict": "of_another_version" },
        "error": "it is odd", "unsent": "of_another_version",
    });
    let message: Message = serde_json::from_value(message).unwrap();
    assert_eq!((message.facts, message.text.as_str()), (None, "It was rejected."));
    assert_eq!((message.unsent, message.error.as_deref()), (None, Some("it is odd")));
}

#[test]
fn outcomes_are_told_apart_by_their_kind() {
    let correctness = Correctness { n: 8, top1: "AA==".to_owned(), top5: "/w==".to_owned(), answers: None };
    let verdict = Verdict::new(VerdictCode::Crashed, "it died", VerdictDetail::default());
    let fault = |reason| Outcome::Fault { cause: "the disk is full".to_owned(), reason };
    for (outcome, kind) in [
        (Outcome::Scored(correctness), "scored"),
        (Outcome::Rejected(verdict), "rejected"),
        (fault(FaultReason::Files), "fault"),
        (Outcome::GaveBack, "gave_back"),
    ] {
        let body = serde_json::to_value(&outcome).unwrap();
        assert_eq!(body["kind"], json!(kind));
        assert_eq!(serde_json::from_value::<Outcome>(body).unwrap(), outcome);
    }
    let older = json!({ "kind": "fault", "cause": "the disk is full" });
    assert_eq!(serde_json::from_value::<Outcome>(older).unwrap(), fault(FaultReason::Other));
    let error = serde_json::from_value::<Outcome>(json!({ "kind": "of_another_version" })).unwrap_err().to_string();
    assert!(error.contains("expected one of `scored`, `rejected`, `fault`, `gave_back`"), "{error}");
}

#[test]
fn orders_to_a_runner_are_told_apart_by_their_kind() {
    let load = RunnerLoad {
        model_bytes: 100,
        classes: 10,
        answers: 5,
        side: 224,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        optimise: true,
        fresh: false,
        tolerance: 0.001,
        causes: false,
    };
    for (order, kind) in [
        (ToRunner::Load(load), "load"),
        (ToRunner::Batch { number: 1, slot: 0, images: 64 }, "batch"),
        (ToRunner::Finish, "finish"),
    ] {
        let body = serde_json::to_value(&order).unwrap();
        assert_eq!(body["kind"], json!(kind));
        assert_eq!(serde_json::from_value::<ToRunner>(body).unwrap(), order);
    }
    assert!(serde_json::from_value::<ToRunner>(json!({ "kind": "batch", "number": 1, "slot": 0 })).is_err());
    assert!(serde_json::from_value::<ToRunner>(json!({ "kind": "of_another_version" })).is_err());
}
