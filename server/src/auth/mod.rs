//! Who is calling: extractors that stand in a handler's signature.
//!
//! [`Caller`] is anyone, [`Account`] is logged in, [`Organizer<Least>`](Organizer) has at least
//! this role for the season that the request is about (which [`subject`] finds out) or for the
//! server, [`Member`] belongs to a team of the season in the path, [`Captain`] leads the team in
//! the path, [`Scorer`] holds a scorer token. A handler has no other way to learn who calls.

pub mod access;
pub mod callers;
pub mod credential;
mod extractors;
pub mod keys;
mod stream_login;
mod subject;

pub use callers::{
    Account, Caller, Captain, Judges, Member, Observes, Organizer, Organizes, Owns, Participant, Scorer, Somewhere,
};
pub use credential::{
    ACCESS_COOKIE, API_TOKEN_PREFIX, INVALID_API_TOKEN, PublicUrl, REFRESH_COOKIE, SCORER_TOKEN_PREFIX,
    check_same_origin, client_of, cookie, credential, invalid_refresh_token,
};
pub use extractors::After;
pub use stream_login::{LOOK_AGAIN, StreamLogin};
