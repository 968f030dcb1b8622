//! Rows for unit tests: each is an ordinary one, and a test changes what it is about.

use holdout_protocol::{
    AccountId, BlobRef, Disclosure, EvaluationId, Limits, Metric, QuotaRule, Reason, Registration, SeasonId, Sha256,
    Split, SubmissionId, SubmissionKind, TaskId, TaskSettings, TeamId, TeamStatus, TestSetId, Timestamp,
};
use serde_json::json;

use crate::auth::Account;
use crate::db::boards::Entry;
use crate::db::organizer_roles::HeldRole;
use crate::db::results::Counts;
use crate::db::seasons::Season;
use crate::db::submission_versions::Version;
use crate::db::submissions::Submission;
use crate::db::tasks::Task;
use crate::db::teams::Team;
use crate::db::test_sets::TestSet;
use crate::error::{Error, Result};

/// Returns the time this many seconds after the beginning of 1970.
pub const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// Returns what a caller is told who is refused.
pub fn refusal<T: std::fmt::Debug>(refused: Result<T>) -> (Option<Reason>, String) {
    let told = refused.unwrap_err().body().error;
    (told.reason, told.message)
}

/// The field that a refusal is about.
pub fn field(error: &Error) -> String {
    error.body().error.detail["field"].as_str().unwrap_or_default().to_owned()
}

/// A season that is open from second 100 to second 200.
pub fn season() -> Season {
    Season {
        id: SeasonId::new(),
        slug: "demo".parse().unwrap(),
        title: "Demo".to_owned(),
        rules: String::new(),
        opens_at: at(100),
        closes_at: Some(at(200)),
        draft: false,
        paused: false,
        frozen_at: None,
        published_at: None,
        first_published_at: None,
        registration: Registration::default(),
    }
}

/// Settings of a task for both kinds of files, with a private part.
pub fn settings() -> TaskSettings {
    TaskSettings {
        title: "Classification".to_owned(),
        metric: Metric::Top5Error,
        accepts: vec![SubmissionKind::Predictions, SubmissionKind::Torchscript],
        input: None,
        split: Some(Split { public: 0.5, seed: Some(7) }),
        quota: QuotaRule::default(),
        limits: Limits::default(),
        finals: 2,
        approval: false,
        ladder: false,
        required: Vec::new(),
    }
}

/// A task of a season.
pub fn task(season: SeasonId) -> Task {
    Task {
        id: TaskId::new(),
        season,
        slug: "classification".parse().unwrap(),
        position: 0,
        settings: settings(),
        test_set: None,
        board_version: 1,
    }
}

/// A test set of ten images in three classes, the first four of which are public.
pub fn test_set() -> TestSet {
    TestSet {
        id: TestSetId::new(),
        task: TaskId::new(),
        version: 1,
        blob: BlobRef { sha256: Sha256::from_bytes([1; 32]), size: 100 },
        images_blob: None,
        classes: 3,
        images: 10,
        public_mask: Some(vec![0b1111, 0]),
        split: None,
        salt: "00".repeat(32),
        commitment: Sha256::from_bytes([2; 32]),
        created_at: at(1),
        staged: false,
    }
}

/// A team that may submit.
pub fn team() -> Team {
    Team {
        id: TeamId::new(),
        season: SeasonId::new(),
        name: "Team".parse().unwrap(),
        affiliation: None,
        created_at: at(1),
        status: TeamStatus::Approved,
        status_note: None,
    }
}

/// Somebody with these roles, as they count for the server.
pub fn account(roles: &[HeldRole]) -> Account {
    let account = Account {
        id: AccountId::new(),
        email: "ada@example.org".to_owned(),
        roles: roles.to_vec(),
        season: None,
        role: None,
        organizer: false,
        session: None,
        token: None,
    };
    account.about(None)
}

/// A submission of predictions.
pub fn submission() -> Submission {
    Submission {
        id: SubmissionId::new(),
        season: SeasonId::new(),
        task: TaskId::new(),
        team: TeamId::new(),
        account: AccountId::new(),
        kind: SubmissionKind::Predictions,
        blob: BlobRef { sha256: Sha256::from_bytes([3; 32]), size: 100 },
        method: None,
        description: None,
        links: Vec::new(),
        disclosure: Disclosure::default(),
        note: None,
        baseline: false,
        evaluation: EvaluationId::new(),
        created_at: at(150),
        final_at: None,
        dated_at: None,
        judgement: None,
        flag: None,
        withdrawn_at: None,
        late: false,
        kept_back: false,
        answers: None,
    }
}

/// A result of `team` on 100 public images and 100 private ones, of which so many are wrong.
pub fn entry(team: TeamId, public: u32, private: u32, second: i64) -> Entry {
    let counts = |n, wrong| Counts { n, top1_wrong: wrong, top5_wrong: wrong };
    Entry {
        submission: SubmissionId::new(),
        evaluation: EvaluationId::new(),
        team,
        team_name: "Team".parse().unwrap(),
        method: Some(format!("{public} {private}")),
        disclosure: Disclosure::default(),
        note: None,
        baseline: false,
        final_at: None,
        submitted_at: at(second),
        dated_at: None,
        finished_at: at(second),
        all: counts(200, public + private),
        public: counts(100, public),
        measures: None,
        versions: Vec::new(),
        judgement: None,
        withdrawn_at: None,
        late: false,
        kept_back: false,
    }
}

/// How an entry of `Team` stood until this second.
pub fn version(until: i64) -> Version {
    Version {
        until: at(until),
        team: TeamId::new(),
        team_name: "Team".parse().unwrap(),
        method: None,
        description: None,
        links: Vec::new(),
        disclosure: Disclosure::default(),
        final_at: None,
    }
}

/// A queued submission as the API shows it.
pub fn shown_submission() -> holdout_protocol::Submission {
    let fields = json!({ "id": SubmissionId::new(), "season": "demo", "task": "a", "team": "Team", "kind": "predictions",
        "state": "queued", "queue": null, "progress": null, "verdict": null, "scores": null, "measures": null,
        "sha256": "00".repeat(32), "size": 1, "method": null, "description": null, "links": [], "note": null, "attempts": 0,
        "charge": null, "created_at": at(1), "finished_at": null });
    serde_json::from_value(fields).unwrap()
}
