//! `season`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use holdout_protocol::{SeasonChanges, Slug, TeamStatus};

use super::context::Context;
use super::export::{self, ExportArguments};
use super::extend::{self, ExtendArguments, ExtensionsArguments};
use super::merge_teams::{self, MergeArguments};
use super::registration::{self, DecisionArguments, RegistrationCodeCommand};
use super::rescore::{self, RescoreArguments};
use super::season_show::{labels, list, save, show};
use super::season_state::{self, EndArguments};
use crate::client::TaskPath;
use crate::failure::Failure;
use crate::season::{ApplyOptions, Consent, NewSeasonArguments, apply, new_season};

/// How a citation is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CitationFormat {
    /// An entry for a BibTeX file.
    Bibtex,
    /// A file `CITATION.cff`, which code hosting services and reference managers read.
    Cff,
}

/// `season`.
#[derive(Debug, Subcommand)]
pub(crate) enum SeasonCommand {
    /// Make a season folder of images and labels that you have, for `season apply`.
    New(Box<NewSeasonArguments>),
    /// Make the server's season as a folder says; can be run again.
    Apply {
        /// The folder that holds `season.yaml`.
        folder: PathBuf,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
        /// Show what would change, and change nothing.
        #[arg(long, conflicts_with = "yes")]
        dry_run: bool,
        /// Leave images out, and accept no models.
        #[arg(long)]
        without_images: bool,
        /// Show a corrected test set at once, with an empty board: by default its results are
        /// counted first, and `season rescore` applies them.
        #[arg(long)]
        discard_results: bool,
    },
    /// The seasons.
    List,
    /// A season with its tasks.
    Show {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// With the rules.
        #[arg(long)]
        rules: bool,
        /// Save it, with its tasks, test sets and the entries of organizers, as a new folder that
        /// `season apply` takes.
        #[arg(long, value_name = "FOLDER", conflicts_with = "rules")]
        as_folder: Option<PathBuf>,
        /// Save it without images.
        #[arg(long, requires = "as_folder")]
        without_images: bool,
    },
    /// Print how to cite a season.
    Cite {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// How it is written.
        #[arg(long, value_enum, default_value = "bibtex")]
        format: CitationFormat,
    },
    /// Print the classes of a task, in their order: number, class id and name, separated by tabs.
    Classes {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// The task, by its short name, for example `classification`.
        #[arg(long, short = 't', env = "HOLDOUT_TASK")]
        task: Slug,
    },
    /// Print the names of a task's test images, in the order of the lines of a prediction file.
    Images {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// The task, by its short name, for example `classification`.
        #[arg(long, short = 't', env = "HOLDOUT_TASK")]
        task: Slug,
    },
    /// Print the labels of a task's test set as CSV, for organizers.
    Labels {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// The task, by its short name, for example `classification`.
        #[arg(long, short = 't', env = "HOLDOUT_TASK")]
        task: Slug,
        /// Another version of the test set than the present one.
        #[arg(long, value_name = "NUMBER")]
        test_set: Option<u32>,
    },
    /// Show it to everybody, and open it now.
    Open {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Close it now. What is not settled in it is shown first.
    Close(EndArguments),
    /// Show what another version of a test set changes on the board, and apply or drop it.
    Rescore(RescoreArguments),
    /// Close it later, for all or for one team, or give one team extra attempts.
    Extend(ExtendArguments),
    /// What single teams were given, newest first.
    Extensions(ExtensionsArguments),
    /// Keep the board as it is now.
    Freeze {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Show the present board again.
    Unfreeze {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Publish the private scores. What is not settled in it is shown first.
    Publish(EndArguments),
    /// Hide the private scores again. It asks first.
    Unpublish(EndArguments),
    /// Take no submissions for the moment.
    Pause {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Take submissions again.
    Resume {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Write a season as one file that can be verified without the server; or, for organizers, its
    /// participants, submissions, evaluations or audit log as CSV or JSON.
    Export(ExportArguments),
    /// Codes that let people into a season whose registration mode is `code`.
    #[command(subcommand)]
    Code(RegistrationCodeCommand),
    /// Let a team submit, in a season whose registration mode is `approval`.
    Approve(DecisionArguments),
    /// Keep a team from submitting, and tell it so.
    Decline(DecisionArguments),
    /// Make a team part of another one: its people, submissions and what it has used of quotas
    /// become the other's. What changes is shown first.
    MergeTeams(MergeArguments),
    /// People who founded, joined or left a team after they had submitted.
    TeamChanges {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
        /// Those who had not submitted as well.
        #[arg(long)]
        all: bool,
    },
}

impl CitationFormat {
    /// Returns how the address of a citation in this format ends.
    const fn ending(self) -> &'static str {
        match self {
            Self::Bibtex => "bib",
            Self::Cff => "cff",
        }
    }
}

/// Returns whether to ask before anything is changed.
const fn consent_of(yes: bool, dry_run: bool) -> Consent {
    match (yes, dry_run) {
        (_, true) => Consent::DryRun,
        (true, false) => Consent::Given,
        (false, false) => Consent::Ask,
    }
}

pub(crate) fn run(context: &Context, command: SeasonCommand) -> Result<(), Failure> {
    let change = |season: &Slug, changes: &SeasonChanges| season_state::change(context, season, changes);
    let none = SeasonChanges::default();
    match command {
        SeasonCommand::New(arguments) => {
            let report = new_season(&arguments, &context.state_folder()?, context.console)?;
            context.console.data(&report)?;
            context.console.say(report.to_text())
        }
        SeasonCommand::Apply { folder, yes, dry_run, without_images, discard_results } => {
            let consent = consent_of(yes, dry_run);
            let (console, state_folder) = (context.console, context.state_folder()?);
            let options = ApplyOptions { consent, without_images, discard_results, console, state_folder };
            console.data(&apply(&context.client()?, &folder, &options)?)
        }
        SeasonCommand::Export(arguments) => export::export(context, &arguments),
        SeasonCommand::List => list(context),
        SeasonCommand::Show { season, rules, as_folder: None, .. } => show(context, &season, rules),
        SeasonCommand::Show { season, as_folder: Some(folder), without_images, .. } => {
            save(context, &season, &folder, without_images)
        }
        SeasonCommand::Cite { season, format } => {
            context.console.raw(&context.client()?.citation(&season, format.ending())?)
        }
        SeasonCommand::Classes { season, task } => {
            context.console.raw(&context.client()?.classes(&TaskPath { season, task })?)
        }
        SeasonCommand::Images { season, task } => {
            context.console.raw(&context.client()?.images(&TaskPath { season, task })?)
        }
        SeasonCommand::Labels { season, task, test_set } => labels(context, &TaskPath { season, task }, test_set),
        SeasonCommand::Open { season } => season_state::open(context, &season),
        SeasonCommand::Close(arguments) => season_state::close(context, &arguments),
        SeasonCommand::Rescore(arguments) => rescore::run(context, &arguments),
        SeasonCommand::Extend(arguments) => extend::extend(context, arguments),
        SeasonCommand::Extensions(arguments) => extend::extensions(context, &arguments),
        SeasonCommand::Freeze { season } => change(&season, &SeasonChanges { frozen: Some(true), ..none }),
        SeasonCommand::Unfreeze { season } => change(&season, &SeasonChanges { frozen: Some(false), ..none }),
        SeasonCommand::Publish(arguments) => season_state::publish(context, &arguments),
        SeasonCommand::Unpublish(arguments) => season_state::unpublish(context, &arguments),
        SeasonCommand::Pause { season } => change(&season, &SeasonChanges { paused: Some(true), ..none }),
        SeasonCommand::Resume { season } => change(&season, &SeasonChanges { paused: Some(false), ..none }),
        SeasonCommand::Code(command) => registration::codes(context, command),
        SeasonCommand::Approve(arguments) => registration::decide(context, arguments, TeamStatus::Approved),
        SeasonCommand::Decline(arguments) => registration::decide(context, arguments, TeamStatus::Declined),
        SeasonCommand::MergeTeams(arguments) => merge_teams::run(context, arguments),
        SeasonCommand::TeamChanges { season, all } => registration::team_changes(context, &season, all),
    }
}
