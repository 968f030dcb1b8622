use std::time::Duration;

use holdout_protocol::BoardSplit;

use super::*;
use crate::ranking::built::tests::built_in;

const VIEW: View = View::of(BoardSplit::Public);

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
