//! The server starts, answers, and refuses what is not there.

use crate::test_app::TestApp;

#[test]
fn an_unknown_address_is_refused() {
    let app = TestApp::start();
    let answer = app.get("/nothing-here", None);
    assert_eq!(answer.status, 404);
}
