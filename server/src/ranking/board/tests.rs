use holdout_protocol::{Judgement, TeamId};

use super::*;
use crate::db::boards::Entry;
use crate::samples::{at, entry};

const NOTHING: Figures = Figures { standing: None, best: None, baseline: None, baseline_p_value: None };

fn shown(entry: &Entry, figures: &Figures) -> BoardRow {
    let row = Row { entry, wrong: 25, n: 100, entries: 3, method: entry.method.as_deref(), chosen: true };
    board_row(&row, figures, &mut Intervals::new()).unwrap()
}

fn entries(images: u32, public: Option<Bits>) -> Entries {
    let mut work = Work::default();
    (work.entries.images, work.entries.public) = (images, public);
    work.entries
}

#[test]
fn no_images_say_nothing_of_an_error() {
    let mut known = Intervals::new();
    let (usual, strict) = intervals_of(&mut known, 0, 0).unwrap();
    assert_eq!(
        [(usual.level, usual.low, usual.high), (strict.level, strict.low, strict.high)],
        [(0.95, 0.0, 1.0), (0.999, 0.0, 1.0)]
    );
    let (usual, strict) = intervals_of(&mut known, 5, 10).unwrap();
    assert!(strict.low < usual.low && usual.low < 0.5 && 0.5 < usual.high && usual.high < strict.high);
    assert_eq!(intervals_of(&mut known, 5, 10).unwrap(), (usual, strict), "they are remembered by both counts");
    assert_eq!(known.len(), 2);
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
fn a_row_is_dated_as_an_organizer_says_and_tells_when_it_was_entered() {
    let own = entry(TeamId::new(), 25, 0, 60);
    let row = shown(&own, &NOTHING);
    assert_eq!((row.submitted_at, row.entered_at), (at(60), None));
    let row = shown(&Entry { dated_at: Some(at(10)), ..own }, &NOTHING);
    assert_eq!((row.submitted_at, row.entered_at), (at(10), Some(at(60))));
}

#[test]
fn a_row_tells_how_far_it_is_from_the_best_and_from_the_baseline() {
    let own = entry(TeamId::new(), 25, 0, 60);
    let figures = Figures {
        standing: Some((2, Some([1, 3]))),
        best: Some(20),
        baseline: Some(0.5),
        baseline_p_value: Some(0.125),
    };
    let row = shown(&own, &figures);
    assert_eq!((row.rank, row.rank_range, row.error), (Some(2), Some([1, 3]), 0.25));
    assert!((row.gap_to_best - 0.05).abs() < 1e-12, "{}", row.gap_to_best);
    assert_eq!((row.gap_to_baseline, row.baseline_p_value), (Some(-0.25), Some(0.125)));
    let baseline = shown(&Entry { baseline: true, ..own }, &figures);
    assert_eq!(baseline.gap_to_baseline, None, "a baseline is not compared with itself");
}

#[test]
fn a_disqualified_row_tells_the_public_reason_and_not_the_other_one() {
    let judged = |ruling| {
        let judgement = Judgement {
            ruling,
            reason: Some("secret".to_owned()),
            public_reason: Some("labels were leaked".to_owned()),
            at: at(70),
        };
        shown(&Entry { judgement: Some(judgement), ..entry(TeamId::new(), 25, 0, 60) }, &NOTHING).disqualified
    };
    let told = Disqualification { reason: Some("labels were leaked".to_owned()), at: at(70) };
    assert_eq!(judged(Ruling::Disqualified), Some(told));
    assert_eq!(judged(Ruling::Hidden), None);
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
