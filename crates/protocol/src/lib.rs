//! Types that cross a process boundary: between the server and its clients, and between the server and its scorers.
//!
//! Only data and its validation live here: no I/O, no database, no web framework. With the feature `openapi` every
//! type of the public API also derives its OpenAPI schema.

#![warn(missing_docs)]

mod account;
mod allowed;
mod ban;
mod error;
mod evaluation;
mod export;
mod extension;
mod hint;
mod id;
mod judgement;
mod known;
mod leaderboard;
pub mod limits;
mod name;
mod news;
mod operation;
mod organizer;
mod page;
mod password;
mod plain_cause;
mod present;
mod quantity;
mod quota;
mod reason;
mod registration;
mod rescoring;
mod runner;
mod scorer;
mod season;
mod season_event;
mod sha256;
mod submission;
mod team;
mod texts;
mod time;
mod upload;
mod verdict;

pub use account::*;
pub use allowed::*;
pub use ban::*;
pub use error::*;
pub use evaluation::*;
pub use export::*;
pub use extension::*;
pub use hint::*;
pub use id::*;
pub use judgement::*;
pub use leaderboard::*;
pub use name::*;
pub use news::*;
pub use operation::*;
pub use organizer::*;
pub use page::*;
pub use password::*;
pub use plain_cause::*;
pub use quantity::*;
pub use quota::*;
pub use reason::*;
pub use registration::*;
pub use rescoring::*;
pub use runner::*;
pub use scorer::*;
pub use season::*;
pub use season_event::*;
pub use sha256::*;
pub use submission::*;
pub use team::*;
pub use texts::*;
pub use time::*;
pub use upload::*;
pub use verdict::*;
