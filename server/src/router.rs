//! The table of contents of the API, by audience. A handler's name is its operation id.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use holdout_protocol::ErrorCode;

use crate::api::{accounts, organizer, teams, uploads};
use crate::error::{Error, Result};

/// All routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/api/v1")
            .configure(accounts)
            .configure(seasons)
            .configure(teams)
            .configure(uploads)
            .configure(submissions)
            .configure(boards)
            .configure(scorers)
            .configure(organizers),
    );
    operations(config);
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
        .service(at("/me").route(web::get().to(accounts::get_me)))
        .service(
            at("/me/tokens")
                .route(web::get().to(accounts::list_api_tokens))
                .route(web::post().to(accounts::create_api_token)),
        )
        .service(at("/me/tokens/{id}").route(web::delete().to(accounts::delete_api_token)));
}

fn seasons(_config: &mut ServiceConfig) {}

fn teams(config: &mut ServiceConfig) {
    config
        .service(
            at("/seasons/{season}/teams")
                .route(web::get().to(teams::list_teams))
                .route(web::post().to(teams::create_team)),
        )
        .service(at("/seasons/{season}/teams/{team}").route(web::get().to(teams::get_team)))
        .service(
            at("/seasons/{season}/teams/{team}/invitations")
                .route(web::get().to(teams::list_invitations))
                .route(web::post().to(teams::create_invitation)),
        )
        .service(
            at("/seasons/{season}/teams/{team}/invitations/{id}").route(web::delete().to(teams::delete_invitation)),
        )
        .service(at("/seasons/{season}/teams/{team}/members/{account}").route(web::delete().to(teams::delete_member)))
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

fn submissions(_config: &mut ServiceConfig) {}

fn boards(_config: &mut ServiceConfig) {}

fn scorers(_config: &mut ServiceConfig) {}

fn organizers(config: &mut ServiceConfig) {
    config.service(at("/organizer/audit").route(web::get().to(organizer::list_audit_entries)));
}

fn operations(_config: &mut ServiceConfig) {}

/// The resource at `path`, which refuses methods that it has no route for.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(refuse_method))
}

async fn refuse_method(request: HttpRequest) -> Result<HttpResponse> {
    Err(Error::refused(ErrorCode::MethodNotAllowed, format!("`{}` cannot be done here", request.method())))
}
