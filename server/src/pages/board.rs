//! A board as a table, each row with its interval as a bar.

use holdout_protocol::{BoardRow, BoardSplit, Leaderboard, SeasonState, Timestamp};
use maud::{Markup, html};

use super::frame::minute;
use super::measured;
use crate::ranking::{Head, metric_name};

/// A task's board with at most `limit` rows.
pub fn section(head: &Head, board: &Leaderboard, limit: usize) -> Markup {
    let place = format!("/seasons/{}/{}", board.season, board.task);
    let api = format!("/api/v1/seasons/{}/tasks/{}/leaderboard", board.season, board.task);
    let query = query(board);
    let private = head.task.settings.split.is_some() && head.season.state(Timestamp::now()) == SeasonState::Published;
    html! {
        h3 { a href=(place) { (head.task.settings.title) } }
        p.soft {
            (metric_name(board.metric)) " on " (board.n) " images"
            @if head.task.settings.split.is_some() { " of the " (split_name(board.split)) " part" }
            @if let Some(at) = board.updated_at { " · last result " (minute(at)) }
            @if let Some(at) = board.as_of { " · results up to " (minute(at)) }
        }
        @if board.rows.is_empty() {
            p.soft { "No result yet." }
        } @else {
            (table(board, limit))
            @for gap in &board.gaps { p { (gap.statement) "." } }
            p.soft { "Differences below about " (points(board.resolution)) " points cannot be told apart here." }
        }
        p {
            @if board.rows.len() > limit { a href=(place) { "All " (board.rows.len()) " rows" } " · " }
            @if private {
                a href=(place) { "Public part" } " · " a href={ (place) "?split=private" } { "Private part" } " · "
            }
            a href={ (api) (query) } { "JSON" } " · " a href={ (api) ".csv" (query) } { "CSV" }
        }
    }
}

fn query(board: &Leaderboard) -> &'static str {
    match board.split {
        BoardSplit::Public => "",
        BoardSplit::Private => "?split=private",
    }
}

const fn split_name(split: BoardSplit) -> &'static str {
    match split {
        BoardSplit::Public => "public",
        BoardSplit::Private => "private",
    }
}

fn table(board: &Leaderboard, limit: usize) -> Markup {
    let most = board.rows.iter().take(limit).map(|row| row.interval_999.high).fold(0.0, f64::max);
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th.number { "Rank" }
                        th { "Team" }
                        th { "Method" }
                        th.number { "Error, %" }
                        th { "99.9 % interval" }
                        th.number { "Entries" }
                    }
                }
                tbody { @for row in board.rows.iter().take(limit) { (line(row, most)) } }
            }
        }
    }
}

fn line(row: &BoardRow, most: f64) -> Markup {
    html! {
        tr {
            td.number.rank {
                @match row.rank { Some(rank) => (rank), None => "–" }
                @if let Some([best, worst]) = row.rank_range && best != worst {
                    " " span.note { "(" (best) "–" (worst) ")" }
                }
            }
            td.team { (row.team) }
            td.method {
                @if let Some(method) = &row.method { (method) }
                @if row.baseline { " " span.state { "baseline" } }
                @if let Some(note) = &row.note { div.note { (note) } }
                @if let Some(measures) = &row.measures {
                    div.note { (measured::line(measures)) }
                    @if let Some(missing) = measured::missing(measures) { div.note { "evaluated without " (missing) } }
                }
            }
            td.number.error { (points(row.error)) }
            td.bar { (bar(row, most)) }
            td.number.entries { (row.entries) }
        }
    }
}

/// The interval as a bar on a scale from 0 to `most`.
fn bar(row: &BoardRow, most: f64) -> Markup {
    let scale = |value: f64| if most > 0.0 { value / most * 100.0 } else { 0.0 };
    let (low, high) = (scale(row.interval_999.low), scale(row.interval_999.high));
    let text = format!("{} to {} %", points(row.interval_999.low), points(row.interval_999.high));
    html! {
        svg.interval viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=(text) {
            title { (text) }
            rect.axis x="0" y="4.5" width="100" height="1" {}
            rect.range x=(format!("{low:.3}")) y="2" width=(format!("{:.3}", (high - low).max(0.4))) height="6" {}
            rect.point x=(format!("{:.3}", (scale(row.error) - 0.2).max(0.0))) y="0" width="0.4" height="10" {}
        }
    }
}

/// A share as percent with three decimals: exact for counts of 100,000 images.
fn points(share: f64) -> String {
    format!("{:.3}", share * 100.0)
}
