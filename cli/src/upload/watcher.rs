//! Who is told how far an upload is: a bar on a terminal, lines elsewhere, nobody.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use holdout_protocol::{Timestamp, format_bytes, format_duration};
use indicatif::{ProgressBar, ProgressStyle};

use super::deadline::Deadline;
use crate::console::Console;
use crate::show::figures;
use crate::text::visible;

/// Pause between two lines if there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The speed of an upload is known after so long.
const MEASURED: Duration = Duration::from_secs(3);

/// Is told how far an upload is.
pub(crate) trait Watcher {
    /// A file of `size` bytes is about to be sent, of which the server has `present`.
    fn begin(&self, name: &str, size: u64, present: u64);
    /// The server has so many bytes.
    fn advance(&self, present: u64);
    /// It is over, well or not.
    fn end(&self);
    /// Something worth a line.
    fn remark(&self, text: &str);
    /// The file is for a season that closes; says so if the upload may end later.
    fn deadline(&self, _: Deadline) {}
}

/// Tells the user, on standard error.
#[derive(Debug)]
pub(crate) struct Meter {
    console: Console,
    state: Mutex<Option<Running>>,
    deadline: Mutex<Option<Deadline>>,
}

#[derive(Debug)]
struct Running {
    bar: Option<ProgressBar>,
    name: String,
    size: u64,
    first: u64,
    begun: Instant,
    told: Instant,
}

impl Meter {
    /// Tells as `console` speaks.
    #[must_use]
    pub(crate) const fn new(console: Console) -> Self {
        Self { console, state: Mutex::new(None), deadline: Mutex::new(None) }
    }

    fn bar(&self, size: u64, present: u64) -> Option<ProgressBar> {
        if self.console.quiet || !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new(size);
        let template = "{prefix} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_position(present);
        // Speed and time left are of what is sent now, not of what an earlier run sent.
        bar.reset_eta();
        Some(bar)
    }

    /// Says once that the upload ends after the deadline, as soon as its speed is known.
    fn warn(&self, present: u64) {
        let mut left = None;
        self.with(|running| left = running.left(present).filter(|_| running.begun.elapsed() >= MEASURED));
        let Some(left) = left else { return };
        let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = deadline.as_ref().and_then(|deadline| deadline.warning(left, Timestamp::now()));
        if let Some(warning) = warning {
            *deadline = None;
            drop(deadline);
            self.remark(&warning);
        }
    }

    fn with(&self, act: impl FnOnce(&mut Running)) {
        if let Some(running) = self.state.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            act(running);
        }
    }
}

impl Running {
    /// Returns how long the rest will take at the speed so far.
    fn left(&self, present: u64) -> Option<Duration> {
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let speed = figures::approximate(present.saturating_sub(self.first)) / seconds;
        let rest = figures::approximate(self.size.saturating_sub(present));
        Duration::try_from_secs_f64(rest / speed.max(1.0)).ok()
    }

    fn line(&self, present: u64) -> String {
        let left = self.left(present).unwrap_or_default();
        let share = figures::percent(figures::approximate(present) / figures::approximate(self.size.max(1)), 0);
        let (present, size, left) = (format_bytes(present), format_bytes(self.size), format_duration(left));
        format!("{}: {share} %, {present} of {size}, {left} left", self.name)
    }
}

impl Watcher for Meter {
    fn begin(&self, name: &str, size: u64, present: u64) {
        let bar = self.bar(size, present);
        let name = visible(name);
        if let Some(bar) = &bar {
            bar.set_prefix(name.clone());
        }
        let now = Instant::now();
        let running = Running { bar, name, size, first: present, begun: now, told: now };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    fn advance(&self, present: u64) {
        let console = self.console;
        self.warn(present);
        self.with(|running| match &running.bar {
            Some(bar) => bar.set_position(present),
            None if running.told.elapsed() >= LINE_EVERY => {
                running.told = Instant::now();
                console.remark(running.line(present));
            }
            None => {}
        });
    }

    fn deadline(&self, deadline: Deadline) {
        if let Some(warning) = deadline.warning(deadline.guess(), Timestamp::now()) {
            self.remark(&warning);
        } else {
            *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
        }
    }

    fn end(&self) {
        if let Some(Running { bar: Some(bar), .. }) = self.state.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }

    fn remark(&self, text: &str) {
        let mut shown = false;
        self.with(|running| {
            if let Some(bar) = &running.bar {
                bar.println(text);
                shown = true;
            }
        });
        if !shown {
            self.console.remark(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(Console::SILENT)
    }

    fn running(size: u64, first: u64) -> Running {
        let now = Instant::now();
        Running { bar: None, name: "model.pt".to_owned(), size, first, begun: now, told: now }
    }

    #[test]
    fn what_an_earlier_run_sent_does_not_count_as_speed() {
        // Nothing was sent by this one, so that a byte a second is assumed.
        assert_eq!(running(350, 100).left(100), Some(Duration::from_secs(250)));
        assert_eq!(running(350, 100).left(350), Some(Duration::ZERO));
        assert_eq!(running(350, 100).left(400), Some(Duration::ZERO), "more than there is");
    }

    #[test]
    fn a_line_says_how_much_is_there_and_how_long_the_rest_takes() {
        assert_eq!(running(400, 100).line(100), "model.pt: 25 %, 100 B of 400 B, 5 min left");
        assert_eq!(running(0, 0).line(0), "model.pt: 0 %, 0 B of 0 B, 0 s left");
    }

    #[test]
    fn a_deadline_is_kept_until_its_warning_was_said() {
        let kept = |meter: &Meter| meter.deadline.lock().unwrap().is_some();
        let deadline = |seconds: u64| {
            let closes = Timestamp::now().plus(Duration::from_secs(3600));
            Deadline { closes, until: closes.plus(Duration::from_secs(3600)), size: seconds * 1_000_000 }
        };
        let meter = meter();
        meter.deadline(deadline(60));
        assert!(kept(&meter), "it will end in time, as far as is known");
        let slow = self::meter();
        slow.deadline(deadline(7000));
        assert!(!kept(&slow), "it was said at once");
    }

    #[test]
    fn a_name_cannot_control_the_terminal_and_the_end_forgets_the_upload() {
        let meter = meter();
        meter.begin("a\u{1b}[2J.pt", 10, 4);
        let begun =
            meter.state.lock().unwrap().as_ref().map(|running| (running.name.clone(), running.first, running.size));
        assert_eq!(begun, Some(("a\u{fffd}[2J.pt".to_owned(), 4, 10)));
        meter.end();
        assert!(meter.state.lock().unwrap().is_none());
    }
}
