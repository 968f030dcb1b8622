//! `leaderboard`.

use holdout_protocol::{BoardSplit, Leaderboard, LeaderboardQuery, SeasonState};

use super::Context;
use crate::arguments::{BoardFormat, LeaderboardArguments, SplitArgument};
use crate::board::{BoardStyle, Level, Titles, render};
use crate::client::{Client, TaskPath};
use crate::failure::Failure;

pub(super) fn run(context: &Context, arguments: &LeaderboardArguments) -> Result<(), Failure> {
    let (client, console, task) = (context.client()?, context.console, arguments.task.path());
    let split = match arguments.split {
        Some(SplitArgument::Public) => Some(BoardSplit::Public),
        Some(SplitArgument::Private) => Some(BoardSplit::Private),
        None => deciding_split(&client, &task)?,
    };
    let query = LeaderboardQuery { split, all: arguments.all.then_some(true), as_of: arguments.as_of };
    match arguments.format {
        BoardFormat::Csv => {
            let csv = client.leaderboard_csv(&task, &query)?;
            console.raw(&if console.terminal { without_controls(&csv) } else { csv })
        }
        BoardFormat::Table if !console.json => {
            let board = client.leaderboard(&task, &query)?;
            let level = if arguments.level == "0.999" { Level::High } else { Level::Usual };
            let style = BoardStyle { width: console.width, colour: console.colour, level };
            console.say(render(&board, &titles(&client, &task, &board)?, style))
        }
        BoardFormat::Table | BoardFormat::Json => {
            let board = client.leaderboard(&task, &query)?;
            crate::console::Console { json: true, ..console }.data(&board)
        }
    }
}

/// The private part as soon as it decides; otherwise what the server shows by itself.
fn deciding_split(client: &Client, task: &TaskPath) -> Result<Option<BoardSplit>, Failure> {
    let season = client.season(&task.season)?;
    let is_split = season.tasks.iter().any(|found| found.task == task.task && found.settings.split.is_some());
    Ok((season.state == SeasonState::Published && is_split).then_some(BoardSplit::Private))
}

fn titles(client: &Client, task: &TaskPath, board: &Leaderboard) -> Result<Titles, Failure> {
    let season = client.season(&task.season)?;
    let found = season.tasks.iter().find(|found| found.task == task.task);
    let title = found.map_or_else(|| board.task.to_string(), |found| found.settings.title.clone());
    let split = found.is_none_or(|found| found.settings.split.is_some());
    Ok(Titles { season: season.title, task: title, split })
}

/// Of what others wrote, nothing reaches a terminal that could control it.
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
}
