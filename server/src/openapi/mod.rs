//! The OpenAPI document: the operations by audience, and what holds for all of them.
//!
//! A handler is listed in the struct of its audience, in alphabetical order. Every operation gets the error body as its
//! default answer; [`PUBLIC`] names those that need no login.

mod all_of;
pub(crate) mod examples;
mod parameters;
mod rules;

use holdout_protocol::{ErrorBody, ErrorCode, VerdictCode};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, ContentBuilder, Ref, ResponseBuilder};

use crate::api::{
    accounts, leaderboard, operations, organizer, organizers, passwords, registration, scorer, seasons, submissions,
    teams, uploads,
};
use crate::auth::ACCESS_COOKIE;

/// Operations that need no login; if a `Bearer` is sent anyway, it has to be valid.
const PUBLIC: &[&str] = &[
    "create_account",
    "create_session",
    "discover_uploads",
    "get_entry",
    "get_health",
    "get_invitation",
    "get_leaderboard",
    "get_leaderboard_csv",
    "get_openapi",
    "get_organizer_invitation",
    "get_password_reset",
    "get_readiness",
    "get_season",
    "get_setup_link",
    "get_task",
    "get_team",
    "list_classes",
    "list_images",
    "list_seasons",
    "list_tasks",
    "list_teams",
    "refresh_session",
    "reset_password",
    "set_up_organizer",
    "watch_leaderboard",
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Holdout",
        description = "An evaluation server for prediction competitions. Errors are \
            `{\"error\":{\"code\",\"reason\",\"message\",\"detail\"}}` with a code and a reason of closed lists. Lists page by `cursor` and `limit`. \
            A POST that creates takes an `Idempotency-Key`: sent again, it gives its first answer again.",
    ),
    tags(
        (name = "accounts", description = "Accounts, sessions and personal API tokens"),
        (name = "seasons", description = "Seasons, tasks and test sets"),
        (name = "teams", description = "Teams and invitations"),
        (name = "uploads", description = "Resumable uploads by the tus 1.0 protocol"),
        (name = "submissions", description = "Submissions, their evaluation and the quota"),
        (name = "boards", description = "Leaderboards, public"),
        (name = "scorers", description = "For scorers, with a scorer token"),
        (name = "organizers", description = "For organizers"),
        (name = "operations", description = "For operators"),
    ),
    components(schemas(ErrorBody, ErrorCode, VerdictCode)),
)]
struct Document;

#[derive(OpenApi)]
#[openapi(paths(
    accounts::create_account,
    accounts::create_api_token,
    accounts::create_session,
    accounts::delete_api_token,
    accounts::delete_session,
    accounts::get_me,
    accounts::list_api_tokens,
    accounts::refresh_session,
    accounts::update_me,
    organizers::accept_organizer_invitation,
    organizers::get_organizer_invitation,
    organizers::get_setup_link,
    organizers::set_up_organizer,
    passwords::change_password,
    passwords::get_password_reset,
    passwords::reset_password,
))]
struct Accounts;

#[derive(OpenApi)]
#[openapi(paths(
    seasons::create_season,
    seasons::create_task,
    seasons::get_labels,
    seasons::get_season,
    seasons::get_task,
    seasons::list_classes,
    seasons::list_images,
    seasons::list_seasons,
    seasons::list_tasks,
    seasons::put_test_set,
    seasons::update_season,
    seasons::update_task,
))]
struct Seasons;

#[derive(OpenApi)]
#[openapi(paths(
    teams::accept_invitation,
    teams::create_invitation,
    teams::create_team,
    teams::delete_invitation,
    teams::delete_member,
    teams::get_invitation,
    teams::get_registration,
    teams::get_team,
    teams::list_invitations,
    teams::list_teams,
    teams::update_member,
    teams::update_team,
    teams::use_registration_code,
))]
struct Teams;

#[derive(OpenApi)]
#[openapi(paths(
    uploads::create_upload,
    uploads::delete_upload,
    uploads::discover_uploads,
    uploads::get_upload,
    uploads::head_upload,
    uploads::override_upload,
    uploads::patch_upload,
))]
struct Uploads;

#[derive(OpenApi)]
#[openapi(paths(
    submissions::cancel_submission,
    submissions::create_submission,
    submissions::get_quota,
    submissions::get_submission,
    submissions::list_submissions,
    submissions::preflight_submission,
    submissions::stream_submission,
    submissions::update_submission,
))]
struct Submissions;

#[derive(OpenApi)]
#[openapi(paths(
    leaderboard::get_entry,
    leaderboard::get_leaderboard,
    leaderboard::get_leaderboard_csv,
    leaderboard::watch_leaderboard,
))]
struct Boards;

#[derive(OpenApi)]
#[openapi(paths(scorer::create_claim, scorer::create_heartbeat, scorer::create_outcome, scorer::get_blob))]
struct Scorers;

#[derive(OpenApi)]
#[openapi(paths(
    organizer::create_password_reset,
    organizer::create_scorer_token,
    organizer::delete_scorer_token,
    organizer::get_commitment,
    organizer::get_queue,
    organizer::list_audit_entries,
    organizer::list_evaluations,
    organizer::list_scorer_tokens,
    organizer::list_scorers,
    organizer::requeue_submission,
    organizers::create_organizer_invitation,
    organizers::create_setup_link,
    organizers::delete_organizer,
    organizers::delete_organizer_invitation,
    organizers::list_organizer_invitations,
    organizers::list_organizers,
    registration::create_registration_code,
    registration::decide_team,
    registration::delete_registration_code,
    registration::list_registration_codes,
    registration::list_team_changes,
))]
struct Organizers;

#[derive(OpenApi)]
#[openapi(paths(operations::get_health, operations::get_metrics, operations::get_openapi, operations::get_readiness,))]
struct Operations;

/// The OpenAPI document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let areas = [
        Accounts::openapi(),
        Seasons::openapi(),
        Teams::openapi(),
        Uploads::openapi(),
        Submissions::openapi(),
        Boards::openapi(),
        Scorers::openapi(),
        Organizers::openapi(),
        Operations::openapi(),
    ];
    let mut document = areas.into_iter().fold(Document::openapi(), utoipa::openapi::OpenApi::merge_from);
    document.servers = None;
    add_security_schemes(document.components.get_or_insert_default());
    all_of::merge(&mut document);
    rules::write(document.components.get_or_insert_default());
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        complete(operation);
    }
    examples::add(&mut document);
    document
}

fn add_security_schemes(components: &mut Components) {
    let bearer = |format: &str, about: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
        SecurityScheme::Http(scheme.description(Some(about)).build())
    };
    let cookie = ApiKeyValue::with_description(ACCESS_COOKIE, "The access token of a browser's session");
    components.add_security_scheme(
        "bearer",
        bearer("JWT or hp_…", "The access token of a session, or a personal API token (`hp_…`)"),
    );
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("scorer", bearer("hs_…", "A scorer token (`hs_…`)"));
}

/// The operations of an address.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().filter_map(Option::as_mut)
}

fn complete(operation: &mut Operation) {
    let requirement = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    let is_public = operation.operation_id.as_deref().is_some_and(|id| PUBLIC.contains(&id));
    let for_scorers = operation.tags.iter().flatten().any(|tag| tag == "scorers");
    operation.security = Some(match (is_public, for_scorers) {
        (true, _) => vec![SecurityRequirement::default(), requirement("bearer"), requirement("cookie")],
        (false, true) => vec![requirement("scorer")],
        (false, false) => vec![requirement("bearer"), requirement("cookie")],
    });
    operation.parameters.iter_mut().flatten().for_each(parameters::complete);
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    let refused = ResponseBuilder::new().description("A refusal, by its code").content("application/json", body);
    operation.responses.responses.entry("default".to_owned()).or_insert_with(|| refused.build().into());
}
