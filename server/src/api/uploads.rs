//! Uploads (tus 1.0).
