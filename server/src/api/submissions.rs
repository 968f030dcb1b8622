//! Submissions and quota.
