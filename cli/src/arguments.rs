//! Arguments that several commands take.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use holdout_client::ServerUrl;
use holdout_protocol::{Disclosure, Slug, SubmissionId, SubmissionKind, TrainingData};

use crate::client::TaskPath;

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct GlobalArguments {
    /// Address of the server [default: that of HOLDOUT_SERVER, else the one last logged in to, else
    /// http://127.0.0.1:8080].
    // Not with clap's `env`, which would list it among the arguments of a command line that lacks
    // others.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<ServerUrl>,
    /// Trust the authorities in this PEM file, and no others [default: those of the system, or of
    /// SSL_CERT_FILE].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Results as JSON on standard output, errors as a line of JSON on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress and no remarks.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// A task.
#[derive(Debug, Clone, Args)]
pub(crate) struct TaskArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    #[arg(long, short = 's', value_name = "SEASON", env = "HOLDOUT_SEASON")]
    pub(crate) season: Slug,
    /// The task, by its short name, for example `classification`.
    #[arg(long, short = 't', value_name = "TASK", env = "HOLDOUT_TASK")]
    pub(crate) task: Slug,
}

impl TaskArguments {
    /// Returns the task as addresses name it.
    #[must_use]
    pub(crate) fn path(&self) -> TaskPath {
        TaskPath { season: self.season.clone(), task: self.task.clone() }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArgument {
    /// Labels for each image.
    Predictions,
    /// A model: TorchScript, or a program of torch.export.
    Torchscript,
}

impl From<KindArgument> for SubmissionKind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Predictions => Self::Predictions,
            KindArgument::Torchscript => Self::Torchscript,
        }
    }
}

/// What a method was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrainingDataArgument {
    /// Only with the data that the organizers supply.
    Supplied,
    /// With other data too.
    Outside,
}

impl From<TrainingDataArgument> for TrainingData {
    fn from(kind: TrainingDataArgument) -> Self {
        match kind {
            TrainingDataArgument::Supplied => Self::Supplied,
            TrainingDataArgument::Outside => Self::Outside,
        }
    }
}

/// What a team discloses of how a submission was made.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DisclosureArguments {
    /// What it was trained with.
    #[arg(long, value_enum, group = "change")]
    training_data: Option<TrainingDataArgument>,
    /// Whether several models answer together.
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new(), group = "change")]
    ensemble: Option<bool>,
}

impl From<DisclosureArguments> for Disclosure {
    fn from(arguments: DisclosureArguments) -> Self {
        Self { training_data: arguments.training_data.map(TrainingData::from), ensemble: arguments.ensemble }
    }
}

/// A submission's id.
#[derive(Debug, Args)]
pub(crate) struct SubmissionArgument {
    /// Its id.
    pub(crate) id: SubmissionId,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A JSON object a line.
    Json,
    /// A line for people.
    Text,
}
