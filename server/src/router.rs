//! The table of contents of the API, by audience. A handler's name is its operation id.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use crate::api::{
    accounts, leaderboard, operations, organizer, organizers, passwords, registration, scorer, seasons, submissions,
    teams, uploads,
};
use crate::error::{Error, Result};
use crate::extraction::json_config;
use crate::load::MAX_OUTCOME;
use crate::pages;

/// All routes.
pub fn configure(config: &mut ServiceConfig) {
    // Before the scope, which takes all addresses that begin with its own.
    operator_routes(config);
    config.service(
        web::scope("/api/v1")
            .configure(accounts)
            .configure(seasons)
            .configure(teams)
            .configure(uploads)
            .configure(submissions)
            .configure(boards)
            .configure(scorers)
            .configure(for_organizers),
    );
    page_routes(config);
    config.default_service(web::to(pages::serve));
}

fn accounts(config: &mut ServiceConfig) {
    config
        .service(at("/accounts").route(web::post().to(accounts::create_account)))
        .service(
            at("/sessions")
                .route(web::post().to(accounts::create_session))
                .route(web::delete().to(accounts::delete_session)),
        )
        .service(at("/sessions/refresh").route(web::post().to(accounts::refresh_session)))
        .service(at("/me").route(web::get().to(accounts::get_me)).route(web::patch().to(accounts::update_me)))
        .service(at("/me/password").route(web::put().to(passwords::change_password)))
        .service(
            at("/password-resets/{code}")
                .route(web::get().to(passwords::get_password_reset))
                .route(web::post().to(passwords::reset_password)),
        )
        .service(
            at("/setup/{code}")
                .route(web::get().to(organizers::get_setup_link))
                .route(web::post().to(organizers::set_up_organizer)),
        )
        .service(at("/organizer-invitations/{code}").route(web::get().to(organizers::get_organizer_invitation)))
        .service(
            at("/organizer-invitations/{code}/accept").route(web::post().to(organizers::accept_organizer_invitation)),
        )
        .service(
            at("/me/tokens")
                .route(web::get().to(accounts::list_api_tokens))
                .route(web::post().to(accounts::create_api_token)),
        )
        .service(at("/me/tokens/{id}").route(web::delete().to(accounts::delete_api_token)));
}

fn seasons(config: &mut ServiceConfig) {
    config
        .service(
            at("/seasons").route(web::get().to(seasons::list_seasons)).route(web::post().to(seasons::create_season)),
        )
        .service(
            at("/seasons/{season}")
                .route(web::get().to(seasons::get_season))
                .route(web::patch().to(seasons::update_season)),
        )
        .service(
            at("/seasons/{season}/tasks")
                .route(web::get().to(seasons::list_tasks))
                .route(web::post().to(seasons::create_task)),
        )
        .service(
            at("/seasons/{season}/tasks/{task}")
                .route(web::get().to(seasons::get_task))
                .route(web::put().to(seasons::update_task)),
        )
        .service(at("/seasons/{season}/tasks/{task}/test-set").route(web::put().to(seasons::put_test_set)))
        .service(at("/seasons/{season}/tasks/{task}/test-set/labels").route(web::get().to(seasons::get_labels)))
        .service(at("/seasons/{season}/tasks/{task}/classes").route(web::get().to(seasons::list_classes)))
        .service(at("/seasons/{season}/tasks/{task}/images").route(web::get().to(seasons::list_images)));
}

fn teams(config: &mut ServiceConfig) {
    config
        .service(
            at("/seasons/{season}/teams")
                .route(web::get().to(teams::list_teams))
                .route(web::post().to(teams::create_team)),
        )
        .service(
            at("/seasons/{season}/registration")
                .route(web::get().to(teams::get_registration))
                .route(web::post().to(teams::use_registration_code)),
        )
        .service(
            at("/seasons/{season}/teams/{team}")
                .route(web::get().to(teams::get_team))
                .route(web::patch().to(teams::update_team)),
        )
        .service(
            at("/seasons/{season}/teams/{team}/invitations")
                .route(web::get().to(teams::list_invitations))
                .route(web::post().to(teams::create_invitation)),
        )
        .service(
            at("/seasons/{season}/teams/{team}/invitations/{id}").route(web::delete().to(teams::delete_invitation)),
        )
        .service(
            at("/seasons/{season}/teams/{team}/members/{account}")
                .route(web::delete().to(teams::delete_member))
                .route(web::patch().to(teams::update_member)),
        )
        .service(at("/invitations/{code}").route(web::get().to(teams::get_invitation)))
        .service(at("/invitations/{code}/accept").route(web::post().to(teams::accept_invitation)));
}

fn uploads(config: &mut ServiceConfig) {
    config
        .service(
            at("/uploads")
                .route(web::method(Method::OPTIONS).to(uploads::discover_uploads))
                .route(web::post().to(uploads::create_upload)),
        )
        .service(
            at("/uploads/{id}")
                .route(web::method(Method::OPTIONS).to(uploads::discover_uploads))
                .route(web::head().to(uploads::head_upload))
                .route(web::get().to(uploads::get_upload))
                .route(web::patch().to(uploads::patch_upload))
                .route(web::delete().to(uploads::delete_upload))
                .route(web::post().to(uploads::override_upload)),
        );
}

fn submissions(config: &mut ServiceConfig) {
    config
        .service(
            at("/seasons/{season}/tasks/{task}/submissions")
                .route(web::get().to(submissions::list_submissions))
                .route(web::post().to(submissions::create_submission)),
        )
        .service(
            at("/seasons/{season}/tasks/{task}/submissions/preflight")
                .route(web::post().to(submissions::preflight_submission)),
        )
        .service(at("/seasons/{season}/tasks/{task}/quota").route(web::get().to(submissions::get_quota)))
        .service(
            at("/submissions/{id}")
                .route(web::get().to(submissions::get_submission))
                .route(web::patch().to(submissions::update_submission)),
        )
        .service(at("/submissions/{id}/cancel").route(web::post().to(submissions::cancel_submission)))
        .service(at("/submissions/{id}/events").route(web::get().to(submissions::stream_submission)));
}

fn boards(config: &mut ServiceConfig) {
    config
        .service(at("/seasons/{season}/tasks/{task}/leaderboard").route(web::get().to(leaderboard::get_leaderboard)))
        .service(
            at("/seasons/{season}/tasks/{task}/leaderboard.csv").route(web::get().to(leaderboard::get_leaderboard_csv)),
        )
        .service(at("/seasons/{season}/tasks/{task}/entries/{submission}").route(web::get().to(leaderboard::get_entry)))
        .service(
            at("/seasons/{season}/tasks/{task}/leaderboard/events")
                .route(web::get().to(leaderboard::watch_leaderboard)),
        );
}

fn scorers(config: &mut ServiceConfig) {
    config
        .service(at("/scorer/claims").route(web::post().to(scorer::create_claim)))
        .service(at("/scorer/evaluations/{id}/heartbeat").route(web::post().to(scorer::create_heartbeat)))
        .service(
            at("/scorer/evaluations/{id}/outcome")
                .app_data(json_config(MAX_OUTCOME))
                .route(web::post().to(scorer::create_outcome)),
        )
        .service(at("/scorer/blobs/{sha256}").route(web::get().to(scorer::get_blob)));
}

fn for_organizers(config: &mut ServiceConfig) {
    config
        .service(at("/organizer/audit").route(web::get().to(organizer::list_audit_entries)))
        .service(at("/organizer/organizers").route(web::get().to(organizers::list_organizers)))
        .service(at("/organizer/organizers/{account}").route(web::delete().to(organizers::delete_organizer)))
        .service(
            at("/organizer/invitations")
                .route(web::get().to(organizers::list_organizer_invitations))
                .route(web::post().to(organizers::create_organizer_invitation)),
        )
        .service(at("/organizer/invitations/{id}").route(web::delete().to(organizers::delete_organizer_invitation)))
        .service(at("/organizer/setup-links").route(web::post().to(organizers::create_setup_link)))
        .service(at("/organizer/password-resets").route(web::post().to(organizer::create_password_reset)))
        .service(
            at("/organizer/scorer-tokens")
                .route(web::get().to(organizer::list_scorer_tokens))
                .route(web::post().to(organizer::create_scorer_token)),
        )
        .service(at("/organizer/scorer-tokens/{id}").route(web::delete().to(organizer::delete_scorer_token)))
        .service(at("/organizer/evaluations").route(web::get().to(organizer::list_evaluations)))
        .service(
            at("/organizer/seasons/{season}/tasks/{task}/commitment").route(web::get().to(organizer::get_commitment)),
        )
        .service(at("/organizer/queue").route(web::get().to(organizer::get_queue)))
        .service(at("/organizer/scorers").route(web::get().to(organizer::list_scorers)))
        .service(
            at("/organizer/seasons/{season}/registration-codes")
                .route(web::get().to(registration::list_registration_codes))
                .route(web::post().to(registration::create_registration_code)),
        )
        .service(
            at("/organizer/seasons/{season}/registration-codes/{id}")
                .route(web::delete().to(registration::delete_registration_code)),
        )
        .service(at("/organizer/seasons/{season}/teams/{team}").route(web::patch().to(registration::decide_team)))
        .service(at("/organizer/seasons/{season}/team-changes").route(web::get().to(registration::list_team_changes)))
        .service(at("/organizer/submissions/{id}/requeue").route(web::post().to(organizer::requeue_submission)));
}

fn operator_routes(config: &mut ServiceConfig) {
    config
        .service(at("/healthz").route(web::get().to(operations::get_health)))
        .service(at("/readyz").route(web::get().to(operations::get_readiness)))
        .service(at("/metrics").route(web::get().to(operations::get_metrics)))
        .service(at("/api/v1/openapi.json").route(web::get().to(operations::get_openapi)));
}

/// The reference of the API. All other pages are what no route has: [`pages::serve`].
fn page_routes(config: &mut ServiceConfig) {
    config
        .service(at("/docs/api").route(web::get().to(pages::reference)))
        .service(at(&pages::STYLE_PATH).route(web::get().to(pages::style)))
        .service(at(&pages::SCRIPT_PATH).route(web::get().to(pages::script)));
}

/// The resource at `path`, which refuses methods that it has no route for.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(refuse_method))
}

async fn refuse_method(request: HttpRequest) -> Result<HttpResponse> {
    Err(Error::method_not_allowed(request.method()))
}
