//! Who runs seasons: set-up of the first organizer, invitations, roles.

use holdout_client::{Call, Method, segment};
use holdout_protocol::{
    AccountId, CreatedOrganizerInvitation, CreatedSetupLink, Me, NewOrganizerInvitation, OrganizerChange,
    OrganizerInvitation, OrganizerInvitationId, OrganizerProfile, Slug,
};

use crate::client::{Client, ClientError};

/// The address of what organizers of a season have, or those of the server.
fn path(season: Option<&Slug>, rest: &str) -> String {
    season.map_or_else(|| format!("/organizer/{rest}"), |season| format!("/organizer/seasons/{season}/{rest}"))
}

impl Client {
    /// The organizers of a season, or all.
    pub(crate) fn organizers(&self, season: Option<&Slug>) -> Result<Vec<OrganizerProfile>, ClientError> {
        self.list(&path(season, "organizers"), None)
    }

    pub(crate) fn change_organizer(
        &self,
        season: Option<&Slug>,
        account: AccountId,
        change: &OrganizerChange,
    ) -> Result<(), ClientError> {
        self.change_only(Method::PUT, path(season, &format!("organizers/{account}")), change)
    }

    /// Hands the ownership over.
    pub(crate) fn transfer_ownership(&self, season: Option<&Slug>, account: AccountId) -> Result<(), ClientError> {
        let path = path(season, &format!("organizers/{account}/transfer"));
        self.send(&Call::new(Method::POST, path).body(b"")).map(drop)
    }

    pub(crate) fn remove_organizer(&self, season: Option<&Slug>, account: AccountId) -> Result<(), ClientError> {
        self.delete(path(season, &format!("organizers/{account}")))
    }

    /// Invitations to become an organizer of a season, or all.
    pub(crate) fn organizer_invitations(&self, season: Option<&Slug>) -> Result<Vec<OrganizerInvitation>, ClientError> {
        self.list(&path(season, "invitations"), None)
    }

    /// Makes an invitation to become an organizer.
    pub(crate) fn create_organizer_invitation(
        &self,
        season: Option<&Slug>,
        invitation: &NewOrganizerInvitation,
    ) -> Result<CreatedOrganizerInvitation, ClientError> {
        self.create(path(season, "invitations"), invitation)
    }

    /// Takes an invitation back.
    pub(crate) fn revoke_organizer_invitation(
        &self,
        season: Option<&Slug>,
        id: OrganizerInvitationId,
    ) -> Result<(), ClientError> {
        self.delete(path(season, &format!("invitations/{id}")))
    }

    /// Becomes an organizer by the code of an invitation.
    pub(crate) fn accept_organizer_invitation(&self, code: &str) -> Result<Me, ClientError> {
        let path = format!("/organizer-invitations/{}/accept", segment(code));
        self.send_json(&Call::new(Method::POST, path).body(b"").repeatable(true))
    }

    /// Makes a link that sets the first organizer up.
    pub(crate) fn create_setup_link(&self) -> Result<CreatedSetupLink, ClientError> {
        self.send_json(&Call::new(Method::POST, "/organizer/setup-links").body(b""))
    }
}
