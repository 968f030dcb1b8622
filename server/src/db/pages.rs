//! Pages of a list. A page is limited in rows and in bytes, so that no answer is large, however
//! long the texts of its rows are.

use std::io::Write;

use holdout_protocol::{Page, PageQuery};
use serde::Serialize;

use super::values::int;
use crate::error::Result;

/// A page ends before the row that would make it larger than this, in bytes of JSON. The first row
/// is always in it.
const MOST_BYTES: usize = 256 << 10;
/// Rows read at first of a list whose rows have long texts.
const FIRST_STEP: i64 = 8;

/// Rows to fetch for a page: one more than it shows, to know whether there is a next one.
pub fn rows_to_fetch(query: &PageQuery) -> i64 {
    i64::from(query.limit()) + 1
}

/// Makes a page of the rows fetched; `cursor` is what the next page begins after.
pub fn page_of<T: Serialize>(items: Vec<T>, query: &PageQuery, cursor: impl Fn(&T) -> String) -> Page<T> {
    let most = fitting(&items);
    first_page(items, most, query, cursor)
}

/// Makes a page of the rows fetched: as many as the query asks for, and at most `most`.
fn first_page<T>(mut items: Vec<T>, most: usize, query: &PageQuery, cursor: impl Fn(&T) -> String) -> Page<T> {
    let fetched = items.len();
    items.truncate(usize::try_from(query.limit()).unwrap_or(usize::MAX).min(most));
    let next_cursor = if items.len() < fetched { items.last().map(cursor) } else { None };
    Page { items, next_cursor }
}

/// Reads a page in steps that double, because whoever reads at once all rows that a page may have
/// reads megabytes for nothing if their texts are long. `read` is given what to begin after, and
/// how many rows to fetch.
///
/// # Errors
/// Those of `read`.
pub fn page_in_steps<T: Serialize>(
    query: &PageQuery,
    cursor: impl Fn(&T) -> String,
    mut read: impl FnMut(Option<String>, i64) -> Result<Vec<T>>,
) -> Result<Page<T>> {
    let (mut found, mut left, mut step) = (Vec::new(), rows_to_fetch(query), FIRST_STEP);
    // Rows of earlier steps are not written again to be counted.
    let (mut fits, mut written) = (0, Count(0));
    loop {
        let after = found.last().map(&cursor).or_else(|| query.cursor.clone());
        let rows = read(after, step.min(left))?;
        let is_end = int::<_, i64>(rows.len())? < step.min(left);
        fits += count_fitting(&rows, &mut written);
        found.extend(rows);
        left = left.saturating_sub(step);
        if is_end || left <= 0 || fits < found.len() {
            return Ok(first_page(found, fits.max(1), query, cursor));
        }
        step = step.saturating_mul(2);
    }
}

/// Makes a page of what is shown of a page's rows, which may be longer than the rows; `ids` are
/// those of the rows, in the same order.
pub fn page_of_views<T: Serialize>(mut items: Vec<T>, ids: &[impl ToString], next_cursor: Option<String>) -> Page<T> {
    let shown = items.len();
    items.truncate(fitting(&items));
    let last = items.len().checked_sub(1).and_then(|last| ids.get(last));
    let next_cursor = if items.len() < shown { last.map(ToString::to_string) } else { next_cursor };
    Page { items, next_cursor }
}

/// Returns how many of these, from the first on, fit into a page.
pub fn fitting<T: Serialize>(items: &[T]) -> usize {
    count_fitting(items, &mut Count(0)).max(1)
}

/// Returns how many of these fit behind what is `written`, and adds them to it.
fn count_fitting<T: Serialize>(items: &[T], written: &mut Count) -> usize {
    let fits = |item: &&T| {
        // What cannot be written as JSON fails when the answer is.
        serde_json::to_writer(&mut *written, item).ok();
        written.0 <= MOST_BYTES
    };
    items.iter().take_while(fits).count()
}

/// Counts what is written.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: u32) -> PageQuery {
        PageQuery { cursor: None, limit: Some(limit) }
    }

    /// The rows of a page of these, and its cursor.
    fn page(rows: &[String], limit: u32) -> (usize, Option<String>) {
        let page = page_of(rows.to_vec(), &query(limit), |row| row.len().to_string());
        (page.items.len(), page.next_cursor)
    }

    #[test]
    fn a_page_has_as_many_rows_as_it_may() {
        let rows = vec!["a".to_owned(); 3];
        assert_eq!(page(&rows, 2), (2, Some("1".to_owned())));
        assert_eq!(page(&rows, 3), (3, None));
        assert_eq!(page(&[], 3), (0, None));
    }

    #[test]
    fn a_page_ends_early_if_its_rows_are_long_and_has_one_however_long() {
        // Each is a tenth of a page with its quotes.
        let long = "a".repeat(MOST_BYTES / 10 - 2);
        assert_eq!(page(&vec![long.clone(); 20], 50), (10, Some(long.len().to_string())));
        assert_eq!(page(&vec![long; 10], 50), (10, None));
        let huge = "a".repeat(MOST_BYTES * 2);
        assert_eq!(page(&vec![huge.clone(); 2], 50), (1, Some(huge.len().to_string())));
        assert_eq!(page(&[huge], 50), (1, None));
    }

    #[test]
    fn rows_are_read_until_the_page_is_full() {
        let read_of = |length: usize, limit: u32, rows: usize| {
            let mut read = Vec::new();
            let page = page_in_steps(
                &query(limit),
                |row: &(usize, String)| row.0.to_string(),
                |after, wanted| {
                    let first = after.map_or(0, |after| after.parse::<usize>().unwrap() + 1);
                    read.push(wanted);
                    let end = rows.min(first + usize::try_from(wanted).unwrap());
                    Ok((first..end).map(|at| (at, "a".repeat(length))).collect())
                },
            );
            let page = page.unwrap();
            (read, page.items.len(), page.next_cursor)
        };
        assert_eq!(read_of(1, 50, 1000), (vec![8, 16, 27], 50, Some("49".to_owned())));
        assert_eq!(read_of(1, 50, 50), (vec![8, 16, 27], 50, None));
        assert_eq!(read_of(1, 50, 24), (vec![8, 16, 27], 24, None));
        assert_eq!(read_of(1, 5, 24), (vec![6], 5, Some("4".to_owned())));
        assert_eq!(read_of(1, 50, 3), (vec![8], 3, None));
        let (read, items, next) = read_of(MOST_BYTES / 4, 50, 1000);
        assert_eq!((read, items, next), (vec![8], 3, Some("2".to_owned())));
    }

    #[test]
    fn no_row_is_written_twice_to_be_counted() {
        struct Counted<'a>(&'a std::cell::Cell<usize>);
        impl Serialize for Counted<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                self.0.set(self.0.get() + 1);
                serializer.serialize_unit()
            }
        }
        let times = std::cell::Cell::new(0);
        let read = |_, wanted| Ok((0..wanted).map(|_| Counted(&times)).collect());
        let page = page_in_steps(&query(50), |_| String::new(), read).unwrap();
        assert_eq!((page.items.len(), times.get()), (50, 51));
    }

    #[test]
    fn a_page_of_views_ends_early_if_these_are_longer_than_their_rows() {
        let views = vec!["a".repeat(MOST_BYTES / 3); 4];
        let page = |views, next: Option<&str>| page_of_views(views, &[1, 2, 3, 4], next.map(str::to_owned)).next_cursor;
        assert_eq!(page(views.clone(), None), Some("2".to_owned()));
        assert_eq!(page(views, Some("4")), Some("2".to_owned()));
        assert_eq!(page(vec!["a".to_owned(); 4], Some("4")), Some("4".to_owned()));
        assert_eq!(page(vec!["a".to_owned(); 4], None), None);
    }
}
