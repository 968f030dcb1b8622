//! The ranges of a configuration's numbers.

use serde::Serialize;
use serde_json::Value;

/// A number that can be set, by its name with dots between the levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The field, such as `queue.attempts`.
    pub field: &'static str,
    /// Least value.
    pub least: u64,
    /// Greatest value.
    pub most: u64,
}

impl Range {
    /// Returns the range of a field, from `least` to `most`.
    #[must_use]
    pub const fn new(field: &'static str, least: u64, most: u64) -> Self {
        Self { field, least, most }
    }
}

/// Looks for a number that is outside its range; one that is not set has none.
///
/// # Errors
/// A sentence with field, value and range.
pub fn check_ranges(fields: &impl Serialize, ranges: &[Range]) -> Result<(), String> {
    let fields = serde_json::to_value(fields).map_err(|error| error.to_string())?;
    for Range { field, least, most } in ranges {
        let found = field.split('.').try_fold(&fields, |level: &Value, name| level.get(name));
        if let Some(value) = found.and_then(Value::as_u64).filter(|value| !(least..=most).contains(&value)) {
            return Err(format!("`{field}` is {value}; it can be {least} to {most}"));
        }
    }
    Ok(())
}

/// Returns what is wrong with the first field that is not a number although it has to be one, or is
/// outside its range.
#[must_use]
pub fn wrong_number<'r>(fields: &Value, ranges: impl IntoIterator<Item = &'r Range>) -> Option<String> {
    ranges.into_iter().find_map(|Range { field, least, most }| {
        let value = field.split('.').try_fold(fields, |level: &Value, name| level.get(name))?;
        let is_good = value.is_null() || value.as_u64().is_some_and(|value| (*least..=*most).contains(&value));
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_quoted = value.is_string() && shown.parse::<u64>().is_ok();
        // Sizes are read as numbers of bytes before this.
        let size = if field.ends_with("bytes") { ", or a size such as `8GiB`" } else { "" };
        (!is_good).then(|| match is_quoted {
            true => format!("`{field}` is the text `{shown}`; write the number without quotes"),
            false => format!("`{field}` is `{shown}`; it takes a whole number from {least} to {most}{size}"),
        })
    })
}

/// The names of all numbers among these fields that are set.
#[must_use]
pub fn numbers(fields: &impl Serialize) -> Vec<String> {
    let fields = serde_json::to_value(fields).unwrap_or_default();
    values(&fields).into_iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect()
}

/// Returns every value that is no object, with its name: dots stand between the levels.
#[must_use]
pub fn values(fields: &Value) -> Vec<(String, &Value)> {
    fn gather<'v>(value: &'v Value, name: &str, found: &mut Vec<(String, &'v Value)>) {
        let Value::Object(fields) = value else { return found.push((name.to_owned(), value)) };
        for (inner, value) in fields {
            let dot = if name.is_empty() { "" } else { "." };
            gather(value, &format!("{name}{dot}{inner}"), found);
        }
    }
    let mut found = Vec::new();
    gather(fields, "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_is_looked_for_at_its_depth_and_may_have_both_ends_of_its_range() {
        let ranges = [Range::new("a.b", 2, 4), Range::new("c", 0, 1)];
        let check = |b: u64| check_ranges(&json!({ "a": { "b": b }, "b": 99, "c": 1 }), &ranges);
        assert_eq!([check(2), check(4)], [Ok(()), Ok(())]);
        assert_eq!(check(1), Err("`a.b` is 1; it can be 2 to 4".to_owned()));
        assert_eq!(check(5), Err("`a.b` is 5; it can be 2 to 4".to_owned()));
    }

    #[test]
    fn a_number_that_is_not_set_has_no_range_to_keep() {
        let ranges = [Range::new("a.b", 2, 4), Range::new("c", 1, 1)];
        assert_eq!(check_ranges(&json!({ "a": null, "c": null }), &ranges), Ok(()));
        assert_eq!(check_ranges(&json!({}), &ranges), Ok(()));
    }

    #[test]
    fn values_are_named_with_dots_between_the_levels() {
        let fields = json!({ "a": { "b": 1, "c": { "d": "x" } }, "e": [2], "f": null });
        let names: Vec<String> = values(&fields).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a.b", "a.c.d", "e", "f"]);
        assert_eq!(numbers(&fields), ["a.b"], "what is no number, or not set, is none");
    }

    #[test]
    fn a_number_that_is_none_is_refused_as_it_was_written() {
        let ranges = [Range::new("a.b", 2, 4)];
        let wrong = |b: Value| wrong_number(&json!({ "a": { "b": b } }), &ranges);
        let said = |shown: &str| Some(format!("`a.b` is `{shown}`; it takes a whole number from 2 to 4"));
        assert_eq!([wrong(json!(2)), wrong(json!(4)), wrong(json!(null))], [None, None, None]);
        assert_eq!(wrong(json!("many")), said("many"));
        assert_eq!(wrong(json!("30")), Some("`a.b` is the text `30`; write the number without quotes".to_owned()));
        let size = wrong_number(&json!({ "max_bytes": "8G" }), &[Range::new("max_bytes", 1, 9)]);
        assert!(size.is_some_and(|said| said.ends_with("from 1 to 9, or a size such as `8GiB`")));
        assert_eq!(wrong(json!(5)), said("5"));
        assert_eq!(wrong(json!(-1)), said("-1"));
        assert_eq!(wrong(json!(2.5)), said("2.5"));
        assert_eq!(wrong_number(&json!({}), &ranges), None);
    }
}
