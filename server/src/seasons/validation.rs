//! What organizers may set: every bound, and the message that names field, value and what is allowed.

use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use holdout_protocol::limits::{DOMAINS, RULES, TITLE};
use holdout_protocol::{
    InputTransform, Limits, Reason, Registration, SubmissionKind, TaskSettings, is_hidden, is_name,
};
use serde::Serialize;
use serde_json::json;

use crate::accounts::email::Email;
use crate::db;
use crate::error::{Error, Result};

const DAY: u64 = 24 * 3600;

/// Checks a season's texts and times.
pub fn season(season: &db::seasons::Season) -> Result<()> {
    title(&season.title)?;
    if season.rules.len() > RULES || season.rules.contains('\0') {
        let size = season.rules.len();
        let message = format!("`rules` has {size} bytes; at most {RULES} are allowed, and no NUL");
        let facts = json!({ "size": size, "limit": RULES });
        return Err(Error::invalid("rules", message).because(Reason::FileTooLarge, facts));
    }
    registration(&season.registration)?;
    match season.closes_at {
        Some(closes) if closes <= season.opens_at => {
            let message = format!("`closes` is {closes}; it has to be after `opens`, {}", season.opens_at);
            let facts = json!({ "closes": closes, "opens": season.opens_at });
            Err(Error::invalid("closes", message).because(Reason::ClosesBeforeOpening, facts))
        }
        _ => Ok(()),
    }
}

fn registration(registration: &Registration) -> Result<()> {
    let field = "registration.domains";
    if registration.domains.len() > DOMAINS {
        let count = registration.domains.len();
        let message = format!("`{field}` has {count} entries; at most {DOMAINS} are allowed");
        let facts = json!({ "count": count, "most": DOMAINS });
        return Err(Error::invalid(field, message).because(Reason::ListTooLong, facts));
    }
    if let Some(wrong) =
        registration.domains.iter().find(|domain| !is_domain(domain.strip_prefix("*.").unwrap_or(domain)))
    {
        let shown: String = wrong.chars().filter(|c| !c.is_control()).take(80).collect();
        let message =
            format!("`{field}` has `{shown}`; write a domain as `example.org`, or `*.example.org` for all below it");
        return Err(Error::invalid(field, message).because(Reason::BadDomain, json!({ "value": shown })));
    }
    within("registration.teams_per_account", registration.teams_per_account, &(1..=100))
}

/// As an e-mail address has it behind its `@`.
fn is_domain(text: &str) -> bool {
    Email::parse(&format!("a@{text}")).is_ok_and(|email| email.as_str().len() == text.len().saturating_add(2))
}

fn title(title: &str) -> Result<()> {
    let length = title.chars().count();
    if !is_name(title) || length > TITLE {
        let shown: String = title.chars().filter(|c| !is_hidden(*c)).take(80).collect();
        let message = format!(
            "`title` is `{shown}`; it takes 1 to {TITLE} characters without control characters and invisible ones"
        );
        return Err(Error::invalid("title", message).because(Reason::TextRequired, json!({ "most": TITLE })));
    }
    Ok(())
}

/// Checks the settings of a task.
pub fn task(settings: &TaskSettings) -> Result<()> {
    title(&settings.title)?;
    accepts(settings)?;
    if let Some(input) = &settings.input {
        transform(input)?;
    }
    if let Some(split) = &settings.split
        && !(split.public > 0.0 && split.public < 1.0)
    {
        let message = format!("`split.public` is {}; it has to be above 0 and below 1", split.public);
        return Err(
            Error::invalid("split.public", message).because(Reason::ShareRange, json!({ "value": split.public }))
        );
    }
    within("quota.submissions", settings.quota.submissions, &(1..=10_000))?;
    within("finals", settings.finals, &(0..=20))?;
    within("quota.per_seconds", settings.quota.per_seconds, &(60..=366 * DAY))?;
    limits(&settings.limits)
}

fn accepts(settings: &TaskSettings) -> Result<()> {
    let kinds: HashSet<_> = settings.accepts.iter().collect();
    let names: Vec<_> = settings.accepts.iter().map(|kind| kind.as_str()).collect();
    if kinds.is_empty() || kinds.len() != settings.accepts.len() {
        let message = format!(
            "`accepts` is `[{}]`; it takes one or both of `predictions` and `torchscript`, each once",
            names.join(", ")
        );
        return Err(Error::invalid("accepts", message).because(Reason::KindsWrong, json!({})));
    }
    if kinds.contains(&SubmissionKind::Torchscript) && settings.input.is_none() {
        return Err(Error::invalid("input", "`input` is missing; a task that accepts `torchscript` needs it")
            .because(Reason::InputMissing, json!({})));
    }
    Ok(())
}

fn transform(input: &InputTransform) -> Result<()> {
    within("input.crop", input.crop, &(1..=4096))?;
    if let Some(resize) = input.resize {
        within("input.resize", resize, &(1..=4096))?;
        if input.crop > resize {
            let message = format!("`input.crop` is {}; it cannot be larger than `input.resize`, {resize}", input.crop);
            let facts = json!({ "crop": input.crop, "resize": resize });
            return Err(Error::invalid("input.crop", message).because(Reason::CropTooLarge, facts));
        }
    }
    input.mean.iter().try_for_each(|mean| within("input.mean", Shortest(*mean), &shortest(&InputTransform::MEAN)))?;
    input.std.iter().try_for_each(|std| within("input.std", Shortest(*std), &shortest(&InputTransform::STD)))
}

/// A number that JSON shows as it was written: `0.1`, not the `0.10000000149011612` that it is as an `f64`.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Shortest(f32);

fn shortest(range: &RangeInclusive<f32>) -> RangeInclusive<Shortest> {
    Shortest(*range.start())..=Shortest(*range.end())
}

impl Display for Shortest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Shortest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.to_string().parse::<f64>().unwrap_or(f64::from(self.0)).serialize(serializer)
    }
}

fn limits(limits: &Limits) -> Result<()> {
    within("limits.model_bytes", limits.model_bytes, &(1..=1 << 40))?;
    within("limits.predictions_bytes", limits.predictions_bytes, &(1..=16 << 30))?;
    within("limits.wall_seconds", limits.wall_seconds, &(1..=7 * DAY))?;
    within("limits.memory_bytes", limits.memory_bytes, &(64 << 20..=16 << 40))
}

fn within<T: PartialOrd + Display + Copy + Serialize>(
    field: &str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<()> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let message = format!("`{field}` is {value}; {} to {} is allowed", allowed.start(), allowed.end());
    let facts = json!({ "value": value, "least": allowed.start(), "most": allowed.end() });
    Err(Error::invalid(field, message).because(Reason::NumberRange, facts))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{ErrorCode, Metric, QuotaRule, Split};

    use holdout_protocol::Precision;

    use super::*;

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
        }
    }

    #[track_caller]
    fn refused(field: &str, change: impl FnOnce(&mut TaskSettings)) {
        let mut changed = settings();
        change(&mut changed);
        let error = task(&changed).expect_err(field);
        assert_eq!(error.code(), ErrorCode::InvalidValue);
        assert_eq!(error.body().error.detail["field"], field);
        assert!(error.body().error.message.starts_with(&format!("`{field}` ")), "{error}");
    }

    #[test]
    fn good_settings_are_taken() {
        task(&settings()).unwrap();
        let plain = TaskSettings { accepts: vec![SubmissionKind::Predictions], input: None, split: None, ..settings() };
        task(&plain).unwrap();
    }

    #[test]
    fn every_bound_holds_at_both_ends() {
        refused("finals", |it| it.finals = 21);
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
        refused("quota.per_seconds", |it| it.quota.per_seconds = 366 * DAY + 1);
        refused("limits.model_bytes", |it| it.limits.model_bytes = 0);
        refused("limits.predictions_bytes", |it| it.limits.predictions_bytes = u64::MAX);
        refused("limits.wall_seconds", |it| it.limits.wall_seconds = 7 * DAY + 1);
        refused("limits.memory_bytes", |it| it.limits.memory_bytes = 1);
    }

    #[test]
    fn a_registration_names_domains() {
        let of = |domains: &[&str]| Registration {
            domains: domains.iter().map(ToString::to_string).collect(),
            ..Registration::default()
        };
        registration(&of(&["example.org", "*.example.org", "localhost", "Müller.example"])).unwrap();
        for wrong in ["", "*", "*.", "a@b.org", "exa mple.org", "example..org", "*.*.org", " example.org", "http://a.b"]
        {
            let error = registration(&of(&["example.org", wrong])).expect_err(wrong);
            assert_eq!(error.body().error.detail["field"], "registration.domains");
        }
        assert!(registration(&of(&["example.org"; 101])).is_err());
        for count in [0, 101] {
            let error = registration(&Registration { teams_per_account: count, ..Registration::default() });
            assert_eq!(error.unwrap_err().body().error.detail["field"], "registration.teams_per_account");
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
        task(&caffe).unwrap();
    }

    #[test]
    fn facts_have_numbers_as_they_were_written() {
        let mut pixels = settings();
        pixels.input.as_mut().unwrap().mean[0] = 123.675;
        let error = task(&pixels).unwrap_err().body().error;
        assert_eq!(error.message, "`input.mean` is 123.675; 0 to 1 is allowed");
        assert_eq!(error.detail, json!({ "field": "input.mean", "value": 123.675, "least": 0.0, "most": 1.0 }));
        assert_eq!(error.reason, Some(Reason::NumberRange));
    }
}
