//! The transparency log: what happens to results is written down so that nobody can change it
//! unnoticed.
//!
//! `record` writes entries in the transaction of the change (`entries`, `results`), `sequencer`
//! gives them their places, `read` and `bundle` answer with proofs; `season` says which entries are
//! about a season; `heads` signs the log, `rotation` changes the key.

mod bundle;
mod entries;
mod heads;
mod keys;
mod read;
mod record;
mod results;
mod rotation;
mod season;
pub mod sequencer;

pub use bundle::of_submission;
pub use keys::prepare;
pub use read::{checkpoint, consistency, entries, inclusion, key, log_keys};
pub use record::{record_decision, record_result, record_version};
pub use rotation::rotate;
pub use season::of_season;
