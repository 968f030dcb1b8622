use holdout_protocol::{
    BoardRow, BoardSplit, Gap, Interval, Leaderboard, Measures, Metric, SubmissionId, Track, TrainingData,
};

use super::*;

fn row(rank: Option<u32>, team: &str, method: &str, wrong: u32) -> BoardRow {
    let error = f64::from(wrong) / 1000.0;
    let interval = |level: f64, half: f64| Interval { level, low: error - half, high: error + half };
    BoardRow {
        rank,
        rank_range: rank.map(|rank| [rank, rank]),
        team: team.parse().unwrap(),
        method: Some(method.to_owned()),
        submission: SubmissionId::new(),
        error,
        wrong,
        n: 1000,
        gap_to_best: error - 0.15,
        interval: interval(0.95, 0.02),
        interval_999: interval(0.999, 0.04),
        baseline: false,
        note: None,
        training_data: None,
        ensemble: None,
        is_final: false,
        entries: 1,
        submitted_at: "2012-09-30T12:00:00Z".parse().unwrap(),
        entered_at: None,
        measures: None,
        gap_to_baseline: None,
        baseline_p_value: None,
        late: false,
        disqualified: None,
    }
}

fn board(rows: Vec<BoardRow>) -> Leaderboard {
    Leaderboard {
        season: "s".parse().unwrap(),
        task: "t".parse().unwrap(),
        metric: Metric::Top5Error,
        split: BoardSplit::Public,
        training_data: None,
        version: Some(1),
        n: 1000,
        resolution: 0.0198,
        updated_at: Some("2012-10-13T12:00:00Z".parse().unwrap()),
        as_of: None,
        gaps: Vec::new(),
        baseline_gap: None,
        tracks: Vec::new(),
        rows,
        disqualified: Vec::new(),
    }
}

fn titles() -> Titles {
    Titles { season: "Season".to_owned(), task: "Classification".to_owned(), split: true }
}

fn plain(width: usize) -> BoardStyle {
    BoardStyle { width, colour: false, level: Level::Usual }
}

fn sample() -> Leaderboard {
    let mut rows = vec![
        row(Some(1), "SuperVision", "7 CNNs, extra data", 150),
        row(Some(2), "東京大学", "Fisher vectors with \u{1b}[31mcolour", 260),
        row(None, "Organizers", "raw pixels", 400),
    ];
    rows[1].rank_range = Some([2, 3]);
    rows[1].note = Some("replay of a published result".to_owned());
    rows[2].baseline = true;
    let gap = Gap {
        better: rows[0].submission,
        other: rows[1].submission,
        difference: 0.11,
        p_value: 1e-9,
        significant: true,
        statement: "SuperVision is 11.000 points ahead of 東京\u{1b}大学, p = 1.0e-9".to_owned(),
    };
    Leaderboard { gaps: vec![gap], ..board(rows) }
}

#[test]
fn a_wide_board_draws_the_intervals() {
    let expected = "\
Season · Classification
Top-5 error, lower is better, on 1,000 test images, the public part. Last result 2012-10-13 12:00:00 UTC.
Resolution: on 1,000 images, two neighbours on this board are typically told apart if they are about 2.0 points
apart; some pairs need more, some less.

#  range  team         method                           error %  95 % interval  13.0 %             42.0 %  behind
1  1      SuperVision  7 CNNs, extra data                  15.0  13.0 – 17.0    ├─●┤
2  2–3    東京大学     Fisher vectors with \u{fffd}[31mcolour     26.0  24.0 – 28.0             ├─●┤               +11.0  1
–  –      Organizers   raw pixels                          40.0  38.0 – 42.0                         ├●─┤          b

SuperVision is 11.000 points ahead of 東京\u{fffd}大学, p = 1.0e-9 (paired test): the difference is real.
range: the best and the worst place that exact paired tests leave open (McNemar, Holm, 5 %).
b: entered by the organizers for comparison
–: not ranked
1: replay of a published result";
    assert_eq!(render_board(&sample(), &titles(), plain(116)), expected);
}

#[test]
fn replays_are_marked_and_dated() {
    let mut board = sample();
    board.rows[0].entered_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let dated = |board: &Leaderboard| {
        let text = render_board(board, &titles(), plain(116));
        assert!(text.lines().any(|line| line.starts_with("1  1") && line.ends_with("  r")), "{text}");
        text.lines().find(|line| line.starts_with("r:")).unwrap().to_owned()
    };
    assert_eq!(dated(&board), "r: a replay, entered by the organizers later, under a date of theirs: 2012-09-30");
    board.rows[1].entered_at = board.rows[0].entered_at;
    board.rows[1].submitted_at = "2012-10-02T00:00:00Z".parse().unwrap();
    assert!(dated(&board).ends_with(": 2012-09-30 to 2012-10-02"));
}

#[test]
fn a_board_without_results_says_so() {
    let empty = Leaderboard { updated_at: None, ..board(Vec::new()) };
    let text = render_board(&empty, &titles(), plain(116));
    assert!(text.contains("on 1,000 test images, the public part. No result yet.\n"), "{text}");
}

#[test]
fn the_pace_of_models_has_a_column_where_there_is_room() {
    let mut board = sample();
    board.rows[1].measures = Some(Measures { images_per_second: Some(2310.4), ..Measures::default() });
    let wide = render_board(&board, &titles(), plain(126));
    let column = |line: &str| wide.lines().find(|found| found.contains(line)).unwrap().to_owned();
    assert!(column("range  team").contains("behind  images/s"), "{wide}");
    assert!(column("東京大学").contains("+11.0     2,310  1"), "{wide}");
    assert!(!render_board(&board, &titles(), plain(60)).contains("images/s"));
}

#[test]
fn a_narrow_board_keeps_rank_team_and_error() {
    let text = render_board(&sample(), &titles(), plain(40));
    for line in text.lines() {
        assert!(crate::text::width(line) <= 40, "{line}");
    }
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with('#')).take(3).collect();
    let expected = [
        "#  range  team      method    error %",
        "1  1      SuperVi…  7 CNNs,…     15.0",
        "2  2–3    東京大学  Fisher …     26.0  1",
    ];
    assert_eq!(rows, expected, "{text}");
}

#[test]
fn the_other_level_is_shown_where_asked_for() {
    let text = render_board(&sample(), &titles(), BoardStyle { level: Level::High, ..plain(116) });
    assert!(text.contains("99.9 % interval") && text.contains("11.0 – 19.0"), "{text}");
}

#[test]
fn colours_only_where_wanted_and_nothing_else_escapes() {
    assert!(!render_board(&sample(), &titles(), plain(100)).contains('\u{1b}'));
    let coloured = render_board(&sample(), &titles(), BoardStyle { colour: true, ..plain(100) });
    assert!(coloured.contains("\u{1b}[1m") && !coloured.contains("\u{1b}[31m"));
}

#[test]
fn chance_is_called_chance() {
    let mut board = sample();
    (board.gaps[0].p_value, board.gaps[0].significant) = (0.31, false);
    let text = render_board(&board, &titles(), plain(200));
    assert!(text.contains("(paired test): this may be chance."), "{text}");
    board.gaps[0].p_value = 0.04;
    let text = render_board(&board, &titles(), plain(200));
    assert!(text.contains("(paired test): among so many rows this may be chance."), "{text}");
}

#[test]
fn the_baseline_comes_after_the_teams() {
    let mut board = sample();
    let statement = "SuperVision is 25.000 points ahead of the best baseline, Organizers, p = 1.0e-30".to_owned();
    board.baseline_gap = Some(Gap { statement, p_value: 1e-30, ..board.gaps[0].clone() });
    let text = render_board(&board, &titles(), plain(200));
    let sentences: Vec<&str> = text.lines().filter(|line| line.contains("(paired test)")).collect();
    assert!(sentences[0].contains("東京") && sentences[1].contains("the best baseline, Organizers"), "{text}");
    assert_eq!(sentences.len(), 2);
}

#[test]
fn an_empty_board_says_so() {
    let text = render_board(&board(Vec::new()), &titles(), plain(80));
    assert!(text.ends_with("\n\nNo results yet."), "{text}");
}

fn below(board: &Leaderboard) -> String {
    render_board(board, &titles(), plain(400))
}

#[test]
fn the_axis_spans_the_intervals_of_the_level_that_is_shown() {
    let heading = |level| Axis::over(&sample(), level, 30).heading();
    assert_eq!(heading(Level::Usual), format!("13.0 %{}42.0 %", " ".repeat(18)));
    assert_eq!(heading(Level::High), format!("11.0 %{}44.0 %", " ".repeat(18)));
}

#[test]
fn columns_go_in_the_order_of_what_is_missed_least() {
    let mut board = sample();
    board.rows[0].measures = Some(Measures { images_per_second: Some(2310.0), ..Measures::default() });
    let headings = ["images/s", "interval", "behind", "range", "method", "team", "error %"];
    let mut gone: Vec<&str> = Vec::new();
    for width in (20..200).rev() {
        let text = render_board(&board, &titles(), plain(width));
        let head = text.lines().find(|line| line.starts_with('#')).unwrap().to_owned();
        let missing = headings.iter().filter(|heading| !head.contains(**heading));
        gone.extend(missing.filter(|heading| !gone.contains(*heading)).copied().collect::<Vec<_>>());
    }
    assert_eq!(gone, headings[..5], "team and error stay");
}

#[test]
fn no_line_of_a_table_is_wider_than_the_terminal() {
    let board = sample();
    for width in 40..220 {
        for line in render_board(&board, &titles(), plain(width)).lines() {
            assert!(crate::text::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn the_same_note_has_the_same_number_and_another_the_next() {
    let mut board = sample();
    board.rows[0].note = Some("a replay".to_owned());
    board.rows[1].note = Some("corrected".to_owned());
    board.rows[2].note = Some("a replay".to_owned());
    board.rows[1].late = true;
    let text = below(&board);
    let marks: Vec<&str> = ["SuperVision", "東京大学", "Organizers"]
        .map(|team| text.lines().find(|line| line.contains(team)).unwrap())
        .map(|line| line.rsplit(' ').next().unwrap())
        .to_vec();
    assert_eq!(marks, ["1", "l,2", "b,1"], "{text}");
    let legend = "b: entered by the organizers for comparison\nl: submitted late, by a team with a deadline of its own\n\
                  –: not ranked\n1: a replay\n2: corrected";
    assert!(text.ends_with(legend), "{text}");
}

#[test]
fn marks_and_ranges_are_explained_only_if_they_are_there() {
    let mut board = board(vec![row(Some(1), "Alpha", "a", 150)]);
    assert!(below(&board).contains("range: the best and the worst place"), "{}", below(&board));
    board.rows[0].rank_range = None;
    let text = below(&board);
    for absent in ["range: ", "b: ", "l: ", "not ranked", "paired test"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
}

#[test]
fn two_that_are_equal_are_not_called_different() {
    let mut board = sample();
    board.gaps[0].difference = 0.0;
    board.gaps[0].statement = "Alpha and Beta are equal".to_owned();
    let text = below(&board);
    assert!(text.contains("\nAlpha and Beta are equal.\n") && !text.contains("(paired test)"), "{text}");
    board.gaps[0].difference = 0.01;
    (board.gaps[0].p_value, board.gaps[0].significant) = (0.06, false);
    assert!(below(&board).contains("Alpha and Beta are equal (paired test): this may be chance."));
    board.gaps[0].significant = true;
    assert!(below(&board).contains("Alpha and Beta are equal (paired test): the difference is real."));
}

#[test]
fn a_disqualified_result_is_listed_with_its_error_and_the_reason() {
    let mut board = sample();
    let mut out = row(None, "Gamma", "trick\u{1b}", 123);
    out.disqualified = Some(holdout_protocol::Disqualification {
        reason: Some("it used\u{7} labels".to_owned()),
        at: "2026-01-01T00:00:00Z".parse().unwrap(),
    });
    let mut silent = row(None, "Delta", "", 500);
    (silent.method, silent.n) = (None, 10_001);
    board.disqualified = vec![out, silent];
    let text = below(&board);
    let lines: Vec<&str> = text.lines().rev().take(2).collect();
    assert_eq!(lines[1], "Disqualified: Gamma (trick\u{fffd}), error 12.3 %: it used\u{fffd} labels");
    assert_eq!(lines[0], "Disqualified: Delta, error 50.000 %");
}

#[test]
fn the_heading_says_what_is_ranked_and_how_fresh_it_is() {
    let mut board = sample();
    (board.metric, board.split) = (Metric::Top1Error, BoardSplit::Private);
    board.as_of = Some("2012-09-30T23:00:00Z".parse().unwrap());
    let text = below(&board);
    let heading: Vec<&str> = text.lines().take(4).collect();
    let expected = [
        "Season · Classification",
        "Top-1 error, lower is better, on 1,000 test images, the private part. Last result 2012-10-13 12:00:00 UTC.",
        "Resolution: on 1,000 images, two neighbours on this board are typically told apart if they are about 2.0 points apart; some pairs need more, some less.",
        "The board shows the results up to 2012-09-30 23:00:00 UTC.",
    ];
    assert_eq!(heading, expected);
    (board.as_of, board.updated_at) = (None, None);
    let whole = render_board(&board, &Titles { split: false, ..titles() }, plain(400));
    assert!(whole.contains("on 1,000 test images. No result yet.\n") && !whole.contains("results up to"), "{whole}");
}

#[test]
fn the_resolution_is_that_of_neighbours_and_said_as_on_the_page() {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend/src/lib/i18n/en.public.ts");
    let catalogue = std::fs::read_to_string(catalogue).unwrap();
    let (_, text) = catalogue.split_once("'board.resolution':").unwrap();
    let sentence = text.split('\'').nth(1).unwrap().replace("{n}", "1,000").replace("{points}", "2.0");
    let said = below(&sample());
    assert!(said.lines().any(|line| line == sentence), "{sentence}: {said}");

    // A baseline is not ranked, so that nobody has a neighbour here.
    let mut alone = sample();
    alone.rows.remove(1);
    for board in [alone, board(Vec::new())] {
        let text = below(&board);
        assert!(!text.contains("told apart") && !text.contains("Resolution"), "{text}");
    }
}

#[test]
fn the_leader_is_bold_and_who_is_not_ranked_is_dim() {
    let coloured = render_board(&sample(), &titles(), BoardStyle { colour: true, ..plain(100) });
    let line = |team: &str| coloured.lines().find(|line| line.contains(team) && !line.contains("ahead")).unwrap();
    assert!(line("SuperVision").starts_with("\u{1b}[1m") && line("Organizers").starts_with("\u{1b}[2m"));
    assert!(!line("東京大学").contains('\u{1b}'), "{coloured}");
}

#[test]
fn a_board_says_what_was_trained_with_outside_data_and_how_the_others_stand() {
    let mut outside = sample();
    outside.rows[0].training_data = Some(TrainingData::Outside);
    let track = |training_data, gap: Option<&str>| {
        let gap = gap.map(|statement| Gap { statement: statement.to_owned(), ..outside.gaps[0].clone() });
        Track { training_data, rows: 2, gap, apart: None }
    };
    let tracks = vec![
        track(TrainingData::Supplied, Some("SuperVision (5 CNNs) is 9.8 points ahead of ISI")),
        track(TrainingData::Outside, Some("never said")),
    ];
    let shown = render_board(&Leaderboard { tracks, ..outside.clone() }, &titles(), plain(200));
    assert!(shown.contains("With the supplied data only: SuperVision (5 CNNs) is 9.8 points ahead of ISI"), "{shown}");
    assert!(shown.contains("o: trained with outside data too") && !shown.contains("never said"), "{shown}");
    let marked: Vec<&str> = shown.lines().filter(|line| line.trim_end().ends_with(" o")).collect();
    assert!(marked.len() == 1 && marked[0].contains("SuperVision"), "{shown}");
    let of_track = Leaderboard { training_data: Some(TrainingData::Supplied), ..sample() };
    let shown = render_board(&of_track, &titles(), plain(200));
    assert!(shown.contains("Only entries that say they were trained with the supplied data only."), "{shown}");
}
