//! The way of a submission from request to queue, in named stages.
