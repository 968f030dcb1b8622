//! Exports of a season, for organizers.

use holdout_protocol::Slug;

use crate::client::{Client, ClientError};

impl Client {
    /// A table of a season as the server writes it.
    pub(crate) fn export(&self, season: &Slug, table: &str, format: &str) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(format!("/organizer/seasons/{season}/export/{table}?format={format}"))
    }
}
