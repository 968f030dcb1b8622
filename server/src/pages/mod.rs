//! Pages for browsers, made on the server: the seasons, a board, the reference of the API. No scripts; all text escaped.

mod board;
mod frame;
mod measured;
mod reference;

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use holdout_protocol::{LeaderboardQuery, Timestamp};
use maud::{Markup, html};

use self::frame::{page, refusal};
use crate::app::App;
use crate::error::Result;
use crate::ranking::{self, View};
use crate::secret;

/// Rows of a board on the first page.
const TOP: usize = 5;

const STYLE: &str = include_str!("style.css");

/// Address of the style sheet: it changes with its content, so that browsers may keep it for ever.
pub static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest: String = secret::sha256(STYLE.as_bytes()).to_string().chars().take(16).collect();
    format!("/assets/style-{digest}.css")
});

/// The style sheet of the pages.
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLE)
}

/// The seasons, with the top of their boards.
pub async fn home(app: web::Data<App>) -> HttpResponse {
    match seasons(&app).await {
        Ok(body) => page("Holdout", &body),
        Err(error) => refusal(&error),
    }
}

/// A task's board.
pub async fn board(
    app: web::Data<App>,
    path: web::Path<(String, String)>,
    query: web::Query<LeaderboardQuery>,
) -> HttpResponse {
    match full_board(&app, (&path.0, &path.1), &query).await {
        Ok((title, body)) => page(&title, &body),
        Err(error) => refusal(&error),
    }
}

/// The reference of the API.
pub async fn reference() -> HttpResponse {
    static BODY: LazyLock<Markup> = LazyLock::new(reference::render);
    page("API reference", &BODY)
}

async fn seasons(app: &App) -> Result<Markup> {
    let now = Timestamp::now();
    let snapshot = ranking::snapshot(app).await?;
    let mut sections = Vec::new();
    for (season, tasks) in snapshot.seasons.iter().filter(|(season, _)| !season.draft) {
        let mut boards = Vec::new();
        for task in tasks {
            let head = ranking::Head { season: season.clone(), task: task.clone() };
            let built = ranking::board(app, &head, View::standard(&head)).await?;
            boards.push(board::section(&head, &built.board, TOP));
        }
        sections.push(html! {
            section {
                h2 { (season.title) }
                (frame::state(season, now))
                @for board in &boards { (board) }
                @if boards.is_empty() { p.soft { "No task yet." } }
            }
        });
    }
    Ok(html! {
        h1 { "Seasons" }
        @if sections.is_empty() { p.soft { "No season yet." } }
        @for section in &sections { (section) }
    })
}

async fn full_board(app: &App, names: (&str, &str), query: &LeaderboardQuery) -> Result<(String, Markup)> {
    let now = Timestamp::now();
    let head = ranking::snapshot(app).await?.find(names.0, names.1)?;
    let view = View::allowed(query, &head, false, now)?;
    let built = ranking::board(app, &head, view).await?;
    let title = format!("{} · {}", head.task.settings.title, head.season.title);
    let body = html! {
        h1 { (head.season.title) }
        (frame::state(&head.season, now))
        (board::section(&head, &built.board, usize::MAX))
    };
    Ok((title, body))
}
