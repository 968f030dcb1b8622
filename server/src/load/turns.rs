//! Fair turns at work that only a few callers may do at once. Each key, such as an account, has a
//! limited number of turns at a time. Of the callers that wait, the one goes first whose keys had
//! the fewest turns.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::tally::Full;

/// How many may do it, and how many may wait.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Turns at once.
    pub at_once: usize,
    /// Turns that one key has at once.
    pub of_one: usize,
    /// Callers with the same key that wait.
    pub waiting_of_one: usize,
    /// All who wait.
    pub waiting: usize,
}

/// A fixed number of turns at once. A caller has several keys, for example account and team, and
/// waits while any of them has as many turns as one may have. A caller without a key is not limited
/// by what others have.
#[derive(Debug)]
pub struct FairTurns(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: Most,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// Turns that keys have now.
    busy: HashMap<String, usize>,
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
    /// Turns that nobody has yet.
    pub fn new(most: Most) -> Self {
        Self(Arc::new(Shared { most, state: Mutex::default() }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `Own` if too many with one of the keys wait, `All` if too many wait in all.
    pub async fn take(&self, keys: Vec<String>) -> Result<Turn, Full> {
        let (sender, receiver) = oneshot::channel();
        {
            let (most, mut state) = (self.0.most, self.0.state());
            state.waiting.retain(|waiter| !waiter.sender.is_closed());
            let same = |waiter: &&Waiter| waiter.keys.iter().any(|key| keys.contains(key));
            if state.waiting.iter().filter(same).count() >= most.waiting_of_one {
                return Err(Full::Own);
            }
            if state.waiting.len() >= most.waiting {
                return Err(Full::All);
            }
            state.waiting.push_back(Waiter { keys, sender });
        }
        self.0.serve();
        // Nobody drops a waiter that still waits, so there is always an answer.
        receiver.await.map_err(|_| Full::All)
    }

    /// Returns true if anybody who waits with these keys waits for turns of its own, while there
    /// may be others.
    pub fn waits_for_own(&self, keys: &[String]) -> bool {
        let (most, state) = (self.0.most, self.0.state());
        most.of_one < most.at_once && keys.iter().any(|key| !state.has_room(key, most))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives turns to those who wait, as long as there are some. The lock is free while a turn is
    /// handed over, because a waiter that went away drops it, which takes the lock.
    fn serve(self: &Arc<Self>) {
        loop {
            let Some(Waiter { keys, sender }) = self.state().next(self.most) else { return };
            drop(sender.send(Turn { shared: Arc::clone(self), keys }));
        }
    }
}

impl State {
    fn has_room(&self, key: &str, most: Most) -> bool {
        self.busy.get(key).is_none_or(|turns| *turns < most.of_one)
    }

    fn next(&mut self, most: Most) -> Option<Waiter> {
        if self.running >= most.at_once || self.waiting.is_empty() {
            return None;
        }
        self.waiting.retain(|waiter| !waiter.sender.is_closed());
        let had = |waiter: &Waiter| waiter.keys.iter().filter_map(|key| self.had.get(key)).max().copied().unwrap_or(0);
        let free = |waiter: &Waiter| waiter.keys.iter().all(|key| self.has_room(key, most));
        let places = self.waiting.iter().enumerate().filter(|(_, waiter)| free(waiter));
        // Of equal ones the first, which has waited longest.
        let place = places.min_by_key(|(_, waiter)| had(waiter)).map(|(place, _)| place)?;
        let waiter = self.waiting.remove(place)?;
        self.running += 1;
        for key in &waiter.keys {
            *self.busy.entry(key.clone()).or_default() += 1;
            *self.had.entry(key.clone()).or_default() += 1;
        }
        Some(waiter)
    }

    /// Takes a turn back.
    fn end(&mut self, keys: &[String]) {
        self.running = self.running.saturating_sub(1);
        for key in keys {
            let Some(turns) = self.busy.get_mut(key) else { continue };
            *turns = turns.saturating_sub(1);
            if *turns == 0 {
                self.busy.remove(key);
            }
        }
        self.waiting.retain(|waiter| !waiter.sender.is_closed());
        // Whoever does not wait begins with none, because the others have been waiting meanwhile.
        let Self { waiting, had, busy, .. } = self;
        if waiting.is_empty() {
            had.retain(|key, _| busy.contains_key(key));
        }
        for key in keys {
            if !busy.contains_key(key) && !waiting.iter().any(|waiter| waiter.keys.contains(key)) {
                had.remove(key);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.state().end(&self.keys);
        self.shared.serve();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::{FutureExt as _, poll};

    use super::*;

    const FEW: Most = Most { at_once: 1, of_one: 1, waiting_of_one: 8, waiting: 100 };

    fn keys(key: &str) -> Vec<String> {
        vec![key.to_owned()]
    }

    #[actix_web::test]
    async fn one_who_waits_for_many_does_not_hold_up_the_others() {
        let turns = FairTurns::new(FEW);
        let first = turns.take(keys("a")).await.unwrap();
        let mut greedy: Vec<_> = (0..8).map(|_| turns.take(keys("a")).boxed_local()).collect();
        for waiting in &mut greedy {
            assert!(poll!(waiting.as_mut()).is_pending());
        }
        assert_eq!(turns.take(keys("a")).await.unwrap_err(), Full::Own);
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
        let turns = FairTurns::new(Most { at_once: 2, ..FEW });
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

    #[actix_web::test]
    async fn a_key_never_has_all_turns_and_work_without_a_key_waits_for_none() {
        let turns = FairTurns::new(Most { at_once: 4, of_one: 2, ..FEW });
        let held = (turns.take(keys("a")).await.unwrap(), turns.take(keys("a")).await.unwrap());
        let mut third = turns.take(keys("a")).boxed_local();
        assert!(poll!(third.as_mut()).is_pending());
        assert!(turns.waits_for_own(&keys("a")) && !turns.waits_for_own(&keys("b")) && !turns.waits_for_own(&[]));
        let others = (turns.take(keys("b")).await.unwrap(), turns.take(Vec::new()).await.unwrap());
        let mut server = turns.take(Vec::new()).boxed_local();
        assert!(poll!(server.as_mut()).is_pending(), "there are four");
        drop(others.0);
        assert!(poll!(server.as_mut()).is_ready());
        drop(held.0);
        assert!(poll!(third.as_mut()).is_ready());
    }

    #[actix_web::test]
    async fn so_many_wait_in_all() {
        let turns = FairTurns::new(Most { waiting: 2, ..FEW });
        let _held = turns.take(keys("a")).await.unwrap();
        let (mut b, mut c) = (turns.take(keys("b")).boxed_local(), turns.take(keys("c")).boxed_local());
        assert!(poll!(b.as_mut()).is_pending() && poll!(c.as_mut()).is_pending());
        assert_eq!(turns.take(keys("d")).await.unwrap_err(), Full::All);
    }
}
