//! How a season is cited.

use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::Slug;

use super::refusals::NotFound;
use crate::app::App;
use crate::error::Result;
use crate::origin::origin;
use crate::seasons::citation::cite;

/// An entry for a BibTeX file that cites the season.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/citation.bib", tag = "seasons", params(("season" = Slug, Path)), responses(
    (status = 200, description = "the entry", body = String, content_type = "application/x-bibtex"),
    NotFound,
))]
pub async fn get_bibtex(app: web::Data<App>, season: web::Path<Slug>, request: HttpRequest) -> Result<HttpResponse> {
    let citation = cite(&app, season.into_inner(), &origin(&app, &request)).await?;
    Ok(HttpResponse::Ok().content_type("application/x-bibtex; charset=utf-8").body(citation.bibtex()))
}

/// A Citation File (CFF 1.2.0) that cites the season.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/citation.cff", tag = "seasons", params(("season" = Slug, Path)), responses(
    (status = 200, description = "the file", body = String, content_type = "text/plain"),
    NotFound,
))]
pub async fn get_citation_file(
    app: web::Data<App>,
    season: web::Path<Slug>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let citation = cite(&app, season.into_inner(), &origin(&app, &request)).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(citation.cff()))
}
