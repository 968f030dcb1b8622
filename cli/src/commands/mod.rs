//! The commands: each reads its arguments, calls the API, and shows the answer.

pub(crate) mod account;
mod account_deletion;
pub(crate) mod ban;
pub(crate) mod check;
mod check_model;
pub(crate) mod compare;
pub(crate) mod context;
pub(crate) mod download;
pub(crate) mod evaluations;
pub(crate) mod export;
pub(crate) mod extend;
pub(crate) mod judge;
pub(crate) mod leaderboard;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod manual;
mod merge_teams;
pub(crate) mod moves;
pub(crate) mod news;
pub(crate) mod organizer;
pub(crate) mod organizers;
#[cfg(feature = "host")]
mod overrides;
pub(crate) mod own_account;
mod passwords;
pub(crate) mod receipts;
pub(crate) mod registration;
pub(crate) mod rescore;
#[cfg(feature = "host")]
pub(crate) mod run;
#[cfg(feature = "host")]
mod run_model;
pub(crate) mod season;
mod season_show;
mod season_state;
mod sessions;
pub(crate) mod submissions;
pub(crate) mod submit;
pub(crate) mod team;
mod team_invitations;
pub(crate) mod token;
pub(crate) mod verify;
mod verify_archive;
mod verify_input;
pub(crate) mod watch;
pub(crate) mod webhook;
