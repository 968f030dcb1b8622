//! Pages of a list.

use holdout_protocol::{Page, PageQuery};

/// Rows to fetch for a page: one more than it shows, to know whether there is a next one.
pub fn rows_to_fetch(query: &PageQuery) -> i64 {
    i64::from(query.limit()) + 1
}

/// Makes a page of the rows fetched; `cursor` is what the next page begins after.
pub fn page_of<T>(mut items: Vec<T>, query: &PageQuery, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(query.limit()).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = if more { items.last().map(cursor) } else { None };
    Page { items, next_cursor }
}
