//! What needs the server, the scorer or a runner on this machine: `up`, `serve`, `score`, and
//! models that are run here. A build without the feature `host` leaves it out, and works on every
//! system.

pub(crate) mod configuration;
pub(crate) mod local_model;
mod open_secrets;
pub(crate) mod processes;
pub(crate) mod runner_program;
pub(crate) mod settings;
