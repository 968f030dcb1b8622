use serde_json::json;

use super::*;

pub(in crate::ranking) fn built_in(cost: Duration) -> Built {
    let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 1, "resolution": 1.0,
        "updated_at": null, "as_of": null, "gaps": [], "rows": [] });
    let board: Leaderboard = serde_json::from_value(board).unwrap();
    Built::new(1, board, Instant::now().checked_sub(cost).unwrap()).unwrap()
}

#[test]
fn only_a_slow_board_is_shown_late_and_only_for_a_few_seconds() {
    assert!(!built_in(Duration::ZERO).may_be_shown_late());
    let mut slow = built_in(Duration::from_secs(1));
    assert!(slow.may_be_shown_late());
    slow.ready = slow.ready.checked_sub(STALE).unwrap();
    assert!(!slow.may_be_shown_late());
}

#[test]
fn the_csv_form_of_a_board_has_a_tag_of_its_own() {
    let built = built_in(Duration::ZERO);
    let bare = built.etag.trim_matches('"');
    assert_eq!(bare.len(), 32);
    assert_eq!((built.etag.clone(), built.csv_etag()), (format!("\"{bare}\""), format!("\"{bare}-csv\"")));
    assert_eq!(built_in(Duration::from_secs(9)).etag, built.etag, "the tag is that of the content");
}
