//! Reading and writing rows, a file for each table.

pub mod accounts;
pub mod attempts;
pub mod audit;
pub mod evaluations;
pub mod idempotency;
pub mod invitations;
pub mod organizers;
pub mod password_resets;
pub mod quota;
pub mod rates;
pub mod registrations;
pub mod results;
pub mod scorer_tokens;
pub mod scorers;
pub mod seasons;
pub mod sessions;
pub mod settings;
pub mod submission_members;
pub mod submission_versions;
pub mod submissions;
pub mod tasks;
pub mod team_changes;
pub mod teams;
pub mod test_sets;
pub mod tokens;
pub mod uploads;
