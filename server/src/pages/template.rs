//! The page that a server sends, with title, preview and first data filled in.

use actix_web::http::StatusCode;
use maud::{Markup, PreEscaped, html};

/// Where the head's part goes.
pub(super) const HEAD: &str = "<!--holdout:head-->";
/// Where the body's part goes.
pub(super) const BODY: &str = "<!--holdout:body-->";
/// The name of all this.
pub const SITE: &str = "Holdout";
/// The picture that shared links show, a file of the pages: path, width, height.
pub(super) const PICTURE: (&str, u32, u32) = ("/share.png", 1200, 630);

/// A page's first view.
#[derive(Debug)]
pub struct FirstView {
    /// The status of the answer.
    pub status: StatusCode,
    pub(super) title: String,
    pub(super) description: Option<String>,
    /// The path of the Atom feed that belongs to the page.
    pub(super) feed: Option<String>,
    /// What data search engines read about the page.
    pub(super) dataset: Option<serde_json::Value>,
    /// The server's address and the page's path in it, as links to the page are shared; `None` for
    /// what is not there.
    pub(super) address: Option<(String, String)>,
    /// Where the same can be had without scripts.
    pub(super) plain: String,
    pub(super) answers: Vec<PageAnswer>,
}

/// An answer of the API that is written into a page.
#[derive(Debug)]
pub(super) struct PageAnswer {
    /// The address that it is the answer of.
    pub path: String,
    pub etag: Option<String>,
    /// JSON.
    pub body: String,
}

impl PageAnswer {
    /// A member of the object that the page's script reads: `"PATH":{"etag":…,"body":…}`.
    fn member(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let etag = self.etag.as_deref().map(|etag| format!("\"etag\":{},", quoted(etag))).unwrap_or_default();
        format!("{}:{{{etag}\"body\":{}}}", quoted(&self.path), self.body)
    }
}

impl FirstView {
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            description: None,
            feed: None,
            dataset: None,
            address: None,
            plain: "/api/v1/seasons".to_owned(),
            answers: Vec::new(),
        }
    }

    /// A page without data.
    pub fn refused(status: StatusCode) -> Self {
        Self { status, ..Self::titled(SITE) }
    }

    pub(super) fn with_answer(mut self, path: &str, etag: Option<&str>, body: &str) -> Self {
        let (path, etag, body) = (path.to_owned(), etag.map(str::to_owned), body.to_owned());
        self.answers.push(PageAnswer { path, etag, body });
        self
    }

    /// The page with its first view.
    pub fn fill(&self, page: &str) -> String {
        page.replacen(HEAD, &self.head().into_string(), 1).replacen(BODY, &self.body().into_string(), 1)
    }

    pub(super) fn head(&self) -> Markup {
        html! {
            title { (self.title) }
            meta property="og:site_name" content=(SITE);
            meta property="og:type" content="website";
            meta property="og:title" content=(self.title);
            meta name="twitter:card" content="summary_large_image";
            @if let Some((origin, path)) = &self.address {
                @let (picture, width, height) = PICTURE;
                link rel="canonical" href={ (origin) (path) };
                meta property="og:url" content={ (origin) (path) };
                meta property="og:image" content={ (origin) (picture) };
                meta property="og:image:width" content=(width);
                meta property="og:image:height" content=(height);
                meta property="og:image:alt" content="Holdout: evaluation on hidden test sets";
            }
            @if let Some(feed) = &self.feed {
                link rel="alternate" type="application/atom+xml" href=(feed);
            }
            @if let Some(dataset) = &self.dataset {
                script type="application/ld+json" { (PreEscaped(in_script(&dataset.to_string()))) }
            }
            @if let Some(description) = &self.description {
                meta name="description" content=(description);
                meta property="og:description" content=(description);
            }
        }
    }

    pub(super) fn body(&self) -> Markup {
        let members: Vec<String> = self.answers.iter().map(PageAnswer::member).collect();
        let data = in_script(&format!("{{{}}}", members.join(",")));
        html! {
            script type="application/json" id="holdout-data" { (PreEscaped(data)) }
            noscript {
                p { "This page needs JavaScript. The same data without it: " a href=(self.plain) { (self.plain) } }
            }
        }
    }
}

/// JSON as a script element holds it: only `<` could end the element or begin a comment, and in
/// JSON it stands in strings alone.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_is_there_has_an_address_and_a_picture() {
        let there = FirstView {
            address: Some(("https://holdout.example.org".to_owned(), "/seasons/demo".to_owned())),
            description: Some("Tasks: \"A\"".to_owned()),
            feed: Some("/seasons/demo/feed.atom".to_owned()),
            ..FirstView::titled("Demo")
        };
        let head = there.head().into_string();
        for part in [
            "<title>Demo</title>",
            "<link rel=\"canonical\" href=\"https://holdout.example.org/seasons/demo\">",
            "<meta property=\"og:image\" content=\"https://holdout.example.org/share.png\">",
            "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/seasons/demo/feed.atom\">",
            "<meta name=\"description\" content=\"Tasks: &quot;A&quot;\">",
        ] {
            assert!(head.contains(part), "{part}: {head}");
        }
        let missing = FirstView::refused(StatusCode::NOT_FOUND);
        let head = missing.head().into_string();
        assert!(!head.contains("canonical") && !head.contains("og:image") && !head.contains("description"), "{head}");
        assert_eq!((missing.status, head.contains("<title>Holdout</title>")), (StatusCode::NOT_FOUND, true));
    }

    #[test]
    fn the_answers_of_a_page_are_one_object_by_their_addresses() {
        let view = FirstView::titled("Demo").with_answer("/a", Some("\"tag\""), "[1]").with_answer("/b", None, "{}");
        let body = view.body().into_string();
        let data = body.split_once('>').unwrap().1.split_once("</script>").unwrap().0;
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data, serde_json::json!({ "/a": { "etag": "\"tag\"", "body": [1] }, "/b": { "body": {} } }));
    }

    #[test]
    fn a_placeholder_in_what_is_filled_in_is_not_filled_again() {
        let view = FirstView::titled(BODY);
        let page = view.fill(&format!("{HEAD}|{BODY}"));
        assert_eq!(page.matches("holdout-data").count(), 1);
    }
}
