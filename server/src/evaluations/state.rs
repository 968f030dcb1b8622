//! The states of an evaluation and what moves it from one to another: one pure function.

use holdout_protocol::SubmissionState;

/// What happens to an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A scorer takes it.
    Claimed,
    /// The answers were compared with the labels.
    Scored,
    /// The team's own work is at fault.
    Rejected,
    /// The attempt failed by a fault of the platform, and another one is left.
    Failed,
    /// The last attempt failed by a fault of the platform, or no scorer came for another one in
    /// time.
    Exhausted,
    /// The scorer gives the work back.
    GaveBack,
    /// The team withdraws it.
    Cancelled,
    /// The task takes up another version of its test set.
    Renewed,
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an evaluation that is {} cannot be {event:?}", .from.as_str())]
pub struct IllegalTransition {
    /// The state.
    pub from: SubmissionState,
    /// The event.
    pub event: Event,
}

/// Returns the state after an event.
///
/// # Errors
/// [`IllegalTransition`] if the event cannot happen in this state; every event is illegal in a
/// final one.
pub const fn after(from: SubmissionState, event: Event) -> Result<SubmissionState, IllegalTransition> {
    match (from, event) {
        (SubmissionState::Queued, Event::Claimed) => Ok(SubmissionState::Running),
        (SubmissionState::Running, Event::Scored) => Ok(SubmissionState::Scored),
        (SubmissionState::Running, Event::Rejected) => Ok(SubmissionState::Rejected),
        (SubmissionState::Running, Event::Failed | Event::GaveBack) => Ok(SubmissionState::Queued),
        (SubmissionState::Queued | SubmissionState::Running, Event::Renewed) => Ok(SubmissionState::Queued),
        (SubmissionState::Queued | SubmissionState::Running, Event::Exhausted) => Ok(SubmissionState::Stalled),
        (SubmissionState::Queued | SubmissionState::Running, Event::Cancelled) => Ok(SubmissionState::Cancelled),
        (from, event) => Err(IllegalTransition { from, event }),
    }
}

#[cfg(test)]
mod tests {
    use SubmissionState as State;

    use super::*;

    const EVENTS: [Event; 8] = [
        Event::Claimed,
        Event::Scored,
        Event::Rejected,
        Event::Failed,
        Event::Exhausted,
        Event::GaveBack,
        Event::Cancelled,
        Event::Renewed,
    ];

    /// The whole table, written out: everything that is not in it is illegal.
    const LEGAL: [(State, Event, State); 11] = [
        (State::Queued, Event::Claimed, State::Running),
        (State::Queued, Event::Cancelled, State::Cancelled),
        (State::Queued, Event::Exhausted, State::Stalled),
        (State::Queued, Event::Renewed, State::Queued),
        (State::Running, Event::Scored, State::Scored),
        (State::Running, Event::Rejected, State::Rejected),
        (State::Running, Event::Failed, State::Queued),
        (State::Running, Event::Exhausted, State::Stalled),
        (State::Running, Event::GaveBack, State::Queued),
        (State::Running, Event::Cancelled, State::Cancelled),
        (State::Running, Event::Renewed, State::Queued),
    ];

    #[test]
    fn every_state_and_event_gives_what_the_table_says() {
        for from in State::ALL {
            for event in EVENTS {
                let legal = LEGAL.iter().find(|row| row.0 == from && row.1 == event).map(|row| row.2);
                assert_eq!(after(from, event), legal.ok_or(IllegalTransition { from, event }), "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn final_states_are_those_that_nothing_leaves() {
        for state in State::ALL {
            let leaves = EVENTS.iter().any(|event| after(state, *event).is_ok());
            assert_eq!(state.is_final(), !leaves, "{state:?}");
        }
    }
}
