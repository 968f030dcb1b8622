//! Turns at something that few may do at once, shared fairly: one at a time for each key, and of those who wait the one
//! goes first whose keys had the fewest turns.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Most of one key that wait.
const WAITING_OF_ONE: usize = 8;
/// Most that wait in all.
const WAITING: usize = 512;

/// Turns of which there are so many at once. A caller has several keys, for example account and team, and waits while any
/// of them has a turn.
#[derive(Debug)]
pub struct FairTurns(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    busy: HashSet<String>,
    waiting: VecDeque<Waiter>,
    /// Turns had by keys that wait.
    had: HashMap<String, u64>,
}

#[derive(Debug)]
struct Waiter {
    keys: Vec<String>,
    sender: oneshot::Sender<Turn>,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    shared: Arc<Shared>,
    keys: Vec<String>,
}

impl FairTurns {
    /// Turns of which there are `most` at once.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, state: Mutex::default() }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `rate_limited` if too many with one of the keys wait; `unavailable` if too many wait in all.
    pub async fn take(&self, keys: Vec<String>) -> Result<Turn> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.0.state();
            state.waiting.retain(|waiter| !waiter.sender.is_closed());
            let same = |waiter: &&Waiter| waiter.keys.iter().any(|key| keys.contains(key));
            if state.waiting.iter().filter(same).count() >= WAITING_OF_ONE {
                let message = format!("{WAITING_OF_ONE} files of yours wait to be checked; wait for one of them");
                return Err(Error::too_many(message, 5));
            }
            if state.waiting.len() >= WAITING {
                return Err(Error::busy("too many files wait to be checked; try again in a moment", 5));
            }
            state.waiting.push_back(Waiter { keys, sender });
        }
        self.0.serve();
        receiver.await.map_err(Error::internal)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives turns to those who wait, as long as there are some. The lock is free while a turn is handed over, because a
    /// waiter that went away drops it, which takes the lock.
    fn serve(self: &Arc<Self>) {
        loop {
            let Some(Waiter { keys, sender }) = self.state().next(self.most) else { return };
            drop(sender.send(Turn { shared: Arc::clone(self), keys }));
        }
    }
}

impl State {
    fn next(&mut self, most: usize) -> Option<Waiter> {
        if self.running >= most {
            return None;
        }
        self.waiting.retain(|waiter| !waiter.sender.is_closed());
        let had = |waiter: &Waiter| waiter.keys.iter().filter_map(|key| self.had.get(key)).max().copied().unwrap_or(0);
        let free = |waiter: &Waiter| waiter.keys.iter().all(|key| !self.busy.contains(key));
        let places = self.waiting.iter().enumerate().filter(|(_, waiter)| free(waiter));
        // Of equal ones the first, which has waited longest.
        let place = places.min_by_key(|(_, waiter)| had(waiter)).map(|(place, _)| place)?;
        let waiter = self.waiting.remove(place)?;
        self.running += 1;
        self.busy.extend(waiter.keys.iter().cloned());
        for key in &waiter.keys {
            *self.had.entry(key.clone()).or_default() += 1;
        }
        Some(waiter)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state();
            state.running = state.running.saturating_sub(1);
            for key in &self.keys {
                state.busy.remove(key);
            }
            // Whoever does not wait begins with none, because the others have been waiting meanwhile.
            let State { waiting, had, busy, .. } = &mut *state;
            had.retain(|key, _| busy.contains(key) || waiting.iter().any(|waiter| waiter.keys.contains(key)));
        }
        self.shared.serve();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::{FutureExt as _, poll};

    use super::*;

    fn keys(key: &str) -> Vec<String> {
        vec![key.to_owned()]
    }

    #[actix_web::test]
    async fn one_who_waits_for_many_does_not_hold_up_the_others() {
        let turns = FairTurns::new(1);
        let first = turns.take(keys("a")).await.unwrap();
        let mut greedy: Vec<_> = (0..8).map(|_| turns.take(keys("a")).boxed_local()).collect();
        for waiting in &mut greedy {
            assert!(poll!(waiting.as_mut()).is_pending());
        }
        assert_eq!(turns.take(keys("a")).await.unwrap_err().code(), holdout_protocol::ErrorCode::RateLimited);
        let mut modest = turns.take(keys("b")).boxed_local();
        assert!(poll!(modest.as_mut()).is_pending());
        drop(first);
        let Poll::Ready(Ok(turn)) = poll!(modest.as_mut()) else { panic!("b came last and goes first") };
        assert!(poll!(greedy[0].as_mut()).is_pending());
        drop(turn);
        assert!(poll!(greedy[0].as_mut()).is_ready());
    }

    #[actix_web::test]
    async fn a_key_has_one_turn_at_a_time_and_one_who_gave_up_takes_none() {
        let turns = FairTurns::new(2);
        let first = turns.take(vec!["a".to_owned(), "team".to_owned()]).await.unwrap();
        let mut mate = turns.take(vec!["b".to_owned(), "team".to_owned()]).boxed_local();
        assert!(poll!(mate.as_mut()).is_pending(), "the team has a turn");
        let other = turns.take(keys("c")).await.unwrap();
        let mut gone = turns.take(keys("d")).boxed_local();
        assert!(poll!(gone.as_mut()).is_pending());
        drop((gone, other));
        let mut next = turns.take(keys("e")).boxed_local();
        assert!(poll!(next.as_mut()).is_ready());
        drop(first);
        assert!(poll!(mate.as_mut()).is_ready());
    }
}
