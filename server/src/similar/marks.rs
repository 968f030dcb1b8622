//! The marks of submissions, from the answers that are kept of them.

use std::collections::HashMap;
use std::sync::Arc;

use holdout_evaluation::{Bits, Marks, Predictions};
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
        let kept = reader.kept(app, &baselines.iter().collect::<Vec<_>>()).await?;
        let packed: Vec<Packed> = kept.into_iter().filter_map(|kept| reader.packed(kept)).collect();
        let read = tokio::task::spawn_blocking(move || packed.iter().filter_map(Packed::answers).collect());
        reader.baselines = Arc::new(read.await.map_err(Error::internal)?);
        Ok(reader)
    }

    /// Returns the marks of those submissions whose answers are kept, with their places in
    /// `entries`.
    pub async fn marks(&mut self, app: &App, entries: &[&Compared], images: &[usize]) -> Result<Vec<(usize, Marks)>> {
        let images: Arc<[usize]> = images.into();
        let mut found = Vec::with_capacity(entries.len());
        for (number, some) in entries.chunks(AT_ONCE).enumerate() {
            let kept = self.kept(app, some).await?;
            let mut kept: HashMap<EvaluationId, Kept> = kept.into_iter().map(|kept| (kept.of, kept)).collect();
            let mut work = Vec::new();
            for (index, entry) in some.iter().enumerate() {
                let packed = entry.answers_of.and_then(|of| kept.remove(&of)).and_then(|kept| self.packed(kept));
                let Some(packed) = packed else { continue };
                work.push((number * AT_ONCE + index, packed, bits_of_bytes(self.set.images, &entry.top1)?));
            }
            let (baselines, images) = (Arc::clone(&self.baselines), Arc::clone(&images));
            // Reading packed answers takes a core, too.
            let marked = tokio::task::spawn_blocking(move || {
                let mark = |(place, packed, right): (usize, Packed, Bits)| {
                    Some((place, Marks::new(&packed.answers()?, &right, &baselines, &images)))
                };
                work.into_iter().filter_map(mark).collect::<Vec<_>>()
            });
            found.extend(marked.await.map_err(Error::internal)?);
        }
        Ok(found)
    }

    /// Reads the answers of these submissions, and the versions that they are about.
    async fn kept(&mut self, app: &App, entries: &[&Compared]) -> Result<Vec<Kept>> {
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

    /// Returns kept answers with the places of the present images; `None` if they are not about all
    /// of these.
    fn packed(&self, kept: Kept) -> Option<Packed> {
        let order = Arc::clone(self.orders.get(&kept.test_set)?.as_ref()?);
        Some(Packed { kept, order })
    }
}

/// Kept answers that are still to be read.
struct Packed {
    kept: Kept,
    order: Arc<Order>,
}

impl Packed {
    /// Returns the answers in the order of the present images; `None` if they cannot be read.
    fn answers(&self) -> Option<Predictions> {
        let all = Predictions::unpack(&self.kept.packed, self.order.images);
        let evaluation = self.kept.of;
        let all = all.inspect_err(|error| tracing::warn!(%evaluation, %error, "kept answers cannot be read"));
        all.ok()?.of_images(&self.order.places)
    }
}
