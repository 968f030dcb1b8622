//! Exports of a season, for organizers.

use actix_web::{HttpResponse, web};
use holdout_protocol::{ExportQuery, ExportTable, OrganizerRole, Slug};

use super::refusals::{InvalidQuery, NotFound};
use crate::app::App;
use crate::auth::{Judges, Observes, Organizer};
use crate::error::Result;
use crate::exports::{self, Table};
use crate::extraction::Query;

/// The participants, submissions or evaluations of a season, as a table or a list. E-mail addresses
/// of participants are for judges.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/export/{table}", tag = "organizers",
    params(("season" = Slug, Path), ("table" = ExportTable, Path, description = "what to export: `participants`, `submissions` or `evaluations`"), ExportQuery), responses(
    (status = 200, description = "all of it, as a file", body = String, content_type = "text/csv"),
    NotFound,
    InvalidQuery,
))]
pub async fn export_season(
    app: web::Data<App>,
    organizer: Organizer<Observes>,
    path: web::Path<(Slug, ExportTable)>,
    query: Query<ExportQuery>,
) -> Result<HttpResponse> {
    let (season, table) = path.into_inner();
    let table = match table {
        ExportTable::Participants => Table::Participants(organizer.0.may(OrganizerRole::Judge)),
        ExportTable::Submissions => Table::Submissions,
        ExportTable::Evaluations => Table::Evaluations,
    };
    exports::export(app, season, table, query.format.unwrap_or_default()).await
}

/// The audit log of a season, as a table or a list, newest first.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/export/audit", tag = "organizers",
    params(("season" = Slug, Path), ExportQuery), responses(
    (status = 200, description = "all of it, as a file", body = String, content_type = "text/csv"),
    NotFound,
    InvalidQuery,
))]
pub async fn export_audit(
    app: web::Data<App>,
    _: Organizer<Judges>,
    season: web::Path<Slug>,
    query: Query<ExportQuery>,
) -> Result<HttpResponse> {
    exports::export(app, season.into_inner(), Table::Audit, query.format.unwrap_or_default()).await
}
