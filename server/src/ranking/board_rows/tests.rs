use holdout_protocol::{Judgement, TeamId};

use super::*;
use crate::db::boards::Entry;
use crate::samples::{at, entry};

const NOTHING: Figures = Figures { standing: None, best: None, baseline: None, baseline_p_value: None };

fn shown(entry: &Entry, figures: &Figures) -> BoardRow {
    let row = Row {
        entry,
        team: entry.team,
        team_name: &entry.team_name,
        wrong: 25,
        n: 100,
        entries: 3,
        method: entry.method.as_deref(),
        disclosure: entry.disclosure,
        chosen: true,
    };
    board_row(&row, figures, &mut Intervals::new()).unwrap()
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
