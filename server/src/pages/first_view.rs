//! What a page shows first, written into it: title, what a shared link shows, and the answers of
//! the API that it would ask for at once.

use actix_web::{HttpRequest, web};
use holdout_protocol::{
    EntryQuery, Leaderboard, LeaderboardQuery, Page, PageQuery, Season, SeasonState, Slug, SubmissionId, TrainingData,
};

use super::files::segments;
use super::status_of;
use super::template::{FirstView, SITE};
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::origin::origin;
use crate::seasons::citation::Citation;
use crate::{ranking, seasons};

/// The first view of the page at the address that was asked for.
pub async fn first_view(app: &App, caller: Caller, request: &HttpRequest) -> FirstView {
    let parts: Vec<&str> = segments(request.path()).collect();
    let caller = match parts.as_slice() {
        ["seasons" | "team" | "submit" | "embed", season, ..] => caller.about(Some(season)),
        _ => caller,
    };
    let found = match parts.as_slice() {
        [] => home(app, caller).await,
        ["seasons", season] => season_page(app, caller, season, &origin(app, request)).await,
        ["seasons", season, task, "entries", entry] => {
            entry_page(app, caller, season, task, entry, request.query_string()).await
        }
        ["team", season] => titled_for(app, caller, season).await,
        ["submit", season, task] => titled_for_task(app, caller, season, task).await,
        ["seasons", season, task, "compare"] => titled_for_task(app, caller, season, task).await,
        ["seasons" | "embed", season, task] => board_page(app, caller, season, task, request.query_string()).await,
        _ => Ok(FirstView::titled(SITE)),
    };
    match found {
        Ok(view) => FirstView { address: Some((origin(app, request), canonical(request))), ..view },
        Err(error) => FirstView::refused(status_of(&error)),
    }
}

/// The one path of a page: of its query only what makes it another page.
pub(super) fn canonical(request: &HttpRequest) -> String {
    let (path, query) = (request.path(), request.query_string());
    let is_board = matches!(segments(path).collect::<Vec<_>>().as_slice(), ["seasons", _, _, ..]);
    let split = ["public", "private"].into_iter().find(|part| has(query, "split", part));
    let named = [split.map(|part| format!("split={part}")), has(query, "all", "true").then(|| "all=true".to_owned())];
    let named: Vec<String> = named.into_iter().flatten().filter(|_| is_board).collect();
    // An embedded board is the board.
    let path = path.strip_prefix("/embed/").map_or_else(|| path.to_owned(), |rest| format!("/seasons/{rest}"));
    if named.is_empty() { path } else { format!("{path}?{}", named.join("&")) }
}

async fn home(app: &App, caller: Caller) -> Result<FirstView> {
    let page: Page<Season> = seasons::list_seasons(app, caller, PageQuery::default()).await?;
    let open: Vec<&str> = page
        .items
        .iter()
        .filter(|season| season.state == SeasonState::Open)
        .map(|season| season.title.as_str())
        .collect();
    let description = match open.as_slice() {
        [] => "Prediction competitions, their leaderboards and their results".to_owned(),
        titles => format!("Open now: {}", titles.join(" · ")),
    };
    let view = FirstView { description: Some(description), ..FirstView::titled(SITE) };
    Ok(view.with_answer("/api/v1/seasons", None, &json(&page)?))
}

async fn season_page(app: &App, caller: Caller, slug: &str, origin: &str) -> Result<FirstView> {
    let season = season(app, caller, slug).await?;
    let tasks: Vec<&str> = season.tasks.iter().map(|task| task.settings.title.as_str()).collect();
    let description = (!tasks.is_empty()).then(|| format!("Tasks: {}", tasks.join(" · ")));
    let path = format!("/api/v1/seasons/{slug}");
    let view = FirstView {
        description,
        plain: path.clone(),
        feed: (!season.draft).then(|| format!("/seasons/{slug}/feed.atom")),
        dataset: (!season.draft).then(|| Citation::of(&season, origin).dataset(origin)),
        ..FirstView::titled(format!("{} · {SITE}", season.title))
    };
    Ok(view.with_answer(&path, None, &json(&season)?))
}

async fn board_page(app: &App, caller: Caller, slug: &str, task: &str, query: &str) -> Result<FirstView> {
    let organizer = caller.is_organizer();
    let season = season(app, caller, slug).await?;
    let found = season.tasks.iter().find(|known| known.task.as_str() == task);
    let has_private = season.state == SeasonState::Published && found.is_some_and(|task| task.settings.split.is_some());
    // The part that decides is the one that a board opens on.
    let query = match asked_for(query) {
        asked if has_private && !names_part(query) => {
            LeaderboardQuery { split: Some(holdout_protocol::BoardSplit::Private), ..asked }
        }
        asked => asked,
    };
    let built = ranking::find(app, slug, task, &query, organizer).await?.board;
    let task_title = found.map(|task| &task.settings.title);
    let title = format!("{} · {} · {SITE}", task_title.map_or(task, String::as_str), season.title);
    let path = format!("/api/v1/seasons/{slug}/tasks/{task}/leaderboard");
    let view = FirstView {
        description: Some(in_a_line(&built.board)),
        plain: format!("{path}.csv"),
        ..FirstView::titled(title)
    };
    let board = std::str::from_utf8(&built.json).map_err(Error::internal)?;
    let address = format!("{path}{}", address_of(&query));
    let view = view.with_answer(&format!("/api/v1/seasons/{slug}"), None, &json(&season)?);
    Ok(view.with_answer(&address, Some(&built.etag), board))
}

async fn entry_page(app: &App, caller: Caller, slug: &str, task: &str, id: &str, query: &str) -> Result<FirstView> {
    let id: SubmissionId = id.parse().map_err(|_| Error::not_found("entry", id))?;
    let query = LeaderboardQuery { all: None, training_data: None, ..asked_for(query) };
    let organizer = caller.is_organizer();
    let entry = ranking::entry(app, slug, task, id, &EntryQuery { split: query.split }, organizer).await?;
    let built = ranking::find(app, slug, task, &query, organizer).await?.board;
    let season = season(app, caller, slug).await?;
    let row = &entry.row;
    let title = match &row.method {
        Some(method) => format!("{method} · {} · {SITE}", row.team),
        None => format!("{} · {SITE}", row.team),
    };
    let place = row.rank.map(|rank| format!("rank {rank} of all entries, ")).unwrap_or_default();
    let name = ranking::metric_name(entry.metric);
    let description = format!("{place}{name} {:.3} % on {} images · {}", row.error * 100.0, row.n, season.title);
    let path = format!("/api/v1/seasons/{slug}/tasks/{task}");
    let (own, address) = (format!("{path}/entries/{id}"), address_of(&query));
    let board = std::str::from_utf8(&built.json).map_err(Error::internal)?;
    let view = FirstView { description: Some(description), plain: own.clone(), ..FirstView::titled(title) };
    Ok(view
        .with_answer(&format!("/api/v1/seasons/{slug}"), None, &json(&season)?)
        .with_answer(&format!("{path}/leaderboard{address}"), Some(&built.etag), board)
        .with_answer(&format!("{own}{address}"), None, &json(&entry)?))
}

/// A page about a season for those who are logged in.
async fn titled_for(app: &App, caller: Caller, slug: &str) -> Result<FirstView> {
    let season = season(app, caller, slug).await?;
    let view = FirstView::titled(format!("{} · {SITE}", season.title));
    Ok(view.with_answer(&format!("/api/v1/seasons/{slug}"), None, &json(&season)?))
}

/// A page about a task whose first view is its script's.
async fn titled_for_task(app: &App, caller: Caller, slug: &str, task: &str) -> Result<FirstView> {
    let season = season(app, caller, slug).await?;
    if !season.tasks.iter().any(|known| known.task.as_str() == task) {
        return Err(Error::not_found("task", task));
    }
    let view = FirstView::titled(format!("{} · {SITE}", season.title));
    Ok(view.with_answer(&format!("/api/v1/seasons/{slug}"), None, &json(&season)?))
}

async fn season(app: &App, caller: Caller, slug: &str) -> Result<Season> {
    let slug: Slug = slug.parse().map_err(|_| Error::not_found("season", slug))?;
    seasons::get(app, caller, slug).await
}

/// Returns true if a page's query has this value for this name.
fn has(query: &str, name: &str, value: &str) -> bool {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map(web::Query::into_inner).unwrap_or_default();
    pairs.iter().any(|pair| pair.0 == name && pair.1 == value)
}

/// Returns true if a page's query names a part of the test set.
fn names_part(query: &str) -> bool {
    has(query, "split", "public") || has(query, "split", "private")
}

/// The part of the board that a page's query names; a page ignores what it does not know.
fn asked_for(query: &str) -> LeaderboardQuery {
    LeaderboardQuery {
        split: has(query, "split", "private").then_some(holdout_protocol::BoardSplit::Private),
        all: has(query, "all", "true").then_some(true),
        training_data: TrainingData::ALL.into_iter().find(|kind| has(query, "training_data", kind.as_str())),
        ..LeaderboardQuery::default()
    }
}

/// The same as the API's query, in the order in which the page's script writes it.
fn address_of(query: &LeaderboardQuery) -> String {
    let track = query.training_data.map(|kind| format!("training_data={}", kind.as_str()));
    let split = query.split.map(|_| "split=private".to_owned());
    let all = query.all.map(|_| "all=true".to_owned());
    let named: Vec<String> = [split, all, track].into_iter().flatten().collect();
    if named.is_empty() { String::new() } else { format!("?{}", named.join("&")) }
}

/// A board in a line, for those who are sent its address.
fn in_a_line(board: &Leaderboard) -> String {
    if let Some(gap) = board.gaps.first().or(board.baseline_gap.as_ref()) {
        return gap.statement.clone();
    }
    let name = ranking::metric_name(board.metric);
    board.rows.first().map_or_else(
        || format!("{name} on {} images; no entry yet", board.n),
        |row| format!("{}: {name} {:.2} % on {} images", row.team, row.error * 100.0, row.n),
    )
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_script_element() {
        let view = FirstView::titled("</title><script>alert(1)</script>").with_answer(
            "/x",
            None,
            r#"{"team":"</script><!--"}"#,
        );
        let page = view.fill("<head><!--holdout:head--></head><body><!--holdout:body--></body>");
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("</script").count(), 1);
        assert!(page.contains(r#"{"/x":{"body":{"team":"\u003c/script>\u003c!--"}}}"#));
        assert!(page.contains("<title>&lt;/title&gt;"));
    }

    #[test]
    fn a_query_names_a_part_or_leaves_it_to_the_season() {
        assert!(names_part("split=public") && names_part("q=a&split=private"));
        assert!(!names_part("") && !names_part("split=both") && !names_part("all=true"));
    }

    #[test]
    fn the_part_that_a_page_names_is_that_of_the_api() {
        for (query, address) in [
            ("", ""),
            ("q=a&sort=team", ""),
            ("all=true&split=private", "?split=private&all=true"),
            ("split=public&all=false", ""),
            ("all=true&%ff", "?all=true"),
            ("training_data=supplied&all=true", "?all=true&training_data=supplied"),
            ("training_data=both&split=private", "?split=private"),
        ] {
            assert_eq!(address_of(&asked_for(query)), address, "{query}");
        }
    }

    #[test]
    fn a_page_has_one_path_whatever_else_its_query_says() {
        let path = |uri: &str| canonical(&actix_web::test::TestRequest::with_uri(uri).to_http_request());
        for (uri, expected) in [
            ("/", "/"),
            ("/seasons/demo?split=private&all=true", "/seasons/demo"),
            ("/seasons/demo/a?utm_source=x&q=team", "/seasons/demo/a"),
            ("/seasons/demo/a?all=true&split=private", "/seasons/demo/a?split=private&all=true"),
            ("/seasons/demo/a?split=public", "/seasons/demo/a?split=public"),
            ("/seasons/demo/a?split=other&all=1", "/seasons/demo/a"),
            ("/embed/demo/a", "/seasons/demo/a"),
            ("/login?all=true", "/login"),
        ] {
            assert_eq!(path(uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_board_in_a_line_is_its_first_gap_or_its_leader_or_that_there_is_none() {
        let row = serde_json::json!({ "rank": 1, "rank_range": null, "team": "Team", "method": null, "submission":
            SubmissionId::new(), "error": 0.1235, "wrong": 1, "n": 8, "gap_to_best": 0.0, "interval": { "level": 0.95,
            "low": 0.0, "high": 1.0 }, "interval_999": { "level": 0.999, "low": 0.0, "high": 1.0 }, "baseline": false,
            "note": null, "entries": 1, "submitted_at": "1970-01-01T00:00:00Z" });
        let board = |rows: &[serde_json::Value]| -> Leaderboard {
            let board = serde_json::json!({ "season": "s", "task": "t", "metric": "top1_error", "split": "public", "n": 8,
                "resolution": 1.0, "updated_at": null, "as_of": null, "gaps": [], "rows": rows });
            serde_json::from_value(board).unwrap()
        };
        assert_eq!(in_a_line(&board(&[])), "top-1 error on 8 images; no entry yet");
        assert_eq!(in_a_line(&board(std::slice::from_ref(&row))), "Team: top-1 error 12.35 % on 8 images");
        let gap = |statement: &str| holdout_protocol::Gap {
            better: SubmissionId::new(),
            other: SubmissionId::new(),
            difference: 0.1,
            p_value: 0.5,
            significant: false,
            statement: statement.to_owned(),
        };
        let of_baseline = Leaderboard { baseline_gap: Some(gap("ahead of the baseline")), ..board(&[row]) };
        assert_eq!(in_a_line(&of_baseline), "ahead of the baseline");
        let of_teams = Leaderboard { gaps: vec![gap("first"), gap("second")], ..of_baseline };
        assert_eq!(in_a_line(&of_teams), "first");
    }
}
