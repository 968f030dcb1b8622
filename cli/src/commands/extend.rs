//! `season extend`, `season extensions`: more time or more attempts, for all or for one team.

use clap::Args;
use holdout_protocol::{Extension, ExtensionId, NewExtension, SeasonChanges, Slug, Timestamp};

use super::context::Context;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// `season extend`.
#[derive(Debug, Args)]
pub(crate) struct ExtendArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Only this team; without it, the season closes later for all.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// The new deadline, or when the extra attempts end, for example 2027-01-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    until: Timestamp,
    /// How many extra attempts to give to the team, instead of more time.
    #[arg(long, value_name = "NUMBER", requires = "team")]
    attempts: Option<u32>,
    /// The task that the attempts are for; each task of the season without it.
    #[arg(long, short = 't', value_name = "TASK", requires = "attempts")]
    task: Option<Slug>,
    /// Why; the audit log keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
}

/// `season extensions`.
#[derive(Debug, Args)]
pub(crate) struct ExtensionsArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// End this one now, by its id.
    #[arg(long, value_name = "ID")]
    end: Option<ExtensionId>,
}

pub(crate) fn extend(context: &Context, arguments: ExtendArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let ExtendArguments { season, team, until, attempts, task, reason, yes } = arguments;
    let Some(team) = team else {
        // A deadline that is over is opened again on purpose only.
        let present = client.season(&season)?;
        if present.closes.is_none_or(|closes| until <= closes) {
            let closes = present.closes.map_or("never closes".to_owned(), |closes| format!("closes {}", time(closes)));
            return Err(Failure::usage(format!("{season} {closes}: {} is no later deadline", time(until))));
        }
        let question = format!("Let {season} close {} for all?", time(until));
        let alone = format!("there is nobody to ask whether {season} closes later for all");
        if !console.agree(yes, &question, (alone.as_str(), "Run it with `--yes`."))? {
            return console.say("Nothing was changed.");
        }
        let changes = SeasonChanges { closes: Some(Some(until)), reason: Some(reason), ..SeasonChanges::default() };
        let changed = client.change_season(&season, &changes)?;
        console.data(&changed)?;
        return console.say(format!(
            "{season} closes {} for all. Put it into season.yaml as well, or the next `season apply` changes it back.",
            time(until)
        ));
    };
    let made = client.extend(&season, &NewExtension { team, until, attempts, task, reason })?;
    console.data(&made)?;
    console.say(format!("{}: {}.", visible(made.team.as_str()), given(&made)))?;
    if made.attempts == 0 {
        console.remark(
            "What it submits after the others' deadline is marked as late. The season can be published after that.",
        );
    }
    Ok(())
}

pub(crate) fn extensions(context: &Context, arguments: &ExtensionsArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    if let Some(id) = arguments.end {
        client.end_extension(&arguments.season, id)?;
        console.data(&serde_json::json!({ "id": id, "ended": true }))?;
        return console.say("Ended. What the team did while it ran stays.");
    }
    let found = client.extensions(&arguments.season)?;
    console.data(&found)?;
    let mut table = Table::new(&["id", "team", "what", "reason"]);
    for extension in &found {
        table.row(&[
            extension.id.to_string(),
            visible(extension.team.as_str()),
            given(extension),
            visible(&extension.reason),
        ]);
    }
    console.say(if table.is_empty() { "No extensions.".to_owned() } else { table.render(console.columns()) })
}

fn given(extension: &Extension) -> String {
    let until = time(extension.until);
    let task = extension.task.as_ref().map(|task| format!(" in {task}")).unwrap_or_default();
    match extension.attempts {
        0 => format!("closes {until}"),
        1 => format!("1 extra attempt{task} until {until}"),
        attempts => format!("{attempts} extra attempts{task} until {until}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_more_time_or_so_many_attempts() {
        let given = |attempts: u32, task: Option<&str>| {
            let fields = serde_json::json!({
                "id": "0190a5d0-0000-7000-8000-000000000001", "team": "Alpha", "task": task, "attempts": attempts,
                "until": "2027-01-01T00:00:00Z", "reason": "r", "created_at": "2026-01-01T00:00:00Z", "revoked_at": null,
            });
            given(&serde_json::from_value(fields).unwrap())
        };
        assert_eq!(given(0, None), "closes 2027-01-01 00:00:00 UTC");
        assert_eq!(given(1, None), "1 extra attempt until 2027-01-01 00:00:00 UTC");
        assert_eq!(given(3, Some("images")), "3 extra attempts in images until 2027-01-01 00:00:00 UTC");
    }
}
