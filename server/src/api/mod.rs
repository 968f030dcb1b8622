//! Handlers: each takes a request apart, calls the domain, and replies.

pub mod accounts;
pub mod bans;
pub mod citations;
mod etags;
pub mod exports;
pub mod extensions;
mod files;
pub mod invitations;
pub mod judging;
pub mod leaderboard;
pub mod log;
pub mod messages;
pub mod news;
pub mod operations;
pub mod organizer;
pub mod organizer_invitations;
pub mod organizers;
pub mod passwords;
pub mod readiness;
pub mod refusals;
pub mod registration;
pub mod rescoring;
pub mod scorer;
pub mod season_organizers;
pub mod seasons;
pub mod submissions;
pub mod teams;
pub mod test_sets;
mod tus;
pub mod uploads;
pub mod webhooks;

#[cfg(fuzzing)]
pub use tus::read_all as read_upload_headers;
