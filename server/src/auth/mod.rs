//! Who is calling: extractors that stand in a handler's signature.
//!
//! [`Caller`] is anyone, [`Account`] is logged in, [`Organizer`] runs seasons, [`Member`] belongs to a team of the season
//! in the path, [`Captain`] leads the team in the path, [`Scorer`] holds a scorer token. A handler has no other way to learn who calls.

pub mod access;
pub mod callers;
pub mod credential;
mod extractors;
pub mod keys;
mod stream_login;

pub use callers::{Account, Caller, Captain, Member, Organizer, Participant, Scorer};
pub use credential::{
    ACCESS_COOKIE, API_TOKEN_PREFIX, PublicUrl, REFRESH_COOKIE, SCORER_TOKEN_PREFIX, check_same_origin, cookie,
    credential,
};
pub use extractors::After;
pub use stream_login::{LOOK_AGAIN, StreamLogin};
