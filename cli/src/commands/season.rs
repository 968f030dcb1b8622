//! `season`.

use std::path::PathBuf;

use clap::Subcommand;
use holdout_evaluation::TestSet;
use holdout_protocol::{
    ErrorCode, InputTransform, Limits, Precision, Registration, RegistrationMode, Season, SeasonChanges, SeasonState,
    Slug, SubmissionKind, Task, TeamStatus, Timestamp, format_bytes, format_duration,
};

use super::context::Context;
use super::export::{self, ExportArguments};
use super::extend::{self, ExtendArguments, ExtensionsArguments};
use super::registration::{self, DecisionArguments, RegistrationCodeCommand};
use super::rescore::{self, RescoreArguments};
use crate::client::{Client, TaskPath};
use crate::failure::Failure;
use crate::season::{ApplyOptions, Consent, NewSeasonArguments, apply, new_season};
use crate::show::figures::{grouped, time, time_from};
use crate::show::table::Table;
use crate::text::{visible, visible_lines};

/// `season`.
#[derive(Debug, Subcommand)]
pub(crate) enum SeasonCommand {
    /// Make a season folder of images and labels that you have, for `season apply`.
    New(Box<NewSeasonArguments>),
    /// Make the server's season as a folder says; can be run again.
    Apply {
        /// The folder that holds `season.yaml`.
        folder: PathBuf,
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
        /// Show what would change, and change nothing.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
        /// Leave images out, and accept no models.
        #[arg(long)]
        without_images: bool,
        /// Show a corrected test set at once, with an empty board: by default its results are counted first, and
        /// `season rescore` applies them.
        #[arg(long)]
        discard_results: bool,
    },
    /// The seasons.
    List,
    /// A season with its tasks.
    Show {
        /// Season.
        season: Slug,
        /// With the rules.
        #[arg(long)]
        rules: bool,
    },
    /// Print the labels of a task's test set as CSV, for organizers.
    Labels {
        /// Season.
        season: Slug,
        /// Task.
        #[arg(long, short = 't', env = "HOLDOUT_TASK")]
        task: Slug,
    },
    /// Show it to everybody, and open it now.
    Open {
        /// Season.
        season: Slug,
    },
    /// Close it now.
    Close {
        /// Season.
        season: Slug,
    },
    /// Show what another version of a test set changes on the board, and apply or drop it.
    Rescore(RescoreArguments),
    /// Close it later, for all or for one team, or give one team extra attempts.
    Extend(ExtendArguments),
    /// What single teams were given, newest first.
    Extensions(ExtensionsArguments),
    /// Keep the board as it is now.
    Freeze {
        /// Season.
        season: Slug,
    },
    /// Let the board go on.
    Unfreeze {
        /// Season.
        season: Slug,
    },
    /// Publish the private scores.
    Publish {
        /// Season.
        season: Slug,
    },
    /// Take no submissions for the moment.
    Pause {
        /// Season.
        season: Slug,
    },
    /// Take submissions again.
    Resume {
        /// Season.
        season: Slug,
    },
    /// Write participants, submissions, evaluations or the audit log of a season as CSV or JSON, for organizers.
    Export(ExportArguments),
    /// Codes that let people into a season whose registration mode is `code`.
    #[command(subcommand)]
    Code(RegistrationCodeCommand),
    /// Let a team submit, in a season whose registration mode is `approval`.
    Approve(DecisionArguments),
    /// Keep a team from submitting, and tell it so.
    Decline(DecisionArguments),
    /// People who founded, joined or left a team after they had submitted.
    TeamChanges {
        /// Season.
        season: Slug,
        /// Those who had not submitted as well.
        #[arg(long)]
        all: bool,
    },
}

/// Prints a row for each image, as a folder's `labels.csv` has it: its name, or its number from 1, and its class number.
fn labels(context: &Context, task: &TaskPath) -> Result<(), Failure> {
    let stored = context.client()?.test_set(task)?;
    let test_set = TestSet::from_canonical(&stored.canonical)
        .map_err(|error| Failure::refused("invalid_value", format!("the server's test set of {task}: {error}")))?;
    let unwritable = |error: csv::Error| Failure::refused("output", error.to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["image", "class"]).map_err(unwritable)?;
    for (image, class) in test_set.shape().images.iter().zip(test_set.labels()) {
        table.write_record([image.to_string(), class.to_string()]).map_err(unwritable)?;
    }
    let bytes = table.into_inner().map_err(|error| Failure::refused("output", error.to_string()))?;
    context.console.raw(&bytes)
}

pub(crate) fn run(context: &Context, command: SeasonCommand) -> Result<(), Failure> {
    let change = |season: &Slug, changes: &SeasonChanges| change(context, season, changes);
    let none = SeasonChanges::default();
    match command {
        SeasonCommand::New(arguments) => {
            let report = new_season(&arguments, &context.state_folder()?, context.console)?;
            context.console.data(&report)?;
            context.console.say(report.to_text())
        }
        SeasonCommand::Apply { folder, yes, dry_run, without_images, discard_results } => {
            let consent = match (yes, dry_run) {
                (_, true) => Consent::DryRun,
                (true, false) => Consent::Given,
                (false, false) => Consent::Ask,
            };
            let (console, state_folder) = (context.console, context.state_folder()?);
            let options = ApplyOptions { consent, without_images, discard_results, console, state_folder };
            let report = apply(&context.client()?, &folder, &options)?;
            console.data(&report)
        }
        SeasonCommand::Export(arguments) => export::export(context, &arguments),
        SeasonCommand::List => list(context),
        SeasonCommand::Show { season, rules } => show(context, &season, rules),
        SeasonCommand::Labels { season, task } => labels(context, &TaskPath { season, task }),
        SeasonCommand::Open { season } => {
            let client = context.client()?;
            let present = client.season(&season)?;
            if present.state == SeasonState::Published {
                return Err(Failure::refused(ErrorCode::WrongState.as_str(), format!("{season} is published")).advise(
                    "To open it again, hide its results first, on the season's page, and set a later `closes`.",
                ));
            }
            let changes = opening(&present);
            change(&season, &changes)
        }
        SeasonCommand::Close { season } => {
            let present = context.client()?.season(&season)?;
            match present.closes.filter(|closes| *closes <= Timestamp::now()) {
                // A later deadline would let in what was announced in between.
                Some(closes) => {
                    context.console.data(&present)?;
                    context
                        .console
                        .say(format!("{season} is closed already, since {}; nothing was changed.", time(closes)))
                }
                None => change(&season, &SeasonChanges { closes: Some(Some(Timestamp::now())), ..none }),
            }
        }
        SeasonCommand::Rescore(arguments) => rescore::run(context, &arguments),
        SeasonCommand::Extend(arguments) => extend::extend(context, arguments),
        SeasonCommand::Extensions(arguments) => extend::extensions(context, &arguments),
        SeasonCommand::Freeze { season } => change(&season, &SeasonChanges { frozen: Some(true), ..none }),
        SeasonCommand::Unfreeze { season } => change(&season, &SeasonChanges { frozen: Some(false), ..none }),
        SeasonCommand::Publish { season } => change(&season, &SeasonChanges { published: Some(true), ..none }),
        SeasonCommand::Pause { season } => change(&season, &SeasonChanges { paused: Some(true), ..none }),
        SeasonCommand::Resume { season } => change(&season, &SeasonChanges { paused: Some(false), ..none }),
        SeasonCommand::Code(command) => registration::codes(context, command),
        SeasonCommand::Approve(arguments) => registration::decide(context, arguments, TeamStatus::Approved),
        SeasonCommand::Decline(arguments) => registration::decide(context, arguments, TeamStatus::Declined),
        SeasonCommand::TeamChanges { season, all } => registration::team_changes(context, &season, all),
    }
}

/// Returns what makes a season open now.
fn opening(season: &Season) -> SeasonChanges {
    let now = Timestamp::now();
    SeasonChanges { draft: Some(false), opens: (season.opens > now).then_some(now), ..SeasonChanges::default() }
}

fn change(context: &Context, season: &Slug, changes: &SeasonChanges) -> Result<(), Failure> {
    let changed = context.client()?.change_season(season, changes)?;
    context.console.data(&changed)?;
    context.console.say(format!("{season} is {}.", standing(&changed)))?;
    if changed.state == SeasonState::Closed && changes.draft == Some(false) {
        context.console.remark(format!("note: {season} has closed already; a later `closes` opens it again"));
    }
    Ok(())
}

const fn state(season: &Season) -> &'static str {
    match season.state {
        SeasonState::Draft => "draft",
        SeasonState::Open => "open",
        SeasonState::Closed => "closed",
        SeasonState::Published => "published",
    }
}

fn standing(season: &Season) -> String {
    let mut text = state(season).to_owned();
    if season.paused {
        text.push_str(", paused");
    }
    if let Some(at) = season.frozen_at {
        text.push_str(&format!(", its board frozen at {}", time(at)));
    }
    text
}

fn list(context: &Context) -> Result<(), Failure> {
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
    console.say(if table.is_empty() { "No seasons.".to_owned() } else { table.render(console.width) })
}

fn show(context: &Context, season: &Slug, rules: bool) -> Result<(), Failure> {
    let client: Client = context.client()?;
    let season = client.season(season)?;
    context.console.data(&season)?;
    let now = Timestamp::now();
    let mut lines = vec![visible(&season.title), format!("  {}: {}", season.season, standing(&season))];
    lines.push(format!("  opens {}", time_from(season.opens, now)));
    lines.push(format!("  closes {}", season.closes.map_or("never".to_owned(), |closes| time_from(closes, now))));
    lines.push(format!("  {}", gate(&season.registration)));
    lines.extend(season.tasks.iter().map(described));
    if rules {
        lines.push(String::new());
        lines.push(visible_lines(&season.rules));
    }
    context.console.say(lines.join("\n"))
}

/// Who may found and join teams, in words.
fn gate(registration: &Registration) -> String {
    let needs = match registration.mode {
        RegistrationMode::Open => "registration is open",
        RegistrationMode::Code => "registration needs a code",
        RegistrationMode::Approval => "teams need an organizer's approval",
    };
    let domains = match registration.domains.as_slice() {
        [] => String::new(),
        domains => format!(", for e-mail addresses in {}", domains.join(", ")),
    };
    format!("{needs}{domains}; one person may found {} teams", registration.teams_per_account)
}

fn described(task: &Task) -> String {
    let settings = &task.settings;
    let kinds: Vec<&str> = settings.accepts.iter().map(|kind| kind.as_str()).collect();
    let test_set = task.test_set.as_ref().map_or("no test set yet".to_owned(), |set| {
        let public = if set.public_images < set.images {
            format!(", {} of them public", grouped(set.public_images.into()))
        } else {
            String::new()
        };
        format!(
            "{} classes, {} images{public}; test set {} with commitment {}",
            grouped(set.classes.into()),
            grouped(set.images.into()),
            set.version,
            set.commitment
        )
    });
    let quota = std::time::Duration::from_secs(settings.quota.per_seconds);
    let mut lines = vec![
        format!("  {}: {}", task.task, visible(&settings.title)),
        format!(
            "    accepts {}; {} submissions per {}",
            kinds.join(", "),
            settings.quota.submissions,
            format_duration(quota)
        ),
        format!("    prediction files up to {}", format_bytes(settings.limits.predictions_bytes)),
    ];
    if let Some(input) = settings.input.as_ref().filter(|_| settings.accepts.contains(&SubmissionKind::Torchscript)) {
        let Limits { model_bytes, wall_seconds, memory_bytes, .. } = &settings.limits;
        let (wall, memory) =
            (format_duration(std::time::Duration::from_secs(*wall_seconds)), format_bytes(*memory_bytes));
        lines.push(format!("    models up to {}, in {wall} and {memory} of memory", format_bytes(*model_bytes)));
        lines.push(format!("    images: {}", prepared(input)));
    }
    lines.push(format!("    {test_set}"));
    lines.join("\n")
}

/// Returns how images become a model's input, in words.
fn prepared(input: &InputTransform) -> String {
    let resize = input.resize.map_or(String::new(), |side| format!("shorter side to {side}, "));
    let precision = match input.precision {
        Precision::Float32 => "float32",
        Precision::Tf32 => "TF32 on a GPU",
    };
    let InputTransform { crop, mean, std, .. } = input;
    format!("{resize}centre {crop} × {crop}, mean {mean:?}, std {std:?}, {precision}")
}
