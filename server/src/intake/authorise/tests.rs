use super::*;
use crate::samples::{at, refusal, season, task, test_set};

#[test]
fn submissions_are_taken_from_opening_to_closing() {
    let none = Deadline { announced_at: None, grace: Duration::from_secs(30) };
    let taken = |season: &Season, now| check_open(season, none, at(now)).map_err(|error| error.body().error.message);
    assert!(taken(&season(), 99).unwrap_err().contains("opens at 1970-01-01T00:01:40Z"));
    assert_eq!(taken(&season(), 100), Ok(()));
    assert_eq!(taken(&season(), 199), Ok(()));
    assert!(taken(&season(), 200).unwrap_err().contains("closed at 1970-01-01T00:03:20Z"));
    assert_eq!(taken(&Season { closes_at: None, ..season() }, 1_000_000), Ok(()));
    assert!(taken(&Season { paused: true, ..season() }, 150).unwrap_err().contains("paused"));
    assert!(taken(&Season { draft: true, ..season() }, 150).unwrap_err().contains("draft"));
    assert!(taken(&Season { published_at: Some(at(120)), ..season() }, 150).is_err());
    // A frozen board does not keep submissions out.
    assert_eq!(taken(&Season { frozen_at: Some(at(120)), ..season() }, 150), Ok(()));
}

#[test]
fn an_announced_file_is_on_time_until_the_grace_ends() {
    let taken = |season: &Season, announced, now| {
        let deadline = Deadline { announced_at: Some(at(announced)), grace: Duration::from_secs(30) };
        check_open(season, deadline, at(now)).is_ok()
    };
    assert!(taken(&season(), 199, 200) && taken(&season(), 199, 229), "begun in time");
    assert!(!taken(&season(), 199, 230), "the grace is over");
    assert!(!taken(&season(), 200, 200) && !taken(&season(), 205, 210), "begun too late");
    assert!(!taken(&Season { paused: true, ..season() }, 199, 210));
    assert!(!taken(&Season { published_at: Some(at(205)), ..season() }, 199, 210), "the results are out");
    assert!(!taken(&season(), 50, 60), "not open yet");
}

#[test]
fn a_name_that_is_an_id_would_be_found_as_another_team() {
    let name = |text: &str| checked_name(&text.parse().unwrap());
    assert_eq!(name("SuperVision").unwrap().as_str(), "SuperVision");
    let id = TeamId::new().to_string();
    for id in [id.clone(), id.to_uppercase(), id.replace('-', "")] {
        assert_eq!(refusal(name(&id)).0, Some(Reason::NameIsId), "{id}");
    }
}

#[test]
fn a_kind_that_a_task_does_not_take_is_refused_with_those_that_it_takes() {
    let accepts = |kinds: &[SubmissionKind]| {
        let mut task = task(season().id);
        task.settings.accepts = kinds.to_vec();
        task
    };
    let (predictions, models) = (SubmissionKind::Predictions, SubmissionKind::Torchscript);
    check_kind(&accepts(&[predictions, models]), models).unwrap();
    let (reason, message) = refusal(check_kind(&accepts(&[predictions]), models));
    assert_eq!(reason, Some(Reason::KindNotTaken));
    assert_eq!(message, "task `classification` does not take `torchscript`; it takes `predictions`");
}

#[test]
fn models_need_images_and_prediction_files_do_not() {
    let (task, with_images) = (task(season().id), TestSet { images_blob: Some(test_set().blob), ..test_set() });
    check_images(&task, &test_set(), SubmissionKind::Predictions).unwrap();
    check_images(&task, &with_images, SubmissionKind::Torchscript).unwrap();
    let (reason, message) = refusal(check_images(&task, &test_set(), SubmissionKind::Torchscript));
    assert_eq!(reason, Some(Reason::NoImages));
    assert!(message.contains("task `classification` has no images"), "{message}");
}
