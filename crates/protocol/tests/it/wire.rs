//! Bodies, one a type, in `bodies/`: every field of the type with a value, which fields may be
//! absent and what that means, and whether an unknown field is an error.
//!
//! A field may be absent because an older version did not send it. Only queries refuse unknown
//! fields themselves. The bodies of requests take them, because many are part of answers, too: an
//! older client has to read an answer with one more field. The server's reader of bodies refuses
//! the unknown fields of requests.

use std::collections::BTreeMap;

use holdout_protocol::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sources;

/// A type of the wire.
struct WireType {
    name: &'static str,
    /// Parses a body, writes the value again, and compares what that parses to with the value.
    reread: fn(&Value) -> Result<Value, String>,
}

macro_rules! wire_types {
    ($($type:ty),+ $(,)?) => {
        const TYPES: &[WireType] = &[$(WireType { name: stringify!($type), reread: reread::<$type> }),+];
    };
}

fn reread<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(body: &Value) -> Result<Value, String> {
    let value: T = serde_json::from_str(&body.to_string()).map_err(|error| error.to_string())?;
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    Ok(serde_json::from_str(&text).unwrap())
}

wire_types! {
    Account,
    AccountChanges,
    AccountDeletion,
    Announcement,
    AnnouncementChanges,
    Answer,
    ApiToken,
    ApplyRescoring,
    Attempt,
    AuditEntry,
    Ban,
    BanNotice,
    BanQuery,
    BanReply,
    BannedPerson,
    BlobRef,
    BoardPlace,
    BoardRow,
    ChangedRow,
    Charge,
    Claim,
    ClaimRequest,
    Class,
    CommitmentList,
    CommitmentOpening,
    ComparedEntry,
    ComparedPair,
    Comparison,
    ComparisonQuery,
    ConsistencyQuery,
    CorrectionNote,
    Correctness,
    CreatedApiToken,
    CreatedInvitation,
    CreatedOrganizerInvitation,
    CreatedPasswordReset,
    CreatedRegistrationCode,
    CreatedScorerToken,
    CreatedSetupLink,
    DiscardQuery,
    Disqualification,
    Entry,
    ExportQuery,
    EmailChange,
    EntryQuery,
    ErrorBody,
    ErrorDetail,
    EvaluationQuery,
    EvaluationRecord,
    Extension,
    Gap,
    Heartbeat,
    HeartbeatReply,
    Hint,
    InclusionQuery,
    InputTransform,
    Interval,
    Invitation,
    InvitationPreview,
    JudgedBoard,
    Judgement,
    JudgementReply,
    IdenticalGroup,
    IdenticalSubmission,
    IdenticalSubmissions,
    Leaderboard,
    LeaderboardEvent,
    LeaderboardQuery,
    Limits,
    LineFault,
    MailSettings,
    MailSettingsChanges,
    LogEntries,
    LogEntriesQuery,
    LogEntry,
    LogKey,
    LogKeys,
    LogProof,
    LoggedReceipt,
    Me,
    Measures,
    Member,
    MemberChanges,
    Message,
    MessageFacts,
    MyTeam,
    NewAccount,
    NewAnnouncement,
    NewAnswer,
    NewApiToken,
    NewBan,
    NewExtension,
    NewInvitation,
    NewLogKey,
    NewJudgement,
    NewOrganizerInvitation,
    NewPasswordReset,
    NewQuestion,
    NewsSeen,
    NewRegistrationCode,
    NewRescoring,
    NewScorerToken,
    NewSeason,
    NewSession,
    NewSubmission,
    NewTask,
    NewTeam,
    NewTestSet,
    MyOrganizerRole,
    OpenMatters,
    OrganizerChange,
    OrganizerInvitation,
    OrganizerInvitationPreview,
    OrganizerProfile,
    OutcomeReply,
    OutcomeReport,
    OwnData,
    Page<Class>,
    PageQuery,
    PasswordChange,
    PasswordReset,
    PastEntry,
    Preflight,
    PreflightReply,
    PrivateOpening,
    Progress,
    Question,
    QuestionQuery,
    Queue,
    QueuePlace,
    QueueRow,
    Quota,
    QuotaRule,
    RefreshSession,
    Registration,
    RegistrationCode,
    RegistrationStatus,
    ResetPassword,
    RunnerDevice,
    RunnerDevices,
    RunnerLoad,
    RunnerSetup,
    Rescoring,
    RescoringCounts,
    RescoringQuery,
    Score,
    ScorerStatus,
    ScorerToken,
    Scores,
    AuditQuery,
    Season,
    SeasonChanges,
    SeasonEvent,
    SeasonEventQuery,
    SeasonEvents,
    SeasonLog,
    Session,
    SessionTokens,
    SetupLink,
    SetupOrganizer,
    SimilarGroup,
    SimilarPair,
    SimilarSubmissions,
    Split,
    Submission,
    SubmissionChanges,
    SubmissionQuery,
    SubmissionReceipts,
    Task,
    TaskSettings,
    Team,
    TeamChange,
    TeamChangeQuery,
    TeamChanges,
    TeamDecision,
    TeamMerge,
    TeamMergeReply,
    MergedQuota,
    MergedTeam,
    TeamQuery,
    TestSetSummary,
    Unsubscription,
    Track,
    TrackRow,
    Upload,
    UseRegistrationCode,
    Verdict,
    VerdictDetail,
    VersionQuery,
    CreatedWebhook,
    NewWebhook,
    NewWebhookSecret,
    Webhook,
    WebhookChanges,
    WebhookDelivery,
    WebhookEvent,
}

/// What `bodies/` says of a type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    body: Map<String, Value>,
    /// The fields that may be absent, each with the value that this means; [`LEFT_OUT`] if the
    /// field stays away.
    #[serde(default)]
    absent: Map<String, Value>,
    unknown: Unknown,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(rename_all = "snake_case")]
enum Unknown {
    Refused,
    Ignored,
}

const LEFT_OUT: &str = "(left out)";

fn cases() -> BTreeMap<String, Case> {
    let files = [
        include_str!("bodies/account.json"),
        include_str!("bodies/common.json"),
        include_str!("bodies/evaluation.json"),
        include_str!("bodies/judgement.json"),
        include_str!("bodies/leaderboard.json"),
        include_str!("bodies/message.json"),
        include_str!("bodies/log.json"),
        include_str!("bodies/news.json"),
        include_str!("bodies/organizer.json"),
        include_str!("bodies/password.json"),
        include_str!("bodies/registration.json"),
        include_str!("bodies/rescoring.json"),
        include_str!("bodies/scorer.json"),
        include_str!("bodies/season.json"),
        include_str!("bodies/submission.json"),
        include_str!("bodies/team.json"),
        include_str!("bodies/webhook.json"),
    ];
    files.iter().flat_map(|text| serde_json::from_str::<BTreeMap<String, Case>>(text).unwrap()).collect()
}

/// Calls `look` with every type of the table, its case and its reader.
fn each(look: impl Fn(&str, &Case, &dyn Fn(&Map<String, Value>) -> Result<Value, String>)) {
    let cases = cases();
    for wire in TYPES {
        let case = cases.get(wire.name).unwrap_or_else(|| panic!("`bodies/` has no body of `{}`", wire.name));
        look(wire.name, case, &|body| (wire.reread)(&Value::Object(body.clone())));
    }
}

fn without(body: &Map<String, Value>, fields: &[&String]) -> Map<String, Value> {
    body.iter().filter(|(name, _)| !fields.contains(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The body as it is written again after it came without some fields.
fn completed(case: &Case, fields: &[&String]) -> Value {
    let mut body = without(&case.body, fields);
    for name in fields {
        let value = case.absent.get(*name).unwrap();
        if value != LEFT_OUT {
            body.insert((*name).clone(), value.clone());
        }
    }
    Value::Object(body)
}

#[test]
fn every_type_of_the_crate_has_a_body() {
    let in_table: Vec<&str> = TYPES.iter().map(|wire| wire.name.split('<').next().unwrap()).collect();
    for name in sources::bodies() {
        assert!(in_table.contains(&name.as_str()), "`{name}` is not in the table of tests/it/wire.rs");
    }
    let names: Vec<&str> = TYPES.iter().map(|wire| wire.name).collect();
    for name in cases().keys() {
        assert!(names.contains(&name.as_str()), "`{name}` of `bodies/` is not in the table of tests/it/wire.rs");
    }
}

#[test]
fn a_body_is_written_as_it_was_read() {
    each(|name, case, reread| {
        assert_eq!(reread(&case.body), Ok(Value::Object(case.body.clone())), "{name}");
    });
}

#[test]
fn fields_that_an_older_version_did_not_send_have_a_meaning() {
    each(|name, case, reread| {
        for field in case.absent.keys() {
            let body = without(&case.body, &[field]);
            assert_eq!(reread(&body), Ok(completed(case, &[field])), "{name} without `{field}`");
        }
        let all: Vec<&String> = case.absent.keys().collect();
        assert_eq!(reread(&without(&case.body, &all)), Ok(completed(case, &all)), "{name} without {all:?}");
    });
}

#[test]
fn every_other_field_is_required_and_named() {
    each(|name, case, reread| {
        for field in case.body.keys().filter(|field| !case.absent.contains_key(*field)) {
            let error = reread(&without(&case.body, &[field])).unwrap_err();
            assert!(error.contains(&format!("missing field `{field}`")), "{name} without `{field}`: {error}");
        }
    });
}

#[test]
fn unknown_fields_are_refused_by_name_or_ignored() {
    each(|name, case, reread| {
        let mut body = case.body.clone();
        body.insert("of_another_version".to_owned(), Value::from(1));
        match case.unknown {
            Unknown::Ignored => assert_eq!(reread(&body), Ok(Value::Object(case.body.clone())), "{name}"),
            Unknown::Refused => {
                let error = reread(&body).unwrap_err();
                assert!(error.contains("unknown field `of_another_version`, expected"), "{name}: {error}");
            }
        }
    });
}

#[test]
fn a_value_of_another_kind_is_refused() {
    each(|name, case, reread| {
        // Any JSON may be a `detail`, and a reason that is not known counts as none.
        let open = ["detail", "reason", "unsent"];
        for field in case.body.keys().filter(|field| !open.contains(&field.as_str())) {
            let mut body = case.body.clone();
            body.insert(field.clone(), serde_json::json!({ "no": ["such", "thing"] }));
            let outcome = reread(&body);
            // An object all of whose fields may be absent takes any other object.
            let takes_any = case.body[field].is_object() && outcome.is_ok();
            assert!(takes_any || outcome.is_err(), "{name} takes anything as `{field}`");
        }
    });
}
