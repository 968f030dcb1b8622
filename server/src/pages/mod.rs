//! What browsers get: the pages of `frontend/`, embedded in the program ([`files`]) and given title
//! and first data ([`first_view`]), and the reference of the API, made on the server.

mod files;
mod first_view;
mod reference;
mod template;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, ResponseError as _, web};

use self::files::{Manifest, PAGES};
pub use self::reference::{SCRIPT_PATH, STYLE_PATH, reference, script, style};
use self::template::{FirstView, SITE};
use crate::app::App;
use crate::auth::Caller;
use crate::compress::{Coding, coding, gzip};
use crate::error::{Error, Result};
use crate::{ranking, stand_in};

/// A body below this size, bytes, is sent as it is.
const WORTH_COMPRESSING: usize = 1400;

/// Returns whether the pages are in this program.
#[must_use]
pub fn has_pages() -> bool {
    PAGES.is_some()
}

/// All addresses that no route has: a file of the pages, a page, or a refusal.
///
/// # Errors
/// `not_found`, and `method_not_allowed` if something can only be read.
pub async fn serve(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    let path = request.path();
    let missing = || Error::not_found("address", path);
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(manifest) = PAGES.as_ref().filter(|_| !path.starts_with("/api/")) else {
        return match path {
            "/" if reading => Ok(without_pages()),
            "/" => Err(Error::method_not_allowed(request.method())),
            _ => Err(missing()),
        };
    };
    let name = path.trim_start_matches('/');
    let (file, route) = (manifest.is_file(name), manifest.route(path));
    if !file && route.is_none() && !wants_page(&request) {
        return Err(missing());
    }
    if !reading {
        return Err(if file || route.is_some() { Error::method_not_allowed(request.method()) } else { missing() });
    }
    if file {
        return files::answer(manifest, name, coding(&request)).ok_or_else(missing);
    }
    let view = match route {
        // The page fetches what stands in for the database, and sees by its age that it does.
        Some(_) if ranking::stands_still(&app).await => FirstView::titled(SITE),
        Some(_) => {
            // Whoever is not known any more sees what everybody sees; the page finds out itself
            // that a session has ended.
            let caller = Caller::extract(&request).await.unwrap_or(Caller(None));
            let is_anybody = caller.0.is_none();
            let view = first_view::first_view(&app, caller, &request).await;
            for answer in view.answers.iter().filter(|_| is_anybody) {
                stand_in::keep_plain(&app, answer.path.clone(), answer.body.clone());
            }
            // What stands in may be there although the database is not.
            if view.status.is_server_error() { FirstView::titled(SITE) } else { view }
        }
        None => FirstView::refused(StatusCode::NOT_FOUND),
    };
    Ok(page(manifest, &view, path, coding(&request)))
}

/// A page with its first data.
fn page(manifest: &Manifest, view: &FirstView, path: &str, coding: Coding) -> HttpResponse {
    let policy = if path.starts_with("/embed/") { &manifest.embed_policy } else { &manifest.policy };
    let body = view.fill(&files::index());
    let mut answer = HttpResponse::build(view.status);
    answer
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, policy.as_str()))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept-Encoding, Cookie"));
    if coding == Coding::Identity || body.len() < WORTH_COMPRESSING {
        return answer.body(body);
    }
    match gzip(body.as_bytes()) {
        Ok(small) => answer.insert_header((CONTENT_ENCODING, "gzip")).body(small),
        Err(_) => answer.body(body),
    }
}

/// Returns true if it is a browser that goes to an address, not a program that asks for data.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.path().starts_with("/_app/")
}

/// Returns what a program says that was built without the pages.
fn without_pages() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(
        "Holdout runs. The pages are not in this program: `make build` builds them and puts them in. \
         The API is described at /docs/api.\n",
    )
}

/// The status of a refusal as a page has it.
fn status_of(error: &Error) -> StatusCode {
    if !matches!(error, Error::Refused { .. }) {
        tracing::error!(%error, "the first data of a page cannot be had");
    }
    error.status_code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_a_page_at_an_address_that_is_not_there_and_a_program_a_refusal() {
        let wants = |uri: &str, accept: &str| {
            wants_page(&actix_web::test::TestRequest::with_uri(uri).insert_header((ACCEPT, accept)).to_http_request())
        };
        assert!(wants("/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(!wants("/nowhere", "*/*") && !wants("/nowhere", "application/json"));
        assert!(!wants("/_app/immutable/gone.js", "text/html"), "a part of a page is no page");
    }
}
