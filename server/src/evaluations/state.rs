//! The states of an evaluation and what moves it from one to another: one pure function.

use holdout_protocol::SubmissionState;

/// Where an evaluation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for a scorer.
    Queued,
    /// A scorer holds a lease on it.
    Running,
    /// Has a result.
    Scored,
    /// Has a verdict.
    Rejected,
    /// Out of attempts by faults of the platform.
    Stalled,
    /// Withdrawn by the team.
    Cancelled,
}

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
    /// The last attempt failed by a fault of the platform, or no scorer came for another one in time.
    Exhausted,
    /// The scorer gives the work back.
    GaveBack,
    /// The team withdraws it.
    Cancelled,
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an evaluation that is {} cannot be {event:?}", .from.word())]
pub struct IllegalTransition {
    /// The state.
    pub from: State,
    /// The event.
    pub event: Event,
}

impl State {
    /// Every state.
    #[cfg(test)]
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Scored, Self::Rejected, Self::Stalled, Self::Cancelled];

    /// The state after an event.
    ///
    /// # Errors
    /// [`IllegalTransition`] where the event cannot happen in this state; every event is illegal in a final one.
    pub const fn after(self, event: Event) -> Result<Self, IllegalTransition> {
        match (self, event) {
            (Self::Queued, Event::Claimed) => Ok(Self::Running),
            (Self::Running, Event::Scored) => Ok(Self::Scored),
            (Self::Running, Event::Rejected) => Ok(Self::Rejected),
            (Self::Running, Event::Failed | Event::GaveBack) => Ok(Self::Queued),
            (Self::Queued | Self::Running, Event::Exhausted) => Ok(Self::Stalled),
            (Self::Queued | Self::Running, Event::Cancelled) => Ok(Self::Cancelled),
            (from, event) => Err(IllegalTransition { from, event }),
        }
    }

    /// Whether no event can change it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.shown().is_final()
    }

    /// The state that a submission shows while this is its evaluation.
    #[must_use]
    pub const fn shown(self) -> SubmissionState {
        match self {
            Self::Queued => SubmissionState::Queued,
            Self::Running => SubmissionState::Running,
            Self::Scored => SubmissionState::Scored,
            Self::Rejected => SubmissionState::Rejected,
            Self::Stalled => SubmissionState::Stalled,
            Self::Cancelled => SubmissionState::Cancelled,
        }
    }

    /// The state as it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.shown().as_str()
    }

    /// The state of an evaluation whose submission shows this one; none while the file is not complete.
    #[must_use]
    pub const fn of(shown: SubmissionState) -> Option<Self> {
        match shown {
            SubmissionState::Uploading => None,
            SubmissionState::Queued => Some(Self::Queued),
            SubmissionState::Running => Some(Self::Running),
            SubmissionState::Scored => Some(Self::Scored),
            SubmissionState::Rejected => Some(Self::Rejected),
            SubmissionState::Stalled => Some(Self::Stalled),
            SubmissionState::Cancelled => Some(Self::Cancelled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [Event; 7] = [
        Event::Claimed,
        Event::Scored,
        Event::Rejected,
        Event::Failed,
        Event::Exhausted,
        Event::GaveBack,
        Event::Cancelled,
    ];

    /// The whole table, written out: everything that is not in it is illegal.
    const LEGAL: [(State, Event, State); 9] = [
        (State::Queued, Event::Claimed, State::Running),
        (State::Queued, Event::Cancelled, State::Cancelled),
        (State::Queued, Event::Exhausted, State::Stalled),
        (State::Running, Event::Scored, State::Scored),
        (State::Running, Event::Rejected, State::Rejected),
        (State::Running, Event::Failed, State::Queued),
        (State::Running, Event::Exhausted, State::Stalled),
        (State::Running, Event::GaveBack, State::Queued),
        (State::Running, Event::Cancelled, State::Cancelled),
    ];

    #[test]
    fn every_state_and_event_gives_what_the_table_says() {
        for from in State::ALL {
            for event in EVENTS {
                let legal = LEGAL.iter().find(|row| row.0 == from && row.1 == event).map(|row| row.2);
                assert_eq!(from.after(event), legal.ok_or(IllegalTransition { from, event }), "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn final_states_are_those_that_nothing_leaves() {
        for state in State::ALL {
            let leaves = EVENTS.iter().any(|event| state.after(*event).is_ok());
            assert_eq!(state.is_final(), !leaves, "{state:?}");
        }
    }

    #[test]
    fn a_submission_shows_the_state_of_its_evaluation() {
        for state in State::ALL {
            assert_eq!(State::of(state.shown()), Some(state));
        }
        assert_eq!(State::of(SubmissionState::Uploading), None);
    }
}
