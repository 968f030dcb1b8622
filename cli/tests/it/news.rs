//! Announcements, questions and answers.

use serde_json::json;

use crate::program::Server;

#[test]
fn organizers_announce_and_answer_and_teams_ask() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, bea) = (server.captain("ann"), server.person("bea"));
    organizer.run(&["announce", "small", "--title", "Only a title"]).failed(2, "`--title` and `--text`");
    let made = organizer.json(&["announce", "small", "--title", "Disk replaced", "--text", "One.\nTwo \u{1f4be}."]);
    let id = made["id"].as_str().unwrap();
    let shown = ann.run(&["announcements", "small"]).done().output;
    assert!(
        shown.contains("Disk replaced") && shown.contains("    One.\n    Two \u{1f4be}.") && shown.contains("new"),
        "{shown}"
    );
    assert!(!ann.run(&["announcements", "small"]).done().output.contains("new"), "it was seen");
    organizer.run(&["announce", "small", "--edit", id]).failed(2, "nothing to change");
    organizer.run(&["announce", "small", "--edit", id, "--text", "Three."]).done();
    assert!(bea.run(&["announcements", "small"]).done().output.contains("Three."));
    organizer.run(&["announce", "small", "--withdraw", id]).done();
    let shown = ann.run(&["announcements", "small"]).done().output;
    assert!(shown.contains("(withdrawn)") && !shown.contains("Three."), "{shown}");
    organizer.run(&["announce", "small", "--restore", id]).done();
    let told = bea.run(&["events", "small"]).done().output;
    assert!(told.contains("Announced: Disk replaced") && told.contains("Announcement changed"), "{told}");
    let last = bea.json(&["events", "small"]).as_array().unwrap().last().unwrap()["cursor"].to_string();
    assert_eq!(bea.json(&["events", "small", "--after", &last]), json!([]));
    ann.run(&["announce", "small", "--title", "t", "--text", "x"]).failed(1, "only organizers");

    bea.run(&["ask", "small", "May I?"]).failed(1, "members of a team");
    ann.run(&["ask", "small", "May I?", "--task", "nothing"]).failed(1, "nothing");
    let asked = ann.json(&["ask", "small", "How large?", "--task", "classification"]);
    let question = asked["id"].as_str().unwrap();
    assert!(organizer.run(&["questions", "small", "--open"]).done().output.contains("How large?"));
    organizer.run(&["answer", "small", question, "224."]).done();
    assert!(ann.run(&["questions", "small"]).done().output.contains("Answer to the team"));
    assert_eq!(bea.json(&["questions", "small"]), json!([]));
    organizer.run(&["answer", "small", question, "224.", "--public"]).done();
    let shown = bea.run(&["questions", "small"]).done().output;
    assert!(shown.contains("How large?") && shown.contains("Answer to everybody") && !shown.contains("ann"), "{shown}");
}

#[test]
fn organizers_export_what_a_season_holds() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let ann = server.captain("ann");
    let table = organizer.run(&["season", "export", "small", "participants"]).done().output;
    assert!(table.starts_with("account,name,email,team,") && table.contains("Team ann"), "{table}");
    let file = ["season", "export", "small", "audit", "--format", "json", "--out", "audit.json"];
    organizer.run(&file).done();
    organizer.run(&file).failed(1, "`audit.json` exists already, and is not overwritten");
    ann.run(&["season", "export", "small", "submissions"]).failed(1, "only organizers");
}
