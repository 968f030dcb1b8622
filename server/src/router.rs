//! The table of contents of the API, by audience. A handler's name is its operation id.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use crate::api::{leaderboard, uploads};

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

fn accounts(_config: &mut ServiceConfig) {}

fn seasons(_config: &mut ServiceConfig) {}

fn teams(_config: &mut ServiceConfig) {}

fn uploads(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/uploads")
                .route(web::method(Method::OPTIONS).to(uploads::discover_uploads))
                .route(web::post().to(uploads::create_upload)),
        )
        .service(
            web::resource("/uploads/{id}")
                .route(web::method(Method::OPTIONS).to(uploads::discover_uploads))
                .route(web::head().to(uploads::head_upload))
                .route(web::get().to(uploads::get_upload))
                .route(web::patch().to(uploads::patch_upload))
                .route(web::delete().to(uploads::delete_upload))
                .route(web::post().to(uploads::override_upload)),
        );
}

fn submissions(_config: &mut ServiceConfig) {}

fn boards(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/seasons/{season}/tasks/{task}/leaderboard")
                .route(web::get().to(leaderboard::get_leaderboard)),
        )
        .service(
            web::resource("/seasons/{season}/tasks/{task}/leaderboard.csv")
                .route(web::get().to(leaderboard::get_leaderboard_csv)),
        )
        .service(
            web::resource("/seasons/{season}/tasks/{task}/leaderboard/events")
                .route(web::get().to(leaderboard::watch_leaderboard)),
        );
}

fn scorers(_config: &mut ServiceConfig) {}

fn organizers(_config: &mut ServiceConfig) {}

fn operations(_config: &mut ServiceConfig) {}
