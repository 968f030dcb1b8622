//! Steps of an evaluation that may block or compute for long. Each runs on a thread of its own, so
//! that the evaluation can be cancelled, the scorer stopped, and the step given up after its
//! deadline, whatever it is doing.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use holdout_protocol::FaultReason;

use crate::outcome::{Fault, Interruption};
use crate::progress::Cancellation;

/// How often to ask whether the step is still wanted.
const INTERVAL: Duration = Duration::from_millis(20);

/// Runs `work` until it is done, for `deadline` at most. A step that is given up continues in the
/// background until it ends by itself, and its result is dropped.
///
/// # Errors
/// If `cancellation` ends it, or a fault if it takes too long or panics.
pub(crate) fn run_bounded<T: Send + 'static>(
    step: &'static str,
    deadline: Duration,
    cancellation: &dyn Cancellation,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Interruption> {
    let (sender, receiver) = sync_channel(1);
    let thread = std::thread::Builder::new().name(step.to_owned());
    let until = Instant::now() + deadline;
    thread
        .spawn(move || {
            // Nobody receives it if the step was given up.
            sender.send(work()).ok();
        })
        .map_err(|error| Fault::new(format!("no thread for the step `{step}`: {error}")))?;
    loop {
        match receiver.recv_timeout(INTERVAL) {
            Ok(done) => return Ok(done),
            // Not with the panic's own words, because they might hold what is in the files.
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::new(format!("the step `{step}` panicked; see the scorer's log")).into());
            }
            Err(RecvTimeoutError::Timeout) => cancellation.check_cancelled()?,
        }
        if Instant::now() >= until {
            let cause = format!("the step `{step}` took longer than {} s", deadline.as_secs());
            return Err(Fault::with_reason(FaultReason::Deadline, cause).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StopSignal;
    use crate::outcome::Cancelled;

    #[test]
    fn a_step_gives_its_result() {
        assert_eq!(run_bounded("add", Duration::from_secs(60), &StopSignal::new(), || 1 + 1).unwrap(), 2);
    }

    #[test]
    fn a_step_that_hangs_ends_by_its_deadline_or_by_a_stop() {
        let hang = || std::thread::sleep(Duration::from_secs(600));
        let begun = Instant::now();
        let late = run_bounded("hang", Duration::from_millis(100), &StopSignal::new(), hang);
        assert!(
            matches!(late, Err(Interruption::Fault(fault)) if fault.reason == FaultReason::Deadline && fault.cause.contains("`hang`"))
        );
        let stop = StopSignal::new();
        stop.stop();
        assert!(matches!(
            run_bounded("hang", Duration::from_secs(600), &stop, hang),
            Err(Interruption::Cancelled(Cancelled::Stopping))
        ));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_step_that_panics_is_a_fault() {
        let panicked = run_bounded("fall", Duration::from_secs(60), &StopSignal::new(), || -> u8 { panic!("secret") });
        assert!(matches!(panicked, Err(Interruption::Fault(fault)) if !fault.cause.contains("secret")));
    }
}
