//! What commands show on a terminal: numbers and times, tables, submissions and the board.

pub(crate) mod board;
pub(crate) mod changes;
pub(crate) mod comparison;
pub(crate) mod figures;
pub(crate) mod merge;
pub(crate) mod moves;
pub(crate) mod news;
pub(crate) mod open_matters;
pub(crate) mod receipt;
pub(crate) mod same_file;
pub(crate) mod season;
pub(crate) mod similar;
pub(crate) mod submission;
pub(crate) mod table;
pub(crate) mod team;
