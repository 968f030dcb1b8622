//! Organizers' routes.

use actix_web::web;
use holdout_protocol::{AuditEntry, ErrorBody, Page, PageQuery};

use crate::app::App;
use crate::auth::Organizer;
use crate::db;
use crate::error::Result;

/// The audit log, newest first.
#[utoipa::path(get, path = "/api/v1/organizer/audit", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "entries", body = Page<AuditEntry>),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`forbidden`: for organizers only", body = ErrorBody),
))]
pub async fn list_audit_entries(
    app: web::Data<App>,
    _: Organizer,
    query: web::Query<PageQuery>,
) -> Result<web::Json<Page<AuditEntry>>> {
    let query = query.into_inner();
    app.db.read(move |conn| db::audit::page(conn, &query)).await.map(web::Json)
}
