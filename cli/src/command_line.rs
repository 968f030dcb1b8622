//! The command line: names of commands and flags are a contract.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand};
use holdout_client::Trust;
use holdout_protocol::SubmissionId;

use crate::arguments::{GlobalArguments, LogFormat, SubmissionArgument, TaskArguments};
use crate::commands::account::{self, LoginArguments, RegisterArguments};
use crate::commands::ban::{self, BanCommand};
use crate::commands::check::{self, CheckArguments};
use crate::commands::compare::{self, CompareArguments};
use crate::commands::context::Context;
use crate::commands::download::{self, DownloadArguments};
use crate::commands::evaluations::{self, EvaluationsArguments};
use crate::commands::judge::{self, JudgeCommand};
use crate::commands::leaderboard::{self, LeaderboardArguments};
use crate::commands::log::{self, LogCommand};
use crate::commands::mail::{self, MailCommand};
use crate::commands::manual;
use crate::commands::moves::{self, MovesArguments};
use crate::commands::news::{
    self, AnnounceArguments, AnnouncementsArguments, AnswerArguments, AskArguments, EventsArguments, QuestionsArguments,
};
use crate::commands::organizer::{self, AuditArguments, ScorerTokenCommand};
use crate::commands::organizers::{self, OrganizerCommand};
use crate::commands::own_account::{self, AccountCommand};
use crate::commands::receipts::{self, ReceiptsArguments};
#[cfg(feature = "host")]
use crate::commands::run::{self, RunCommand};
use crate::commands::season::{self, SeasonCommand};
use crate::commands::submissions::{self, EditArguments, StatusArguments, SubmissionsArguments};
use crate::commands::submit::{self, SubmitArguments};
use crate::commands::team::{self, TeamCommand};
use crate::commands::token::{self, TokenCommand};
use crate::commands::verify::{self, VerifyArguments};
use crate::commands::webhook::{self, WebhookCommand};
use crate::console::Console;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::unfinished::remove_at_signals;

/// Evaluation server for prediction competitions: take part, organize, operate.
#[derive(Debug, Parser)]
#[command(name = "holdout", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 refused or rejected, 2 usage, 3 no server.\n\
    HOLDOUT_TOKEN is used instead of stored credentials.")]
pub(crate) struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "host")]
    #[command(flatten)]
    Run(RunCommand),
    /// Make an account and log in.
    Register(RegisterArguments),
    /// Log in.
    Login(LoginArguments),
    /// End the session and forget it.
    Logout,
    /// Who you are to the server, and your teams.
    Whoami,
    /// Your account: its name, password, e-mail address, e-mails and messages; and links for
    /// passwords, for organizers.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Who runs seasons here and may do what, for organizers.
    #[command(subcommand, visible_alias = "organizers")]
    Organizer(OrganizerCommand),
    /// Whether e-mail works, and what became of messages, for operators and organizers.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Where the server sends what happens in a season, for organizers.
    #[command(subcommand, visible_alias = "webhooks")]
    Webhook(WebhookCommand),
    /// Personal API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Seasons.
    #[command(subcommand)]
    Season(SeasonCommand),
    /// Announce something to everybody who sees a season, for organizers; or change or withdraw it.
    Announce(AnnounceArguments),
    /// The announcements of a season, newest first.
    Announcements(AnnouncementsArguments),
    /// What happened in a season, oldest first: times, new leaders, announcements and public
    /// answers.
    Events(EventsArguments),
    /// Ask the organizers of a season.
    Ask(AskArguments),
    /// The questions of your team and those that were answered to everybody, newest first; to
    /// organizers all.
    Questions(QuestionsArguments),
    /// Answer a question, for organizers.
    Answer(AnswerArguments),
    /// Your team in a season.
    #[command(subcommand)]
    Team(TeamCommand),
    /// Send a file to be scored; run the same command again after a break.
    Submit(SubmitArguments),
    /// How a submission stands.
    Status(StatusArguments),
    /// Cancel a submission that is not done; asks if its evaluation has begun, because it keeps its
    /// slot then.
    Cancel {
        /// The submission.
        #[command(flatten)]
        submission: SubmissionArgument,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
    /// Take a result of your team off the board, until an hour after the close; it stays charged.
    Withdraw {
        /// The submission.
        #[command(flatten)]
        submission: SubmissionArgument,
        /// Do it without asking first.
        #[arg(long, short)]
        yes: bool,
    },
    /// Change what is said of a submission; its file stays.
    Edit(EditArguments),
    /// Choose a scored submission to stand for your team.
    Final {
        /// Its id.
        id: SubmissionId,
        /// Give the choice up.
        #[arg(long)]
        undo: bool,
    },
    /// Your team's submissions, newest first.
    Submissions(SubmissionsArguments),
    /// What is left of your team's quota, and when the next slot opens.
    Quota(TaskArguments),
    /// A task's leaderboard.
    Leaderboard(LeaderboardArguments),
    /// Two to five entries of a leaderboard against each other, image by image.
    Compare(CompareArguments),
    /// Show how ranks moved from the public to the private part, once that is published.
    Moves(MovesArguments),
    /// Save the receipts of a submission, with all that verifies them.
    Receipts(ReceiptsArguments),
    /// Verify receipts and the log that they are in; needs no server.
    Verify(VerifyArguments),
    /// The log that receipts are in: its keys, its signed head, and proofs that it only grew.
    #[command(subcommand)]
    Log(LogCommand),
    /// The server's own checks on this machine, at no quota.
    #[command(override_usage = check::USAGE)]
    Check(CheckArguments),
    /// Tokens of scorers, for organizers.
    #[command(subcommand)]
    ScorerToken(ScorerTokenCommand),
    /// What runs and waits, in the order in which it is taken, for organizers.
    Queue,
    /// Evaluations with their attempts, newest first, for organizers.
    Evaluations(EvaluationsArguments),
    /// Scorers and what they are at, for organizers.
    Scorers,
    /// Disqualify, hide, flag or restore results, for organizers.
    #[command(subcommand)]
    Judge(JudgeCommand),
    /// Download what a team sent, for organizers.
    Download(DownloadArguments),
    /// Keep people and teams from taking part, for organizers.
    #[command(subcommand)]
    Ban(BanCommand),
    /// Queue a stalled submission again, for organizers.
    Requeue(SubmissionArgument),
    /// The audit log, for organizers.
    Audit(AuditArguments),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write a manual page for every command.
    Man {
        /// Folder to write them to, for example ~/.local/share/man/man1.
        folder: PathBuf,
    },
}

impl Command {
    /// Returns how a command that keeps running writes its log.
    const fn log_format(&self) -> Option<LogFormat> {
        match self {
            #[cfg(feature = "host")]
            Self::Run(command) => Some(command.log_format()),
            _ => None,
        }
    }

    /// Returns whether every line on standard error has to be JSON.
    pub(crate) const fn logs_json(&self) -> bool {
        matches!(self.log_format(), Some(LogFormat::Json))
    }
}

/// Keeps what this process writes from other accounts of the machine.
#[cfg(unix)]
fn keep_files_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Elsewhere, files have the rights of the folder that they are in.
#[cfg(not(unix))]
const fn keep_files_private() {}

fn trust_of(global: &GlobalArguments) -> Result<Trust, Failure> {
    match &global.ca {
        Some(file) => Trust::only(file).map_err(|error| Failure::usage(format!("`--ca`: {error}"))),
        None => Ok(Trust::default()),
    }
}

/// Makes what a command works with, and keeps what it will write from other accounts.
fn prepare_context(command: &Command, global: GlobalArguments, environment: Environment) -> Result<Context, Failure> {
    // All but pages of the manual may hold test data or credentials.
    if !matches!(command, Command::Man { .. }) {
        keep_files_private();
    }
    if command.log_format().is_none() {
        remove_at_signals();
    }
    let console = Console { logs: command.logs_json(), ..Console::new(global.json, global.quiet, &environment) };
    Ok(Context { trust: trust_of(&global)?, global, environment, console })
}

/// Runs a command.
pub(crate) fn run_command(arguments: Arguments, environment: Environment) -> Result<(), Failure> {
    let Arguments { global, command } = arguments;
    let context = prepare_context(&command, global, environment)?;
    match command {
        #[cfg(feature = "host")]
        Command::Run(command) => run::run(&context, command),
        Command::Register(arguments) => account::register(&context, arguments),
        Command::Login(arguments) => account::login(&context, arguments),
        Command::Logout => account::logout(&context),
        Command::Whoami => account::whoami(&context),
        Command::Account(command) => own_account::run(&context, command),
        Command::Organizer(command) => organizers::run(&context, command),
        Command::Mail(command) => mail::run(&context, command),
        Command::Webhook(command) => webhook::run(&context, command),
        Command::Token(command) => token::run(&context, command),
        Command::Season(command) => season::run(&context, command),
        Command::Announce(arguments) => news::announce(&context, arguments),
        Command::Announcements(arguments) => news::announcements(&context, &arguments),
        Command::Events(arguments) => news::events(&context, &arguments),
        Command::Ask(arguments) => news::ask(&context, arguments),
        Command::Questions(arguments) => news::questions(&context, &arguments),
        Command::Answer(arguments) => news::answer(&context, arguments),
        Command::Team(command) => team::run(&context, command),
        Command::Submit(arguments) => submit::run(&context, arguments),
        Command::Status(arguments) => submissions::status(&context, &arguments),
        Command::Cancel { submission, yes } => submissions::cancel(&context, &submission, yes),
        Command::Withdraw { submission, yes } => submissions::withdraw(&context, &submission, yes),
        Command::Edit(arguments) => submissions::edit(&context, arguments),
        Command::Final { id, undo } => submissions::choose(&context, id, undo),
        Command::Submissions(arguments) => submissions::list(&context, &arguments),
        Command::Quota(arguments) => submissions::quota(&context, &arguments),
        Command::Leaderboard(arguments) => leaderboard::run(&context, &arguments),
        Command::Compare(arguments) => compare::run(&context, arguments),
        Command::Moves(arguments) => moves::run(&context, &arguments),
        Command::Receipts(arguments) => receipts::run(&context, arguments),
        Command::Verify(arguments) => verify::run(&context, &arguments),
        Command::Log(command) => log::run(&context, &command),
        Command::Check(arguments) => check::run(&context, arguments),
        Command::ScorerToken(command) => organizer::scorer_tokens(&context, command),
        Command::Queue => organizer::queue(&context),
        Command::Evaluations(arguments) => evaluations::evaluations(&context, &arguments),
        Command::Scorers => evaluations::scorers(&context),
        Command::Judge(command) => judge::run(&context, command),
        Command::Download(arguments) => download::run(&context, arguments),
        Command::Ban(command) => ban::run(&context, command),
        Command::Requeue(argument) => organizer::requeue(&context, &argument),
        Command::Audit(arguments) => organizer::audit(&context, &arguments),
        Command::Completions { shell } => manual::completions(&context, &mut Arguments::command(), shell),
        Command::Man { folder } => manual::pages(&context, Arguments::command(), &folder),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_takes_a_password_as_a_flag() {
        let commands: [&[&str]; 4] =
            [&["register"], &["login", "--email", "a@b"], &["account", "password"], &["account", "email", "a@b"]];
        for command in commands {
            let parse = |more: &[&str]| Arguments::try_parse_from([&["holdout"], command, more].concat());
            assert!(parse(&["--password-stdin"]).is_ok(), "{command:?}");
            assert!(parse(&["--password", "x"]).is_err(), "{command:?}");
        }
    }

    #[test]
    fn global_flags_go_anywhere() {
        let arguments =
            Arguments::try_parse_from(["holdout", "season", "list", "--json", "--server", "http://h"]).unwrap();
        assert!(arguments.global.json);
        assert_eq!(arguments.global.server.unwrap().as_str(), "http://h");
    }
}
