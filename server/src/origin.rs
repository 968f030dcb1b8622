//! The address by which others reach this server.

use actix_web::HttpRequest;

use crate::app::App;

/// The address of the server as its operator set it, or else as the browser wrote it.
pub fn origin(app: &App, request: &HttpRequest) -> String {
    app.config.public_url.as_deref().map_or_else(
        || {
            let info = request.connection_info();
            format!("{}://{}", info.scheme(), info.host())
        },
        |url| url.trim_end_matches('/').to_owned(),
    )
}
