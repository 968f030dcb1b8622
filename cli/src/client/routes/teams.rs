//! Teams and invitations.

use holdout_protocol::{CreatedInvitation, Invitation, NewInvitation, NewTeam, Slug, Team};
use ureq::http::Method;

use super::fresh_key;
use crate::client::{Call, Client, ClientError, segment};

impl Client {
    /// Makes a team.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_team(&self, season: &Slug, team: &NewTeam) -> Result<Team, ClientError> {
        self.create(format!("/seasons/{season}/teams"), team)
    }

    /// A team, by id or name.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn team(&self, season: &Slug, team: &str) -> Result<Team, ClientError> {
        self.get(format!("/seasons/{season}/teams/{}", segment(team)))
    }

    /// Makes an invitation.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_invitation(
        &self,
        season: &Slug,
        team: &str,
        invitation: &NewInvitation,
    ) -> Result<CreatedInvitation, ClientError> {
        self.create(format!("/seasons/{season}/teams/{}/invitations", segment(team)), invitation)
    }

    /// The open invitations of a team.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn invitations(&self, season: &Slug, team: &str) -> Result<Vec<Invitation>, ClientError> {
        self.list(&format!("/seasons/{season}/teams/{}/invitations", segment(team)), None)
    }

    /// Accepts an invitation.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn accept_invitation(&self, code: &str) -> Result<Team, ClientError> {
        let path = format!("/invitations/{}/accept", segment(code));
        self.send(&Call::new(Method::POST, path).body(b"").key(&fresh_key()))?.json()
    }
}
