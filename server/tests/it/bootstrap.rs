//! The first start of `holdout up`, and accounts for organizers.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use holdout_server::{App, Config};
use serde_json::json;

use crate::people::text;
use crate::queue_world;
use crate::test_app::TestApp;

/// Runs `work` as another server on the same database.
fn beside<F: Future>(app: &TestApp, work: impl FnOnce(Arc<App>) -> F) -> F::Output {
    let config = Config { data: app.data.path().to_owned(), database: Some(app.database_url()), ..Config::default() };
    actix_web::rt::System::new().block_on(async move { work(App::open(config).await.unwrap()).await })
}

pub fn bootstrap(app: &TestApp) -> (String, String) {
    let folder = app.data.path().to_owned();
    beside(app, async |server| holdout_server::bootstrap(&server, &folder).await.unwrap());
    let read = |name| std::fs::read_to_string(app.data.path().join(name)).unwrap();
    (read("organizer-token"), read("scorer-token"))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_an_organizer_and_later_ones_leave_it() {
    let app = TestApp::start();
    let (organizer, scorer) = bootstrap(&app);
    let me = app.get("/me", Some(&organizer)).expect(200).json();
    assert_eq!((&me["account"]["email"], &me["account"]["organizer"]), (&json!("organizer@localhost"), &json!(true)));
    assert!(scorer.starts_with("hs_"));
    for name in ["organizer-token", "scorer-token"] {
        assert_eq!(mode(&app.data.path().join(name)), 0o600);
    }
    // A backup that was put back may have made them readable for others.
    for name in ["organizer-token", "scorer-token"] {
        let path = app.data.path().join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    assert_eq!(bootstrap(&app), (organizer, scorer));
    for name in ["organizer-token", "scorer-token"] {
        assert_eq!(mode(&app.data.path().join(name)), 0o600);
    }
    let left = std::fs::read_dir(app.data.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains("token"));
    assert_eq!(left.count(), 2);
}

#[test]
fn a_deleted_file_is_replaced_and_its_token_revoked() {
    let app = TestApp::start();
    let (organizer, scorer) = bootstrap(&app);
    std::fs::remove_file(app.data.path().join("organizer-token")).unwrap();
    let (second, same_scorer) = bootstrap(&app);
    assert_ne!(second, organizer);
    assert_eq!(same_scorer, scorer);
    app.get("/me", Some(&organizer)).expect(401);
    app.get("/me", Some(&second)).expect(200);
    let dump = app.dump();
    assert!(!dump.contains(second.strip_prefix("hp_").unwrap()) && !dump.contains(scorer.strip_prefix("hs_").unwrap()));

    std::fs::write(app.data.path().join("scorer-token"), "hs_unknown").unwrap();
    std::fs::remove_file(app.data.path().join("organizer-token")).unwrap();
    let (third, other_scorer) = bootstrap(&app);
    assert!(other_scorer != scorer && other_scorer != "hs_unknown");
    app.get("/me", Some(&third)).expect(200);
}

#[test]
fn scorers_of_a_server_that_was_killed_have_stopped_and_one_that_is_still_there_says_so() {
    let app = TestApp::start();
    let (organizer, scorer) = bootstrap(&app);
    let (killed, alive) = (queue_world::scorer(), queue_world::scorer());
    let ask = |id: &str| app.post("/scorer/claims", Some(&scorer), &queue_world::claim_request(id, 0)).expect(204);
    let states = || {
        let list = app.get("/organizer/scorers", Some(&organizer)).expect(200).json();
        let items = list["items"].as_array().unwrap().iter();
        items.map(|one| (text(&one["id"]), text(&one["state"]))).collect::<HashMap<_, _>>()
    };
    ask(&killed);
    ask(&alive);
    bootstrap(&app);
    ask(&alive);
    // It takes the place of the one that has its name.
    assert_eq!(states(), HashMap::from([(alive.clone(), "ready".to_owned())]));
    bootstrap(&app);
    assert_eq!(states(), HashMap::from([(alive, "stopped".to_owned())]));
}
