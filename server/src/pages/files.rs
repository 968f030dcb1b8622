//! The files of the pages, as `frontend/` builds them, compressed beforehand: embedded in a
//! release, read from their folder by a program built for development, so that a change of the
//! pages does not build the program again.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;

use crate::compress::Coding;

#[derive(Embed)]
#[folder = "../frontend/build"]
#[allow_missing = true]
struct Embedded;

/// What the build of the pages says of them; `None` if the program was built without.
pub static PAGES: LazyLock<Option<Manifest>> = LazyLock::new(|| {
    let file = Embedded::get("manifest.json")?;
    match serde_json::from_slice(&file.data) {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            tracing::error!(%error, "the manifest of the pages cannot be read");
            None
        }
    }
});

/// `manifest.json`.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The Content-Security-Policy of pages.
    pub policy: String,
    /// That of boards in other people's pages.
    pub embed_policy: String,
    /// Files whose names change with their content.
    immutable: HashSet<String>,
    files: HashSet<String>,
    /// The pages there are: `/seasons/[season]`.
    routes: Vec<String>,
}

impl Manifest {
    /// Returns true if a file of this name is there to be had.
    pub fn is_file(&self, name: &str) -> bool {
        name != "index.html" && self.files.contains(name)
    }

    /// The page at an address, as its route.
    pub fn route(&self, path: &str) -> Option<&str> {
        let asked: Vec<&str> = segments(path).collect();
        let fits = |route: &&String| {
            let parts: Vec<&str> = segments(route).collect();
            let same = |(part, asked): (&&str, &&str)| part == asked || part.starts_with('[') && !asked.is_empty();
            parts.len() == asked.len() && parts.iter().zip(&asked).all(same)
        };
        self.routes.iter().find(fits).map(String::as_str)
    }
}

/// Returns the segments of an address. A slash at its end does not add one.
pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/').filter(|segment| !segment.is_empty())
}

/// The page that all addresses get, before it is filled.
pub fn index() -> String {
    let file = Embedded::get("index.html").map(|file| file.data).unwrap_or_default();
    String::from_utf8_lossy(&file).into_owned()
}

/// A file, in the form that the caller reads.
pub fn answer(manifest: &Manifest, name: &str, coding: Coding) -> Option<HttpResponse> {
    let (data, encoding) = in_form(name, coding)?;
    let keep =
        if manifest.immutable.contains(name) { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, content_type(name)))
        .insert_header((CONTENT_SECURITY_POLICY, manifest.policy.as_str()))
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((VARY, "Accept-Encoding"));
    if let Some(encoding) = encoding {
        answer.insert_header((CONTENT_ENCODING, encoding));
    }
    Some(match data {
        Cow::Borrowed(bytes) => answer.body(bytes),
        Cow::Owned(bytes) => answer.body(bytes),
    })
}

fn in_form(name: &str, coding: Coding) -> Option<(Cow<'static, [u8]>, Option<&'static str>)> {
    let form = |ending: &str| Embedded::get(&format!("{name}{ending}")).map(|file: EmbeddedFile| file.data);
    let small = match coding {
        Coding::Brotli => form(".br").map(|data| (data, Some("br"))),
        Coding::Gzip => form(".gz").map(|data| (data, Some("gzip"))),
        Coding::Identity => None,
    };
    small.or_else(|| form("").map(|data| (data, None)))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_page_of_its_route() {
        let manifest = Manifest {
            policy: String::new(),
            embed_policy: String::new(),
            immutable: HashSet::new(),
            files: HashSet::from(["robots.txt".to_owned(), "index.html".to_owned()]),
            routes: ["/", "/login", "/seasons/[season]", "/seasons/[season]/[task]"].map(str::to_owned).to_vec(),
        };
        for (path, route) in [
            ("/", Some("/")),
            ("/login", Some("/login")),
            ("/login/", Some("/login")),
            ("/seasons", None),
            ("/seasons/a", Some("/seasons/[season]")),
            ("/seasons/a/b", Some("/seasons/[season]/[task]")),
            ("/seasons/a/b/c", None),
        ] {
            assert_eq!(manifest.route(path), route, "{path}");
        }
        assert!(manifest.is_file("robots.txt") && !manifest.is_file("index.html") && !manifest.is_file(""));
    }

    #[test]
    fn a_file_is_sent_as_what_its_ending_says() {
        for (name, kind) in [
            ("_app/a.b.js", "text/javascript; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("share.png", "image/png"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("a.exe", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), kind, "{name}");
        }
    }
}
