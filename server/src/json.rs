//! Bodies of JSON: taken apart in one place, so that every route refuses the same things in the
//! same words.

use std::borrow::Cow;
use std::future::ready;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use holdout_protocol::{ErrorCode, Reason, Slug, TeamName, Timestamp, plain_cause};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use serde_path_to_error::{Path, Segment};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::unknown_fields;

/// Every whole number up to 2^53 has its own `f64`; above that, a fraction says nothing about the
/// number that was meant.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The body of a request. Numbers such as `191.0` and `1e3` are taken for whole ones, because JSON
/// has one kind of number and JSON Schema calls them integers. A field that the type does not have
/// is refused, unless the body is `OPEN`.
#[derive(Debug)]
pub struct JsonBody<T, const OPEN: bool = false>(T);

/// What a scorer sends. Fields that the server does not know are ignored, because a newer scorer
/// may tell an older server more: whether the two fit together is decided by the version of the
/// protocol.
pub type ScorerBody<T> = JsonBody<T, true>;

impl<T, const OPEN: bool> JsonBody<T, OPEN> {
    /// Returns what was sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + ToSchema + 'static, const OPEN: bool> FromRequest for JsonBody<T, OPEN> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !is_json(request) {
            let message = "send the body with `Content-Type: application/json`";
            return Box::pin(ready(Err(Error::refused(ErrorCode::UnsupportedMediaType, message))));
        }
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let unreadable =
                |cause| Error::refused(ErrorCode::InvalidBody, format!("the body could not be read: {cause}"));
            let body = body.await.map_err(unreadable)?;
            if OPEN { parse_open(&body).map(Self) } else { parse(&body).map(Self) }
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let media = request.mime_type().ok().flatten();
    media.is_some_and(|media| media.subtype() == "json" || media.suffix().is_some_and(|suffix| suffix == "json"))
}

/// Reads a body of JSON.
///
/// # Errors
/// `invalid_body` if it is not JSON, `invalid_value` if it is JSON that the route does not take,
/// for example because a field is misspelt.
pub fn parse<T: DeserializeOwned + ToSchema>(body: &[u8]) -> Result<T> {
    // First of all, because a misspelt field is missing as well. What is not JSON is refused below.
    if let Ok(value) = serde_json::from_slice(body) {
        unknown_fields::refuse::<T>(&value)?;
    }
    parse_open(body)
}

/// Reads a body of JSON that may have fields which its type does not know.
fn parse_open<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let no_json = |cause: &dyn std::fmt::Display| {
        Error::refused(ErrorCode::InvalidBody, format!("the body is not JSON: {cause}"))
    };
    let text = std::str::from_utf8(body).map_err(|cause| no_json(&cause))?;
    let written = with_whole_numbers(text);
    let mut parser = serde_json::Deserializer::from_str(&written);
    let (path, cause) = match serde_path_to_error::deserialize(&mut parser) {
        Ok(value) => return parser.end().map(|()| value).map_err(|cause| no_json(&cause)),
        Err(error) => (error.path().clone(), error.into_inner()),
    };
    // Well-formed JSON with a value that is not allowed is another thing than text that is no JSON.
    // The parser's own category is no help, because it calls a list that is too long for its type a
    // fault of syntax.
    serde_json::from_str::<IgnoredAny>(text).map_err(|cause| no_json(&cause))?;
    Err(unfit(text, &path, &plain_cause(&cause.to_string())))
}

fn unfit(text: &str, path: &Path, cause: &str) -> Error {
    let place = path.to_string();
    let Some(field) = Some(place).filter(|place| place != ".") else {
        let message = format!("the body is not what this route takes: {cause}");
        return Error::refused(ErrorCode::InvalidValue, message).because(Reason::RequestUnfit, json!({}));
    };
    let (reason, facts) = why(value_at(text, path), cause);
    Error::invalid(&field, format!("`{field}` is not what this route takes: {cause}")).because(reason, facts)
}

/// Returns the reason for which a value was refused while it was read.
fn why(value: Option<Value>, cause: &str) -> (Reason, Value) {
    let Some(Value::String(text)) = value else { return (Reason::ValueUnfit, json!({})) };
    let shown: String = text.chars().filter(|c| !holdout_protocol::is_hidden(*c)).take(80).collect();
    let said_by = |refusal: Option<String>| refusal.is_some_and(|refusal| cause.starts_with(&refusal));
    let reason = if said_by(text.parse::<TeamName>().err().map(|error| error.to_string())) {
        Reason::BadTeamName
    } else if said_by(text.parse::<Slug>().err().map(|error| error.to_string())) {
        Reason::BadSlug
    } else if said_by(text.parse::<Timestamp>().err().map(|error| error.to_string())) {
        Reason::BadTime
    } else {
        Reason::ValueUnfit
    };
    (reason, json!({ "value": shown }))
}

fn value_at(text: &str, path: &Path) -> Option<Value> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    for segment in path {
        value = match segment {
            Segment::Seq { index } => value.get_mut(*index)?.take(),
            Segment::Map { key } => value.get_mut(key)?.take(),
            Segment::Enum { .. } | Segment::Unknown => return None,
        };
    }
    Some(value)
}

/// Writes whole numbers that have a fraction or an exponent without it, for example `1000` for
/// `1e3`. What is not JSON comes back as it is.
fn with_whole_numbers(text: &str) -> Cow<'_, str> {
    let mut written = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(at);
        let (token, after) = token.split_at(token_end(token));
        written.push_str(before);
        match whole(token) {
            Some(number) => {
                // As wide as before, so that the columns in messages stay right.
                written.push_str(&format!("{number:<width$}", width = token.len()));
                changed = true;
            }
            None => written.push_str(token),
        }
        rest = after;
    }
    // The text may be no JSON, such as `[1.]`, and would be if that were read as 1.
    if !changed || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Cow::Borrowed(text);
    }
    written.push_str(rest);
    Cow::Owned(written)
}

/// Returns the length of the string or number that the text begins with.
fn token_end(text: &str) -> usize {
    if !text.starts_with('"') {
        let in_number = |c| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E');
        return text.find(|c| !in_number(c)).unwrap_or(text.len());
    }
    let mut escaped = false;
    let closing = text.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |inside| inside.saturating_add(2))
}

fn whole(token: &str) -> Option<String> {
    if token.starts_with('"') || !token.contains(['.', 'e', 'E']) {
        return None;
    }
    let value: f64 = token.parse().ok()?;
    // A whole zero has no sign.
    (value.fract() == 0.0 && value.abs() <= EXACT).then(|| format!("{:.0}", value + 0.0))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, ToSchema)]
    struct Body {
        days: u32,
        #[serde(default)]
        mean: [f32; 3],
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        team: Option<TeamName>,
        #[serde(default)]
        at: Option<Timestamp>,
    }

    fn days(text: &str) -> Result<u32> {
        parse::<Body>(text.as_bytes()).map(|body| body.days)
    }

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        for (text, value) in
            [("191", 191), ("191.0", 191), ("1.91e2", 191), ("1910E-1", 191), ("-0.0", 0), ("1e3", 1000)]
        {
            assert_eq!(days(&format!(r#"{{"days":{text}}}"#)).unwrap(), value, "{text}");
        }
        for text in ["191.5", "1e-3", "-1.0", "4294967296.0", "1e300", "1e999", "null", "\"191\""] {
            let error = days(&format!(r#"{{"days":{text}}}"#)).unwrap_err().body().error;
            assert_eq!((error.code, &error.detail["field"]), (ErrorCode::InvalidValue, &json!("days")), "{text}");
            assert_eq!(error.reason, Some(Reason::ValueUnfit), "{text}");
            assert!(!error.message.contains("u32"), "{}", error.message);
        }
        let message = days(r#"{"days":-1}"#).unwrap_err().to_string();
        assert!(message.contains("`-1`, expected a whole number from 0 to 4294967295"), "{message}");
    }

    #[test]
    fn text_that_looks_like_a_number_and_numbers_with_a_fraction_stay() {
        let body: Body = parse(br#"{"name":"1.0 \" 2.0 \\","days":3.0,"mean":[0.5,1.0,-1.8e4]}"#).unwrap();
        assert_eq!(body.name.as_deref(), Some(r#"1.0 " 2.0 \"#));
        assert_eq!((body.days, body.mean), (3, [0.5, 1.0, -18_000.0]));
    }

    /// The parser calls these faults of syntax.
    #[test]
    fn a_list_of_another_length_is_a_value_that_is_not_allowed_and_is_named() {
        for mean in ["[0.5]", "[0.5,0.5,0.5,-1.8e164]", "[0.5,0.5,\"x\"]"] {
            let error = parse::<Body>(format!(r#"{{"days":1,"mean":{mean}}}"#).as_bytes()).unwrap_err().body().error;
            assert_eq!(error.code, ErrorCode::InvalidValue, "{error:?}");
            assert!(error.detail["field"].as_str().unwrap().starts_with("mean"), "{error:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_another_thing_than_a_wrong_value() {
        for text in [
            r#"{"days":1."#,
            r#"{"days":1.}"#,
            r#"{"days":01.0}"#,
            r#"{"days":1.0"#,
            "",
            r#"{"days":1} x"#,
            "{\"name\":\"",
            "\"",
        ] {
            assert_eq!(days(text).unwrap_err().code(), ErrorCode::InvalidBody, "{text}");
        }
        assert_eq!(parse::<Body>(b"{\"name\":\"\xff\"}").unwrap_err().code(), ErrorCode::InvalidBody);
        for text in [r#"{"days":1.0,"days":2.0}"#, r#"{"day":1.0}"#, "{}", "3.0"] {
            let error = days(text).unwrap_err().body().error;
            assert_eq!(error.code, ErrorCode::InvalidValue, "{text}");
            assert!(error.reason.is_some(), "{text}");
        }
    }

    #[test]
    fn only_a_scorer_may_send_fields_that_are_not_known() {
        let body = br#"{"days":1,"of_another_version":1}"#;
        assert_eq!(parse::<Body>(body).unwrap_err().body().error.reason, Some(Reason::UnknownField));
        assert_eq!(parse_open::<Body>(body).unwrap().days, 1);
        // Without the check, this would be told as a missing `days`.
        let message = parse::<Body>(br#"{"day":1}"#).unwrap_err().to_string();
        assert!(message.contains("did you mean `days`?"), "{message}");
    }

    #[test]
    fn names_and_times_have_reasons_of_their_own() {
        let reason = |text: &str| parse::<Body>(text.as_bytes()).unwrap_err().body().error.reason;
        assert_eq!(reason(r#"{"days":1,"team":" x "}"#), Some(Reason::BadTeamName));
        assert_eq!(reason(r#"{"days":1,"at":"tomorrow"}"#), Some(Reason::BadTime));
        assert_eq!(reason(r#"{"days":1,"team":7}"#), Some(Reason::ValueUnfit));
    }

    #[test]
    fn a_body_is_json_if_its_type_says_so() {
        let is_json = |kind: &str| {
            super::is_json(
                &actix_web::test::TestRequest::post().insert_header(("content-type", kind)).to_http_request(),
            )
        };
        for good in ["application/json", "application/json; charset=utf-8", "application/merge-patch+json", "text/json"]
        {
            assert!(is_json(good), "{good}");
        }
        for bad in ["text/plain", "application/x-www-form-urlencoded", "application/jsonl", "json", ""] {
            assert!(!is_json(bad), "{bad}");
        }
        assert!(!super::is_json(&actix_web::test::TestRequest::post().to_http_request()));
    }
}
