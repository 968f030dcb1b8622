//! The HTTP client of the API: blocking, typed, patient with broken connections, and careful never to do a thing twice.
//!
//! A call that may be repeated (reading, replacing, or creating under an `Idempotency-Key`) is repeated after broken
//! connections and "try again" answers; any other call only if it surely never reached the server.

mod address;
mod error;
mod events;
mod exchange;
mod lists;
mod patience;
mod routes;
mod secret;
mod session;

pub use address::{DEFAULT_SERVER, InvalidServer, ServerUrl, segment};
pub use error::{ApiError, ClientError};
pub use events::{ServerEvent, ServerEvents};
pub use exchange::{Answer, Call, Client};
pub use patience::Patience;
pub use routes::TaskPath;
pub(crate) use routes::fresh_key;
pub use secret::Secret;
pub use session::{Identity, StoredSession};
