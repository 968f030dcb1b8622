//! Calls of Holdout's API, for the command line and the scorer.
//!
//! A [`Transport`] makes one call and tells apart what Holdout itself refuses, what does not
//! answer, and what is not Holdout. When to repeat a call is up to its caller; [`Backoff`] says how
//! long to wait before.

#![warn(missing_docs)]

mod address;
mod answer;
mod backoff;
mod call;
mod error;
mod secret;
mod transport;
mod trust;

pub use address::{InvalidServer, ServerUrl, segment};
pub use answer::Answer;
pub use backoff::Backoff;
pub use call::{Call, json_call};
pub use error::{ApiError, TransportError};
pub use secret::Secret;
pub use transport::{Timeouts, Transport};
pub use trust::{Trust, TrustError};
pub use ureq::http::Method;
