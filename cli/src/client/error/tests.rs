use super::*;

#[test]
fn a_login_names_the_server_and_where_else_the_user_is_logged_in() {
    let advice = |elsewhere: &[&str]| {
        let elsewhere = elsewhere.iter().map(|server| (*server).to_owned()).collect();
        ClientError::NotLoggedIn { server: "https://a".to_owned(), elsewhere }.advice().unwrap()
    };
    let login = "Log in there with `holdout login --server https://a`, or set HOLDOUT_TOKEN to a token of it.";
    assert_eq!(advice(&[]), login);
    assert_eq!(
        advice(&["https://b", "https://c"]),
        format!("{login} To use a server where you are logged in, add `--server https://b` or `--server https://c`.")
    );
}

#[test]
fn what_is_missing_decides_the_advice() {
    let advice = |message: &str| not_found(message).unwrap_or_default();
    assert!(advice("there is no season `team`").contains("holdout season list"));
    assert!(advice("there is no submission `season`").contains("holdout submissions"));
    assert!(advice("there is no scorer token `x`").contains("holdout scorer-token list"));
    assert!(advice("there is no invitation `x`").contains("invited you"));
    assert_eq!(advice("there is no blob `season`"), "");
}

fn refused(code: ErrorCode, message: &str, detail: serde_json::Value) -> ApiError {
    let (status, code, message) = (code.status(), code.as_str().to_owned(), message.to_owned());
    ApiError { status, code, message, detail, is_explained: true, retry_after: None }
}

fn advice(error: ApiError) -> Option<String> {
    ClientError::from(TransportError::Api(error)).advice()
}

#[test]
fn a_certificate_is_explained_by_what_is_wrong_with_it() {
    let unreachable = |cause: &str| {
        let (server, cause) = ("https://h".to_owned(), cause.to_owned());
        ClientError::from(TransportError::Unreachable { server, cause, never_sent: true }).advice().unwrap()
    };
    for (cause, words) in [
        ("invalid peer certificate: certificate not valid for name \"h\"", "the address that the certificate names"),
        ("invalid peer certificate: NotValidForName", "the address that the certificate names"),
        ("invalid peer certificate: certificate expired: …", "Check this machine's clock"),
        ("invalid peer certificate: Expired", "Check this machine's clock"),
        ("certificate: x; only the authorities in `ca.pem` are trusted", "name that file with `--ca`"),
        ("invalid peer certificate: UnknownIssuer", "`SSL_CERT_FILE=/path/ca.pem`"),
        ("connection refused", "and that the server runs"),
    ] {
        assert!(unreachable(cause).contains(words), "{cause}: {}", unreachable(cause));
    }
}

#[test]
fn the_time_to_wait_is_said_and_never_as_none() {
    let wait = |code, seconds: Option<u64>| {
        let retry_after = seconds.map(Duration::from_secs);
        advice(ApiError { retry_after, ..refused(code, "busy", serde_json::Value::Null) }).unwrap()
    };
    assert_eq!(wait(ErrorCode::RateLimited, Some(90)), "Try again in 1 min 30 s.");
    assert_eq!(wait(ErrorCode::Unavailable, Some(0)), "Try again in 1 s.");
    assert_eq!(wait(ErrorCode::RateLimited, None), "Wait a little and try again.");
    assert_eq!(wait(ErrorCode::Unavailable, None), "Try again in a minute.");
}

#[test]
fn what_a_refusal_is_about_decides_the_advice_before_its_code() {
    let team = refused(ErrorCode::NotFound, "there is no team `x`", serde_json::json!({ "unknown_team": "x" }));
    assert_eq!(advice(team).as_deref(), Some("To create the team, add `--create-team`."));
    let code = |code| advice(refused(code, "no", serde_json::json!({ "field": "code" }))).unwrap_or_default();
    assert!(code(ErrorCode::Forbidden).contains("`--code`"), "{}", code(ErrorCode::Forbidden));
    assert_eq!(code(ErrorCode::InvalidValue), "");
    let forbidden = |message| advice(refused(ErrorCode::Forbidden, message, serde_json::Value::Null));
    let role = forbidden("only organizers may do this").unwrap();
    assert!(role.contains("holdout whoami"), "{role}");
    assert_eq!(forbidden("the private scores are hidden until the organizers publish them"), None);
}

#[test]
fn a_fault_of_the_server_is_told_with_its_request() {
    let known = advice(refused(ErrorCode::Internal, "no", serde_json::json!({ "request_id": "r7" }))).unwrap();
    assert_eq!(known, "This is the server's fault; tell its operator the request id r7.");
    let unknown = advice(refused(ErrorCode::Internal, "no", serde_json::Value::Null)).unwrap();
    assert_eq!(unknown, "This is the server's fault; tell its operator.");
}

#[test]
fn a_team_without_slots_is_told_when_to_come_back() {
    let next = |slot: &str| {
        advice(refused(ErrorCode::QuotaExhausted, "no", serde_json::json!({ "next_slot": slot }))).unwrap()
    };
    let later = Timestamp::now().plus(Duration::from_secs(7200 + 30)).to_string();
    assert!(next(&later).starts_with("Come back in 2 h"), "{}", next(&later));
    assert_eq!(next("soon"), "`holdout quota` says when the next slot opens.");
}

#[test]
fn what_is_gone_or_was_never_there_is_missing() {
    let error = |code| ClientError::from(TransportError::Api(refused(code, "no", serde_json::Value::Null)));
    assert!(error(ErrorCode::NotFound).is_missing() && error(ErrorCode::Gone).is_missing());
    assert!(!error(ErrorCode::Forbidden).is_missing() && !ClientError::local("file", "gone").is_missing());
    assert!(error(ErrorCode::Unavailable).is_passing() && !error(ErrorCode::Gone).is_passing());
    assert!(!ClientError::local("file", "gone").is_passing());
}

#[test]
fn a_wrong_scheme_is_named_by_what_answers() {
    let advice = |server: &str, cause: &str| {
        let (server, cause) = (server.to_owned(), cause.to_owned());
        let error = TransportError::Unreachable { server, cause, never_sent: false };
        ClientError::Transport(error).advice().unwrap()
    };
    assert!(advice("https://a", "what answers does not speak TLS").contains("`http://`"));
    assert!(advice("http://a", "Connection reset by peer (os error 104)").contains("`https://`"));
    assert!(!advice("https://a", "Connection reset by peer (os error 104)").contains("`https://`"));
    assert!(!advice("http://a", "Connection refused (os error 111)").contains("`https://`"));
}
