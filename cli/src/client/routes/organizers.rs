//! Who runs seasons: set-up of the first organizer, invitations, removal.

use holdout_client::{Call, Method, segment};
use holdout_protocol::{
    AccountId, CreatedOrganizerInvitation, CreatedSetupLink, Me, NewOrganizerInvitation, OrganizerInvitation,
    OrganizerInvitationId, OrganizerProfile,
};

use crate::client::{Client, ClientError};

impl Client {
    pub(crate) fn organizers(&self) -> Result<Vec<OrganizerProfile>, ClientError> {
        self.list("/organizer/organizers", None)
    }

    pub(crate) fn remove_organizer(&self, account: AccountId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/organizers/{account}"))
    }

    /// Invitations to become an organizer.
    pub(crate) fn organizer_invitations(&self) -> Result<Vec<OrganizerInvitation>, ClientError> {
        self.list("/organizer/invitations", None)
    }

    /// Makes an invitation to become an organizer.
    pub(crate) fn create_organizer_invitation(
        &self,
        invitation: &NewOrganizerInvitation,
    ) -> Result<CreatedOrganizerInvitation, ClientError> {
        self.create("/organizer/invitations", invitation)
    }

    /// Takes an invitation back.
    pub(crate) fn revoke_organizer_invitation(&self, id: OrganizerInvitationId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/invitations/{id}"))
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
