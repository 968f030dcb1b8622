//! Boards: ranks, rank ranges and their cache.

/// The boards of this server, as far as they were asked for.
#[derive(Debug, Default)]
pub struct Boards {}
