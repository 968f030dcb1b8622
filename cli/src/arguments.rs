//! The command line: names of commands and flags are a contract.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use holdout_protocol::{
    InvitationId, OrganizerInvitationId, Slug, SubmissionId, SubmissionKind, SubmissionState, TeamName, Timestamp,
};

use crate::client::{ServerUrl, TaskPath};
use crate::commands::run::{RunnerArguments, ScoreArguments, ServeArguments, UpArguments};
use crate::processes::LogFormat;
use crate::season::parse_duration;

/// Evaluation server for prediction competitions: take part, organize, operate.
#[derive(Debug, Parser)]
#[command(name = "holdout", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 refused or rejected, 2 usage, 3 no server.\n\
    HOLDOUT_TOKEN is used instead of stored credentials.")]
pub struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub struct GlobalArguments {
    /// Address of the server [default: the one last logged in to, else http://127.0.0.1:8080].
    #[arg(long, global = true, value_name = "URL", env = "HOLDOUT_SERVER")]
    pub server: Option<ServerUrl>,
    /// Trust the authorities in this PEM file, and no others [default: those of the system, or of SSL_CERT_FILE].
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Results as JSON on standard output, errors as a line of JSON on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress and no remarks.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Server and scorer on this machine, in one process.
    Up(UpArguments),
    /// The server alone.
    Serve(ServeArguments),
    /// A scorer alone.
    Score(ScoreArguments),
    /// Make an account and log in.
    Register(RegisterArguments),
    /// Log in.
    Login(LoginArguments),
    /// End the session and forget it.
    Logout,
    /// Who you are to the server, and your teams.
    Whoami,
    /// Accounts of others, for organizers.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Who runs seasons here, for organizers.
    #[command(subcommand)]
    Organizer(OrganizerCommand),
    /// Personal API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Seasons.
    #[command(subcommand)]
    Season(SeasonCommand),
    /// Your team in a season.
    #[command(subcommand)]
    Team(TeamCommand),
    /// Send a file to be scored; run the same command again after a break.
    Submit(SubmitArguments),
    /// How a submission stands.
    Status(StatusArguments),
    /// Withdraw a submission that is not done.
    Cancel(SubmissionArgument),
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
    /// The server's own checks on this machine, at no quota.
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
    /// Returns whether every line on standard error has to be JSON.
    #[must_use]
    pub const fn logs_json(&self) -> bool {
        let format = match self {
            Self::Up(arguments) => arguments.log_format,
            Self::Serve(arguments) => arguments.log_format,
            Self::Score(arguments) => arguments.log_format,
            _ => return false,
        };
        matches!(format, LogFormat::Json)
    }
}

/// `edit`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub struct EditArguments {
    /// Its id.
    pub id: SubmissionId,
    /// Name of the method; "" takes it away.
    #[arg(long, value_name = "TEXT", group = "change")]
    pub method: Option<String>,
    /// Description; "" takes it away.
    #[arg(long, value_name = "TEXT", group = "change")]
    pub description: Option<String>,
    /// All links; may be repeated.
    #[arg(long = "link", value_name = "URL", group = "change")]
    pub links: Vec<String>,
    /// Take all links away.
    #[arg(long, group = "change", conflicts_with = "links")]
    pub no_links: bool,
}

/// A task.
#[derive(Debug, Clone, Args)]
pub struct TaskArguments {
    /// Season.
    #[arg(long, short = 's', value_name = "SEASON", env = "HOLDOUT_SEASON")]
    pub season: Slug,
    /// Task.
    #[arg(long, short = 't', value_name = "TASK", env = "HOLDOUT_TASK")]
    pub task: Slug,
}

impl TaskArguments {
    /// The task as addresses name it.
    #[must_use]
    pub fn path(&self) -> TaskPath {
        TaskPath { season: self.season.clone(), task: self.task.clone() }
    }
}

/// How a password comes.
#[derive(Debug, Clone, Args)]
pub struct PasswordArguments {
    /// Read the password from standard input instead of asking for it.
    #[arg(long)]
    pub password_stdin: bool,
}

/// `register`.
#[derive(Debug, Args)]
pub struct RegisterArguments {
    /// E-mail address; asked for if omitted.
    #[arg(long)]
    pub email: Option<String>,
    /// Your name; asked for if omitted.
    #[arg(long)]
    pub name: Option<String>,
    /// Password.
    #[command(flatten)]
    pub password: PasswordArguments,
}

/// `login`.
#[derive(Debug, Args)]
pub struct LoginArguments {
    /// E-mail address; asked for if omitted.
    #[arg(long)]
    pub email: Option<String>,
    /// Password.
    #[command(flatten)]
    pub password: PasswordArguments,
}

/// `account`.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make a link with which a person sets a new password; it is shown this once and holds for a day.
    ResetLink {
        /// E-mail address of the account.
        email: String,
    },
}

/// `organizer`.
#[derive(Debug, Subcommand)]
pub enum OrganizerCommand {
    /// The organizers.
    List,
    /// Invite a person to become an organizer; the link is shown this once.
    Invite {
        /// Only the account with this e-mail address can accept.
        #[arg(long)]
        email: Option<String>,
        /// Days until it ends, 1 to 30 [default: 7].
        #[arg(long)]
        days: Option<u32>,
    },
    /// The invitations that were not taken back.
    Invitations,
    /// Take an invitation back.
    Revoke {
        /// Its id, as `organizer invitations` shows it.
        invitation: OrganizerInvitationId,
    },
    /// Become an organizer by an invitation.
    Join {
        /// The code of the invitation: the last part of its link.
        invitation: String,
    },
    /// Remove an organizer. Their sessions and API tokens end at once; the account stays.
    Remove {
        /// The organizer, by e-mail address or account id.
        organizer: String,
    },
    /// Make another link that sets the first organizer up, while no organizer has a password.
    SetupLink,
}

/// `token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is shown this once.
    Create {
        /// What it is for.
        name: String,
        /// Days until it ends, 1 to 365 [default: 90].
        #[arg(long)]
        days: Option<u32>,
    },
    /// Your tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id.
        id: String,
    },
}

/// `scorer-token`.
#[derive(Debug, Subcommand)]
pub enum ScorerTokenCommand {
    /// Make a token; it is shown this once.
    Create {
        /// What it is for.
        name: String,
    },
    /// The tokens.
    List,
    /// Revoke a token.
    Revoke {
        /// Its id.
        id: String,
    },
}

/// `season`.
#[derive(Debug, Subcommand)]
pub enum SeasonCommand {
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
        /// Accept that results leave the board with the test set that they are for.
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
    /// Codes that let people into a season whose registration mode is `code`.
    #[command(subcommand)]
    Code(RegistrationCodeCommand),
    /// Let a team submit, in a season whose registration mode is `approval`.
    Approve(DecisionArguments),
    /// Keep a team from submitting; it is told so.
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

/// `season code`.
#[derive(Debug, Subcommand)]
pub enum RegistrationCodeCommand {
    /// Make a code; it is shown this once.
    Create {
        /// Season.
        season: Slug,
        /// For whom it is; only organizers see it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How many people may use it, 1 to 10000.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        uses: u32,
        /// Days until it ends, 1 to 366.
        #[arg(long, value_name = "NUMBER", default_value_t = 30)]
        days: u32,
    },
    /// The codes, without their text.
    List {
        /// Season.
        season: Slug,
    },
    /// Revoke a code; whoever came in by it stays.
    Revoke {
        /// Season.
        season: Slug,
        /// Its id.
        id: String,
    },
}

/// `season approve` and `season decline`.
#[derive(Debug, Args)]
pub struct DecisionArguments {
    /// Season.
    pub season: Slug,
    /// The team, by name or id.
    pub team: String,
    /// A note that the team sees.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// `team`.
#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// Make a team; you become its captain.
    Create {
        /// Its name.
        name: TeamName,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// University or company.
        #[arg(long)]
        affiliation: Option<String>,
        /// Registration code from an organizer, if the season needs one.
        #[arg(long)]
        code: Option<String>,
    },
    /// Make an invitation; its code is shown this once.
    Invite {
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
        /// Only the account with this e-mail address can accept.
        #[arg(long)]
        email: Option<String>,
        /// Days until it ends, 1 to 90 [default: 14].
        #[arg(long)]
        days: Option<u32>,
    },
    /// Join a team.
    Join {
        /// The code of the invitation.
        invitation: String,
        /// Registration code from an organizer, if the season needs one.
        #[arg(long)]
        code: Option<String>,
    },
    /// The team's open invitations, for its captain.
    Invitations {
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Take an invitation back.
    Revoke {
        /// Its id, as `team invitations` shows it.
        invitation: InvitationId,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Leave your team. The captain makes somebody else the captain first.
    Leave {
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Take a member out of the team, as its captain.
    Remove {
        /// The member, by name or account id.
        member: String,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Make a member the captain in your place.
    Captain {
        /// The member, by name or account id.
        member: String,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
    },
    /// Correct the team's name or affiliation.
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Rename {
        /// The new name.
        #[arg(long, group = "what")]
        name: Option<TeamName>,
        /// University or company; "" takes it away.
        #[arg(long, group = "what")]
        affiliation: Option<String>,
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
    },
    /// A team with its members.
    Show {
        /// Season.
        #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
        season: Slug,
        /// The team, by name or id [default: yours].
        #[arg(long)]
        team: Option<String>,
    },
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArgument {
    /// Labels for each image.
    Predictions,
    /// A TorchScript model.
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

fn retry_time(text: &str) -> Result<Duration, String> {
    let seconds = parse_duration(text).ok_or_else(|| "use a time such as `90s`, `5m` or `1h`".to_owned())?;
    Ok(Duration::from_secs(seconds))
}

/// `submit`.
#[derive(Debug, Args)]
pub struct SubmitArguments {
    /// The file; `-` reads standard input.
    pub file: PathBuf,
    /// Task.
    #[command(flatten)]
    pub task: TaskArguments,
    /// Name of the method, shown on the board.
    #[arg(long, value_name = "TEXT")]
    pub method: Option<String>,
    /// Description of the method.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Link to a paper, code and the like; can be repeated.
    #[arg(long = "link", value_name = "URL")]
    pub links: Vec<String>,
    /// What the file is [default: by its name and content].
    #[arg(long, value_enum)]
    pub kind: Option<KindArgument>,
    /// Follow it until it is scored or rejected.
    #[arg(long)]
    pub wait: bool,
    /// Submit a file that your team has submitted before once more, at the cost of another slot.
    #[arg(long)]
    pub again: bool,
    /// Leave out the format check on this machine.
    #[arg(long)]
    pub no_check: bool,
    /// How long to keep trying without any progress, such as `90s`, `5m` or `1h`.
    #[arg(long, value_name = "TIME", value_parser = retry_time, default_value = "5m")]
    pub retry_for: Duration,
    /// Organizers: submit on behalf of this team.
    #[arg(long, value_name = "TEAM")]
    pub team: Option<TeamName>,
    /// Organizers: create the team if there is none of this name.
    #[arg(long, requires = "team")]
    pub create_team: bool,
    /// Organizers: a note shown beside the row.
    #[arg(long, value_name = "TEXT", requires = "team")]
    pub note: Option<String>,
    /// Organizers: mark the row as a baseline.
    #[arg(long, requires = "team")]
    pub baseline: bool,
    /// Organizers: when the entry was made, such as 2012-09-30T23:00:00Z; shown as a replay.
    #[arg(long, value_name = "TIME", requires = "team")]
    pub submitted_at: Option<Timestamp>,
}

/// A submission's id.
#[derive(Debug, Args)]
pub struct SubmissionArgument {
    /// Its id.
    pub id: SubmissionId,
}

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateArgument {
    /// Waits for a scorer.
    Queued,
    /// A scorer is at it.
    Running,
    /// Has error rates.
    Scored,
    /// The team's own work is at fault.
    Rejected,
    /// Its attempts are spent by faults of the platform.
    Stalled,
    /// The team withdrew it.
    Cancelled,
}

impl From<StateArgument> for SubmissionState {
    fn from(state: StateArgument) -> Self {
        match state {
            StateArgument::Queued => Self::Queued,
            StateArgument::Running => Self::Running,
            StateArgument::Scored => Self::Scored,
            StateArgument::Rejected => Self::Rejected,
            StateArgument::Stalled => Self::Stalled,
            StateArgument::Cancelled => Self::Cancelled,
        }
    }
}

/// `evaluations`.
#[derive(Debug, Args)]
pub struct EvaluationsArguments {
    /// Only those of this season.
    #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
    pub season: Option<Slug>,
    /// Only those of tasks of this name.
    #[arg(long, short = 't', env = "HOLDOUT_TASK")]
    pub task: Option<Slug>,
    /// Only those of this team, by name or id.
    #[arg(long)]
    pub team: Option<String>,
    /// Only those in this state.
    #[arg(long, value_enum)]
    pub state: Option<StateArgument>,
    /// Only those of this submission.
    #[arg(long, value_name = "ID")]
    pub submission: Option<SubmissionId>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub limit: usize,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Its id.
    pub id: SubmissionId,
    /// Follow it until it is done; with `--json` a line for each change.
    #[arg(long, short)]
    pub watch: bool,
}

/// `submissions`.
#[derive(Debug, Args)]
pub struct SubmissionsArguments {
    /// Task.
    #[command(flatten)]
    pub task: TaskArguments,
    /// At most so many.
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
}

/// How a board is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BoardFormat {
    /// For people.
    Table,
    /// As the server writes it.
    Json,
    /// As the server writes it.
    Csv,
}

/// A part of the test set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitArgument {
    /// Scored while the season runs.
    Public,
    /// Decides.
    Private,
}

/// `leaderboard`.
#[derive(Debug, Args)]
pub struct LeaderboardArguments {
    /// Task.
    #[command(flatten)]
    pub task: TaskArguments,
    /// How to write it.
    #[arg(long, value_enum, default_value = "table")]
    pub format: BoardFormat,
    /// Every submission instead of each team's best.
    #[arg(long)]
    pub all: bool,
    /// Which part of the test set; the private one is shown once it is published [default: public].
    #[arg(long, value_enum)]
    pub split: Option<SplitArgument>,
    /// Level of the intervals in the table.
    #[arg(long, value_parser = ["0.95", "0.999"], default_value = "0.95")]
    pub level: String,
    /// The results up to this time, such as 2012-09-30T23:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<Timestamp>,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The file; `-` reads standard input.
    pub file: PathBuf,
    /// Season; its classes and images come from the server.
    #[arg(long, short = 's', env = "HOLDOUT_SEASON", required_unless_present = "task_file")]
    pub season: Option<Slug>,
    /// Task.
    #[arg(long, short = 't', env = "HOLDOUT_TASK", required_unless_present = "task_file")]
    pub task: Option<Slug>,
    /// A `season.yaml` on this machine instead: no server is needed, and the file is scored.
    #[arg(long, value_name = "FILE")]
    pub task_file: Option<PathBuf>,
    /// What the file is [default: by its name and content].
    #[arg(long, value_enum)]
    pub kind: Option<KindArgument>,
    /// How a model is run.
    #[command(flatten)]
    pub runner: RunnerArguments,
}

/// `audit`.
#[derive(Debug, Args)]
pub struct AuditArguments {
    /// At most so many entries.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub limit: usize,
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
        for command in ["register", "login"] {
            let line = ["holdout", command, "--email", "a@b", "--password", "x"];
            assert!(Arguments::try_parse_from(line).is_err(), "{command}");
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
