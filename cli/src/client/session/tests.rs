use std::sync::atomic::{AtomicU32, Ordering};

use holdout_client::ApiError;

use super::*;
use crate::credentials::tests::{credentials, store};

fn tokens(number: u32) -> SessionTokens {
    let account = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","email":"a@b","name":"A","organizer":false,
        "created_at":"2020-01-01T00:00:00Z"}"#;
    SessionTokens {
        access_token: Some(format!("access-{number}")),
        access_expires_at: Timestamp::now().plus(Duration::from_secs(900)),
        refresh_token: Some(format!("refresh-{number}")),
        refresh_expires_at: Timestamp::now().plus(Duration::from_secs(90_000)),
        account: serde_json::from_str(account).unwrap(),
    }
}

#[test]
fn two_that_refresh_at_once_refresh_once() {
    let (folder, server) = (tempfile::tempdir().unwrap(), "http://h".parse::<ServerUrl>().unwrap());
    let mut locked = store(folder.path()).lock().unwrap();
    locked.put(&server, credentials("access-0", "refresh-0"));
    locked.save().unwrap();
    drop(locked);
    let refreshed = AtomicU32::new(0);
    let refresh = |secret: &Secret| {
        assert_eq!(secret.reveal(), "refresh-0", "a refresh token may be used once only");
        std::thread::sleep(Duration::from_millis(30));
        Ok(tokens(1 + refreshed.fetch_add(1, Ordering::SeqCst)))
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let session = StoredSession::new(store(folder.path()), server.clone());
                assert_eq!(session.access_token(refresh).unwrap().unwrap().reveal(), "access-1");
            });
        }
    });
    assert_eq!(refreshed.load(Ordering::SeqCst), 1);
    let saved = store(folder.path()).of(&server).unwrap().unwrap();
    assert_eq!((saved.access_token.as_str(), saved.refresh_token.as_str()), ("access-1", "refresh-1"));
}

#[test]
fn a_refused_refresh_ends_the_session() {
    let (folder, server) = (tempfile::tempdir().unwrap(), "http://h".parse::<ServerUrl>().unwrap());
    let mut locked = store(folder.path()).lock().unwrap();
    locked.put(&server, credentials("access-0", "refresh-0"));
    locked.save().unwrap();
    drop(locked);
    let refuse = |_: &Secret| -> Result<SessionTokens, ClientError> {
        let detail = serde_json::Value::Null;
        let (code, message) = ("token_reused".to_owned(), "used twice".to_owned());
        let is_explained = true;
        let refusal = ApiError { status: 401, code, message, detail, is_explained, retry_after: None };
        Err(TransportError::Api(refusal).into())
    };
    let session = StoredSession::new(store(folder.path()), server);
    assert!(matches!(session.access_token(refuse), Err(ClientError::Session { .. })));
}

/// A session whose access token ends so many seconds from now.
fn stored(folder: &std::path::Path, seconds: u64) -> StoredSession {
    let server: ServerUrl = "http://h".parse().unwrap();
    let mut locked = store(folder).lock().unwrap();
    let access_expires_at = Timestamp::now().plus(Duration::from_secs(seconds));
    locked.put(&server, Credentials { access_expires_at, ..credentials("access-0", "refresh-0") });
    locked.save().unwrap();
    StoredSession::new(store(folder), server)
}

fn never(_: &Secret) -> Result<SessionTokens, ClientError> {
    panic!("nothing should be refreshed")
}

#[test]
fn a_token_that_lasts_is_used_and_one_that_ends_within_seconds_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let lasting = stored(folder.path(), 60);
    assert_eq!(lasting.access_token(never).unwrap().unwrap().reveal(), "access-0");
    let ending = stored(folder.path(), 10);
    assert_eq!(ending.access_token(|_| Ok(tokens(1))).unwrap().unwrap().reveal(), "access-1");
    assert_eq!(ending.access_token(never).unwrap().unwrap().reveal(), "access-1", "it is kept");
}

#[test]
fn who_has_not_logged_in_has_no_token_and_is_told_where_they_have() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path(), 60);
    let other = StoredSession::new(store(folder.path()), "http://other".parse().unwrap());
    assert_eq!(other.access_token(never).unwrap(), None);
    let ClientError::NotLoggedIn { server, elsewhere } = other.missing() else { panic!() };
    assert_eq!((server.as_str(), elsewhere), ("http://other", vec!["http://h".to_owned()]));
}

#[test]
fn a_token_that_another_process_refreshed_is_used_instead() {
    let folder = tempfile::tempdir().unwrap();
    let session = stored(folder.path(), 60);
    assert_eq!(session.replace(&Secret::new("access-older"), never).unwrap().reveal(), "access-0");
    let fresh = session.replace(&Secret::new("access-0"), |_| Ok(tokens(1))).unwrap();
    assert_eq!(fresh.reveal(), "access-1");
}

#[test]
fn a_refresh_that_gives_no_tokens_or_comes_after_a_logout_ends_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let session = stored(folder.path(), 60);
    let without = |_: &Secret| Ok(SessionTokens { refresh_token: None, ..tokens(1) });
    let error = session.replace(&Secret::new("access-0"), without).unwrap_err();
    assert_eq!(error.to_string(), "the session at http://h has ended: the server sent no tokens");
    let mut locked = store(folder.path()).lock().unwrap();
    locked.remove(&"http://h".parse().unwrap());
    locked.save().unwrap();
    drop(locked);
    let error = session.replace(&Secret::new("access-0"), never).unwrap_err();
    assert_eq!(error.to_string(), "the session at http://h has ended: somebody logged out");
}

#[test]
fn a_refresh_that_did_not_get_through_keeps_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let session = stored(folder.path(), 0);
    let cut = |_: &Secret| {
        let (server, cause) = ("http://h".to_owned(), "cut".to_owned());
        Err(TransportError::Unreachable { server, cause, never_sent: true }.into())
    };
    assert!(session.access_token(cut).unwrap_err().is_passing());
    assert_eq!(session.access_token(|_| Ok(tokens(2))).unwrap().unwrap().reveal(), "access-2");
}
