//! Work that waits for a disk or takes long, away from the threads that answer requests.

use crate::error::{Error, Result};

/// Runs `work` on a thread of its own. What it logs belongs to the request that asked for it.
///
/// # Errors
/// Those of `work`.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(Error::internal)?
}
