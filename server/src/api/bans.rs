//! Bans of people and teams, for organizers.

use actix_web::{HttpResponse, web};
use holdout_protocol::{Ban, BanId, BanQuery, BanReply, ErrorBody, NewBan, Page};

use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Organizer, Organizes, Somewhere};
use crate::bans;
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;

/// Ban a person, or a team with everybody who is in it: they cannot submit, found or join teams.
/// Their results stay on the board. With `dry_run` only whom it is about is said.
#[utoipa::path(post, path = "/api/v1/organizer/bans", tag = "organizers", request_body = NewBan, responses(
    (status = 200, description = "the people", body = BanReply),
    NotFound,
    (status = 409, description = "`already_exists`: the same ban is in force", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_ban(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Somewhere<Organizes>>, JsonBody<NewBan>>,
) -> Result<web::Json<BanReply>> {
    bans::ban(&app, organizer.0, body.into_inner()).await.map(web::Json)
}

/// Bans, newest first: those in force, or all.
#[utoipa::path(get, path = "/api/v1/organizer/bans", tag = "organizers", params(BanQuery), responses(
    (status = 200, description = "bans", body = Page<Ban>),
    NotFound,
))]
pub async fn list_bans(app: web::Data<App>, _: Organizer, query: Query<BanQuery>) -> Result<web::Json<Page<Ban>>> {
    bans::list(&app, query.into_inner()).await.map(web::Json)
}

/// Lift a ban before it ends.
#[utoipa::path(delete, path = "/api/v1/organizer/bans/{id}", tag = "organizers", params(("id" = BanId, Path)), responses(
    (status = 204, description = "lifted"),
    NotFound,
    (status = 409, description = "`wrong_state`: it has ended or was lifted already", body = ErrorBody),
))]
pub async fn delete_ban(app: web::Data<App>, organizer: Organizer, id: web::Path<BanId>) -> Result<HttpResponse> {
    bans::lift(&app, organizer.0.id, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
