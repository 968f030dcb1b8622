//! The table of contents of the API, by audience. A handler's name is its operation id.

use actix_web::web::{self, ServiceConfig};

use crate::api;

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

fn uploads(_config: &mut ServiceConfig) {}

fn submissions(_config: &mut ServiceConfig) {}

fn boards(config: &mut ServiceConfig) {
    use api::leaderboard::{get_leaderboard, get_leaderboard_csv, watch_leaderboard};
    config
        .route("/seasons/{season}/tasks/{task}/leaderboard", web::get().to(get_leaderboard))
        .route("/seasons/{season}/tasks/{task}/leaderboard.csv", web::get().to(get_leaderboard_csv))
        .route("/seasons/{season}/tasks/{task}/leaderboard/events", web::get().to(watch_leaderboard));
}

fn scorers(_config: &mut ServiceConfig) {}

fn organizers(_config: &mut ServiceConfig) {}

fn operations(_config: &mut ServiceConfig) {}
