//! What values are allowed beyond their type: lengths, ranges and patterns, so that clients can
//! check before they send.
//!
//! The server decides by the functions that its handlers call. The test with schemathesis compares
//! both: it sends values at and beyond each bound.

use std::ops::RangeInclusive;

use holdout_protocol::{InputTransform, Limits, QuotaRule, Registration, RequiredField, TaskSettings, limits};
use utoipa::Number;
use utoipa::openapi::schema::{ArrayItems, Object, Type};
use utoipa::openapi::{Components, KnownFormat, RefOr, Schema, SchemaFormat};

/// No control characters.
const ONE_LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// No control characters but line ends and tabs.
const LINES: &str = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$";
/// No control characters but line ends and tabs, and not only blanks.
const TEXT: &str = concat!(
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*",
    r"[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
);
/// No control characters but line feeds.
const NOTE: &str = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$";
/// No control characters, and not only blanks.
const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";
/// No control or invisible characters.
const SHOWN: &str = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$";
/// No control or invisible characters, and not only blanks.
const SHOWN_NAME: &str = concat!(
    r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*",
    r"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]",
    r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$"
);
/// No control or invisible characters, and no blanks at the ends.
const TEAM: &str = concat!(
    r"^[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]",
    r"([^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*",
    r"[^\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])?$"
);
/// A domain, or `*.` and a domain for all below it.
const DOMAIN: &str = r"^(\*\.)?[^\s@.*:/]+(\.[^\s@.*:/]+)*$";
/// An address of the web, without an account in it.
const LINK: &str = r#"^[hH][tT][tT][pP][sS]?://[^\s@"<>]+$"#;

/// What a value has to keep.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// At least and at most so many characters, of this pattern.
    Text(usize, usize, &'static str),
    /// An e-mail address.
    Email,
    /// A whole number of this range.
    Small(&'static RangeInclusive<u32>),
    /// The same of a larger one.
    Large(&'static RangeInclusive<u64>),
    /// A number between these.
    Range(f64, f64),
    /// A number above 0 and below 1.
    Share,
    /// At least and at most so many entries.
    Items(usize, usize),
    /// No entry twice.
    Distinct,
    /// Entries that each keep a rule.
    Each(&'static Self),
    /// One of these.
    Among(&'static [&'static str]),
}

use Rule::{Among, Distinct, Each, Email, Items, Large, Range, Share, Small, Text};

/// The kinds of [`holdout_protocol::MessageKind`] that are optional.
const OPTIONAL_MAIL: &[&str] = &[
    "invitation",
    "submission_scored",
    "submission_rejected",
    "submission_stalled",
    "season_opened",
    "season_closing",
    "announcement",
    "answer",
];

/// What a webhook can choose.
const CHOSEN_KINDS: &[&str] = &[
    "opened",
    "closed",
    "published",
    "unpublished",
    "leader",
    "retracted",
    "announced",
    "announcement_changed",
    "answered",
    "submission_scored",
    "submission_rejected",
    "submission_stalled",
    "team_founded",
    "question_asked",
];

/// Schema, property (none for the schema itself) and rule.
const RULES: &[(&str, &str, Rule)] = &[
    ("Slug", "", Text(1, limits::SLUG, "^[a-z0-9][a-z0-9-]*$")),
    ("TeamName", "", Text(1, limits::TEAM_NAME, TEAM)),
    ("NewAccount", "email", Email),
    ("NewAccount", "name", Text(1, limits::NAME, SHOWN_NAME)),
    ("NewAccount", "password", Text(limits::PASSWORD_LEAST, limits::PASSWORD_MOST, "")),
    ("AccountChanges", "name", Text(1, limits::NAME, SHOWN_NAME)),
    ("PasswordChange", "new", Text(limits::PASSWORD_LEAST, limits::PASSWORD_MOST, "")),
    ("ResetPassword", "password", Text(limits::PASSWORD_LEAST, limits::PASSWORD_MOST, "")),
    ("NewPasswordReset", "email", Email),
    ("MailSettingsChanges", "off", Each(&Among(OPTIONAL_MAIL))),
    ("NewApiToken", "name", Text(1, limits::NAME, SHOWN_NAME)),
    ("NewApiToken", "days", Small(&limits::TOKEN_DAYS)),
    ("NewScorerToken", "name", Text(1, limits::NAME, NAME)),
    ("NewTeam", "affiliation", Text(0, limits::AFFILIATION, SHOWN)),
    ("TeamChanges", "affiliation", Text(0, limits::AFFILIATION, SHOWN)),
    ("TeamDecision", "note", Text(0, limits::DECISION_NOTE, NOTE)),
    ("TeamMerge", "reason", Text(1, limits::NOTE, NAME)),
    ("TeamDecision", "status", Among(&["approved", "declined"])),
    ("MemberChanges", "role", Among(&["captain"])),
    ("NewOrganizerInvitation", "email", Email),
    ("NewOrganizerInvitation", "days", Small(&limits::ORGANIZER_INVITATION_DAYS)),
    ("SetupOrganizer", "name", Text(1, limits::NAME, SHOWN_NAME)),
    ("SetupOrganizer", "email", Email),
    ("SetupOrganizer", "password", Text(limits::PASSWORD_LEAST, limits::PASSWORD_MOST, "")),
    ("NewInvitation", "email", Email),
    ("NewInvitation", "days", Small(&limits::INVITATION_DAYS)),
    ("NewRegistrationCode", "label", Text(0, limits::CODE_LABEL, ONE_LINE)),
    ("NewRegistrationCode", "uses", Small(&limits::CODE_USES)),
    ("NewRegistrationCode", "days", Small(&limits::CODE_DAYS)),
    ("NewAnnouncement", "title", Text(1, limits::ANNOUNCEMENT_TITLE, NAME)),
    ("NewAnnouncement", "text", Text(1, limits::ANNOUNCEMENT, TEXT)),
    ("AnnouncementChanges", "title", Text(1, limits::ANNOUNCEMENT_TITLE, NAME)),
    ("AnnouncementChanges", "text", Text(1, limits::ANNOUNCEMENT, TEXT)),
    ("NewQuestion", "text", Text(1, limits::QUESTION, TEXT)),
    ("NewAnswer", "text", Text(1, limits::ANSWER, TEXT)),
    ("Registration", "domains", Items(0, limits::DOMAINS)),
    ("Registration", "domains", Each(&Text(1, 252, DOMAIN))),
    ("Registration", "teams_per_account", Small(&Registration::TEAMS_PER_ACCOUNT)),
    ("NewSeason", "title", Text(1, limits::TITLE, NAME)),
    ("NewSeason", "rules", Text(0, limits::RULES, r"^[^\x00]*$")),
    ("SeasonChanges", "title", Text(1, limits::TITLE, NAME)),
    ("SeasonChanges", "rules", Text(0, limits::RULES, r"^[^\x00]*$")),
    ("SeasonChanges", "reason", Text(0, limits::NOTE, ONE_LINE)),
    ("TaskSettings", "title", Text(1, limits::TITLE, NAME)),
    ("TaskSettings", "accepts", Items(1, 2)),
    ("TaskSettings", "accepts", Distinct),
    ("TaskSettings", "required", Items(0, RequiredField::ALL.len())),
    ("TaskSettings", "required", Distinct),
    ("TaskSettings", "finals", Small(&TaskSettings::FINALS)),
    ("InputTransform", "resize", Small(&InputTransform::PIXELS)),
    ("InputTransform", "crop", Small(&InputTransform::PIXELS)),
    ("InputTransform", "mean", Items(3, 3)),
    ("InputTransform", "std", Items(3, 3)),
    ("InputTransform", "mean", Each(&Range(0.0, 1.0))),
    ("InputTransform", "std", Each(&Range(0.000_001, 1.0))),
    ("Split", "public", Share),
    ("QuotaRule", "submissions", Small(&QuotaRule::SUBMISSIONS)),
    ("QuotaRule", "per_seconds", Large(&QuotaRule::PER)),
    ("Limits", "model_bytes", Large(&Limits::MODEL)),
    ("Limits", "predictions_bytes", Large(&Limits::PREDICTIONS)),
    ("Limits", "wall_seconds", Large(&Limits::WALL)),
    ("Limits", "memory_bytes", Large(&Limits::MEMORY)),
    ("EmailChange", "email", Email),
    ("NewBan", "email", Email),
    ("NewBan", "reason", Text(1, limits::NOTE, NAME)),
    ("NewWebhook", "url", Text(1, limits::WEBHOOK_URL, "")),
    ("NewWebhook", "description", Text(0, limits::WEBHOOK_DESCRIPTION, SHOWN)),
    ("NewWebhook", "kinds", Items(1, CHOSEN_KINDS.len())),
    ("NewWebhook", "kinds", Each(&Among(CHOSEN_KINDS))),
    ("WebhookChanges", "url", Text(1, limits::WEBHOOK_URL, "")),
    ("WebhookChanges", "description", Text(0, limits::WEBHOOK_DESCRIPTION, SHOWN)),
    ("WebhookChanges", "kinds", Items(1, CHOSEN_KINDS.len())),
    ("WebhookChanges", "kinds", Each(&Among(CHOSEN_KINDS))),
    ("NewWebhookSecret", "overlap_hours", Small(&limits::WEBHOOK_OVERLAP)),
    ("NewExtension", "reason", Text(1, limits::NOTE, NAME)),
    ("NewExtension", "attempts", Small(&limits::EXTENSION_ATTEMPTS)),
    ("NewJudgement", "reason", Text(0, limits::NOTE, ONE_LINE)),
    ("NewJudgement", "public_reason", Text(0, limits::NOTE, ONE_LINE)),
    ("NewSubmission", "method", Text(0, limits::METHOD, ONE_LINE)),
    ("NewSubmission", "description", Text(0, limits::DESCRIPTION, LINES)),
    ("NewSubmission", "note", Text(0, limits::NOTE, ONE_LINE)),
    ("NewSubmission", "links", Items(0, limits::LINKS)),
    ("NewSubmission", "links", Each(&Text(0, limits::LINK, LINK))),
    ("SubmissionChanges", "method", Text(0, limits::METHOD, ONE_LINE)),
    ("SubmissionChanges", "description", Text(0, limits::DESCRIPTION, LINES)),
    ("SubmissionChanges", "note", Text(0, limits::NOTE, ONE_LINE)),
    ("SubmissionChanges", "links", Items(0, limits::LINKS)),
    ("SubmissionChanges", "links", Each(&Text(0, limits::LINK, LINK))),
];

/// Writes the rules into the schemas, and what a `u32` and a `u64` can hold.
pub fn write(components: &mut Components) {
    for (name, property, rule) in RULES {
        let Some(schema) = components.schemas.get_mut(*name) else { continue };
        match schema {
            schema if property.is_empty() => apply(schema, *rule),
            RefOr::T(Schema::Object(object)) => {
                if let Some(schema) = object.properties.get_mut(*property) {
                    apply(schema, *rule);
                }
            }
            _ => (),
        }
    }
    components.schemas.values_mut().for_each(bound);
}

fn set_range(object: &mut Object, least: impl Into<u64>, most: impl Into<u64>) {
    let number = |value: u64| usize::try_from(value).ok().map(Number::UInt);
    (object.minimum, object.maximum) = (number(least.into()), number(most.into()));
}

fn apply(schema: &mut RefOr<Schema>, rule: Rule) {
    match (schema, rule) {
        (RefOr::T(Schema::Object(object)), Text(least, most, pattern)) => {
            object.min_length = Some(least).filter(|least| *least > 0);
            object.max_length = Some(most);
            object.pattern = Some(pattern.to_owned()).filter(|pattern| !pattern.is_empty());
        }
        (RefOr::T(Schema::Object(object)), Email) => {
            object.max_length = Some(limits::EMAIL);
            object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Email));
        }
        (RefOr::T(Schema::Object(object)), Small(range)) => set_range(object, *range.start(), *range.end()),
        (RefOr::T(Schema::Object(object)), Large(range)) => set_range(object, *range.start(), *range.end()),
        (RefOr::T(Schema::Object(object)), Range(least, most)) => {
            object.minimum = Some(Number::Float(least));
            object.maximum = Some(Number::Float(most));
        }
        (RefOr::T(Schema::Object(object)), Share) => {
            object.exclusive_minimum = Some(Number::UInt(0));
            object.exclusive_maximum = Some(Number::UInt(1));
        }
        (RefOr::T(Schema::Array(array)), Items(least, most)) => {
            array.min_items = Some(least).filter(|least| *least > 0);
            array.max_items = Some(most);
        }
        (RefOr::T(Schema::Array(array)), Distinct) => array.unique_items = true,
        (RefOr::T(Schema::Array(array)), Each(rule)) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                apply(items, *rule);
            }
        }
        // The type has more values, which only answers use.
        (schema @ RefOr::Ref(_), Among(values)) => {
            let mut object = Object::with_type(Type::String);
            if let RefOr::Ref(reference) = &schema {
                object.description = Some(reference.description.clone()).filter(|text| !text.is_empty());
            }
            object.enum_values = Some(values.iter().map(|value| (*value).into()).collect());
            *schema = RefOr::T(Schema::Object(object));
        }
        // A test finds rules that fit nothing.
        _ => (),
    }
}

fn bound(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            bound_number(object);
            object.properties.values_mut().for_each(bound);
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                bound(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(bound),
        _ => (),
    }
}

/// Says what a `u32` and a `u64` can hold; a `u32` does not fit `int32`.
pub(super) fn bound_number(object: &mut Object) {
    let is = |format| object.format == Some(SchemaFormat::KnownFormat(format));
    let most = match (is(KnownFormat::Int32), is(KnownFormat::Int64)) {
        _ if object.minimum.is_none() => return,
        (true, _) => Number::UInt(4_294_967_295),
        (_, true) => Number::UInt(18_446_744_073_709_551_615),
        _ => return,
    };
    object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    object.maximum.get_or_insert(most);
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{MessageKind, WebhookEventKind};
    use serde_json::Value;

    use super::*;

    /// A rule is written if the schema has one of its words, or the values that it allows.
    #[test]
    fn every_rule_is_in_the_document() {
        let document = serde_json::to_value(crate::openapi_document()).unwrap();
        for (name, property, rule) in RULES {
            let place = match *property {
                "" => format!("/components/schemas/{name}"),
                property => format!("/components/schemas/{name}/properties/{property}"),
            };
            let schema = document.pointer(&place).unwrap_or_else(|| panic!("{place} is not there"));
            assert!(is_written(schema, *rule), "{place}: {rule:?} is not in {schema}");
        }
    }

    #[test]
    fn the_mail_that_can_be_stopped_is_the_optional_one() {
        let optional = MessageKind::ALL.iter().filter(|kind| kind.is_optional());
        assert_eq!(optional.map(|kind| kind.as_str()).collect::<Vec<_>>(), OPTIONAL_MAIL);
    }

    #[test]
    fn a_webhook_can_choose_every_kind_but_the_test() {
        let chosen: Vec<&str> = WebhookEventKind::chosen().map(WebhookEventKind::as_str).collect();
        assert_eq!(chosen, CHOSEN_KINDS);
    }

    fn is_written(schema: &Value, rule: Rule) -> bool {
        match rule {
            Text(_, most, pattern) => {
                schema["maxLength"] == most && (pattern.is_empty() || schema["pattern"] == pattern)
            }
            Email => schema["format"] == "email",
            Small(range) => schema["minimum"] == *range.start() && schema["maximum"] == *range.end(),
            Large(range) => schema["minimum"] == *range.start() && schema["maximum"] == *range.end(),
            Range(least, most) => schema["minimum"] == least && schema["maximum"] == most,
            Share => schema["exclusiveMinimum"] == 0,
            Items(_, most) => schema["maxItems"] == most,
            Distinct => schema["uniqueItems"] == true,
            Each(rule) => is_written(&schema["items"], *rule),
            Among(values) => schema["enum"] == serde_json::json!(values),
        }
    }
}
