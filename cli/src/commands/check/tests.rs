use super::*;

fn arguments(season: Option<&str>, task: Option<&str>, task_file: Option<&str>) -> CheckArguments {
    CheckArguments {
        file: PathBuf::from("a.txt"),
        season: season.map(|season| season.parse().unwrap()),
        task: task.map(|task| task.parse().unwrap()),
        task_file: task_file.map(PathBuf::from),
        kind: None,
        runner: RunnerArguments::default(),
    }
}

#[test]
fn a_file_on_this_machine_goes_before_a_season_on_the_server() {
    let both = arguments(Some("demo"), Some("images"), Some("season.yaml"));
    let Source::Here(file, Some(task)) = source(&both).unwrap() else { panic!("not here") };
    assert_eq!((file, task.as_str()), (Path::new("season.yaml"), "images"));
    let server = arguments(Some("demo"), Some("images"), None);
    let Source::Server(path) = source(&server).unwrap() else { panic!("not there") };
    assert_eq!(path.to_string(), "demo/images");
    for missing in [arguments(Some("demo"), None, None), arguments(None, Some("images"), None)] {
        assert_eq!(source(&missing).map(drop).unwrap_err().exit_code(), 2);
    }
}

#[test]
fn what_a_file_was_checked_on_is_said() {
    let sentence = |finding: Finding| finding.sentence(Path::new("a.pt"));
    let predictions = Finding::good(SubmissionKind::Predictions, 1);
    assert_eq!(sentence(predictions), "`a.pt` is well formed: labels for 1 image.");
    let model = || Finding::good(SubmissionKind::Torchscript, 1000);
    assert_eq!(sentence(model()), "`a.pt` runs: answers for 1,000 images.");
    let noise = model().measured(Measures::default(), true);
    assert_eq!(sentence(noise), "`a.pt` runs: answers for 1,000 pictures of noise, as large as the task's images.");
}

#[test]
fn a_finding_keeps_what_was_said_of_it() {
    let verdict = Verdict::new(holdout_protocol::VerdictCode::Crashed, "it died", Default::default());
    let refused = Finding::refused(SubmissionKind::Torchscript, 7, verdict).explained(Some("a\u{1b}\nb"));
    assert_eq!((refused.accepted, refused.images, refused.cause.as_deref()), (false, 7, Some("a\u{fffd}\nb")));
    assert!(refused.verdict.is_some());
    let hinted =
        Finding::good(SubmissionKind::Predictions, 7).hinted(vec!["a".to_owned()]).hinted(vec!["b".to_owned()]);
    assert_eq!((hinted.accepted, hinted.hints), (true, vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn a_rate_has_as_many_decimals_as_its_images_show() {
    let interval = |level, low, high| holdout_protocol::Interval { level, low, high };
    let rate = LocalError {
        error: 0.25,
        wrong: 1250,
        interval: interval(0.95, 0.2, 0.3),
        interval_999: interval(0.999, 0.1, 0.4),
    };
    assert_eq!(
        rate_line("top-1", &rate, 5000),
        "  top-1 error 25.00 % (1,250 wrong), 95 % interval 20.00 – 30.00 %, 99.9 % interval 10.00 – 40.00 %"
    );
}
