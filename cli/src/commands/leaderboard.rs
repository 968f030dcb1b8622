//! `leaderboard`.

use clap::{Args, ValueEnum};
use holdout_protocol::{
    BoardSplit, ErrorCode, Leaderboard, LeaderboardQuery, Season, SeasonState, Timestamp, TrainingData, format_duration,
};

use super::context::Context;
use crate::arguments::{TaskArguments, TrainingDataArgument};
use crate::client::{Patience, TaskPath};
use crate::failure::Failure;
use crate::show::board::{BoardStyle, Level, Titles, render_board};

/// How a board is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BoardFormat {
    /// For people.
    Table,
    /// As the server writes it.
    Json,
    /// As the server writes it.
    Csv,
}

/// A part of the test set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArgument {
    /// Scored while the season runs.
    Public,
    /// Decides.
    Private,
}

impl From<SplitArgument> for BoardSplit {
    fn from(split: SplitArgument) -> Self {
        match split {
            SplitArgument::Public => Self::Public,
            SplitArgument::Private => Self::Private,
        }
    }
}

/// `leaderboard`.
#[derive(Debug, Args)]
pub(crate) struct LeaderboardArguments {
    /// The task, by its short name, for example `classification`.
    #[command(flatten)]
    pub(crate) task: TaskArguments,
    /// How to write it.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: BoardFormat,
    /// Every submission instead of each team's best.
    #[arg(long)]
    pub(crate) all: bool,
    /// Which part of the test set; the private one is shown once it is published [default: private
    /// if it is published, else public].
    #[arg(long, value_enum)]
    pub(crate) split: Option<SplitArgument>,
    /// Level of the intervals in the table.
    #[arg(long, value_parser = ["0.95", "0.999"], default_value = "0.95")]
    pub(crate) level: String,
    /// The results up to this time, such as 2012-09-30T23:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Only entries that say they were trained with this: the board of a track.
    #[arg(long, value_enum)]
    pub(crate) training_data: Option<TrainingDataArgument>,
    /// The results on this version of the test set [default: the present one].
    #[arg(long, value_name = "NUMBER")]
    pub(crate) test_set: Option<u32>,
}

pub(crate) fn run(context: &Context, arguments: &LeaderboardArguments) -> Result<(), Failure> {
    let (client, console, task) = (context.client()?, context.console, arguments.task.path());
    let is_table = arguments.format == BoardFormat::Table && !console.json;
    // Nothing of the season is in other formats, unless it decides which part is shown.
    let season = if is_table || arguments.split.is_none() { season_if_known(context, &task)? } else { None };
    let split = match arguments.split {
        Some(split) => Some(BoardSplit::from(split)),
        None => season.as_ref().and_then(|season| deciding_split(season, &task)),
    };
    let query = LeaderboardQuery {
        split,
        all: arguments.all.then_some(true),
        training_data: arguments.training_data.map(TrainingData::from),
        as_of: arguments.as_of,
        version: arguments.test_set,
    };
    match arguments.format {
        BoardFormat::Csv => {
            let csv = client.leaderboard_csv(&task, &query)?;
            console.raw(&if console.terminal { without_controls(&csv) } else { csv })
        }
        BoardFormat::Table if is_table => {
            let (board, age) = client.leaderboard_with_age(&task, &query)?;
            let level = if arguments.level == "0.999" { Level::High } else { Level::Usual };
            let style = BoardStyle { width: console.width, colour: console.colour, level };
            console.say(render_board(&board, &titles(season.as_ref(), &board), style))?;
            if let Some(age) = age {
                console.remark(format!("the server's database is away; this board is {} old", format_duration(age)));
            }
            if season.is_none() && split.is_none() {
                console.remark("the season cannot be read now, so this is the public part");
            }
            Ok(())
        }
        BoardFormat::Table | BoardFormat::Json => {
            let board = client.leaderboard(&task, &query)?;
            crate::console::Console { json: true, ..console }.data(&board)
        }
    }
}

/// Returns the season; `None` if the server cannot say now. It still shows boards, from memory.
pub(super) fn season_if_known(context: &Context, task: &TaskPath) -> Result<Option<Season>, Failure> {
    let once = Patience { tries: 1, ..Patience::default() };
    match context.client()?.with_patience(once).season(&task.season) {
        Ok(season) => Ok(Some(season)),
        Err(error) if error.is(ErrorCode::Unavailable) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Returns the private part as soon as it decides; otherwise what the server shows by itself.
pub(super) fn deciding_split(season: &Season, task: &TaskPath) -> Option<BoardSplit> {
    let is_split = season.tasks.iter().any(|found| found.task == task.task && found.settings.split.is_some());
    (season.state == SeasonState::Published && is_split).then_some(BoardSplit::Private)
}

fn titles(season: Option<&Season>, board: &Leaderboard) -> Titles {
    let found = season.and_then(|season| season.tasks.iter().find(|found| found.task == board.task));
    Titles {
        season: season.map_or_else(|| board.season.to_string(), |season| season.title.clone()),
        task: found.map_or_else(|| board.task.to_string(), |found| found.settings.title.clone()),
        split: found.is_none_or(|found| found.settings.split.is_some()),
    }
}

/// Removes control characters, because others wrote the texts and a terminal would obey them.
fn without_controls(csv: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(csv);
    text.split_inclusive('\n')
        .map(|line| {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            crate::text::visible(line.trim_end_matches(['\r', '\n'])) + end
        })
        .collect::<String>()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_on_a_terminal_has_no_escape_sequences() {
        assert_eq!(without_controls(b"a,b\r\n1,\x1b[2J\n"), "a,b\n1,\u{fffd}[2J\n".as_bytes());
    }

    fn season(state: &str, split: Option<f64>) -> Season {
        let split = split.map(|public| serde_json::json!({ "public": public, "seed": 1 }));
        serde_json::from_value(serde_json::json!({
            "season": "demo", "title": "Demo", "rules": "", "opens": "2026-01-01T00:00:00Z", "closes": null,
            "draft": false, "paused": false, "frozen_at": null, "published_at": null, "state": state,
            "registration": { "mode": "open", "domains": [], "teams_per_account": 1 },
            "tasks": [{
                "season": "demo", "task": "images", "title": "Images", "metric": "top5_error", "accepts": ["predictions"],
                "input": null, "split": split, "quota": { "submissions": 2, "per_seconds": 60 }, "finals": 1,
                "limits": { "predictions_bytes": 1, "model_bytes": 1, "wall_seconds": 1, "memory_bytes": 1 },
                "approval": false, "test_set": null, "versions": [], "staged": null,
            }],
        }))
        .unwrap()
    }

    fn path(task: &str) -> TaskPath {
        TaskPath { season: "demo".parse().unwrap(), task: task.parse().unwrap() }
    }

    #[test]
    fn the_private_part_is_shown_by_itself_once_it_decides() {
        assert_eq!(deciding_split(&season("published", Some(0.3)), &path("images")), Some(BoardSplit::Private));
        assert_eq!(deciding_split(&season("closed", Some(0.3)), &path("images")), None);
        assert_eq!(deciding_split(&season("published", None), &path("images")), None, "there is no private part");
        assert_eq!(deciding_split(&season("published", Some(0.3)), &path("other")), None);
    }

    #[test]
    fn a_board_is_titled_by_its_season_or_by_its_own_names() {
        let board = |task: &str| -> Leaderboard {
            serde_json::from_value(serde_json::json!({
                "season": "demo", "task": task, "metric": "top5_error", "split": "public", "n": 4, "resolution": 0.1,
                "updated_at": null, "as_of": null, "gaps": [], "rows": [],
            }))
            .unwrap()
        };
        let titled = |season: Option<&Season>, task: &str| {
            let Titles { season, task, split } = titles(season, &board(task));
            (season, task, split)
        };
        let of = |season: &str, task: &str, split| (season.to_owned(), task.to_owned(), split);
        assert_eq!(titled(Some(&season("open", Some(0.3))), "images"), of("Demo", "Images", true));
        assert_eq!(titled(Some(&season("open", None)), "images"), of("Demo", "Images", false));
        assert_eq!(titled(Some(&season("open", None)), "other"), of("Demo", "other", true));
        assert_eq!(titled(None, "images"), of("demo", "images", true), "the server may have said so");
    }
}
