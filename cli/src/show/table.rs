//! Plain tables: a heading and rows, columns as wide as their widest cell, the last one cut to what
//! is left.

use crate::text::{left, visible, width};

#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row. Replaces characters that could control a terminal.
    pub(crate) fn row<const N: usize>(&mut self, cells: &[String; N]) {
        self.rows.push(cells.iter().map(|cell| visible(cell)).collect());
    }

    /// Returns whether there is no row below the headings.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// Returns the lines, at most `columns` wide if only the last column is too wide.
    #[must_use]
    pub(crate) fn render(&self, columns: usize) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|index| self.rows.iter().filter_map(|row| row.get(index)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        let before_last: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
        let last = widths.last().copied().unwrap_or(0).min(columns.saturating_sub(before_last).max(8));
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(index, (cell, width))| {
                let width = if index + 1 == count { last } else { *width };
                left(cell, width)
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        let mut table = Table::new(&["id", "name"]);
        table.row(&["1".to_owned(), "東京 university of long names".to_owned()]);
        table.row(&["1000".to_owned(), "b\u{1b}".to_owned()]);
        assert_eq!(table.render(20), "id    name\n1     東京 universi…\n1000  b\u{fffd}");
    }

    #[test]
    fn a_table_is_empty_until_it_has_a_row() {
        let mut table = Table::new(&["id", "name"]);
        assert!(table.is_empty());
        table.row(&["1".to_owned(), String::new()]);
        assert!(!table.is_empty());
        assert_eq!(table.render(80), "id  name\n1");
    }

    #[test]
    fn only_the_last_column_is_cut_and_it_keeps_eight_columns() {
        let mut table = Table::new(&["a long heading", "name"]);
        table.row(&["x".to_owned(), "0123456789".to_owned()]);
        assert_eq!(table.render(0), "a long heading  name\nx               0123456…");
        assert_eq!(table.render(25), "a long heading  name\nx               01234567…");
        assert_eq!(table.render(26), table.render(usize::MAX));
        assert!(table.render(usize::MAX).ends_with("0123456789"));
    }
}
