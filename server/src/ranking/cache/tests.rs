use holdout_protocol::BoardSplit;
use serde_json::json;

use super::*;

fn built_in(cost: Duration) -> Built {
    let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 1, "resolution": 1.0,
        "updated_at": null, "as_of": null, "gaps": [], "rows": [] });
    let board: Leaderboard = serde_json::from_value(board).unwrap();
    Built::new(1, board, Instant::now().checked_sub(cost).unwrap()).unwrap()
}

const VIEW: View = View { split: BoardSplit::Public, all: false, as_of: None, version: None };

#[test]
fn a_board_that_was_begun_before_all_was_forgotten_is_not_kept() {
    let boards = TaskBoards::default();
    let built = Arc::new(built_in(Duration::ZERO));
    let begun = boards.forgotten();
    boards.keep(VIEW, &built, begun);
    assert!(boards.known(&VIEW).is_some());
    boards.forget();
    boards.keep(VIEW, &built, begun);
    assert!(boards.known(&VIEW).is_none());
    boards.keep(VIEW, &built, boards.forgotten());
    assert!(boards.known(&VIEW).is_some());
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

#[test]
fn more_boards_than_are_kept_drive_out_the_others() {
    let (boards, built) = (TaskBoards::default(), Arc::new(built_in(Duration::ZERO)));
    let view = |second| View { as_of: Some(crate::samples::at(second)), ..VIEW };
    for second in 0..32 {
        boards.keep(view(second), &built, 0);
    }
    assert!(boards.known(&view(0)).is_some() && boards.known(&view(31)).is_some());
    boards.keep(view(32), &built, 0);
    assert!(boards.known(&view(0)).is_none() && boards.known(&view(32)).is_some());
}
