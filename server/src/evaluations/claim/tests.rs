use holdout_protocol::ScorerId;

use super::*;
use crate::samples::field;

fn request() -> ClaimRequest {
    ClaimRequest {
        scorer: ScorerId::new(),
        name: "gpu-1".to_owned(),
        version: "1.0.0".to_owned(),
        protocol: SCORER_PROTOCOL,
        devices: vec!["cuda:0".to_owned()],
        kinds: vec![SubmissionKind::Predictions],
        wait_seconds: 30,
        memory_bytes: None,
        trouble: None,
        returned: false,
        process: None,
        stopping: false,
    }
}

#[test]
fn a_scorer_of_another_version_of_the_protocol_gets_no_work() {
    check_claim(&request()).unwrap();
    let other = ClaimRequest { protocol: SCORER_PROTOCOL + 1, kinds: Vec::new(), ..request() };
    let refused = check_claim(&other).unwrap_err().body().error;
    assert_eq!(refused.code, ErrorCode::PreconditionFailed, "whatever else is odd about it");
    assert_eq!(refused.detail, json!({ "scorer": SCORER_PROTOCOL + 1, "server": SCORER_PROTOCOL }));
}

#[test]
fn what_a_scorer_says_of_itself_has_bounds() {
    let at_fault = |request: &ClaimRequest| check_claim(request).err().map(|error| field(&error));
    let long = "x".repeat(201);
    for (request, name) in [
        (ClaimRequest { wait_seconds: 31, ..request() }, "wait_seconds"),
        (ClaimRequest { kinds: Vec::new(), ..request() }, "kinds"),
        (ClaimRequest { name: String::new(), ..request() }, "name"),
        (ClaimRequest { version: long.clone(), ..request() }, "version"),
        (ClaimRequest { trouble: Some("a\nb".to_owned()), ..request() }, "trouble"),
        (ClaimRequest { devices: vec!["cpu".to_owned(); 65], ..request() }, "devices"),
        (ClaimRequest { devices: vec!["cpu".to_owned(), long], ..request() }, "devices"),
    ] {
        assert_eq!(at_fault(&request).as_deref(), Some(name));
    }
    assert_eq!(at_fault(&ClaimRequest { devices: vec!["cpu".to_owned(); 64], ..request() }), None);
    assert_eq!(at_fault(&ClaimRequest { trouble: Some("x".repeat(500)), ..request() }), None);
}
