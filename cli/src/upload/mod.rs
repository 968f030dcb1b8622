//! Resumable uploads: tus 1.0 with a memory on disk, so that the same command resumes after it was
//! killed.
//!
//! What is remembered belongs to a server, a file and a purpose (a submission to a task, a file of
//! a test set), and counts only while the file is the same one. It is forgotten when what the
//! upload was for is done.

mod begin;
mod deadline;
mod facts;
mod finished;
mod persist;
mod piece;
mod slot;
mod transfer;
mod watcher;

pub(crate) use begin::Uploader;
pub(crate) use deadline::Deadline;
pub(crate) use facts::FileFacts;
pub use facts::digest_of;
pub(crate) use finished::{Finished, KnownFile};
pub(crate) use persist::persist;
pub(crate) use slot::UploadRecords;
pub(crate) use watcher::Meter;
