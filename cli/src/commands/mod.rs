//! The commands: each reads its arguments, calls the API, and shows the answer.

pub(crate) mod account;
pub(crate) mod ban;
pub(crate) mod check;
pub(crate) mod check_model;
pub(crate) mod context;
pub(crate) mod download;
pub(crate) mod evaluations;
pub(crate) mod export;
pub(crate) mod extend;
pub(crate) mod judge;
pub(crate) mod leaderboard;
pub(crate) mod manual;
pub(crate) mod news;
pub(crate) mod organizer;
pub(crate) mod organizers;
mod overrides;
pub(crate) mod registration;
pub(crate) mod rescore;
pub(crate) mod run;
pub(crate) mod season;
mod season_show;
pub(crate) mod submissions;
pub(crate) mod submit;
pub(crate) mod team;
mod team_invitations;
pub(crate) mod token;
pub(crate) mod watch;
