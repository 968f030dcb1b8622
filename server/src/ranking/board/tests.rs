use holdout_protocol::TeamId;

use super::*;
use crate::db::boards::Entry;
use crate::samples::{at, entry};

#[test]
fn a_board_of_the_past_changed_last_with_the_last_event_up_to_its_time() {
    let mut work = Work::default();
    let result = entry(TeamId::new(), 0, 0, 10);
    work.entries.all.push(Entry { final_at: Some(at(30)), withdrawn_at: Some(at(50)), ..result });
    work.entries.all.push(entry(TeamId::new(), 0, 0, 20));
    let found = [9, 10, 29, 30, 49, 50, 99].map(|second| work.last_event(at(second)));
    assert_eq!(found, [None, Some(10), Some(20), Some(30), Some(30), Some(50), Some(50)].map(|second| second.map(at)));
}
