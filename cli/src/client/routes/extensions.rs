//! More time and more attempts for single teams, for organizers.

use holdout_client::{Method, segment};
use holdout_protocol::{Extension, ExtensionId, NewExtension, Slug};

use crate::client::{Client, ClientError};

impl Client {
    /// Gives a team more time or more attempts.
    pub(crate) fn extend(&self, season: &Slug, extension: &NewExtension) -> Result<Extension, ClientError> {
        self.change(Method::POST, format!("/organizer/seasons/{season}/extensions"), extension)
    }

    /// Returns the extensions of a season, newest first.
    pub(crate) fn extensions(&self, season: &Slug) -> Result<Vec<Extension>, ClientError> {
        self.list(&format!("/organizer/seasons/{season}/extensions"), None)
    }

    /// Ends an extension now.
    pub(crate) fn end_extension(&self, season: &Slug, id: ExtensionId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/seasons/{season}/extensions/{}", segment(&id.to_string())))
    }
}
