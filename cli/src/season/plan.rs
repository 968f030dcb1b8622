//! What applying a season's folder will change on the server.

use holdout_evaluation::TestSet;
use holdout_protocol::{
    ErrorCode, EvaluationQuery, LeaderboardQuery, Season, SeasonChanges, Sha256, Submission, SubmissionState, Task,
    TaskSettings, TestSetSummary, Timestamp,
};
use serde::Serialize;

use super::differences::{self, Reopening};
use super::files::{CheckedEntry, CheckedSeason, CheckedTask};
use super::unfinished::Unfinished;
use crate::client::{Client, StoredTestSet, TaskPath};
use crate::failure::Failure;
use crate::show::figures::grouped;
use crate::text::visible;

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sign {
    Create,
    Change,
    /// It is as the folder says already.
    Keep,
}

/// How a field changes, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) old: String,
    /// As it will be.
    pub(crate) new: String,
}

impl FieldChange {
    pub(super) fn new(field: &str, old: &str, new: &str) -> Self {
        Self { field: field.to_owned(), old: old.to_owned(), new: new.to_owned() }
    }
}

/// A thing of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PlanLine {
    /// What happens to it.
    pub(crate) sign: Sign,
    pub(crate) what: String,
    pub(crate) fields: Vec<FieldChange>,
}

impl PlanLine {
    /// As it is shown: `+` made, `~` changed, `=` unchanged.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        let sign = match self.sign {
            Sign::Create => '+',
            Sign::Change => '~',
            Sign::Keep => '=',
        };
        let mut text = format!("{sign} {}", visible(&self.what));
        for FieldChange { field, old, new } in &self.fields {
            text.push_str(&format!("\n    {}: {} → {}", visible(field), visible(old), visible(new)));
        }
        text
    }
}

/// What is done for a line of the plan.
pub(super) enum Action<'a> {
    /// Makes it as a draft, whatever the folder says.
    CreateSeason,
    /// Shows a season that is a draft. It comes last, so that nobody sees half of a season.
    ShowSeason,
    ChangeSeason(SeasonChanges),
    CreateTask(&'a CheckedTask),
    ReplaceTask(&'a CheckedTask),
    PutTestSet(&'a CheckedTask, KnownImages),
    Submit(&'a CheckedEntry),
    /// An entry that was scored on these versions of its test set, none of which is, or will be, the present one.
    SubmitAgain(&'a CheckedEntry, Vec<u32>),
}

/// What to do with the images of a test set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownImages {
    /// The server has them.
    Keep,
    /// They are sent.
    Send,
}

/// The plan: lines to show, actions in their order.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) lines: Vec<PlanLine>,
    pub(super) actions: Vec<Action<'a>>,
    pub(super) remarks: Vec<String>,
    /// Whether ranks on a board may change at once.
    pub(super) reranks: bool,
    /// Whether results are counted for another version of their test set, which the board does not show until they are applied.
    pub(super) rescored: bool,
}

impl<'a> Plan<'a> {
    fn keep(&mut self, what: String) {
        self.lines.push(PlanLine { sign: Sign::Keep, what, fields: Vec::new() });
    }

    fn create(&mut self, what: String, action: Action<'a>) {
        self.lines.push(PlanLine { sign: Sign::Create, what, fields: Vec::new() });
        self.actions.push(action);
    }

    fn change(&mut self, what: String, fields: Vec<FieldChange>, action: Action<'a>) {
        self.lines.push(PlanLine { sign: Sign::Change, what, fields });
        self.actions.push(action);
    }
}

/// Reads the present state and compares.
///
/// `discard` is whether another version of a test set is shown at once, although results leave the board; `unfinished` knows
/// whether an earlier run has begun the season and not shown it.
pub(super) fn plan<'a>(
    client: &Client,
    checked: &'a CheckedSeason,
    discard: bool,
    unfinished: &Unfinished,
) -> Result<Plan<'a>, Failure> {
    let present = match client.season(&checked.season.season) {
        Ok(season) => Some(season),
        Err(error) if error.is(ErrorCode::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let mut plan = Plan { remarks: checked.remarks.clone(), ..Plan::default() };
    let shows = plan_season(&mut plan, present.as_ref(), checked, unfinished)?;
    let mut planned = Vec::new();
    for task in &checked.tasks {
        let found = present.as_ref().and_then(|season| season.tasks.iter().find(|found| found.task == task.task));
        plan_task(&mut plan, task, found);
        let path = checked.path_of(&task.task);
        remark_on_ranks(&mut plan, client, &path, found.map(|found| &found.settings), &task.settings)?;
        let summary = found.and_then(|found| found.test_set.as_ref());
        let present = summary.map(|summary| present_test_set(client, &path, summary)).transpose()?;
        let is_changed = plan_test_set(&mut plan, task, present);
        let resplit = found.is_some_and(|found| differences::is_other_split(&found.settings, &task.settings));
        let is_replaced = is_changed || resplit;
        let rescored = summary.is_some() && is_replaced && tell_of_results(&mut plan, client, &path, discard)?;
        plan.rescored |= rescored;
        let version = match summary {
            // The board shows the present version until an organizer applies the other one.
            Some(summary) if rescored || !is_replaced => Version::Present(summary.version),
            Some(_) => Version::Replaced,
            None => Version::New,
        };
        planned.push(PlannedTask { path, version, is_on_server: found.is_some() });
    }
    for task in &planned {
        plan_entries(&mut plan, client, &checked.entries, task)?;
    }
    remark_on_others(&mut plan, checked, present.as_ref());
    if shows {
        plan.actions.push(Action::ShowSeason);
    }
    Ok(plan)
}

/// The version of a test set on which a task's entries count when the plan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// The task gets its first.
    New,
    /// The present one, with this number.
    Present(u32),
    /// The plan replaces the present one.
    Replaced,
}

impl Version {
    /// Whether none of the versions with these numbers is this one.
    fn is_none_of(self, scored_on: &[u32]) -> bool {
        match self {
            Self::New => false,
            Self::Present(number) => !scored_on.contains(&number),
            Self::Replaced => true,
        }
    }
}

/// Plans the season itself. Returns whether it has to be shown at the end.
fn plan_season(
    plan: &mut Plan<'_>,
    present: Option<&Season>,
    checked: &CheckedSeason,
    unfinished: &Unfinished,
) -> Result<bool, Failure> {
    let what = format!("season {}", checked.season.season);
    let Some(present) = present else {
        plan.create(format!("{what}: {}", checked.season.title), Action::CreateSeason);
        return Ok(!checked.season.draft);
    };
    let (mut changes, mut words) = differences::of_season(present, checked);
    if !present.draft {
        unfinished.end()?;
    } else if unfinished.is_known() && checked.draft.is_none() {
        words.push(FieldChange::new("draft", "true", "false"));
        changes.draft = Some(false);
    }
    let shows = changes.draft.take_if(|draft| !*draft).is_some();
    match differences::reopening(present.state, &changes, Timestamp::now()) {
        Reopening::No => {}
        Reopening::Closed => plan.remarks.push(format!("{what}: it is closed, and its new `closes` opens it again")),
        Reopening::Published => {
            return Err(Failure::refused(
                ErrorCode::WrongState.as_str(),
                format!(
                    "{what} is published, and the folder's `closes` would open it again: teams have seen private scores"
                ),
            )
            .advise(KEEP_CLOSED));
        }
    }
    if present.draft && !shows && checked.draft.is_none() {
        let season = &checked.season.season;
        plan.remarks.push(format!("{what}: it stays a draft; `holdout season open {season}` shows it"));
    }
    match (words.is_empty(), changes == SeasonChanges::default()) {
        (true, _) => plan.keep(what),
        (false, true) => plan.lines.push(PlanLine { sign: Sign::Change, what, fields: words }),
        (false, false) => plan.change(what, words, Action::ChangeSeason(changes)),
    }
    Ok(shows)
}

/// What to do about a folder that would reopen a published season.
const KEEP_CLOSED: &str = "Put the time at which the season closed on the server into `closes`; `holdout season list` shows it. To open the \
     season again nevertheless, hide its results first, on the season's page.";

fn plan_task<'a>(plan: &mut Plan<'a>, task: &'a CheckedTask, present: Option<&Task>) {
    let what = format!("task {}", task.task);
    let Some(present) = present else {
        plan.create(format!("{what}: {}", task.settings.title), Action::CreateTask(task));
        return;
    };
    let words = differences::of_task(&present.settings, &task.settings);
    if words.iter().any(|change| change.field == "input") && present.test_set.is_some() {
        let remark =
            "its `input` changes; models that were scored before keep their results, those that wait get the new input";
        plan.remarks.push(format!("{what}: {remark}"));
    }
    if words.is_empty() {
        plan.keep(what);
    } else {
        plan.change(what, words, Action::ReplaceTask(task));
    }
}

/// Says how many results are ranked again if the metric changes, or how many of a team's entries may stand for it.
fn remark_on_ranks(
    plan: &mut Plan<'_>,
    client: &Client,
    task: &TaskPath,
    present: Option<&TaskSettings>,
    wanted: &TaskSettings,
) -> Result<(), Failure> {
    let Some(present) = present else { return Ok(()) };
    let (metric, finals) = (present.metric != wanted.metric, present.finals != wanted.finals);
    if !metric && !finals {
        return Ok(());
    }
    let query = LeaderboardQuery { all: Some(true), ..LeaderboardQuery::default() };
    let results = match client.leaderboard(task, &query) {
        Ok(board) => board.rows.len(),
        // There is no board without a test set.
        Err(error) if error.is(ErrorCode::NotFound) || error.is(ErrorCode::WrongState) => 0,
        Err(error) => return Err(error.into()),
    };
    if results == 0 {
        return Ok(());
    }
    plan.reranks = true;
    let count = if results == 1 { "1 result".to_owned() } else { format!("{} results", shown(results)) };
    let task = &task.task;
    if metric {
        plan.remarks.push(format!(
            "task {task}: its `metric` changes, and {count} on the board are ranked by the new one at once"
        ));
    }
    if finals {
        plan.remarks
            .push(format!("task {task}: its `finals` changes, and with it which entries stand for their teams"));
    }
    Ok(())
}

/// Adds to the last line, that of a changed test set or of a task with another split, what becomes of its results. Returns
/// whether results are counted for the new version.
fn tell_of_results(plan: &mut Plan<'_>, client: &Client, task: &TaskPath, discard: bool) -> Result<bool, Failure> {
    let query = LeaderboardQuery { all: Some(true), ..LeaderboardQuery::default() };
    let results = client.leaderboard(task, &query)?.rows.len();
    let waiting = waiting(client, task)?;
    if let Some(line) = plan.lines.last_mut().filter(|_| results > 0) {
        line.sign = Sign::Change;
        let new = if discard { "none" } else { "counted for the new version, to be applied by `season rescore`" };
        line.fields.push(FieldChange::new("results", &format!("{} on the board", shown(results)), new));
    }
    if let Some(line) = plan.lines.last_mut().filter(|_| waiting > 0 && (discard || results == 0)) {
        line.sign = Sign::Change;
        let old = format!("{} for the present version", shown(waiting));
        line.fields.push(FieldChange::new("waiting submissions", &old, "scored on the new version"));
    }
    Ok(results > 0 && !discard)
}

/// Returns how many submissions of a task wait for a scorer or are with one.
fn waiting(client: &Client, task: &TaskPath) -> Result<usize, Failure> {
    let mut count = 0;
    for state in [SubmissionState::Queued, SubmissionState::Running] {
        let (season, task) = (Some(task.season.clone()), Some(task.task.clone()));
        let query = EvaluationQuery { season, task, state: Some(state), ..EvaluationQuery::default() };
        count += client.evaluations(&query, None)?.len();
    }
    Ok(count)
}

/// A task's test set as it is on the server.
struct PresentTestSet<'a> {
    summary: &'a TestSetSummary,
    content: TestSet,
    /// The digest of its images.
    images: Option<Sha256>,
}

fn present_test_set<'a>(
    client: &Client,
    task: &TaskPath,
    summary: &'a TestSetSummary,
) -> Result<PresentTestSet<'a>, Failure> {
    let StoredTestSet { canonical, images } = client.test_set(task)?;
    let content = TestSet::from_canonical(&canonical)
        .map_err(|error| Failure::refused("invalid_value", format!("the server's test set of {task}: {error}")))?;
    Ok(PresentTestSet { summary, content, images })
}

/// Plans a task's test set. Returns whether it takes the place of the present one.
fn plan_test_set<'a>(plan: &mut Plan<'a>, task: &'a CheckedTask, present: Option<PresentTestSet<'_>>) -> bool {
    let what = format!("test set of {}", task.task);
    let content =
        format!("{} images, {} classes", shown(task.test_set.len()), shown(task.test_set.shape().classes.len()));
    let Some(present) = present else {
        plan.create(format!("{what}: {content}"), Action::PutTestSet(task, KnownImages::Send));
        return false;
    };
    let mut fields = labels_differ(&present.content, task);
    let version = present.summary.version;
    let title = if fields.is_empty() {
        format!("{what}: version {version}, {content}")
    } else {
        format!("{what}: version {version} is replaced")
    };
    let other_images = images_differ(&present, task);
    let handling = if other_images.is_some() { KnownImages::Send } else { KnownImages::Keep };
    fields.extend(other_images);
    if fields.is_empty() {
        plan.keep(title);
        return false;
    }
    plan.change(title, fields, Action::PutTestSet(task, handling));
    true
}

fn labels_differ(present: &TestSet, task: &CheckedTask) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let (old, new) = (present.shape(), task.test_set.shape());
    if old.classes != new.classes {
        fields.push(FieldChange::new("classes", &shown(old.classes.len()), &shown(new.classes.len())));
    }
    // If the archive names the images, the folder's labels do not know them.
    let named_by_archive = task.images.is_some() && new.images.is_numbered();
    if !named_by_archive && old.images != new.images {
        fields.push(FieldChange::new("images", &shown(present.len()), &shown(task.test_set.len())));
    }
    if present.labels() != task.test_set.labels() {
        let differing = present.labels().iter().zip(task.test_set.labels()).filter(|(old, new)| old != new).count();
        let differing = differing + present.len().abs_diff(task.test_set.len());
        fields.push(FieldChange::new("labels", "as they are", &format!("{} other ones", shown(differing))));
    }
    fields
}

/// Whether the image files are other ones than those that the server has.
fn images_differ(present: &PresentTestSet<'_>, task: &CheckedTask) -> Option<FieldChange> {
    let images = task.images.as_ref()?;
    let old = match present.images {
        Some(known) if known == images.sha256 => return None,
        Some(known) => format!("those with SHA-256 {known}"),
        None => "none".to_owned(),
    };
    Some(FieldChange::new("image files", &old, &format!("those with SHA-256 {}", images.sha256)))
}

fn shown(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

/// A task of the folder once it and its test set are planned.
struct PlannedTask {
    path: TaskPath,
    version: Version,
    is_on_server: bool,
}

/// Plans those of `entries` that belong to the task.
fn plan_entries<'a>(
    plan: &mut Plan<'a>,
    client: &Client,
    entries: &'a [CheckedEntry],
    planned: &PlannedTask,
) -> Result<(), Failure> {
    let mut entries = entries.iter().filter(|entry| entry.task == planned.path.task).peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    let submissions = if planned.is_on_server { client.submissions(&planned.path, None)? } else { Vec::new() };
    for entry in entries {
        plan_entry(plan, entry, &submissions, planned.version);
    }
    Ok(())
}

fn plan_entry<'a>(plan: &mut Plan<'a>, entry: &'a CheckedEntry, submissions: &[Submission], version: Version) {
    let mut what = format!("entry of {}", entry.team);
    if let Some(method) = &entry.draft.method {
        what.push_str(&format!(", {method}"));
    }
    let same = |found: &&Submission| {
        found.team.key() == entry.team.key() && found.method == entry.draft.method && found.sha256 == entry.sha256
    };
    let scored = |found: &&Submission| found.state == SubmissionState::Scored;
    let scored_on: Vec<u32> = submissions.iter().filter(same).filter(scored).map(|found| found.version).collect();
    // Of several, the newest that is not withdrawn.
    let found = submissions
        .iter()
        .filter(same)
        .max_by_key(|found| (found.state != SubmissionState::Cancelled, found.created_at));
    match found {
        Some(found) if found.state == SubmissionState::Scored && version.is_none_of(&scored_on) => {
            let again = match version {
                Version::Replaced => "again, unless an earlier version with its result comes back",
                Version::New | Version::Present(_) => "again, on the present version of the test set",
            };
            plan.create(format!("{what}: {again}"), Action::SubmitAgain(entry, scored_on));
        }
        Some(found) => {
            if found.note != entry.draft.note {
                plan.remarks.push(format!("{what}: its note stays as it is; a submission is never changed"));
            }
            if found.submitted_at != entry.draft.submitted_at {
                plan.remarks.push(format!("{what}: its date stays as it is; a submission is never changed"));
            }
            plan.keep(format!("{what}: {}", found.state.as_str()));
        }
        None => plan.create(format!("{what}: {}", super::files::file_name(&entry.file)), Action::Submit(entry)),
    }
}

fn remark_on_others(plan: &mut Plan<'_>, checked: &CheckedSeason, present: Option<&Season>) {
    for task in present.map_or(&[][..], |season| season.tasks.as_slice()) {
        if !checked.tasks.iter().any(|here| here.task == task.task) {
            plan.remarks.push(format!("task {} is on the server and not in this folder: it stays", task.task));
        }
    }
}
