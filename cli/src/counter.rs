//! How far a long piece of work on this machine is: a bar on a terminal, a line now and then
//! elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::console::Console;
use crate::show::figures::{grouped, rate};

/// Pause between two lines if there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts the items of one piece of work after another.
#[derive(Debug)]
pub(crate) struct Counter {
    console: Console,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    what: String,
    bar: Option<ProgressBar>,
    total: u64,
    begun: Instant,
    told: Instant,
}

impl Counter {
    /// Tells as `console` speaks, on standard error.
    #[must_use]
    pub(crate) const fn new(console: Console) -> Self {
        Self { console, running: None }
    }

    /// Shows that `done` of `total` items of `what` are done. If `what` differs from the last call,
    /// a new line begins; nothing is shown if there are no items.
    pub(crate) fn advance(&mut self, what: &str, done: u64, total: u64) {
        if total == 0 {
            return self.end();
        }
        if self.running.as_ref().is_none_or(|running| running.what != what || running.total != total) {
            self.end();
            self.running = Some(self.begin(what, total));
        }
        let Some(running) = &mut self.running else { return };
        match &running.bar {
            Some(bar) => bar.set_position(done),
            None if running.told.elapsed() >= LINE_EVERY => {
                running.told = Instant::now();
                self.console.remark(running.line(done));
            }
            None => {}
        }
    }

    /// The work is over.
    pub(crate) fn end(&mut self) {
        if let Some(Running { bar: Some(bar), .. }) = self.running.take() {
            bar.finish_and_clear();
        }
    }

    fn begin(&self, what: &str, total: u64) -> Running {
        let now = Instant::now();
        Running { what: what.to_owned(), bar: self.bar(what, total), total, begun: now, told: now }
    }

    fn bar(&self, what: &str, total: u64) -> Option<ProgressBar> {
        if self.console.quiet || !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new(total);
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} {wide_bar} {human_pos}/{human_len} {per_sec} {eta} left")
        {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        Some(bar)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn line(&self, done: u64) -> String {
        let pace = rate(done, self.begun.elapsed());
        format!("{}: {} of {}, {pace} a second", self.what, grouped(done), grouped(self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> Counter {
        Counter::new(Console::SILENT)
    }

    fn running(counter: &Counter) -> Option<(&str, u64, Instant)> {
        counter.running.as_ref().map(|running| (running.what.as_str(), running.total, running.begun))
    }

    #[test]
    fn a_piece_of_work_is_counted_until_another_begins() {
        let mut counter = counter();
        counter.advance("packing", 1, 10);
        let first = running(&counter).unwrap();
        let begun = first.2;
        assert_eq!((first.0, first.1), ("packing", 10));
        counter.advance("packing", 2, 10);
        assert_eq!(running(&counter), Some(("packing", 10, begun)), "it continues");
        counter.advance("packing", 2, 11);
        assert_eq!(running(&counter).map(|it| it.1), Some(11));
        counter.advance("checking", 0, 11);
        assert_eq!(running(&counter).map(|it| it.0), Some("checking"));
    }

    #[test]
    fn work_without_items_ends_what_ran() {
        let mut counter = counter();
        counter.advance("packing", 1, 10);
        counter.advance("packing", 0, 0);
        assert_eq!(running(&counter), None);
    }

    #[test]
    fn a_line_has_the_items_that_are_done_and_all_of_them() {
        let mut counter = counter();
        counter.advance("packing", 0, 20_000);
        assert_eq!(counter.running.as_ref().unwrap().line(0), "packing: 0 of 20,000, 0.00 a second");
    }
}
