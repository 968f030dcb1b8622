//! `season list`, `season show` and `season labels`: what a server has.

use std::path::Path;

use holdout_protocol::{ErrorCode, Slug, Timestamp};

use super::context::Context;
use crate::client::{Client, ClientError, TaskPath};
use crate::failure::Failure;
use crate::local_check::labels_csv;
use crate::season::save_season;
use crate::show::figures::{time, time_from};
use crate::show::open_matters::waiting;
use crate::show::season::{described, gate, standing, state};
use crate::show::table::Table;
use crate::text::{visible, visible_lines};

/// Prints a row for each image, as a folder's `labels.csv` has it: its name, or its number from 1,
/// and its class number.
pub(super) fn labels(context: &Context, task: &TaskPath, version: Option<u32>) -> Result<(), Failure> {
    let stored = context.client()?.test_set(task, version)?;
    context.console.raw(&labels_csv(&stored.canonical, task)?)
}

pub(super) fn list(context: &Context) -> Result<(), Failure> {
    let console = context.console;
    let seasons = context.client()?.seasons()?;
    console.data(&seasons)?;
    let mut table = Table::new(&["season", "state", "closes", "tasks", "title"]);
    for season in seasons {
        let tasks: Vec<&str> = season.tasks.iter().map(|task| task.task.as_str()).collect();
        let closes = season.closes.map_or("never".to_owned(), time);
        table.row(&[
            season.season.to_string(),
            state(&season).to_owned(),
            closes,
            tasks.join(", "),
            season.title.clone(),
        ]);
    }
    console.say(if table.is_empty() { "No seasons.".to_owned() } else { table.render(console.columns()) })
}

/// Saves a season as the folder that `season apply` takes.
pub(super) fn save(context: &Context, season: &Slug, folder: &Path, without_images: bool) -> Result<(), Failure> {
    let saved = save_season(&context.client()?, season, folder, without_images, context.console)?;
    context.console.data(&saved)?;
    context.console.say(saved.to_text())
}

pub(super) fn show(context: &Context, season: &Slug, rules: bool) -> Result<(), Failure> {
    let client: Client = context.client()?;
    let season = client.season(season)?;
    context.console.data(&season)?;
    let now = Timestamp::now();
    let mut lines = vec![visible(&season.title), format!("  {}: {}", season.season, standing(&season))];
    lines.push(format!("  opens {}", time_from(season.opens, now)));
    lines.push(format!("  closes {}", season.closes.map_or("never".to_owned(), |closes| time_from(closes, now))));
    lines.push(format!("  {}", gate(&season.registration)));
    lines.extend(season.tasks.iter().map(described));
    lines.extend(waiting_for_organizers(&client, &season.season)?);
    if rules {
        lines.push(String::new());
        lines.push(visible_lines(&season.rules));
    }
    context.console.say(lines.join("\n"))
}

/// Returns what waits for the season's organizers, with the names of the teams that wait; nothing
/// for anybody else.
fn waiting_for_organizers(client: &Client, season: &Slug) -> Result<Vec<String>, Failure> {
    let open = match client.open_matters(season) {
        Ok(open) => open,
        Err(ClientError::NotLoggedIn { .. } | ClientError::Session { .. } | ClientError::Token { .. }) => {
            return Ok(Vec::new());
        }
        Err(error) if error.is(ErrorCode::Forbidden) || error.is(ErrorCode::Unauthenticated) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut lines: Vec<String> = waiting(season, &open).into_iter().map(|line| format!("  {line}")).collect();
    if open.pending_teams > 0 {
        let teams = client.pending_teams(season)?;
        lines.extend(teams.iter().map(|team| format!("    {}", visible(team.name.as_str()))));
    }
    Ok(lines)
}
