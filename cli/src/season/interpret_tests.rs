use std::path::Path;

use holdout_protocol::{Disclosure, Limits, Metric, RequiredField, SubmissionKind, TrainingData};

use super::*;

const GOOD: &str = "\
season: ilsvrc-2012
title: ImageNet Large Scale Visual Recognition Challenge 2012
rules: rules.md
opens: 2012-07-10T00:00:00Z
closes: 2012-09-30T23:00:00Z
tasks:
  - task: classification
    title: Classification
    metric: top5_error
    accepts: [predictions, torchscript]
    classes: classes.tsv          # number, class id, name
    test_set:
      labels: labels.csv
      images: images.tar
    input: { resize: 256, crop: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    split: { public: 0.3 }
    quota: { submissions: 2, per: 7d }
    limits: { model: 4GiB, wall: 30m, memory: 16GiB }
entries:
  - { team: SuperVision, method: \"7 CNNs, extra data\", task: classification, file: entries/a.txt.zst, note: \"a replay\", \
      submitted_at: 2012-09-30T23:00:00Z }
";

fn read(text: &str) -> Result<SeasonFolder, Failure> {
    interpret(Path::new("folder/season.yaml"), text)
}

/// The failure's lines if `from` stands in place of `to`.
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    let failure = read(&GOOD.replacen(from, to, 1)).unwrap_err();
    assert_eq!(failure.exit_code(), 1);
    failure.to_string().lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_registration_is_read() {
    assert_eq!(read(GOOD).unwrap().registration, None);
    let written =
        "closes: 2012-09-30T23:00:00Z\nregistration: { mode: code, domains: [uni.example, \"*.lab.example\"] }";
    let folder = read(&GOOD.replace("closes: 2012-09-30T23:00:00Z", written)).unwrap();
    let registration = folder.registration.unwrap();
    assert_eq!((registration.mode, registration.teams_per_account), (RegistrationMode::Code, 3));
    assert_eq!(registration.domains, ["uni.example", "*.lab.example"]);
    assert_eq!(folder.season.registration, registration);
    let wrong = "closes: 2012-09-30T23:00:00Z\nregistration: { mode: closed, teams_per_account: 0 }";
    let problems = problems("closes: 2012-09-30T23:00:00Z", wrong);
    assert!(
        problems.iter().any(|line| line.contains("registration.mode") && line.contains("`closed`")),
        "{problems:?}"
    );
    assert!(problems.iter().any(|line| line.contains("registration.teams_per_account")), "{problems:?}");
    for wrong in ["http://x", "*", ""] {
        let wrong = format!("closes: 2012-09-30T23:00:00Z\nregistration: {{ domains: [\"{wrong}\"] }}");
        let problems = self::problems("closes: 2012-09-30T23:00:00Z", &wrong);
        assert!(problems[0].starts_with("folder/season.yaml:6: registration.domains: "), "{problems:?}");
    }
}

#[test]
fn what_the_server_would_refuse_is_named_with_its_line() {
    let line_of = |text: &str| GOOD.lines().position(|line| line.contains(text)).unwrap() + 1;
    for (from, to, field, allowed) in [
        ("mean: [0.485,", "mean: [123.675,", "tasks[0].input.mean", "from 0 to 1"),
        ("mean: [0.485,", "mean: [-0.1,", "tasks[0].input.mean", "from 0 to 1"),
        ("std: [0.229,", "std: [58.4,", "tasks[0].input.std", "from 0.000001 to 1"),
        ("std: [0.229,", "std: [0,", "tasks[0].input.std", "from 0.000001 to 1"),
        ("crop: 224", "crop: 257", "tasks[0].input.crop", "`resize`, 256"),
        ("\"7 CNNs, extra data\"", "\"7 CNNs\\e[2J\"", "entries[0].method", "\\u{1b}"),
        ("\"a replay\"", "\"a\\nreplay\"", "entries[0].note", "one line"),
        ("title: ImageNet Large Scale", "title: \"a\\tb\" #", "title", "without control characters"),
        ("title: Classification", "title: \"\"", "tasks[0].title", "1 to 200 characters"),
        ("memory: 16GiB", "memory: 1B", "tasks[0].limits.memory", "from 64MiB to 16TiB"),
        ("model: 4GiB", "model: 0B", "tasks[0].limits.model", "from 1B to 1TiB"),
        ("limits: { model", "limits: { predictions: 1TiB, model", "tasks[0].limits.predictions", "to 16GiB"),
        ("wall: 30m", "wall: 8d", "tasks[0].limits.wall", "from 1s to 7d"),
        ("submissions: 2,", "submissions: 0,", "tasks[0].quota.submissions", "from 1 to 10000"),
        ("note: \"a replay\"", "links: [\"ftp://a.b\"]", "entries[0].links", "begins with http"),
        ("\"a replay\"", "\"a \\u202e replay\"", "entries[0].note", "one line"),
        ("submitted_at: 2012-09", "submitted_at: 1969-09", "entries[0].submitted_at", "from 1970 until now"),
    ] {
        let problems = problems(from, to);
        let [problem] = problems.as_slice() else { panic!("{to}: {problems:?}") };
        let place = format!("folder/season.yaml:{}: {field}:", line_of(from));
        assert!(problem.starts_with(&place) && problem.contains(allowed), "{place} {problem}");
    }
    let described = "note: \"a replay\", description: \"two\\nlines\"";
    assert!(read(&GOOD.replacen("note: \"a replay\"", described, 1)).is_ok());
}

#[test]
fn the_designs_example_is_read() {
    let folder = read(GOOD).unwrap();
    assert_eq!(folder.season.season.as_str(), "ilsvrc-2012");
    assert_eq!(folder.season.opens.to_string(), "2012-07-10T00:00:00Z");
    assert_eq!(folder.rules.as_ref().unwrap().path, Path::new("folder/rules.md"));
    assert_eq!(folder.draft, None);
    let task = &folder.tasks[0];
    assert_eq!(task.settings.metric, Metric::Top5Error);
    assert_eq!(task.settings.accepts, [SubmissionKind::Predictions, SubmissionKind::Torchscript]);
    let input = task.settings.input.as_ref().unwrap();
    assert_eq!((input.resize, input.crop, input.mean[2]), (Some(256), 224, 0.406));
    assert_eq!(task.settings.split.as_ref().unwrap().public, 0.3);
    assert_eq!((task.settings.quota.submissions, task.settings.quota.per_seconds), (2, 7 * 86_400));
    assert_eq!((task.settings.limits.model_bytes, task.settings.limits.wall_seconds), (4 << 30, 1800));
    assert_eq!(task.settings.limits.predictions_bytes, Limits::default().predictions_bytes);
    assert_eq!(task.settings.finals, 2);
    let none = read(&GOOD.replace("split: { public: 0.3 }", "finals: 0")).unwrap();
    assert_eq!(none.tasks[0].settings.finals, 0);
    assert!(!task.settings.approval);
    let held = read(&GOOD.replace("split: { public: 0.3 }", "approval: true")).unwrap();
    assert!(held.tasks[0].settings.approval);
    assert!(task.settings.required.is_empty() && !task.settings.ladder);
    let ladder = read(&GOOD.replace("split: { public: 0.3 }", "ladder: true")).unwrap();
    assert!(ladder.tasks[0].settings.ladder);
    let asked = read(&GOOD.replace("split: { public: 0.3 }", "required: [ensemble, method, ensemble]")).unwrap();
    assert_eq!(
        asked.tasks[0].settings.required,
        [RequiredField::Method, RequiredField::Ensemble],
        "in the order of forms"
    );
    let said = read(&GOOD.replace("note: \"a replay\"", "training_data: outside, ensemble: true")).unwrap();
    let disclosed = Disclosure { training_data: Some(TrainingData::Outside), ensemble: Some(true) };
    assert_eq!(
        (said.entries[0].draft.disclosure, folder.entries[0].draft.disclosure),
        (disclosed, Disclosure::default())
    );
    let entry = &folder.entries[0];
    assert_eq!((entry.task, entry.draft.kind), (0, SubmissionKind::Predictions));
    assert_eq!(entry.draft.method.as_deref(), Some("7 CNNs, extra data"));
    assert_eq!(entry.draft.submitted_at, Some("2012-09-30T23:00:00Z".parse().unwrap()));
}

#[test]
fn semantic_faults_name_file_line_and_field() {
    let cases = [
        ("per: 7d", "per: 7 days", 17, "tasks[0].quota.per", "`7 days`"),
        ("split: { public: 0.3 }", "finals: 21", 16, "tasks[0].finals", "from 0 to 20"),
        ("split: { public: 0.3 }", "required: [method, code]", 16, "tasks[0].required[1]", "`code`"),
        ("note: \"a replay\"", "training_data: imagenet", 20, "entries[0].training_data", "`imagenet`"),
        ("note: \"a replay\"", "ensemble: perhaps", 20, "entries[0].ensemble", "`perhaps`"),
        ("model: 4GiB", "model: 4 gig", 18, "tasks[0].limits.model", "`4 gig`"),
        ("metric: top5_error", "metric: top3_error", 9, "tasks[0].metric", "`top5_error` or `top1_error`"),
        ("opens: 2012-07-10T00:00:00Z", "opens: tomorrow", 4, "opens", "`tomorrow`"),
        ("season: ilsvrc-2012", "season: ILSVRC 2012", 1, "season", "`ILSVRC 2012`"),
        ("public: 0.3", "public: 1.0", 16, "tasks[0].split.public", "below 1"),
        ("crop: 224", "crop: 0", 15, "tasks[0].input.crop", "1 to 4096"),
        ("0.229, ", "", 15, "tasks[0].input.std", "has 2 values"),
        ("std: [0.229", "std: [0", 15, "tasks[0].input.std", "from 0.000001 to 1"),
        ("task: classification, file", "task: localization, file", 20, "entries[0].task", "`localization`"),
        ("submitted_at: 2012", "submitted_at: 2999", 20, "entries[0].submitted_at", "until now"),
        ("submitted_at: 2012-09-30T23:00:00Z", "submitted_at: once", 20, "entries[0].submitted_at", "`once`"),
        ("closes: 2012-09-30", "closes: 2011-09-30", 5, "closes", "not after"),
        ("accepts: [predictions, torchscript]", "accepts: [models]", 10, "tasks[0].accepts", "`models`"),
    ];
    for (from, to, line, field, part) in cases {
        let found = problems(from, to);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("folder/season.yaml:{line}: {field}: ")), "{found:?}");
        assert!(found[0].contains(part), "{found:?}");
    }
}

#[test]
fn faults_of_form_name_line_and_field() {
    let unknown = problems("limits: { model", "limits: { modell: 1GiB, model");
    assert!(unknown[0].starts_with("folder/season.yaml:18: ") && unknown[0].contains("modell"), "{unknown:?}");
    let missing = problems("    metric: top5_error\n", "");
    assert!(missing[0].starts_with("folder/season.yaml:") && missing[0].contains("metric"), "{missing:?}");
    let twice = problems("rules: rules.md", "title: again");
    assert!(twice[0].starts_with("folder/season.yaml:3: ") && twice[0].contains("title"), "{twice:?}");
    assert!(!twice[0].contains("Policy"), "{twice:?}");
    let two = problems("tasks:", "---\ntasks:");
    assert!(!two[0].contains("from_str"), "{two:?}");
    let broken = problems("split: { public: 0.3 }", "split: { public: 0.3");
    assert!(broken[0].starts_with("folder/season.yaml:1"), "{broken:?}");
    let list = problems("title: Classification", "title: [a, b]");
    assert!(list[0].starts_with("folder/season.yaml:8: "), "{list:?}");
}

#[test]
fn all_semantic_faults_are_named_at_once() {
    let text = GOOD.replace("per: 7d", "per: 7").replace("wall: 30m", "wall: long");
    let failure = read(&text).unwrap_err();
    assert_eq!(failure.to_string().lines().count(), 2, "{failure}");
    assert!(!failure.to_json().contains(r#""advice":null"#));
}

#[test]
fn models_need_to_know_how_images_are_prepared() {
    let text: String = GOOD.lines().filter(|line| !line.contains("input:")).map(|line| format!("{line}\n")).collect();
    let failure = read(&text).unwrap_err().to_string();
    assert!(failure.contains("tasks[0].input: is missing"), "{failure}");
}

#[test]
fn the_same_task_or_entry_twice_is_refused() {
    let entry = GOOD.lines().last().unwrap();
    let failure = read(&format!("{GOOD}{entry}\n")).unwrap_err().to_string();
    assert!(failure.starts_with("folder/season.yaml:21: entries[1]: "), "{failure}");
}

/// Numbers of a fixed sequence (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }
}

#[test]
fn changed_seasons_are_read_or_refused_in_short_lines() {
    const PIECES: &[&str] = &[
        ":",
        " ",
        "\n",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "|\n",
        "&a ",
        "*a",
        "!!str ",
        "? ",
        "#",
        "---\n",
        "~",
        "\t",
        "0",
        "-1",
        "1e400",
        ".nan",
        "9999999999999999999999",
        "7d",
        "4GiB",
        "2012-02-30T00:00:00Z",
        "é",
        "\u{202e}",
        "\0",
    ];
    let mut random = Random(1);
    let (mut read_well, mut refused) = (0, 0);
    for _ in 0..4000 {
        let mut text: Vec<char> = GOOD.chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len());
            let end = (at + random.below(12)).min(text.len());
            match random.below(3) {
                0 => drop(text.drain(at..end)),
                1 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
                _ => drop(text.splice(at..end, PIECES[random.below(PIECES.len())].chars())),
            }
        }
        match read(&text.iter().collect::<String>()) {
            Ok(_) => read_well += 1,
            Err(failure) => {
                refused += 1;
                let message = failure.to_string();
                assert!(!message.is_empty() && message.lines().all(|line| line.len() < 1000), "{message}");
            }
        }
    }
    assert!(read_well > 200 && refused > 1000, "{read_well} read, {refused} refused");
}
