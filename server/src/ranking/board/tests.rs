use holdout_protocol::TeamId;

use super::*;
use crate::db::boards::Entry;
use crate::samples::{at, entry};

fn entries(images: u32, public: Option<Bits>) -> Entries {
    let mut work = Work::default();
    (work.entries.images, work.entries.public) = (images, public);
    work.entries
}

#[test]
fn the_images_of_the_private_board_are_those_that_are_not_public() {
    let mask = Bits::from_fn(10, |image| image < 4);
    let split = entries(10, Some(mask.clone()));
    assert_eq!(mask_of(BoardSplit::Public, &split), Some(mask.clone()));
    assert_eq!(mask_of(BoardSplit::Private, &split), Some(mask.not()));
    let whole = entries(10, None);
    assert_eq!(mask_of(BoardSplit::Public, &whole), None, "all of them count");
    assert_eq!(mask_of(BoardSplit::Private, &whole).map(|none| (none.len(), none.count())), Some((10, 0)));
}

#[test]
fn a_board_of_the_past_changed_last_with_the_last_event_up_to_its_time() {
    let mut work = Work::default();
    let result = entry(TeamId::new(), 0, 0, 10);
    work.entries.all.push(Entry { final_at: Some(at(30)), withdrawn_at: Some(at(50)), ..result });
    work.entries.all.push(entry(TeamId::new(), 0, 0, 20));
    let found = [9, 10, 29, 30, 49, 50, 99].map(|second| work.last_event(at(second)));
    assert_eq!(found, [None, Some(10), Some(20), Some(30), Some(30), Some(50), Some(50)].map(|second| second.map(at)));
}
