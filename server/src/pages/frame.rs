//! What all pages have: head, header, footer, the headers of the answer.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpResponse, ResponseError as _};
use holdout_protocol::{SeasonState, Timestamp};
use maud::{DOCTYPE, Markup, html};

use super::STYLE_PATH;
use crate::db::boards::SeasonHead;
use crate::error::Error;

/// Pages load their style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page.
pub fn page(title: &str, body: &Markup) -> HttpResponse {
    answer(StatusCode::OK, title, body)
}

/// A page that says why there is none.
pub fn refusal(error: &Error) -> HttpResponse {
    if !matches!(error, Error::Refused { .. }) {
        tracing::error!(%error, "request failed");
    }
    let message = error.body().error.message;
    answer(error.status_code(), "Not available", &html! { h1 { "Not available" } p { (message) } })
}

fn answer(status: StatusCode, title: &str, body: &Markup) -> HttpResponse {
    let text = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href=(*STYLE_PATH);
            }
            body {
                header {
                    a.name href="/" { "Holdout" }
                    a href="/docs/api" { "API" }
                }
                main { (body) }
                footer { span { "Holdout " (env!("CARGO_PKG_VERSION")) } a href="/api/v1/openapi.json" { "OpenAPI" } }
            }
        }
    };
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text.into_string())
}

/// Where a season stands, and how long.
pub fn state(season: &SeasonHead, now: Timestamp) -> Markup {
    let state = season.state(now);
    let (word, class) = match state {
        SeasonState::Draft => ("not yet open", "state"),
        SeasonState::Open => ("open", "state state-open"),
        SeasonState::Closed => ("closed", "state"),
        SeasonState::Published => ("published", "state"),
    };
    let until = match state {
        SeasonState::Draft => Some(format!("opens {} ({})", minute(season.opens_at), span(season.opens_at, now))),
        SeasonState::Open => season.closes_at.map(|at| format!("closes {} ({})", minute(at), span(at, now))),
        SeasonState::Closed => season.closes_at.map(|at| format!("closed {}", minute(at))),
        SeasonState::Published => season.published_at.map(|at| format!("final scores published {at}")),
    };
    html! {
        p {
            span class=(class) { (word) }
            @if season.paused { " " span.state { "paused" } }
            @if let Some(at) = season.frozen_at { " " span.state { "board frozen at " (at) } }
            @if let Some(until) = until { " " span.soft { (until) } }
        }
    }
}

/// A time as people read it, to the minute: `2012-09-30 23:00 UTC`.
pub fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// How long it is until `at`, in its two largest units.
fn span(at: Timestamp, now: Timestamp) -> String {
    let minutes = at.since(now).as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("in {minutes} min"),
        (0, _) => format!("in {hours} h {minutes} min"),
        _ => format!("in {days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn spans_have_two_units() {
        let now = Timestamp::from_micros(0);
        let after = |seconds| span(now.plus(Duration::from_secs(seconds)), now);
        assert_eq!(after(59), "in 0 min");
        assert_eq!(after(3 * 3600 + 240), "in 3 h 4 min");
        assert_eq!(after(86_400 * 3 + 7200), "in 3 d 2 h");
    }
}
