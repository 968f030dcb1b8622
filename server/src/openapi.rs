//! The OpenAPI document.

use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(info(title = "Holdout", description = "The evaluation server's public API."))]
struct Document;

/// The OpenAPI document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
