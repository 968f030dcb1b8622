//! The files that an evaluation needs: fetched from the server by digest, kept in the cache folder,
//! and parsed once.

mod cache;
mod fetch;
mod test_sets;

pub(crate) use cache::Cache;
pub(crate) use fetch::fetch_file;
pub(crate) use test_sets::TestSets;
