//! Teams and invitations.

use holdout_client::{Call, Method, json_call, segment};
use holdout_protocol::{
    AccountId, CreatedInvitation, Invitation, InvitationId, InvitationPreview, MemberChanges, NewInvitation, NewTeam,
    Slug, Team, TeamChanges, UseRegistrationCode,
};

use super::fresh_key;
use crate::client::exchange::to_json;
use crate::client::{Client, ClientError};

impl Client {
    pub(crate) fn create_team(&self, season: &Slug, team: &NewTeam) -> Result<Team, ClientError> {
        self.create(format!("/seasons/{season}/teams"), team)
    }

    /// Returns the teams of a season; with their members for organizers.
    pub(crate) fn teams(&self, season: &Slug) -> Result<Vec<Team>, ClientError> {
        self.list(&format!("/seasons/{season}/teams"), None)
    }

    /// Returns the teams of a season that wait for approval, as far as the caller may see them.
    pub(crate) fn pending_teams(&self, season: &Slug) -> Result<Vec<Team>, ClientError> {
        self.list(&format!("/seasons/{season}/teams?status=pending"), None)
    }

    /// Returns a team, by id or name.
    pub(crate) fn team(&self, season: &Slug, team: &str) -> Result<Team, ClientError> {
        self.get(format!("/seasons/{season}/teams/{}", segment(team)))
    }

    pub(crate) fn create_invitation(
        &self,
        season: &Slug,
        team: &str,
        invitation: &NewInvitation,
    ) -> Result<CreatedInvitation, ClientError> {
        self.create(format!("/seasons/{season}/teams/{}/invitations", segment(team)), invitation)
    }

    /// Returns the open invitations of a team.
    pub(crate) fn invitations(&self, season: &Slug, team: &str) -> Result<Vec<Invitation>, ClientError> {
        self.list(&format!("/seasons/{season}/teams/{}/invitations", segment(team)), None)
    }

    /// Takes an invitation back.
    pub(crate) fn revoke_invitation(&self, season: &Slug, team: &str, id: InvitationId) -> Result<(), ClientError> {
        self.delete(format!("/seasons/{season}/teams/{}/invitations/{id}", segment(team)))
    }

    /// Takes a person out of a team.
    pub(crate) fn remove_member(&self, season: &Slug, team: &str, member: AccountId) -> Result<(), ClientError> {
        self.delete(format!("/seasons/{season}/teams/{}/members/{member}", segment(team)))
    }

    /// Changes a member of a team.
    pub(crate) fn change_member(
        &self,
        season: &Slug,
        team: &str,
        member: AccountId,
        changes: &MemberChanges,
    ) -> Result<(), ClientError> {
        let path = format!("/seasons/{season}/teams/{}/members/{member}", segment(team));
        let bytes = to_json(changes)?;
        self.send(&json_call(Method::PATCH, path, &bytes).repeatable(true)).map(drop)
    }

    /// Changes the names of a team.
    pub(crate) fn change_team(&self, season: &Slug, team: &str, changes: &TeamChanges) -> Result<Team, ClientError> {
        self.change(Method::PATCH, format!("/seasons/{season}/teams/{}", segment(team)), changes)
    }

    /// Returns what an invitation is for.
    pub(crate) fn invitation(&self, code: &str) -> Result<InvitationPreview, ClientError> {
        self.get(format!("/invitations/{}", segment(code)))
    }

    /// Comes into a season by a registration code; again changes nothing.
    pub(crate) fn use_registration_code(&self, season: &Slug, code: &UseRegistrationCode) -> Result<(), ClientError> {
        let bytes = to_json(code)?;
        let path = format!("/seasons/{season}/registration");
        self.send(&json_call(Method::POST, path, &bytes).repeatable(true)).map(drop)
    }

    pub(crate) fn accept_invitation(&self, code: &str) -> Result<Team, ClientError> {
        let path = format!("/invitations/{}/accept", segment(code));
        self.send_json(&Call::new(Method::POST, path).body(b"").key(&fresh_key()))
    }
}
