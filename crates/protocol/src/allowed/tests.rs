use super::*;
use crate::RequiredField;
use crate::{Metric, Precision, Split};

fn settings() -> TaskSettings {
    let input = InputTransform {
        resize: Some(256),
        crop: 224,
        mean: [0.5; 3],
        std: [0.25; 3],
        precision: Precision::default(),
    };
    TaskSettings {
        title: "Classification".to_owned(),
        metric: Metric::Top5Error,
        accepts: vec![SubmissionKind::Predictions, SubmissionKind::Torchscript],
        input: Some(input),
        split: Some(Split { public: 0.3, seed: Some(1) }),
        quota: QuotaRule::default(),
        limits: Limits::default(),
        finals: TaskSettings::default_finals(),
        approval: false,
        ladder: false,
        required: Vec::new(),
    }
}

#[track_caller]
fn refused(field: &str, change: impl FnOnce(&mut TaskSettings)) {
    let mut changed = settings();
    change(&mut changed);
    let error = check_task(&changed).expect_err(field);
    assert_eq!(error.field, field);
    assert!(error.message.starts_with(&format!("`{field}` ")), "{error}");
}

#[test]
fn good_settings_are_taken() {
    check_task(&settings()).unwrap();
    let plain = TaskSettings { accepts: vec![SubmissionKind::Predictions], input: None, split: None, ..settings() };
    check_task(&plain).unwrap();
}

#[test]
fn every_bound_holds_at_both_ends() {
    refused("finals", |it| it.finals = 21);
    refused("required", |it| it.required = vec![RequiredField::Method; 2]);
    refused("title", |it| it.title = " ".to_owned());
    refused("title", |it| it.title = "x".repeat(201));
    refused("title", |it| it.title = "a\nb".to_owned());
    refused("accepts", |it| it.accepts.clear());
    refused("accepts", |it| it.accepts = vec![SubmissionKind::Predictions; 2]);
    refused("input", |it| it.input = None);
    for share in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
        refused("split.public", |it| it.split = Some(Split { public: share, seed: None }));
    }
    refused("quota.submissions", |it| it.quota.submissions = 0);
    refused("quota.submissions", |it| it.quota.submissions = 10_001);
    refused("quota.per_seconds", |it| it.quota.per_seconds = 59);
    refused("quota.per_seconds", |it| it.quota.per_seconds = 366 * 86_400 + 1);
    refused("limits.model_bytes", |it| it.limits.model_bytes = 0);
    refused("limits.predictions_bytes", |it| it.limits.predictions_bytes = u64::MAX);
    refused("limits.wall_seconds", |it| it.limits.wall_seconds = 7 * 86_400 + 1);
    refused("limits.memory_bytes", |it| it.limits.memory_bytes = 1);
}

#[test]
fn a_registration_names_domains() {
    let of = |domains: &[&str]| Registration {
        domains: domains.iter().map(ToString::to_string).collect(),
        ..Registration::default()
    };
    registration(&of(&["example.org", "*.example.org", "localhost", "Müller.example"])).unwrap();
    for wrong in ["", "*", "*.", "a@b.org", "exa mple.org", "example..org", "*.*.org", " example.org", "http://a.b"] {
        let error = registration(&of(&["example.org", wrong])).expect_err(wrong);
        assert_eq!(error.field, "registration.domains");
    }
    assert!(registration(&of(&["example.org"; 101])).is_err());
    for count in [0, 101] {
        let error = registration(&Registration { teams_per_account: count, ..Registration::default() });
        assert_eq!(error.unwrap_err().field, "registration.teams_per_account");
    }
}

#[test]
fn an_input_has_to_be_one_that_an_image_can_have() {
    let input = |change: fn(&mut InputTransform)| move |it: &mut TaskSettings| change(it.input.as_mut().unwrap());
    refused("input.crop", input(|it| it.crop = 0));
    refused("input.crop", input(|it| it.crop = 257));
    refused("input.resize", input(|it| it.resize = Some(4097)));
    refused("input.mean", input(|it| it.mean[1] = f32::NAN));
    refused("input.mean", input(|it| it.mean[0] = 123.675));
    refused("input.mean", input(|it| it.mean[2] = -0.1));
    refused("input.std", input(|it| it.std[1] = 58.4));
    refused("input.std", input(|it| it.std[2] = 0.0));
    refused("input.std", input(|it| it.std[0] = f32::INFINITY));
    let mut caffe = settings();
    caffe.input.as_mut().unwrap().std = [1.0 / 255.0; 3];
    check_task(&caffe).unwrap();
}

#[test]
fn facts_have_numbers_as_they_were_written() {
    let mut pixels = settings();
    pixels.input.as_mut().unwrap().mean[0] = 123.675;
    let error = check_task(&pixels).unwrap_err();
    assert_eq!(error.message, "`input.mean` is 123.675; 0 to 1 is allowed");
    assert_eq!(error.facts, json!({ "value": 123.675, "least": 0.0, "most": 1.0 }));
    assert_eq!(error.reason, Reason::NumberRange);
}

#[test]
fn links_are_addresses_of_the_web() {
    for good in ["http://example.org", "https://example.org:8443/a?b=c#d", "https://[2001:db8::1]/"] {
        link(good).unwrap();
    }
    let bad = [
        "",
        "example.org",
        "/a",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://known.example@other.example/",
        "https://example.org/\"><script>",
        "https://example.org/a b",
    ];
    for bad in bad {
        assert!(link(bad).is_err(), "{bad}");
    }
}

fn season<'a>(rules: &'a str, opens: i64, closes: Option<i64>, registration: &'a Registration) -> SeasonTerms<'a> {
    let (opens, closes) = (Timestamp::from_micros(opens), closes.map(Timestamp::from_micros));
    SeasonTerms { title: "Demo", rules, opens, closes, registration }
}

#[test]
fn a_season_closes_after_it_opens_or_never() {
    let check = |closes| check_season(season("", 1_000_000, closes, &Registration::default()));
    check(None).unwrap();
    check(Some(1_000_001)).unwrap();
    for closes in [1_000_000, 999_999] {
        let error = check(Some(closes)).unwrap_err();
        assert_eq!((error.field, error.reason), ("closes", Reason::ClosesBeforeOpening));
        let (closes, opens) = (Timestamp::from_micros(closes), Timestamp::from_micros(1_000_000));
        assert_eq!(error.message, format!("`closes` is {closes}; it has to be after `opens`, {opens}"));
        assert_eq!(error.facts, json!({ "closes": closes, "opens": opens }));
    }
}

#[test]
fn rules_are_as_many_bytes_as_a_page_can_show_and_have_no_nul() {
    let check = |rules: &str| check_season(season(rules, 1, None, &Registration::default()));
    check(&"ä".repeat(128 << 10)).unwrap();
    let error = check(&format!("{}x", "ä".repeat(128 << 10))).unwrap_err();
    assert_eq!((error.field, error.facts), ("rules", json!({ "size": (256 << 10) + 1, "limit": 256 << 10 })));
    assert_eq!(check("a\0b").unwrap_err().field, "rules");
}

#[test]
fn a_domain_has_labels_that_begin_and_end_with_a_letter_or_digit_and_are_not_long() {
    let label = "a".repeat(63);
    for good in ["a", "1.2", "a-b.c", "münchen.example", &label, &format!("{label}.{label}")] {
        assert!(is_domain(good), "{good}");
    }
    let (long_label, long) = ("a".repeat(64), vec!["a"; 128].join("."));
    for bad in ["", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a_b", "a b", "*.a", &long_label, &long] {
        assert!(!is_domain(bad), "{bad}");
    }
}

#[test]
fn a_crop_may_be_all_of_what_an_image_is_resized_to() {
    let mut all = settings();
    let input = all.input.as_mut().unwrap();
    (input.resize, input.crop) = (Some(224), 224);
    check_task(&all).unwrap();
    let input = all.input.as_mut().unwrap();
    (input.resize, input.crop) = (None, 4096);
    check_task(&all).unwrap();
    all.input.as_mut().unwrap().resize = Some(4095);
    let error = check_task(&all).unwrap_err();
    assert_eq!((error.reason, error.facts), (Reason::CropTooLarge, json!({ "crop": 4096, "resize": 4095 })));
}

#[test]
fn a_submission_has_ten_links_at_most_and_each_is_short() {
    let check = |links: &[String]| SubmissionTexts { method: None, description: None, note: None, links }.check();
    let longest = format!("https://example.org/{}", "x".repeat(480));
    check(&vec![longest.clone(); 10]).unwrap();
    let error = check(&vec![longest.clone(); 11]).unwrap_err();
    assert_eq!((error.reason, error.facts), (Reason::TooManyLinks, json!({ "count": 11, "most": 10 })));
    let error = check(&["https://example.org".to_owned(), format!("{longest}x")]).unwrap_err();
    assert_eq!((error.reason, error.facts), (Reason::TextTooLong, json!({ "length": 501, "most": 500 })));
}

#[test]
fn what_is_shown_of_a_value_that_is_refused_is_short_and_has_no_hidden_characters() {
    let title = check_title(&format!("a\u{202e}{}", "x".repeat(300))).unwrap_err().message;
    assert!(title.starts_with("`title` is `axxx") && title.len() < 220, "{title}");
    let link = link(&format!("ftp://\u{1b}[31m{}", "x".repeat(300))).unwrap_err();
    assert_eq!(link.facts["value"].as_str().map(|shown| shown.chars().count()), Some(80));
    assert!(!link.message.contains('\u{1b}'), "{}", link.message);
}
