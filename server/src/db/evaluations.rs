//! Evaluations.
