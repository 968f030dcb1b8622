//! A blob as [`Read`], for parsers that run on the blocking pool.

use std::io::{Error, Read, Result};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::{GetResult, GetResultPayload};
use tokio::runtime::Handle;

/// Reads a blob from its beginning to its end; a local one without a detour.
pub struct BlobReader(Source);

enum Source {
    File(std::fs::File),
    Stream { chunks: BoxStream<'static, object_store::Result<Bytes>>, chunk: Bytes, runtime: Handle },
}

impl BlobReader {
    pub(super) fn new(found: GetResult, runtime: Handle) -> Self {
        Self(match found.payload {
            GetResultPayload::File(file, _) => Source::File(file),
            GetResultPayload::Stream(chunks) => Source::Stream { chunks, chunk: Bytes::new(), runtime },
        })
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &mut self.0 {
            Source::File(file) => file.read(buffer),
            Source::Stream { chunks, chunk, runtime } => {
                while chunk.is_empty() {
                    match runtime.block_on(chunks.next()) {
                        Some(next) => *chunk = next.map_err(Error::other)?,
                        None => return Ok(0),
                    }
                }
                let length = chunk.len().min(buffer.len());
                chunk.split_to(length).as_ref().read(buffer)
            }
        }
    }
}
