//! What stands above and below the board, in plain words.

use holdout_protocol::{BoardRow, BoardSplit, Gap, Leaderboard, Metric, Timestamp, Track, TrainingData};

use super::style::{BoardStyle, Titles};
use crate::show::figures::{self, grouped, percent};
use crate::show::submission::trained_with;
use crate::text::{visible, wrapped};

/// Below this probability a difference is taken for real.
pub(crate) const SIGNIFICANT: f64 = 0.05;

/// Notes of the organizers, numbered as they come; the same note has the same number.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    notes: Vec<String>,
    baseline: bool,
    late: bool,
    outside: bool,
    unranked: bool,
    /// The first and the last day that replays are dated to.
    replays: Option<(Timestamp, Timestamp)>,
}

impl Footnotes {
    pub(super) fn of(board: &Leaderboard) -> Self {
        let mut footnotes = Self::default();
        for row in &board.rows {
            footnotes.baseline |= row.baseline;
            footnotes.late |= row.late;
            footnotes.outside |= outside(row);
            footnotes.unranked |= row.rank.is_none();
            if row.entered_at.is_some() {
                let (first, last) = footnotes.replays.unwrap_or((row.submitted_at, row.submitted_at));
                footnotes.replays = Some((first.min(row.submitted_at), last.max(row.submitted_at)));
            }
            if let Some(note) = row.note.as_ref().map(|note| visible(note))
                && !footnotes.notes.contains(&note)
            {
                footnotes.notes.push(note);
            }
        }
        footnotes
    }

    /// Returns the marks of a row: `b` for a baseline, `l` for a late one, `o` for one that was
    /// trained with outside data, `r` for a replay, the number of its note.
    pub(super) fn marks(&self, row: &BoardRow) -> String {
        let note = row.note.as_ref().map(|note| visible(note));
        let number = note.and_then(|note| self.notes.iter().position(|known| *known == note)).map(|index| index + 1);
        let letters = [(row.baseline, "b"), (row.late, "l"), (outside(row), "o"), (row.entered_at.is_some(), "r")];
        let letters = letters.into_iter().filter(|(set, _)| *set).map(|(_, letter)| letter.to_owned());
        letters.chain(number.map(|number| number.to_string())).collect::<Vec<_>>().join(",")
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.baseline {
            lines.push("b: entered by the organizers for comparison".to_owned());
        }
        if self.late {
            lines.push("l: submitted late, by a team with a deadline of its own".to_owned());
        }
        if self.outside {
            lines.push("o: trained with outside data too".to_owned());
        }
        if let Some((first, last)) = self.replays {
            let days = [first, last].map(figures::day);
            let days = if days[0] == days[1] { days[0].clone() } else { days.join(" to ") };
            lines.push(format!("r: a replay, entered by the organizers later, under a date of theirs: {days}"));
        }
        if self.unranked {
            lines.push("–: not ranked".to_owned());
        }
        lines.extend(self.notes.iter().enumerate().map(|(index, note)| format!("{}: {note}", index + 1)));
        lines
    }
}

fn outside(row: &BoardRow) -> bool {
    row.training_data == Some(TrainingData::Outside)
}

/// Returns the lines above the table.
pub(super) fn heading(board: &Leaderboard, titles: &Titles, style: BoardStyle) -> Vec<String> {
    let title = format!("{} · {}", visible(&titles.season), visible(&titles.task));
    let bold = console::Style::new().bold().force_styling(style.colour);
    let title = wrapped(&title, style.width);
    let title = if style.colour { bold.apply_to(&title).to_string() } else { title };
    let facts = format!(
        "{}, lower is better, on {} test images{}. {}.",
        metric(board.metric),
        grouped(u64::from(board.n)),
        if titles.split { part(board.split) } else { "" },
        board.updated_at.map_or("No result yet".to_owned(), |time| format!("Last result {}", figures::time(time)))
    );
    let mut lines = vec![title, wrapped(&facts, style.width)];
    if let Some(kind) = board.training_data {
        let sentence = format!("Only entries that say they were trained {}.", trained_with(kind));
        lines.push(wrapped(&sentence, style.width));
    }
    lines.extend(resolution(board).map(|sentence| wrapped(&sentence, style.width)));
    if let Some(at) = board.as_of {
        lines.push(wrapped(&format!("The board shows the results up to {}.", figures::time(at)), style.width));
    }
    lines
}

/// Returns how far neighbours typically have to be apart, as the page of the board says it; `None`
/// if there are no two ranked rows, because it is about neighbours.
fn resolution(board: &Leaderboard) -> Option<String> {
    let ranked = board.rows.iter().filter(|row| row.rank.is_some()).count();
    (ranked > 1).then(|| {
        format!(
            "Resolution: on {} images, two neighbours on this board are typically told apart if they are about {} points apart; \
             some pairs need more, some less.",
            grouped(u64::from(board.n)),
            percent(board.resolution, figures::decimals(board.n))
        )
    })
}

/// Returns the lines below the table.
pub(super) fn below(board: &Leaderboard, footnotes: &Footnotes, style: BoardStyle) -> Vec<String> {
    let mut lines: Vec<String> = board.gaps.iter().chain(&board.baseline_gap).map(gap_sentence).collect();
    lines.extend(board.tracks.iter().filter_map(track_sentence));
    if board.rows.iter().any(|row| row.rank_range.is_some()) {
        lines.push(
            "range: the best and the worst place that exact paired tests leave open (McNemar, Holm, 5 %).".to_owned(),
        );
    }
    lines.extend(footnotes.lines());
    lines.extend(board.disqualified.iter().map(disqualified_sentence));
    lines.iter().map(|line| wrapped(line, style.width)).collect()
}

/// Returns how far the track of the supplied data is apart; that of outside data is not asked for.
fn track_sentence(track: &Track) -> Option<String> {
    let gap = track.gap.as_ref().filter(|_| track.training_data == TrainingData::Supplied)?;
    Some(format!("With the supplied data only: {}", gap_sentence(gap)))
}

fn disqualified_sentence(row: &BoardRow) -> String {
    let method = row.method.as_ref().map(|method| format!(" ({})", visible(method))).unwrap_or_default();
    let reason = row.disqualified.as_ref().and_then(|disqualified| disqualified.reason.as_ref());
    let reason = reason.map(|reason| format!(": {}", visible(reason))).unwrap_or_default();
    let error = percent(row.error, figures::decimals(row.n));
    format!("Disqualified: {}{method}, error {error} %{reason}", visible(row.team.as_str()))
}

fn gap_sentence(gap: &Gap) -> String {
    let statement = visible(&gap.statement);
    if gap.difference <= 0.0 {
        format!("{statement}.")
    } else if gap.significant {
        format!("{statement} (paired test): the difference is real.")
    } else if gap.p_value <= SIGNIFICANT {
        format!("{statement} (paired test): among so many rows this may be chance.")
    } else {
        format!("{statement} (paired test): this may be chance.")
    }
}

pub(crate) const fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Top1Error => "Top-1 error",
        Metric::Top5Error => "Top-5 error",
    }
}

pub(crate) const fn part(split: BoardSplit) -> &'static str {
    match split {
        BoardSplit::Public => ", the public part",
        BoardSplit::Private => ", the private part",
    }
}
