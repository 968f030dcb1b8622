//! The quota ledger.
