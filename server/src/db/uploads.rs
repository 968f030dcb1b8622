//! Uploads and their parts.
