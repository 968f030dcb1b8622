use holdout_protocol::TeamId;

use super::*;
use crate::db::boards::Entry;
use crate::samples::{at, entry, version};

#[test]
fn a_board_of_the_past_changed_last_with_the_last_event_up_to_its_time() {
    let mut work = Work::default();
    let result = entry(TeamId::new(), 0, 0, 10);
    work.entries.all.push(Entry { final_at: Some(at(30)), withdrawn_at: Some(at(50)), ..result });
    // What was said of the second one changed twice.
    work.entries.all.push(Entry { versions: vec![version(25), version(60)], ..entry(TeamId::new(), 0, 0, 20) });
    let found = [9, 10, 24, 29, 30, 49, 50, 99].map(|second| work.last_event(at(second)));
    assert_eq!(
        found,
        [None, Some(10), Some(20), Some(25), Some(30), Some(30), Some(50), Some(60)].map(|second| second.map(at))
    );
}
