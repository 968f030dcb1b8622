//! Judging and the course of a season from the command line: results, bans, extensions.

use serde_json::{Value, json};

use crate::program::{Person, Server, predictions, wait_until};

const TASK: [&str; 4] = ["--season", "small", "--task", "classification"];

fn with_task<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &TASK].concat()
}

/// A captain with a scored submission; its id.
fn with_a_result(server: &Server, name: &str, wrong: usize) -> (Person, String) {
    let person = server.captain(name);
    person.write("mine.txt", predictions(wrong));
    person.run(&with_task(&["submit", "mine.txt", "--wait"])).done();
    let id = person.json(&with_task(&["submissions"]))[0]["id"].as_str().unwrap().to_owned();
    (person, id)
}

fn teams(person: &Person) -> Vec<Value> {
    let board = person.json(&with_task(&["leaderboard"]));
    board["rows"].as_array().unwrap().iter().map(|row| row["team"].clone()).collect()
}

#[test]
fn entries_are_compared_by_organizers_and_when_the_season_is_over_by_everybody() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, better) = with_a_result(&server, "ann", 1);
    let (_, worse) = with_a_result(&server, "ben", 3);
    let compare = with_task(&["compare", &worse, &better]);
    ann.run(&compare).failed(1, "entries can be compared when nobody can submit any more");
    let shown = organizer.run(&compare).done().output;
    assert!(shown.contains("B is 5.0 points ahead of A") && shown.contains("this may be chance"), "{shown}");
    assert!(shown.contains("both right 37, only A 0, only B 2, neither 1"), "{shown}");
    let data = organizer.json(&compare);
    assert_eq!((&data["n"], &data["entries"][0]["submission"]), (&json!(40), &json!(worse)));

    let similar = with_task(&["judge", "similar"]);
    ann.run(&similar).failed(1, "organizer");
    let shown = organizer.run(&similar).done().output;
    assert!(shown.starts_with("2 submissions of 2 teams were compared, 1 pair of different teams."), "{shown}");
    assert_eq!(organizer.json(&similar)["complete"], json!(true));

    organizer.run(&["season", "close", "small", "--yes"]).done();
    // Uploads are waited for until the hour after the close is over.
    ann.run(&compare).failed(1, "entries can be compared when nobody can submit any more");
    ann.run(&with_task(&["compare", &better])).failed(2, "2");
    ann.run(&with_task(&["compare", &better, "x"])).failed(2, "invalid value 'x'");
    ann.run(&with_task(&["compare", &better, &better])).failed(2, "an id is there twice");
}

#[test]
fn an_organizer_disqualifies_and_restores_a_result() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, id) = with_a_result(&server, "ann", 1);
    organizer.run(&["download", &id, "--output", "got.txt"]).done();
    assert_eq!(std::fs::read_to_string(organizer.home.path().join("got.txt")).unwrap(), predictions(1));
    organizer.run(&["download", &id, "--output", "got.txt"]).failed(1, "`got.txt` exists already");
    ann.run(&["download", &id]).failed(1, "");
    let decide = |more: &[&str]| {
        let first = ["judge", "disqualify", &id, "--reason", "two accounts", "--public", "rule 3"];
        organizer.run(&[&first, more].concat())
    };
    let shown = decide(&["--dry-run"]).done().output;
    assert!(
        shown.contains("would be disqualified") && shown.contains("1 → off") && shown.contains("Team ann"),
        "{shown}"
    );
    assert!(decide(&[]).failed(2, "nobody to ask").errors.contains("--yes"));
    assert_eq!(ann.json(&["status", &id])["judgement"], Value::Null);
    decide(&["--yes"]).done();
    let status = ann.run(&["status", &id]).done().output;
    assert!(status.contains("board    disqualified: two accounts"), "{status}");
    wait_until("the row leaves the board", || !teams(&ann).contains(&json!("Team ann")));
    let board = ann.run(&with_task(&["leaderboard"])).done().output;
    assert!(board.contains("Disqualified: Team ann, error 2.5 %: rule 3"), "{board}");
    ann.run(&["judge", "restore", &id, "--yes"]).failed(1, "");
    let restored = organizer.run(&["judge", "restore", &id, "--yes"]).done().output;
    assert!(restored.contains(&format!("Submission {id} is restored.")), "{restored}");
    wait_until("the row is back", || teams(&ann).contains(&json!("Team ann")));
    let again = organizer.run(&["judge", "restore", &id, "--yes"]).done().output;
    assert!(again.contains("Nothing changes"), "{again}");

    ann.run(&["withdraw", &id]).failed(2, "nobody to ask");
    let withdrawn = ann.run(&["withdraw", &id, "--yes"]).done().output;
    assert!(withdrawn.contains("board    withdrawn "), "{withdrawn}");
    wait_until("the row leaves the board", || !teams(&ann).contains(&json!("Team ann")));
}

#[test]
fn an_organizer_bans_a_team_and_lifts_the_ban() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, _) = with_a_result(&server, "ann", 1);
    let first = ["ban", "add", "--team", "Team ann", "--season", "small", "--reason", "shared code"];
    let shown = organizer.run(&[&first[..], &["--dry-run"]].concat()).done().output;
    assert!(shown.contains("It is about ann."), "{shown}");
    organizer.run(&first).failed(2, "nobody to ask");
    let until = ["--until", "2999-01-01T00:00:00Z", "--yes"];
    let made = organizer.json(&[&first[..], &until].concat());
    ann.write("other.txt", predictions(2));
    let refused =
        ann.run(&with_task(&["submit", "other.txt"])).failed(1, "you are banned from season `small` until 2999");
    assert!(refused.errors.contains("shared code"), "{refused:?}");
    assert!(ann.run(&["whoami"]).done().output.contains("banned from season small until"));
    assert!(organizer.run(&["ban", "list"]).done().output.contains("team Team ann (ann)"));
    organizer.run(&["ban", "lift", made["id"].as_str().unwrap()]).done();
    ann.run(&with_task(&["submit", "other.txt", "--wait"])).done();
    assert!(organizer.run(&["ban", "list"]).done().output.contains("No bans."));
}

#[test]
fn an_organizer_extends_a_season_for_all_and_for_one_team() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let (ann, _) = with_a_result(&server, "ann", 1);
    let extend =
        |more: &[&str]| organizer.run(&[&["season", "extend", "small", "--reason", "power cut"], more].concat());
    organizer.run(&["season", "close", "small", "--yes"]).done();
    ann.write("late.txt", predictions(2));
    ann.run(&with_task(&["submit", "late.txt"])).failed(1, "closed");
    extend(&["--until", "2012-01-01T00:00:00Z"]).failed(2, "no later deadline");
    let own = extend(&["--team", "team ann", "--until", "2999-01-01T00:00:00Z"]).done().output;
    assert!(own.contains("Team ann: closes 2999-01-01"), "{own}");
    ann.run(&with_task(&["submit", "late.txt", "--wait"])).done();
    let quota = ann.run(&with_task(&["quota"])).done().output;
    assert!(quota.contains("Your team can submit until 2999-01-01"), "{quota}");
    let id = ann.json(&with_task(&["submissions"]))[0]["id"].as_str().unwrap().to_owned();
    assert!(ann.run(&["status", &id]).done().output.contains(", late: after the season had closed"));
    organizer.run(&["season", "publish", "small", "--yes"]).failed(1, "deadline of their own");

    extend(&["--team", "Team ann", "--attempts", "2", "--until", "2999-01-01T00:00:00Z"]).done();
    let quota = ann.json(&with_task(&["quota"]));
    assert_eq!((&quota["extra"], &quota["limit"]), (&json!(2), &json!(3)));
    let listed = organizer.json(&["season", "extensions", "small"]);
    let deadline = listed[1]["id"].as_str().unwrap();
    organizer.run(&["season", "extensions", "small", "--end", deadline]).done();
    ann.write("later.txt", predictions(3));
    ann.run(&with_task(&["submit", "later.txt"])).failed(1, "closed");
    extend(&["--until", "2999-01-01T00:00:00Z"]).failed(2, "--yes");
    assert!(extend(&["--until", "2999-01-01T00:00:00Z", "--yes"]).done().output.contains("for all"));
    ann.run(&with_task(&["submit", "later.txt", "--wait"])).done();
    assert_eq!(ann.json(&["status", &id])["late"], json!(false), "the deadline of all is later now");
}

#[test]
fn two_teams_are_merged_after_what_changes_was_shown() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let _ann = with_a_result(&server, "ann", 3);
    let (ben, _) = with_a_result(&server, "ben", 1);
    let merge = ["season", "merge-teams", "small", "team BEN", "--into", "Team ann", "--reason", "One group"];
    ben.run(&[&merge[..], &["--yes"]].concat()).failed(1, "only organizers");
    let told = organizer.run(&[&merge[..], &["--dry-run"]].concat()).done().output;
    for line in [
        "Team ben becomes part of Team ann.\n  Into the team: ben\n  Submissions that become its own: 1\n",
        "classification: Team ben has used 1 and Team ann 1 of",
        " → off",
        "Nothing was changed.",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    organizer.run(&merge).failed(2, "there is nobody to ask whether to merge them");
    let theirs = || -> Vec<Value> {
        teams(&organizer).into_iter().filter(|team| ["Team ann", "Team ben"].iter().any(|name| team == name)).collect()
    };
    assert_eq!(theirs().len(), 2);
    let done = organizer.json(&[&merge[..], &["--yes"]].concat());
    assert_eq!((&done["from"], &done["dry_run"]), (&json!("Team ben"), &json!(false)));
    wait_until("the board has one team", || theirs() == [json!("Team ann")]);
    let shown = ben.run(&["team", "show", "--season", "small"]).done().output;
    assert!(shown.starts_with("Team ann (small)") && shown.contains("Team ben became part of it on"), "{shown}");
    assert!(shown.contains(": One group") && shown.contains("member: ben"), "{shown}");
    let changes = organizer.run(&["season", "team-changes", "small", "--all"]).done().output;
    assert!(changes.contains("was merged into"), "{changes}");
    organizer.run(&merge).failed(1, "`team BEN` is team `Team ann`, which `into` names; name two teams");
    // The folder still has the old name, and is entered once.
    organizer.run(&["season", "merge-teams", "small", "Beta", "--into", "Alpha", "--reason", "One", "--yes"]).done();
    let again = organizer.run(&["season", "apply", "small"]).done().output;
    assert!(again.ends_with("Nothing to change.\n"), "{again}");
    organizer.run(&["season", "export", "small", "--labels", "--submissions", "--answers"]).done();
    organizer.run(&["verify", "small.tar.zst"]).done();
}
