//! How a season is cited.

use serde_json::{Value, json};

use crate::arena::Arena;

#[test]
fn a_season_is_cited_and_described_for_search_engines() {
    let arena = Arena::start();
    let app = &arena.app;
    app.execute("UPDATE seasons SET title = 'Cats & </script> \"dogs\"'");
    let bibtex = app.get("/seasons/demo/citation.bib", None).expect(200);
    assert_eq!(bibtex.header("content-type"), Some("application/x-bibtex; charset=utf-8"));
    assert!(bibtex.text.starts_with("@misc{demo,") && bibtex.text.contains("Cats \\& </script>"), "{}", bibtex.text);
    let file = app.get("/seasons/demo/citation.cff", None).expect(200).text;
    let url = format!("{}/seasons/demo", app.origin);
    assert!(file.contains(&format!("url: \"{url}\"")), "{file}");

    let page = app.send_raw("GET", "//seasons/demo", None, &[("accept", "text/html")], None).expect(200).text;
    let (_, data) = page.split_once("<script type=\"application/ld+json\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    assert_eq!((&data["name"], &data["url"]), (&json!("Cats & </script> \"dogs\""), &json!(url)));
    let csv = data["distribution"][0]["contentUrl"].as_str().unwrap().strip_prefix(&format!("{}/api/v1", app.origin));
    app.get("/seasons/demo/tasks/classification", None).expect(200);
    assert_eq!(csv, Some("/seasons/demo/tasks/classification/leaderboard.csv"));

    arena.set_season("draft = TRUE");
    app.get("/seasons/demo/citation.bib", Some(&arena.organizer.token)).expect(404);
    app.get("/seasons/demo/citation.cff", None).expect(404);
    app.get("/seasons/nowhere/citation.bib", None).expect(404);
}
