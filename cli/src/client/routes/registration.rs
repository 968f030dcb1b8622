//! For organizers: who takes part in a season.

use holdout_client::{Method, segment};
use holdout_protocol::{
    CreatedRegistrationCode, NewRegistrationCode, RegistrationCode, RegistrationCodeId, Slug, Team, TeamChange,
    TeamDecision, TeamMerge, TeamMergeReply,
};

use crate::client::{Client, ClientError};

impl Client {
    /// Makes a registration code.
    pub(crate) fn create_registration_code(
        &self,
        season: &Slug,
        code: &NewRegistrationCode,
    ) -> Result<CreatedRegistrationCode, ClientError> {
        self.create(format!("/organizer/seasons/{season}/registration-codes"), code)
    }

    /// Returns the registration codes of a season, newest first.
    pub(crate) fn registration_codes(&self, season: &Slug) -> Result<Vec<RegistrationCode>, ClientError> {
        self.list(&format!("/organizer/seasons/{season}/registration-codes"), None)
    }

    /// Revokes a registration code.
    pub(crate) fn revoke_registration_code(&self, season: &Slug, id: RegistrationCodeId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/seasons/{season}/registration-codes/{id}"))
    }

    /// Approves or declines a team.
    pub(crate) fn decide_team(&self, season: &Slug, team: &str, decision: &TeamDecision) -> Result<Team, ClientError> {
        let path = format!("/organizer/seasons/{season}/teams/{}", segment(team));
        self.change(Method::PATCH, path, decision)
    }

    /// Makes a team part of another one, or shows what that would change.
    pub(crate) fn merge_team(
        &self,
        season: &Slug,
        team: &str,
        merge: &TeamMerge,
    ) -> Result<TeamMergeReply, ClientError> {
        self.create(format!("/organizer/seasons/{season}/teams/{}/merge", segment(team)), merge)
    }

    /// People who changed teams, newest first: `all`, or those who had submitted before.
    pub(crate) fn team_changes(&self, season: &Slug, all: bool) -> Result<Vec<TeamChange>, ClientError> {
        let query = if all { "?all=true" } else { "" };
        self.list(&format!("/organizer/seasons/{season}/team-changes{query}"), None)
    }
}
