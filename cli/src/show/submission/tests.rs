use holdout_evaluation::FileKind;
use holdout_protocol::{HintCode, VerdictCode, VerdictDetail};
use serde_json::{Value, json};

use super::*;

fn shown(verdict: &Verdict) -> String {
    rejection("rejected", verdict).to_text()
}

#[test]
fn a_verdict_is_said_with_its_advice_on_a_line_of_its_own() {
    let verdict = Verdict::new(VerdictCode::Crashed, "the model ended its process", VerdictDetail::default());
    let advice = VerdictCode::Crashed.advice();
    assert_eq!(shown(&verdict), format!("error: rejected: the model ended its process\nadvice: {advice}"));
    let mut hinted = verdict.clone();
    hinted.detail.hints.push("unzip it".to_owned());
    assert_eq!(shown(&hinted), "error: rejected: the model ended its process", "the hint is the advice");
    let closer = verdict.advise(HintCode::BeforeMobile);
    assert!(shown(&closer).ends_with("advice: Save the model before `optimize_for_mobile`."), "{}", shown(&closer));
}

#[test]
fn a_verdict_of_an_older_server_has_its_advice_in_the_message() {
    let older = r#"{"code":"crashed","message":"it died. Run `holdout check`.","detail":{}}"#;
    let verdict: Verdict = serde_json::from_str(older).unwrap();
    assert_eq!(shown(&verdict), "error: rejected: it died. Run `holdout check`.");
}

#[test]
fn what_the_message_says_is_not_said_again() {
    let detail = VerdictDetail {
        operator: Some("aten::save".to_owned()),
        found: Some("7 columns".to_owned()),
        hints: vec!["the file has 7 columns".to_owned(), "save it as UTF-8".to_owned()],
        faults: 1,
        ..VerdictDetail::default()
    };
    let verdict = Verdict::new(VerdictCode::BadLabel, "the file has 7 columns", detail);
    assert_eq!(describe_faults(&verdict), ["at: aten::save", "hint: save it as UTF-8"]);
}

#[test]
fn lines_at_fault_are_listed_if_there_are_several_and_the_rest_is_counted() {
    let fault = LineFault {
        line: None,
        code: VerdictCode::MissingImage,
        value: "b\u{1b}.png".to_owned(),
        allowed: "one row for each image".to_owned(),
    };
    let listed = |faults| {
        let detail = VerdictDetail { lines: vec![fault.clone()], faults, ..VerdictDetail::default() };
        describe_faults(&Verdict::new(VerdictCode::MissingImage, "no row", detail))
    };
    assert_eq!(listed(1), Vec::<String>::new());
    let line = "file: missing_image `b\u{fffd}.png`; allowed: one row for each image";
    assert_eq!(listed(1235), [line, "and 1,234 more"]);
}

#[test]
fn lines_of_python_are_lines_of_their_own() {
    let verdict = FileKind::Onnx.refusal(SubmissionKind::Torchscript, 8).unwrap();
    let lines = describe_faults(&verdict);
    let hint = lines.iter().position(|line| line.starts_with("hint: Models of other formats")).unwrap();
    assert!(lines[hint].ends_with("In Python:"), "{lines:?}");
    assert_eq!(lines[hint + 1], "    scripted = torch.jit.script(net.eval())");
    assert_eq!(lines[hint + 2], "    torch.jit.save(scripted, \"model.pt\")");
}

fn of<T: serde::de::DeserializeOwned>(mut fields: Value, changes: &Value) -> T {
    fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(fields).unwrap()
}

const ID: &str = "0190a5d0-0000-7000-8000-000000000001";

fn submission(changes: &Value) -> Submission {
    let fields = json!({
        "id": ID, "season": "demo", "task": "images", "team": "Alpha", "kind": "predictions", "state": "queued",
        "queue": null, "progress": null, "verdict": null, "scores": null, "measures": null, "sha256": "ab".repeat(32),
        "size": 2048, "method": null, "description": null, "links": [], "note": null, "attempts": 0, "charge": null,
        "created_at": "2026-01-01T00:00:00Z", "finished_at": null,
    });
    of(fields, changes)
}

fn quota(changes: &Value) -> String {
    let fields = json!({
        "season": "demo", "task": "images", "team": "Alpha", "limit": 2, "per_seconds": 604_800, "used": 0,
        "remaining": 2, "next_slot": "2026-01-01T00:00:00Z",
    });
    describe_quota(&of(fields, changes))
}

#[test]
fn what_is_left_of_a_quota_is_said_with_its_window() {
    assert_eq!(quota(&json!({})), "2 of 2 submissions left in any 7 d.");
    assert_eq!(quota(&json!({ "per_seconds": 86_400 })), "2 of 2 submissions left in any 24 hours.");
    let none = quota(&json!({ "remaining": 0, "next_slot": "2126-01-01T00:00:00Z" }));
    let start = "0 of 2 submissions left in any 7 d; the next slot opens 2126-01-01 00:00:00 UTC (in ";
    assert!(none.starts_with(start), "{none}");
}

#[test]
fn extra_attempts_are_told_apart_from_those_of_the_window() {
    let extra =
        |extra: u32| quota(&json!({ "remaining": 1 + extra, "extra": extra, "extra_until": "2126-01-01T00:00:00Z" }));
    let one = extra(1);
    assert!(one.starts_with("1 of 2 submissions left in any 7 d. 1 extra attempt is left until 2126-01-01"), "{one}");
    assert!(extra(3).contains("1 of 2 submissions left in any 7 d. 3 extra attempts are left until "), "{}", extra(3));
    assert!(!extra(0).contains("extra"), "{}", extra(0));
}

#[test]
fn what_came_along_with_a_member_is_explained_by_name() {
    let carried =
        quota(&json!({ "carried": 1, "carried_by": ["Ada", "Bo\u{7}b"], "closes_at": "2126-01-01T00:00:00Z" }));
    assert!(carried.contains(" 1 came along with Ada, Bo\u{fffd}b, who submitted in another team"), "{carried}");
    assert!(carried.contains(" Your team can submit until 2126-01-01 00:00:00 UTC (in "), "{carried}");
    assert!(!quota(&json!({ "carried_by": ["Ada"] })).contains("Ada"));
    let over = quota(&json!({ "closes_at": "2012-01-01T00:00:00Z" }));
    assert!(over.contains(" The season has closed for your team: 2012-01-01 00:00:00 UTC ("), "{over}");
}

#[test]
fn a_queued_submission_says_when_it_starts_or_why_nobody_knows() {
    let queued = |queue: Value| describe_state(&submission(&json!({ "queue": queue })));
    let known = queued(json!({ "position": 3, "expected_start": "2126-01-01T00:00:00Z" }));
    assert!(known.starts_with("queued: place 3, expected to start about 2126-01-01 00:00:00 UTC (in "), "{known}");
    let alone = queued(json!({ "position": 1, "expected_start": null, "start_unknown": "no_scorer" }));
    assert_eq!(alone, "queued: place 1, no scorer that takes it was seen in the last two minutes");
    let new = queued(json!({ "position": 1, "expected_start": null, "start_unknown": "no_pace" }));
    assert!(new.starts_with("queued: place 1, its start cannot be predicted before"), "{new}");
    assert_eq!(queued(Value::Null), "queued");
}

#[test]
fn a_state_without_anything_to_add_is_its_word() {
    for state in ["running", "scored", "rejected", "stalled", "cancelled"] {
        assert_eq!(describe_state(&submission(&json!({ "state": state }))), state);
    }
}

#[test]
fn progress_is_counted_or_timed_and_says_what_is_left() {
    let running = |progress: Value| describe_state(&submission(&json!({ "state": "running", "progress": progress })));
    let images = json!({ "stage": "running", "done": 1000, "total": 4000, "images_per_second": 50.0 });
    assert_eq!(running(images), "running: running the model, 1,000 of 4,000, 50.0 images a second, 1 min left");
    assert_eq!(
        running(json!({ "stage": "loading", "done": 90, "total": 0 })),
        "running: loading the model, for 1 min 30 s"
    );
    assert_eq!(running(json!({ "stage": "fetching", "done": 0, "total": 0 })), "running: fetching the file");
    let stuck = json!({ "stage": "running", "done": 1, "total": 4, "images_per_second": 0.0 });
    assert_eq!(running(stuck), "running: running the model, 1 of 4, 0.00 images a second");
}

fn outcome(changes: &Value) -> Vec<String> {
    describe_outcome(&submission(changes))
}

#[test]
fn a_result_that_does_not_count_says_why() {
    let judged = |ruling: &str, reason: Option<&str>| {
        let judgement =
            json!({ "ruling": ruling, "reason": reason, "public_reason": null, "at": "2026-01-01T00:00:00Z" });
        outcome(&json!({ "judgement": judgement }))[1].clone()
    };
    assert_eq!(judged("disqualified", Some("labels\u{7}")), "  board    disqualified: labels\u{fffd}");
    assert_eq!(judged("disqualified", None), "  board    disqualified");
    assert!(judged("hidden", Some("copies")).ends_with("off the board until the organizers decide: copies"));
    assert!(
        judged("held", Some("x")).ends_with("waiting for approval by the organizers; its result is shown after that")
    );
    let withdrawn = outcome(&json!({ "withdrawn_at": "2026-02-01T00:00:00Z" }));
    let is_withdrawn = "withdrawn 2026-02-01 00:00:00 UTC: it is not on the board";
    assert_eq!(withdrawn[1], format!("  board    {is_withdrawn}"));
    let judgement =
        json!({ "ruling": "disqualified", "reason": null, "public_reason": null, "at": "2026-01-01T00:00:00Z" });
    let both = outcome(&json!({ "judgement": judgement, "withdrawn_at": "2026-02-01T00:00:00Z" }));
    assert_eq!(both[1], format!("  board    disqualified; {is_withdrawn}"));
    assert_eq!(outcome(&json!({})).len(), 1);
}

fn score(wrong: u32, n: u32) -> Value {
    let interval = |level: f64, half: f64| json!({ "level": level, "low": 0.25 - half, "high": 0.25 + half });
    json!({
        "top1_error": 0.5, "top5_error": 0.25, "wrong": wrong, "n": n, "interval": interval(0.95, 0.0125),
        "interval_999": interval(0.999, 0.125),
    })
}

#[test]
fn scores_name_their_part_only_if_there_are_two() {
    let one = outcome(&json!({ "state": "scored", "scores": { "public": score(1250, 5000), "private": null } }));
    let words = "top-5 error 25.00 %, top-1 error 50.00 %; 1,250 of 5,000 images wrong by the task's metric, 95 % interval \
                 23.75 – 26.25 %";
    assert_eq!(one[1..], [format!("  scores   {words}")]);
    let two = outcome(&json!({ "state": "scored", "scores": { "public": score(1250, 5000), "private": score(1, 4) } }));
    assert_eq!(two[1], format!("  public   {words}"));
    assert!(two[2].starts_with("  private  top-5 error 25.0 %") && two[2].contains("1 of 4 images"), "{two:?}");
}

#[test]
fn an_error_rate_is_that_of_the_task_and_zero_without_images() {
    let rate = |wrong, n| error_rate(&serde_json::from_value(score(wrong, n)).unwrap());
    assert_eq!((rate(3, 4), rate(0, 4), rate(0, 0)), (0.75, 0.0, 0.0));
}

#[test]
fn a_charge_says_why_it_was_given_back() {
    let charge = |state: &str, reason: Option<&str>| {
        describe_charge(&submission(&json!({ "charge": { "state": state, "reason": reason } }))).unwrap()
    };
    assert_eq!(charge("reserved", None), "holds a slot");
    assert_eq!(charge("committed", Some("format")), "charged");
    assert_eq!(charge("refunded", None), "not charged");
    assert!(charge("refunded", Some("format")).starts_with("not charged: the file was refused before"));
    assert_eq!(charge("refunded", Some("platform_fault")), "not charged: the platform failed");
    assert!(charge("refunded", Some("cancelled")).starts_with("not charged: cancelled while no scorer"));
    assert_eq!(describe_charge(&submission(&json!({}))), None);
}

#[test]
fn what_was_measured_is_on_a_line_and_a_missing_layer_on_another() {
    let measures = of::<Measures>(
        json!({ "images_per_second": 250.0, "parameters": 61_100_840, "device": "GPU\u{7}" }),
        &json!({ "peak_memory_bytes": 1_u64 << 30, "wall_seconds": 12.34, "missing_layers": ["landlock", "user"] }),
    );
    let expected = [
        "measured 61.1 M parameters, 250 images a second on GPU\u{fffd}, 1 GiB of memory, 12.3 s in all",
        "sandbox  without landlock, user, which the scorer's host lacks",
    ];
    assert_eq!(describe_measures(&measures), expected);
    assert!(describe_measures(&Measures::default()).is_empty());
    let shown = |kind: &str| {
        let lines = outcome(&json!({ "kind": kind, "measures": { "parameters": 1000 } }));
        lines.iter().any(|line| line == "  measured 1.00 k parameters")
    };
    assert!(shown("torchscript") && !shown("predictions"));
}

#[test]
fn a_submission_in_full_says_only_what_there_is() {
    let plain = describe_submission(&submission(&json!({})));
    let expected = [
        format!("submission {ID}"),
        "  demo / images, team Alpha".to_owned(),
        format!("  file     predictions, 2 KiB, SHA-256 {}", "ab".repeat(32)),
        "  made     2026-01-01 00:00:00 UTC".to_owned(),
        "  state    queued".to_owned(),
    ];
    assert_eq!(plain.lines().collect::<Vec<_>>(), expected);
    let full = describe_submission(&submission(&json!({
        "method": "m", "description": "d\nd", "links": ["https://a.example"], "flag": "f", "final": true, "late": true,
    })));
    for line in [
        "  method   m",
        "  made     2026-01-01 00:00:00 UTC, late: after the season had closed for the others",
        "  about    d d",
        "  link     https://a.example",
        "  flag     f",
        "  final    yes: chosen to stand for the team",
    ] {
        assert!(full.lines().any(|found| found == line), "{line}: {full}");
    }
}

#[test]
fn a_score_that_the_ladder_keeps_back_says_why_to_its_team_and_to_organizers() {
    let said = |scores: Value| {
        let kept = json!({ "state": "scored", "kept_back": true, "scores": scores });
        let text = describe_submission(&submission(&kept));
        text.lines().find_map(|line| line.strip_prefix("  ladder   ").map(str::to_owned)).unwrap()
    };
    assert!(said(Value::Null).starts_with("not clearly better than your best"));
    let interval = json!({ "level": 0.95, "low": 0.1, "high": 0.3 });
    let score = json!({ "top1_error": 0.5, "top5_error": 0.2, "wrong": 2, "n": 10, "interval": interval, "interval_999": interval });
    assert!(said(json!({ "public": score, "private": null })).starts_with("not clearly better than the team's best"));
    assert!(!describe_submission(&submission(&json!({ "state": "scored" }))).contains("ladder"));
}

#[test]
fn a_check_that_stopped_early_says_that_there_are_more() {
    let detail = VerdictDetail { faults: 9, stopped_early: true, ..VerdictDetail::default() };
    let verdict = Verdict::new(VerdictCode::MissingImage, "no row", detail);
    assert_eq!(describe_faults(&verdict), ["and at least 9 more"]);
}

#[test]
fn a_table_says_how_a_result_stands() {
    let standing = |fields: &Value| describe_standing(&submission(fields));
    let ruling = |ruling: &str| {
        let judgement =
            json!({ "ruling": ruling, "reason": null, "public_reason": null, "at": "2026-01-01T00:00:00Z" });
        standing(&json!({ "state": "scored", "judgement": judgement, "withdrawn_at": "2026-02-01T00:00:00Z" }))
    };
    assert_eq!(["held", "hidden", "disqualified"].map(ruling), ["waits for approval", "under review", "disqualified"]);
    assert_eq!(standing(&json!({ "state": "scored", "withdrawn_at": "2026-02-01T00:00:00Z" })), "withdrawn");
    assert_eq!(standing(&json!({ "state": "scored", "final": true })), "scored, final");
    assert_eq!(standing(&json!({ "state": "queued" })), "queued");
}
