//! The scorer's life: claim, work, report, until it has to stop.

use std::sync::Arc;

use crate::cache::Cache;
use crate::claim::{claim, request};
use crate::client::Client;
use crate::report::report;
use crate::test_sets::TestSets;
use crate::work::Desk;
use crate::{ScorerConfig, ScorerError, StopSignal};

/// Works until `stop` is given; blocks. A server that cannot be reached is waited for.
///
/// # Errors
/// Where the cache folder cannot be used, the server does not take this scorer, or it withdraws after too many faults.
pub fn run(config: ScorerConfig, stop: Arc<StopSignal>) -> Result<(), ScorerError> {
    let client = Arc::new(Client::new(&config)?);
    let request = Arc::new(request(&config));
    let cache = Cache::open(config.cache, config.cache_bytes)?;
    tracing::info!(scorer = %request.scorer, name = request.name, server = config.server, "the scorer waits for work");
    let mut desk = Desk { client, cache, test_sets: TestSets::default(), stop };
    while let Some(claim) = claim(&desk.client, &request, &desk.stop)? {
        // Without an end, the attempt is over for the server: nothing is left to say.
        if let Some(ended) = desk.work(&claim) {
            report(&desk.client, &claim, ended, &desk.stop)?;
        }
    }
    tracing::info!(scorer = %request.scorer, "the scorer has stopped");
    Ok(())
}
