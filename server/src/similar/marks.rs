//! The marks of submissions, from the answers that are kept of them.

use std::collections::HashMap;
use std::sync::Arc;

use holdout_evaluation::{Marks, Predictions};
use holdout_protocol::{EvaluationId, TestSetId};

use crate::app::App;
use crate::db;
use crate::db::similar::{Compared, Kept};
use crate::db::test_sets::TestSet;
use crate::error::{Error, Result};
use crate::ranking::bits_of_bytes;
use crate::rescoring::order::{self, Order};

/// Submissions whose answers are read by one statement: those of 100,000 images have half a
/// mebibyte.
const AT_ONCE: usize = 32;

/// Reads kept answers in the order of the present test set.
pub struct Reader {
    set: TestSet,
    present: Arc<holdout_evaluation::TestSet>,
    /// Where the present images stand in other versions; none for a version that lacks one.
    orders: HashMap<TestSetId, Option<Arc<Order>>>,
    baselines: Arc<Vec<Predictions>>,
}

impl Reader {
    /// Reads the test set and the answers of the baselines.
    pub async fn open(app: &App, set: TestSet, baselines: &[Compared]) -> Result<Self> {
        let (blobs, row) = (app.blobs.clone(), set.clone());
        let present =
            tokio::task::spawn_blocking(move || order::read(&blobs, &row)).await.map_err(Error::internal)??;
        let orders = HashMap::new();
        let mut reader = Self { set, present: Arc::new(present), orders, baselines: Arc::default() };
        let kept = reader.kept(app, baselines).await?;
        let read = kept.iter().filter_map(|kept| reader.answers(kept));
        reader.baselines = Arc::new(read.collect());
        Ok(reader)
    }

    /// Returns the marks of those submissions whose answers are kept, with their places in
    /// `entries`.
    pub async fn marks(&mut self, app: &App, entries: &[Compared], images: &[usize]) -> Result<Vec<(usize, Marks)>> {
        let mut found = Vec::with_capacity(entries.len());
        for (number, some) in entries.chunks(AT_ONCE).enumerate() {
            let kept = self.kept(app, some).await?;
            let mut work = Vec::new();
            for (index, entry) in some.iter().enumerate() {
                let kept = kept.iter().find(|kept| Some(kept.of) == entry.answers_of);
                let Some(answers) = kept.and_then(|kept| self.answers(kept)) else { continue };
                work.push((number * AT_ONCE + index, answers, bits_of_bytes(self.set.images, &entry.top1)?));
            }
            let (baselines, images) = (Arc::clone(&self.baselines), images.to_vec());
            let marked = tokio::task::spawn_blocking(move || {
                let mark = |(place, answers, right)| (place, Marks::new(&answers, &right, &baselines, &images));
                work.into_iter().map(mark).collect::<Vec<_>>()
            });
            found.extend(marked.await.map_err(Error::internal)?);
        }
        Ok(found)
    }

    /// Reads the answers of these submissions, and the versions that they are about.
    async fn kept(&mut self, app: &App, entries: &[Compared]) -> Result<Vec<Kept>> {
        let of: Vec<EvaluationId> = entries.iter().filter_map(|entry| entry.answers_of).collect();
        let kept = app.db.read(move |conn| db::similar::kept(conn, &of)).await?;
        for other in kept.iter().map(|kept| kept.test_set) {
            if !self.orders.contains_key(&other) {
                let order = self.order_of(app, other).await?;
                self.orders.insert(other, order);
            }
        }
        Ok(kept)
    }

    async fn order_of(&self, app: &App, other: TestSetId) -> Result<Option<Arc<Order>>> {
        let set = app.db.read(move |conn| db::test_sets::get(conn, other)).await?;
        let (blobs, present) = (app.blobs.clone(), Arc::clone(&self.present));
        let order = tokio::task::spawn_blocking(move || {
            let from = order::read(&blobs, &set)?;
            Ok::<_, Error>(order::order(&from, &present))
        });
        Ok(order.await.map_err(Error::internal)??.map(Arc::new))
    }

    /// Returns kept answers in the order of the present images; `None` if they cannot be read or
    /// are not about all of these.
    fn answers(&self, kept: &Kept) -> Option<Predictions> {
        let order = self.orders.get(&kept.test_set)?.as_ref()?;
        let all = Predictions::unpack(&kept.packed, order.images);
        let all = all.inspect_err(|error| tracing::warn!(evaluation = %kept.of, %error, "kept answers cannot be read"));
        all.ok()?.of_images(&order.places)
    }
}
