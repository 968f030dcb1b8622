//! Results of scored evaluations.
