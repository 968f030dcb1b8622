//! What changes of a task's test set, and what becomes of the results on it.

use holdout_evaluation::{ImageList, TestSet};
use holdout_protocol::{EvaluationQuery, LeaderboardQuery, RescoringQuery, Sha256, SubmissionState, TestSetSummary};

use super::lines::{Action, FieldChange, KnownImages, Plan, Sign};
use super::shown;
use crate::client::{Client, StoredTestSet, TaskPath};
use crate::failure::Failure;
use crate::season::files::CheckedTask;

/// A task's test set as it is on the server.
pub(super) struct PresentTestSet<'a> {
    summary: &'a TestSetSummary,
    content: TestSet,
    /// The digest of its images.
    images: Option<Sha256>,
}

pub(super) fn present_test_set<'a>(
    client: &Client,
    task: &TaskPath,
    summary: &'a TestSetSummary,
) -> Result<PresentTestSet<'a>, Failure> {
    let (content, images) = fetched(client, task, None)?;
    Ok(PresentTestSet { summary, content, images })
}

/// Returns a version of a task's test set, the present one if none is named, and the digest of its
/// images.
fn fetched(client: &Client, task: &TaskPath, version: Option<u32>) -> Result<(TestSet, Option<Sha256>), Failure> {
    let StoredTestSet { canonical, images } = client.test_set(task, version)?;
    let content = TestSet::from_canonical(&canonical)
        .map_err(|error| Failure::refused("invalid_value", format!("the server's test set of {task}: {error}")))?;
    Ok((content, images))
}

/// A version of a test set that waits to be applied or dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staged<'a> {
    pub(super) version: u32,
    /// Whether it is what the folder has.
    pub(super) is_alike: bool,
    pub(super) path: &'a TaskPath,
}

/// Returns the version that is staged.
pub(super) fn staged_version<'a>(
    client: &Client,
    path: &'a TaskPath,
    task: &CheckedTask,
) -> Result<Option<Staged<'a>>, Failure> {
    let version = match client.rescoring(path, &RescoringQuery::default()) {
        Ok(found) if found.ended.is_none() => found.to_version,
        Ok(_) => return Ok(None),
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (content, images) = fetched(client, path, Some(version))?;
    let is_alike = labels_differ(&content, task).is_empty() && images_differ(images, task).is_none();
    Ok(Some(Staged { version, is_alike, path }))
}

/// Plans a task's test set. Returns whether it takes the place of the present one.
pub(super) fn plan_test_set<'a>(
    plan: &mut Plan<'a>,
    task: &'a CheckedTask,
    present: Option<PresentTestSet<'_>>,
    staged: Option<Staged<'_>>,
    discard: bool,
) -> Result<bool, Failure> {
    let what = format!("test set of {}", task.task);
    let content =
        format!("{} images, {} classes", shown(task.test_set.len()), shown(task.test_set.shape().classes.len()));
    let Some(present) = present else {
        plan.create(format!("{what}: {content}"), Action::PutTestSet(task, KnownImages::Send));
        return Ok(false);
    };
    let mut fields = labels_differ(&present.content, task);
    let version = present.summary.version;
    let title = if fields.is_empty() {
        format!("{what}: version {version}, {content}")
    } else {
        format!("{what}: version {version} is replaced")
    };
    let other_images = images_differ(present.images, task);
    let handling = if other_images.is_some() { KnownImages::Send } else { KnownImages::Keep };
    fields.extend(other_images);
    if let Some(Staged { version: waits, is_alike, path: TaskPath { season, task } }) = staged {
        let rescore = format!("`holdout season rescore {season} --task {task}");
        if fields.is_empty() {
            // Whoever put the present labels back does not want the others to come after all.
            plan.keep(format!("{title}; version {waits} is staged still: {rescore} --drop` drops it"));
            return Ok(false);
        }
        if !is_alike || discard {
            let message = format!("version {waits} of the {what} is staged, and another one cannot take its place");
            let advice = format!("Apply it with {rescore} --apply`, or drop it with {rescore} --drop`, first.");
            return Err(Failure::refused("wrong_state", message).advise(advice));
        }
        plan.keep(format!("{what}: version {waits} is staged, {content}; {rescore} --apply` shows it on the board"));
        return Ok(false);
    }
    if fields.is_empty() {
        plan.keep(title);
        return Ok(false);
    }
    plan.change(title, fields, Action::PutTestSet(task, handling));
    Ok(true)
}

fn labels_differ(present: &TestSet, task: &CheckedTask) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let (old, new) = (present.shape(), task.test_set.shape());
    if old.classes != new.classes {
        fields.push(FieldChange::new("classes", &shown(old.classes.len()), &shown(new.classes.len())));
    }
    // If the archive names the images, the folder's labels do not know them: they are in its order.
    let named_by_archive = task.images.is_some() && new.images.is_numbered();
    let stay = if named_by_archive {
        (0..old.images.len().min(new.images.len())).map(|place| (place, place)).collect()
    } else {
        images_that_stay(&old.images, &new.images)
    };
    let (removed, added) = (present.len() - stay.len(), task.test_set.len() - stay.len());
    if removed + added > 0 {
        let gone = (removed > 0).then(|| format!("{} removed", shown(removed)));
        let came = (added > 0).then(|| format!("{} added", shown(added)));
        let how: Vec<String> = gone.into_iter().chain(came).collect();
        let all = format!("{} ({})", shown(task.test_set.len()), how.join(", "));
        fields.push(FieldChange::new("images", &shown(present.len()), &all));
    }
    let (before, after) = (present.labels(), task.test_set.labels());
    let differing = stay.iter().filter(|(old, new)| before.get(*old) != after.get(*new)).count();
    if differing > 0 {
        fields.push(FieldChange::new("labels", "as they are", &format!("{} changed", shown(differing))));
    }
    fields
}

/// The places of the images that are in both lists, in the first and in the second.
fn images_that_stay(old: &ImageList, new: &ImageList) -> Vec<(usize, usize)> {
    let places = old.iter().enumerate();
    places.filter_map(|(place, name)| Some((place, new.position(name.as_bytes())?))).collect()
}

/// Whether the image files are other ones than those that the server has.
fn images_differ(present: Option<Sha256>, task: &CheckedTask) -> Option<FieldChange> {
    let images = task.images.as_ref()?;
    let old = match present {
        Some(known) if known == images.sha256 => return None,
        Some(known) => format!("those with SHA-256 {known}"),
        None => "none".to_owned(),
    };
    Some(FieldChange::new("image files", &old, &format!("those with SHA-256 {}", images.sha256)))
}

/// Adds to the last line, that of a changed test set or of a task with another split, what becomes
/// of its results. Returns whether results are counted for the new version.
pub(super) fn tell_of_results(
    plan: &mut Plan<'_>,
    client: &Client,
    task: &TaskPath,
    discard: bool,
) -> Result<bool, Failure> {
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

#[cfg(test)]
mod tests {
    use super::super::samples::{CLASSES, LABELS, checked_task, of, settings, summary, test_set};
    use super::*;
    use crate::season::images::Images;

    fn summary_of(version: u32) -> TestSetSummary {
        of(summary(version), &serde_json::json!({}))
    }

    /// Returns what is planned for a task whose test set on the server has these classes, labels
    /// and images.
    fn planned(
        task: &CheckedTask,
        classes: &str,
        labels: &str,
        images: Option<Sha256>,
    ) -> (bool, String, Vec<KnownImages>) {
        let (summary, mut plan) = (summary_of(3), Plan::default());
        let present = PresentTestSet { summary: &summary, content: test_set(classes, labels), images };
        let is_replaced = plan_test_set(&mut plan, task, Some(present), None, false).unwrap();
        let handling = plan.actions.iter().map(|action| match action {
            Action::PutTestSet(_, handling) => *handling,
            _ => panic!("another action"),
        });
        (is_replaced, plan.lines[0].text(), handling.collect())
    }

    #[test]
    fn a_task_without_a_test_set_gets_its_first() {
        let (task, mut plan) = (checked_task(settings(&serde_json::json!({}))), Plan::default());
        assert!(!plan_test_set(&mut plan, &task, None, None, false).unwrap(), "there is nothing to replace");
        assert_eq!(plan.lines[0].text(), "+ test set of images: 2 images, 2 classes");
        assert!(matches!(plan.actions.as_slice(), [Action::PutTestSet(_, KnownImages::Send)]));
    }

    #[test]
    fn a_test_set_that_is_the_same_is_kept() {
        let task = checked_task(settings(&serde_json::json!({})));
        let kept = "= test set of images: version 3, 2 images, 2 classes".to_owned();
        assert_eq!(planned(&task, CLASSES, LABELS, None), (false, kept, Vec::new()));
    }

    #[test]
    fn a_version_that_waits_is_named_whatever_the_folder_has() {
        let task = checked_task(settings(&serde_json::json!({})));
        let path = TaskPath { season: "s".parse().unwrap(), task: "images".parse().unwrap() };
        let planned = |labels: &str, is_alike: bool, discard: bool| {
            let (summary, mut plan) = (summary_of(3), Plan::default());
            let present = PresentTestSet { summary: &summary, content: test_set(CLASSES, labels), images: None };
            let staged = Staged { version: 4, is_alike, path: &path };
            plan_test_set(&mut plan, &task, Some(present), Some(staged), discard)
                .map(|is_replaced| (is_replaced, plan.lines[0].text()))
        };
        let rescore = "`holdout season rescore s --task images";
        let back = format!(
            "= test set of images: version 3, 2 images, 2 classes; version 4 is staged still: {rescore} --drop` drops it"
        );
        assert_eq!(planned(LABELS, false, false).unwrap(), (false, back));
        // What is staged already is not sent again.
        let other = "image,class\na.png,2\nb.png,2\n";
        let (is_replaced, text) = planned(other, true, false).unwrap();
        assert!(!is_replaced && text.ends_with(&format!("{rescore} --apply` shows it on the board")), "{text}");
        // The server would refuse it when season and task were changed already.
        for refused in [planned(other, false, false), planned(other, true, true)] {
            let said = refused.unwrap_err().to_text();
            assert!(said.contains("version 4 of the test set of images is staged"), "{said}");
            assert!(said.contains(&format!("{rescore} --drop`")), "{said}");
        }
    }

    #[test]
    fn changed_labels_classes_and_images_are_counted() {
        let task = checked_task(settings(&serde_json::json!({})));
        let (is_replaced, text, handling) = planned(&task, CLASSES, "image,class\na.png,2\nb.png,2\n", None);
        let expected = "~ test set of images: version 3 is replaced\n    labels: as they are → 1 changed";
        assert_eq!((is_replaced, text.as_str(), handling.as_slice()), (true, expected, &[KnownImages::Keep][..]));
        let more = "image,class\na.png,1\nb.png,2\nc.png,1\n";
        let (_, text, _) = planned(&task, "1\tn1\tone\n2\tn2\ttwo\n3\tn3\tthree\n", more, None);
        assert!(text.ends_with("\n    classes: 3 → 2\n    images: 3 → 2 (1 removed)"), "{text}");
    }

    #[test]
    fn labels_are_compared_image_by_image() {
        let differences = |present: &str, folder: &str| {
            let mut task = checked_task(settings(&serde_json::json!({})));
            task.test_set = test_set(CLASSES, folder);
            let found = labels_differ(&test_set(CLASSES, present), &task);
            found.iter().map(|change| format!("{}: {} → {}", change.field, change.old, change.new)).collect::<Vec<_>>()
        };
        let all = "image,class\na.png,1\nb.png,2\nc.png,1\n";
        assert_eq!(differences(all, "image,class\nb.png,2\nc.png,1\n"), ["images: 3 → 2 (1 removed)"]);
        let other = "image,class\nb.png,1\nc.png,1\nd.png,1\n";
        assert_eq!(differences(all, other), ["images: 3 → 3 (1 removed, 1 added)", "labels: as they are → 1 changed"]);
        let turned = "image,class\nc.png,1\nb.png,2\na.png,1\n";
        assert_eq!(differences(all, turned), Vec::<String>::new(), "a list of images has no order of its own");
    }

    #[test]
    fn images_are_sent_only_if_the_server_has_others() {
        let folder = tempfile::tempdir().unwrap();
        let tar = folder.path().join("images.tar");
        std::fs::write(&tar, b"abc").unwrap();
        let mut task = checked_task(settings(&serde_json::json!({})));
        task.images = Some(Images::at(&tar).unwrap().pack(folder.path()).unwrap());
        let own = task.images.as_ref().unwrap().sha256;
        assert!(!planned(&task, CLASSES, LABELS, Some(own)).0);
        let (is_replaced, text, handling) = planned(&task, CLASSES, LABELS, Some(Sha256::from_bytes([1; 32])));
        assert!(is_replaced && handling == [KnownImages::Send]);
        assert!(
            text.ends_with(&format!("image files: those with SHA-256 {} → those with SHA-256 {own}", "01".repeat(32))),
            "{text}"
        );
        let (_, text, _) = planned(&task, CLASSES, LABELS, None);
        assert!(text.ends_with(&format!("image files: none → those with SHA-256 {own}")), "{text}");
    }

    #[test]
    fn names_that_only_the_archive_knows_are_no_difference() {
        let folder = tempfile::tempdir().unwrap();
        let tar = folder.path().join("images.tar");
        std::fs::write(&tar, b"abc").unwrap();
        let mut task = checked_task(settings(&serde_json::json!({})));
        task.test_set = test_set(CLASSES, "1\n2\n");
        assert!(labels_differ(&test_set(CLASSES, LABELS), &task).iter().any(|change| change.field == "images"));
        task.images = Some(Images::at(&tar).unwrap().pack(folder.path()).unwrap());
        assert_eq!(labels_differ(&test_set(CLASSES, LABELS), &task), []);
    }
}
