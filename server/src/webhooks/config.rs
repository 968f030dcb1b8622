//! What operators set for webhooks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::networks::Networks;

/// Webhooks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Private networks to which webhooks may send, and without TLS. Everything else has to be a
    /// public address, over TLS.
    pub allowed_networks: Networks,
    /// Time that one attempt may take.
    pub timeout_seconds: u64,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self { allowed_networks: Networks::default(), timeout_seconds: 10 }
    }
}

impl WebhookConfig {
    /// Returns how long an attempt may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}
