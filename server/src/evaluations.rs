//! Evaluations: states, queue, leases and outcomes.
