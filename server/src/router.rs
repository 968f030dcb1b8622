//! Which handler answers which request: the operations of [`routes`], and the pages.

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};
use utoipa::openapi::path::PathItem;

use crate::api::uploads;
use crate::error::{Error, Result};
use crate::pages;
use crate::routes::{self, Operation};

pub fn configure(config: &mut ServiceConfig) {
    for area in routes::areas() {
        let handlers: HashMap<&str, Operation> = area.operations.into_iter().map(|it| (it.id, it)).collect();
        for (path, item) in &area.document.paths.paths {
            config.service(operations_at(path, item, &handlers));
        }
    }
    page_routes(config);
    config.default_service(web::to(pages::serve));
}

/// The resource with the operations of an address.
fn operations_at(path: &str, item: &PathItem, handlers: &HashMap<&str, Operation>) -> Resource {
    let by_method = [
        (Method::GET, &item.get),
        (Method::PUT, &item.put),
        (Method::POST, &item.post),
        (Method::DELETE, &item.delete),
        (Method::OPTIONS, &item.options),
        (Method::HEAD, &item.head),
        (Method::PATCH, &item.patch),
    ];
    let mut resource = at(path);
    for (method, operation) in by_method {
        let id = operation.as_ref().and_then(|operation| operation.operation_id.as_deref());
        if let Some(handler) = id.and_then(|id| handlers.get(id)) {
            resource = resource.route((handler.route)().method(method));
        }
    }
    // Tus offers its discovery at both addresses; the document names it once.
    if path == "/api/v1/uploads/{id}" {
        resource = resource.route(web::method(Method::OPTIONS).to(uploads::discover_uploads));
    }
    resource
}

/// The reference of the API. All other pages are what no route has: [`pages::serve`].
fn page_routes(config: &mut ServiceConfig) {
    config
        .service(at("/docs/api").route(web::get().to(pages::reference)))
        .service(at(&pages::STYLE_PATH).route(web::get().to(pages::style)))
        .service(at(&pages::SCRIPT_PATH).route(web::get().to(pages::script)));
}

/// The resource at `path`, which refuses methods that it has no route for.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(refuse_method))
}

async fn refuse_method(request: HttpRequest) -> Result<HttpResponse> {
    Err(Error::method_not_allowed(request.method()))
}
