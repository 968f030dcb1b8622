//! Scorers' routes.
