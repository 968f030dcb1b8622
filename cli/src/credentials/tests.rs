use super::*;

pub(crate) fn store(folder: &Path) -> CredentialStore {
    CredentialStore::new(folder.join("holdout"))
}

pub(crate) fn credentials(access: &str, refresh: &str) -> Credentials {
    Credentials {
        email: "a@b".to_owned(),
        access_token: access.to_owned(),
        access_expires_at: "2000-01-01T00:00:00Z".parse().unwrap(),
        refresh_token: refresh.to_owned(),
        refresh_expires_at: "2100-01-01T00:00:00Z".parse().unwrap(),
    }
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let server = "http://h".parse().unwrap();
    let mut locked = store(folder.path()).lock().unwrap();
    locked.put(&server, credentials("a", "r"));
    locked.save().unwrap();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path().join("holdout/credentials.json")), 0o600);
    assert_eq!(mode(folder.path().join("holdout")), 0o700);
}

#[test]
fn sessions_are_kept_by_server() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = ("http://one".parse().unwrap(), "http://two".parse().unwrap());
    let mut locked = store(folder.path()).lock().unwrap();
    locked.put(&one, credentials("a1", "r1"));
    locked.put(&two, credentials("a2", "r2"));
    locked.save().unwrap();
    drop(locked);
    let store = store(folder.path());
    assert_eq!(store.of(&one).unwrap().unwrap().access_token, "a1");
    assert_eq!(store.default_server().unwrap().as_deref(), Some("http://two"));
    let mut locked = store.lock().unwrap();
    assert!(locked.remove(&one).is_some());
    locked.save().unwrap();
    assert!(store.of(&one).unwrap().is_none() && store.of(&two).unwrap().is_some());
}

#[test]
fn changes_of_many_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let store = store(folder.path());
            scope.spawn(move || {
                let mut locked = store.lock().unwrap();
                locked.put(&format!("http://h{number}").parse().unwrap(), credentials("a", "r"));
                locked.save().unwrap();
            });
        }
    });
    assert_eq!(store(folder.path()).read().unwrap().servers.len(), 8);
}

#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("holdout")).unwrap();
    fs::write(folder.path().join("holdout/credentials.json"), "{").unwrap();
    let error = store(folder.path()).of(&"http://h".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("credentials.json"), "{error}");
}

#[test]
fn debug_output_shows_no_token() {
    assert!(!format!("{:?}", credentials("geheim", "geheim")).contains("geheim"));
}

#[test]
fn a_server_that_was_logged_out_of_stays_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = ("http://one".parse().unwrap(), "http://two".parse().unwrap());
    let mut locked = store(folder.path()).lock().unwrap();
    locked.put(&two, credentials("a2", "r2"));
    locked.put(&one, credentials("a1", "r1"));
    assert_eq!(locked.remove(&one), Some(credentials("a1", "r1")));
    assert_eq!(locked.remove(&one), None);
    assert_eq!(locked.of(&two), Some(&credentials("a2", "r2")));
    locked.save().unwrap();
    assert_eq!(store(folder.path()).servers().unwrap(), ["http://two"]);
    assert_eq!(store(folder.path()).default_server().unwrap().as_deref(), Some("http://one"));
}

#[test]
fn an_answer_needs_both_tokens() {
    let account = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","email":"a@b","name":"A","organizer":false,
        "created_at":"2020-01-01T00:00:00Z"}"#;
    let tokens = SessionTokens {
        access_token: Some("access".to_owned()),
        access_expires_at: "2000-01-01T00:00:00Z".parse().unwrap(),
        refresh_token: Some("refresh".to_owned()),
        refresh_expires_at: "2100-01-01T00:00:00Z".parse().unwrap(),
        account: serde_json::from_str(account).unwrap(),
    };
    assert_eq!(Credentials::of_session("a@b", &tokens), Some(credentials("access", "refresh")));
    let without =
        [SessionTokens { access_token: None, ..tokens.clone() }, SessionTokens { refresh_token: None, ..tokens }];
    assert!(without.iter().all(|tokens| Credentials::of_session("a@b", tokens).is_none()));
}

#[test]
fn a_file_is_replaced_as_a_whole_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    replace_file(folder.path(), "a", b"longer").unwrap();
    replace_file(folder.path(), "a", b"new").unwrap();
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(replace_file(&folder.path().join("none"), "a", b"").is_err());
}

#[cfg(all(unix, feature = "host"))]
#[test]
fn an_own_folder_is_closed_if_it_was_open_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (shared, new) = (folder.path().join("shared"), folder.path().join("a/b"));
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    private_folder(&shared).unwrap();
    assert_eq!(mode(&shared), 0o755, "somebody else may have a use of it");
    own_folder(&shared).unwrap();
    own_folder(&new).unwrap();
    assert_eq!((mode(&shared), mode(&new), mode(new.parent().unwrap())), (0o700, 0o700, 0o700));
}
