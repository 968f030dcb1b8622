//! The OpenAPI document.

use utoipa::OpenApi;

use crate::api::{accounts, organizer, teams, uploads};

#[derive(OpenApi)]
#[openapi(
    info(title = "Holdout", description = "The evaluation server's public API."),
    paths(
        accounts::create_account,
        accounts::create_api_token,
        accounts::create_session,
        accounts::delete_api_token,
        accounts::delete_session,
        accounts::get_me,
        accounts::list_api_tokens,
        accounts::refresh_session,
        teams::accept_invitation,
        teams::create_invitation,
        teams::create_team,
        teams::delete_invitation,
        teams::delete_member,
        teams::get_team,
        teams::list_invitations,
        teams::list_teams,
        uploads::create_upload,
        uploads::delete_upload,
        uploads::discover_uploads,
        uploads::get_upload,
        uploads::head_upload,
        uploads::override_upload,
        uploads::patch_upload,
        organizer::list_audit_entries,
    )
)]
struct Document;

/// The OpenAPI document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
