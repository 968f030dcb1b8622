//! The OpenAPI document.

use utoipa::OpenApi;

use crate::api::uploads;

#[derive(OpenApi)]
#[openapi(info(title = "Holdout", description = "The evaluation server's public API."), paths(
    // uploads
    uploads::create_upload,
    uploads::delete_upload,
    uploads::discover_uploads,
    uploads::get_upload,
    uploads::head_upload,
    uploads::override_upload,
    uploads::patch_upload,
))]
struct Document;

/// The OpenAPI document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
