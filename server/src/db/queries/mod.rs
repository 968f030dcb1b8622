//! What is read over several tables at once.

pub mod blob_names;
mod board_entries;
pub mod boards;
pub mod deleted_accounts;
pub mod identical;
pub mod logins;
pub mod merging;
pub mod message_lists;
pub mod open_matters;
pub mod operations;
pub mod participants;
pub mod queue;
pub mod queue_places;
pub mod recipients;
pub mod records;
pub mod rescored;
pub mod running;
pub mod season_news;
pub mod similar;
pub mod submission_parts;
