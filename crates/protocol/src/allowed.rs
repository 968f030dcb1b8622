//! What organizers and teams may set: every bound, and the message that names field, value and what
//! is allowed. The server refuses by it, and the command line before it sends anything.

mod required;

use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::{Value, json};

use crate::limits::{DESCRIPTION, DOMAINS, EMAIL, LINK, LINKS, METHOD, NOTE, RULES, TITLE};
use crate::texts::check_length;
use crate::{
    InputTransform, Limits, QuotaRule, Reason, Registration, SubmissionKind, TaskSettings, Timestamp, check_line,
    check_lines, is_hidden, is_name,
};

/// A value that is not allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct NotAllowed {
    /// The field, as the API names it: `limits.memory_bytes`.
    pub field: &'static str,
    /// Why, for clients that say it in their own words.
    pub reason: Reason,
    /// For people: the value, the place, what is allowed.
    pub message: String,
    /// For programs.
    pub facts: Value,
}

impl NotAllowed {
    pub(crate) fn new(field: &'static str, message: impl Into<String>, reason: Reason, facts: Value) -> Self {
        Self { field, reason, message: message.into(), facts }
    }
}

/// What organizers set of a season.
#[derive(Debug, Clone, Copy)]
pub struct SeasonTerms<'a> {
    /// Title.
    pub title: &'a str,
    /// The rules, in Markdown; the pages show them to everybody.
    pub rules: &'a str,
    /// When it opens. Teams can submit from then on.
    pub opens: Timestamp,
    /// When it closes; never if `None`.
    pub closes: Option<Timestamp>,
    /// Who may found and join its teams.
    pub registration: &'a Registration,
}

/// Checks a season's texts and times.
///
/// # Errors
/// Names the first value that is not allowed.
pub fn check_season(season: SeasonTerms<'_>) -> Result<(), NotAllowed> {
    check_title(season.title)?;
    if season.rules.len() > RULES || season.rules.contains('\0') {
        let size = season.rules.len();
        let message = format!("`rules` has {size} bytes; at most {RULES} are allowed, and no NUL");
        let facts = json!({ "size": size, "limit": RULES });
        return Err(NotAllowed::new("rules", message, Reason::FileTooLarge, facts));
    }
    registration(season.registration)?;
    match season.closes {
        Some(closes) if closes <= season.opens => {
            let message = format!("`closes` is {closes}; it has to be after `opens`, {}", season.opens);
            let facts = json!({ "closes": closes, "opens": season.opens });
            Err(NotAllowed::new("closes", message, Reason::ClosesBeforeOpening, facts))
        }
        _ => Ok(()),
    }
}

fn registration(registration: &Registration) -> Result<(), NotAllowed> {
    let field = "registration.domains";
    if registration.domains.len() > DOMAINS {
        let count = registration.domains.len();
        let message = format!("`{field}` has {count} entries; at most {DOMAINS} are allowed");
        let facts = json!({ "count": count, "most": DOMAINS });
        return Err(NotAllowed::new(field, message, Reason::ListTooLong, facts));
    }
    if let Some(wrong) =
        registration.domains.iter().find(|domain| !is_domain(domain.strip_prefix("*.").unwrap_or(domain)))
    {
        let shown: String = wrong.chars().filter(|c| !c.is_control()).take(80).collect();
        let message =
            format!("`{field}` has `{shown}`; write a domain as `example.org`, or `*.example.org` for all below it");
        return Err(NotAllowed::new(field, message, Reason::BadDomain, json!({ "value": shown })));
    }
    within("registration.teams_per_account", registration.teams_per_account, &Registration::TEAMS_PER_ACCOUNT)
}

/// Tells whether a text is a domain, as an e-mail address has it behind its `@`.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= EMAIL && text.split('.').all(is_label)
}

/// Checks the title of a season or task.
///
/// # Errors
/// Says what a title may be.
pub fn check_title(title: &str) -> Result<(), NotAllowed> {
    let length = title.chars().count();
    if !is_name(title) || length > TITLE {
        let shown: String = title.chars().filter(|c| !is_hidden(*c)).take(80).collect();
        let message = format!(
            "`title` is `{shown}`; it takes 1 to {TITLE} characters without control characters and invisible ones"
        );
        return Err(NotAllowed::new("title", message, Reason::TextRequired, json!({ "most": TITLE })));
    }
    Ok(())
}

/// Checks the settings of a task.
///
/// # Errors
/// Names the first value that is not allowed.
pub fn check_task(settings: &TaskSettings) -> Result<(), NotAllowed> {
    check_title(&settings.title)?;
    accepts(settings)?;
    if let Some(input) = &settings.input {
        transform(input)?;
    }
    if let Some(split) = &settings.split
        && !(split.public > 0.0 && split.public < 1.0)
    {
        let message = format!("`split.public` is {}; it has to be above 0 and below 1", split.public);
        return Err(NotAllowed::new("split.public", message, Reason::ShareRange, json!({ "value": split.public })));
    }
    within("quota.submissions", settings.quota.submissions, &QuotaRule::SUBMISSIONS)?;
    within("finals", settings.finals, &TaskSettings::FINALS)?;
    within("quota.per_seconds", settings.quota.per_seconds, &QuotaRule::PER)?;
    required::check_distinct(settings)?;
    limits(&settings.limits)
}

fn accepts(settings: &TaskSettings) -> Result<(), NotAllowed> {
    let kinds: HashSet<_> = settings.accepts.iter().collect();
    let names: Vec<_> = settings.accepts.iter().map(|kind| kind.as_str()).collect();
    if kinds.is_empty() || kinds.len() != settings.accepts.len() {
        let message = format!(
            "`accepts` is `[{}]`; it takes one or both of `predictions` and `torchscript`, each once",
            names.join(", ")
        );
        return Err(NotAllowed::new("accepts", message, Reason::KindsWrong, json!({})));
    }
    if kinds.contains(&SubmissionKind::Torchscript) && settings.input.is_none() {
        return Err(NotAllowed::new(
            "input",
            "`input` is missing; a task that accepts `torchscript` needs it",
            Reason::InputMissing,
            json!({}),
        ));
    }
    Ok(())
}

fn transform(input: &InputTransform) -> Result<(), NotAllowed> {
    within("input.crop", input.crop, &InputTransform::PIXELS)?;
    if let Some(resize) = input.resize {
        within("input.resize", resize, &InputTransform::PIXELS)?;
        if input.crop > resize {
            let message = format!("`input.crop` is {}; it cannot be larger than `input.resize`, {resize}", input.crop);
            let facts = json!({ "crop": input.crop, "resize": resize });
            return Err(NotAllowed::new("input.crop", message, Reason::CropTooLarge, facts));
        }
    }
    input.mean.iter().try_for_each(|mean| within("input.mean", Shortest(*mean), &shortest(&InputTransform::MEAN)))?;
    input.std.iter().try_for_each(|std| within("input.std", Shortest(*std), &shortest(&InputTransform::STD)))
}

/// A number that JSON shows as it was written: `0.1`, not the `0.10000000149011612` that it is as
/// an `f64`.
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

fn limits(limits: &Limits) -> Result<(), NotAllowed> {
    within("limits.model_bytes", limits.model_bytes, &Limits::MODEL)?;
    within("limits.predictions_bytes", limits.predictions_bytes, &Limits::PREDICTIONS)?;
    within("limits.wall_seconds", limits.wall_seconds, &Limits::WALL)?;
    within("limits.memory_bytes", limits.memory_bytes, &Limits::MEMORY)
}

fn within<T: PartialOrd + Display + Copy + Serialize>(
    field: &'static str,
    value: T,
    allowed: &RangeInclusive<T>,
) -> Result<(), NotAllowed> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let message = format!("`{field}` is {value}; {} to {} is allowed", allowed.start(), allowed.end());
    let facts = json!({ "value": value, "least": allowed.start(), "most": allowed.end() });
    Err(NotAllowed::new(field, message, Reason::NumberRange, facts))
}

/// What is said of a submission.
#[derive(Debug, Clone, Copy)]
pub struct SubmissionTexts<'a> {
    /// Name of the method.
    pub method: Option<&'a str>,
    /// Description.
    pub description: Option<&'a str>,
    /// A note by the organizers.
    pub note: Option<&'a str>,
    /// Addresses of more about it.
    pub links: &'a [String],
}

impl SubmissionTexts<'_> {
    /// Checks lengths and characters.
    ///
    /// # Errors
    /// Names the first value that is not allowed.
    pub fn check(&self) -> Result<(), NotAllowed> {
        check_line("method", self.method, METHOD)?;
        check_line("note", self.note, NOTE)?;
        check_lines("description", self.description, DESCRIPTION)?;
        if self.links.len() > LINKS {
            let count = self.links.len();
            let message = format!("{count} `links`; a submission takes at most {LINKS}");
            let facts = json!({ "count": count, "most": LINKS });
            return Err(NotAllowed::new("links", message, Reason::TooManyLinks, facts));
        }
        self.links.iter().try_for_each(|text| link(text))
    }
}

fn link(text: &str) -> Result<(), NotAllowed> {
    check_length("links", text, LINK)?;
    let uri: Option<http::Uri> = text.parse().ok();
    let web = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            // `https://known.example@other.example/` leads to the latter.
            && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    });
    if web && !text.chars().any(|c| matches!(c, '"' | '<' | '>')) {
        return Ok(());
    }
    let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let message = format!("`{shown}` is not a link; use an address that begins with http:// or https://");
    Err(NotAllowed::new("links", message, Reason::BadLink, json!({ "value": shown })))
}

#[cfg(test)]
mod tests;
