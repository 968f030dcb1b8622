//! More time and more attempts for single teams, for organizers.

use actix_web::{HttpResponse, web};
use holdout_protocol::{ErrorBody, Extension, ExtensionId, NewExtension, Page, PageQuery, Slug};

use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Organizer};
use crate::error::Result;
use crate::extensions;
use crate::extraction::Query;
use crate::json::JsonBody;

/// Give one team a later deadline, or extra attempts until a time. What it submits after the season
/// has closed for the others is marked as late.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/extensions", tag = "organizers",
    request_body = NewExtension, params(("season" = Slug, Path)), responses(
    (status = 201, description = "the extension", body = Extension),
    NotFound,
    (status = 409, description = "`wrong_state`: the season is published; `already_exists`: the team has the same extension", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_extension(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewExtension>>,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let made = extensions::extend(&app, organizer.0.id, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// A season's extensions, newest first, with those that have ended.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/extensions", tag = "organizers",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "extensions", body = Page<Extension>),
    NotFound,
))]
pub async fn list_extensions(
    app: web::Data<App>,
    _: Organizer,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Extension>>> {
    extensions::list(&app, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// End an extension now. What the team did while it ran stays.
#[utoipa::path(delete, path = "/api/v1/organizer/seasons/{season}/extensions/{id}", tag = "organizers",
    params(("season" = Slug, Path), ("id" = ExtensionId, Path)), responses(
    (status = 204, description = "ended"),
    NotFound,
    (status = 409, description = "`wrong_state`: it has ended already", body = ErrorBody),
))]
pub async fn delete_extension(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, ExtensionId)>,
) -> Result<HttpResponse> {
    let (season, id) = path.into_inner();
    extensions::revoke(&app, organizer.0.id, season, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
