//! The answers that stand in for a database that does not answer, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;

/// Larger answers are not kept, bytes.
pub const LARGEST: u64 = 1 << 20;
/// What all of them may have, bytes.
const MOST: usize = 32 << 20;
/// How many there may be.
const MOST_ANSWERS: usize = 1000;
/// So long an answer or a snapshot stands in for a database that does not answer.
pub const STANDS_IN: Duration = Duration::from_secs(600);

#[derive(Debug, Clone)]
pub struct Kept {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at: Instant,
}

/// The answers of this server.
#[derive(Debug, Default)]
pub struct StandIns(Mutex<HashMap<String, Kept>>);

impl StandIns {
    /// The answer at an address, if it is not too old.
    pub fn get(&self, address: &str) -> Option<Kept> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(address).filter(|answer| answer.at.elapsed() <= STANDS_IN).cloned()
    }

    /// Keeps an answer; the oldest ones go if there are too many of them or too many bytes.
    pub fn put(&self, address: String, answer: Kept) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(address, answer);
        let mut bytes: usize = kept.iter().map(|(address, answer)| address.len() + answer.body.len()).sum();
        while bytes > MOST || kept.len() > MOST_ANSWERS {
            let Some(oldest) = kept.iter().min_by_key(|(_, answer)| answer.at).map(|(address, _)| address.clone())
            else {
                break;
            };
            let gone = kept.remove(&oldest).map_or(0, |answer| answer.body.len());
            bytes = bytes.saturating_sub(oldest.len() + gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_go_when_there_are_too_many_bytes() {
        let kept = StandIns::default();
        let mib = || Kept { headers: HeaderMap::new(), body: Bytes::from(vec![0; 1 << 20]), at: Instant::now() };
        for number in 0..40 {
            kept.put(format!("/{number}"), mib());
        }
        assert!(kept.get("/39").is_some() && kept.get("/20").is_some());
        assert!(kept.get("/0").is_none() && kept.get("/8").is_none());
        for number in 0..MOST_ANSWERS {
            kept.put(format!("/small/{number}"), Kept { body: Bytes::new(), ..mib() });
        }
        assert!(kept.get("/39").is_none() && kept.get("/small/0").is_some());
        let long_ago = Instant::now().checked_sub(STANDS_IN + Duration::from_secs(1)).unwrap();
        kept.put("/old".to_owned(), Kept { at: long_ago, ..mib() });
        assert!(kept.get("/old").is_none());
    }
}
