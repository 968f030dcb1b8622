//! Receipts: downloaded, and verified without the server that gave them.

use serde_json::{Value, json};

use crate::program::{Ended, Person, Server, predictions, wait_until};

const TASK: [&str; 4] = ["--season", "small", "--task", "classification"];

/// What other verifiers are held to, made by the tests of `holdout-receipts`.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/receipts/tests/vectors.json");

/// A captain with a result that organizers disqualified and restored, and the receipts in
/// `mine.json`.
fn with_receipts(server: &Server) -> (Person, String) {
    let organizer = server.organizer();
    organizer.apply_small();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(1));
    ann.run(&[&["submit", "mine.txt", "--wait"], &TASK[..]].concat()).done();
    let listed = ann.json(&[&["submissions"], &TASK[..]].concat());
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    organizer.run(&["judge", "disqualify", &id, "--reason", "two accounts", "--yes"]).done();
    organizer.run(&["judge", "restore", &id, "--yes"]).done();
    let mut rounds = 0;
    wait_until("all receipts have their places", || {
        rounds += 1;
        let file = format!("{rounds}.json");
        ann.json(&["receipts", &id, "--output", &file])["receipts"] == 3
    });
    std::fs::rename(ann.home.path().join(format!("{rounds}.json")), ann.home.path().join("mine.json")).unwrap();
    (ann, id)
}

fn read(person: &Person, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(person.home.path().join(file)).unwrap()).unwrap()
}

/// The size of the log in a checkpoint: entries of organizers in the season are in it, too.
fn size_of(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

fn get(server: &str, path: &str) -> String {
    ureq::get(format!("{server}/api/v1{path}")).call().unwrap().body_mut().read_to_string().unwrap()
}

#[test]
fn receipts_are_proved_without_the_server() {
    let server = Server::up();
    let (ann, id) = with_receipts(&server);
    let bundle = read(&ann, "mine.json");
    let key = bundle["key"].as_str().unwrap().to_owned();
    let said = ann.run(&["receipts", &id]).done().output;
    assert!(said.contains(&format!("{id}.receipts.json: receipts: 3")), "{said}");
    ann.run(&["receipts", &id]).failed(1, "exists already");
    let (earlier, address) = (bundle["checkpoint"].as_str().unwrap().to_owned(), ann.server.clone());
    let size = size_of(&earlier);
    ann.write("earlier.txt", &earlier);
    ann.write("more.txt", predictions(2));
    ann.run(&[&["submit", "more.txt", "--wait"], &TASK[..]].concat()).done();
    wait_until("the log grows", || size_of(&get(&address, "/log/checkpoint")) > size);
    let (from, to) = (size.to_string(), (size + 1).to_string());
    ann.run(&["log", "checkpoint", "--output", "later.txt"]).done();
    ann.run(&["log", "checkpoint", "--output", "later.txt"]).failed(1, "exists already");
    let proof = Person::at(&address).run(&["log", "proof", &from, &to]).done().output;
    ann.write("proof.json", proof);
    ann.run(&["log", "proof", &to, &from]).failed(1, "");
    drop(server);

    let trusting = ann.run(&["verify", "mine.json"]).done().output;
    assert!(trusting.contains("The key came with the file") && trusting.contains(&key), "{trusting}");
    let said = ann.run(&["verify", "mine.json", "--key", &key]).done().output;
    for part in
        ["is in the log and signed by the key: at 2", "2.5 % (1 of 40 wrong)", "was disqualified", "was restored"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("The key came with the file") && said.contains("Not proved: "), "{said}");
    let facts = ann.json(&["verify", "mine.json", "--key", &key]);
    assert_eq!((&facts["proved"], &facts["key_given"]), (&json!(true), &json!(true)));
    let continued = ["--earlier", "earlier.txt", "--proof", "proof.json", "--key", &key];
    let said = ann.run(&[&["verify", "later.txt"], &continued[..]].concat()).done().output;
    assert!(said.contains(&format!("The log of {} entries continues the one of {size} entries", size + 1)), "{said}");
    ann.write("one.txt", bundle["receipts"][0]["note"].as_str().unwrap());
    let said = ann.run(&["verify", "one.txt", "--key", &key]).done().output;
    assert!(said.contains("That the log has it is not proved"), "{said}");
    ann.run(&["verify", "one.txt"]).failed(2, "which key to trust");
}

#[test]
fn changes_of_key_are_followed_from_the_key_that_is_known() {
    let server = Server::up();
    let (ann, id) = with_receipts(&server);
    let (organizer, address) = (server.organizer(), ann.server.clone());
    let present = || get(&address, "/log/key").trim().to_owned();
    let old = present();
    let earlier = get(&address, "/log/checkpoint");
    ann.write("earlier.txt", &earlier);

    ann.run(&["log", "rotate-key", "--yes"]).failed(1, "only organizers may do this");
    organizer.run(&["log", "rotate-key"]).failed(2, "Run it with `--yes`");
    let plan = organizer.run(&["log", "rotate-key", "--dry-run"]).done().output;
    assert!(plan.contains(&old) && plan.contains("signs heads of the log, too, for 30 days"), "{plan}");
    organizer.run(&["log", "rotate-key", "--overlap-days", "366", "--yes"]).failed(1, "0 to 365 are allowed");
    assert_eq!(present(), old, "nothing was changed until now");
    let said = organizer.run(&["log", "rotate-key", "--yes"]).done().output;
    let new = present();
    assert!(new != old && said.contains(&new), "{said}");
    let listed = ann.json(&["log", "keys"]);
    assert_eq!((&listed["keys"][0]["key"], &listed["keys"][0]["first"]), (&json!(old), &json!(true)));
    assert_eq!((&listed["keys"][1]["key"], &listed["keys"][1]["first"]), (&json!(new), &json!(false)));
    let table = ann.run(&["log", "keys"]).done().output;
    assert!(table.contains("first key") && table.contains("entries and heads"), "{table}");
    let narrow = Ended::of(ann.command(&["log", "keys"]).env("COLUMNS", "60").output().unwrap()).done().output;
    assert!(narrow.contains(&old) && narrow.contains(&new), "keys stay whole: {narrow}");

    ann.write("more.txt", predictions(2));
    ann.run(&[&["submit", "more.txt", "--wait"], &TASK[..]].concat()).done();
    let later = ann.json(&[&["submissions"], &TASK[..]].concat())[0]["id"].as_str().unwrap().to_owned();
    let grown = size_of(&earlier) + 2;
    wait_until("the log grows", || size_of(&get(&address, "/log/checkpoint")) >= grown);
    ann.run(&["receipts", &id, "--output", "before.json"]).done();
    ann.run(&["receipts", &later, "--output", "after.json"]).done();
    let size = size_of(read(&ann, "after.json")["checkpoint"].as_str().unwrap());
    let path = format!("/log/proofs/consistency?from={}&to={size}", size_of(&earlier));
    ann.write("proof.json", get(&address, &path));
    drop(server);

    for file in ["before.json", "after.json"] {
        let said = ann.run(&["verify", file, "--key", &old]).done().output;
        assert!(said.contains("The log's key was changed once.") && said.contains(&new), "{said}");
        let said = ann.run(&["verify", file, "--key", &new]).done().output;
        assert!(said.contains("The key that you gave signs now."), "{said}");
        let facts = ann.json(&["verify", file, "--key", &old])["facts"].clone();
        assert!(facts.as_array().unwrap().iter().any(|fact| fact["present_key"] == json!(new)), "{facts}");
    }
    // What was saved before needs the key of that time, and a checkpoint of then is continued.
    ann.run(&["verify", "mine.json", "--key", &old]).done();
    let said = ann.run(&["verify", "mine.json", "--key", &new]).failed(1, "none of the trusted keys signed");
    assert!(said.errors.contains("If the log's key was changed, give the key of that time"), "{}", said.errors);
    let continued = ["--earlier", "earlier.txt", "--proof", "proof.json", "--key", &old];
    let said = ann.run(&[&["verify", "after.json"], &continued[..]].concat()).done().output;
    assert!(said.contains(&format!("continues the one of {} entries", size_of(&earlier))), "{said}");
    let mut unlinked = read(&ann, "after.json");
    unlinked.as_object_mut().unwrap().remove("key_changes");
    ann.write("unlinked.json", unlinked.to_string());
    ann.run(&["verify", "unlinked.json", "--key", &old]).failed(1, "none of the trusted keys signed");
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    ann.run(&["verify", "after.json", "--key", stranger]).failed(1, "is not linked to the key that signs now");
}

#[test]
fn what_was_changed_is_not_proved() {
    let server = Server::up();
    let (ann, _) = with_receipts(&server);
    drop(server);
    let honest = read(&ann, "mine.json");
    let key = honest["key"].as_str().unwrap().to_owned();
    let verify = |what: &str, bundle: &Value| {
        let file = format!("{what}.json");
        ann.write(&file, bundle.to_string());
        ann.run(&["verify", &file, "--key", &key])
    };
    let at = |place: usize| honest["receipts"][place]["index"].as_u64().unwrap();
    verify("honest", &honest).done();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut bundle = honest.clone();
        change(&mut bundle);
        bundle
    };
    let edited = changed(&|bundle| {
        let note = bundle["receipts"][0]["note"].as_str().unwrap().replace("\"top5_wrong\":1", "\"top5_wrong\":0");
        bundle["receipts"][0]["note"] = json!(note);
    });
    verify("edited score", &edited).failed(1, &format!("not proved: entry {}: the signature of", at(0)));
    let swapped = changed(&|bundle| bundle["receipts"][0]["note"] = bundle["receipts"][1]["note"].clone());
    verify("swapped receipt", &swapped).failed(1, "the log has the hash of another text");
    let moved = changed(&|bundle| bundle["receipts"].as_array_mut().unwrap().swap(0, 1));
    verify("moved", &moved).failed(1, &format!("it does not come after entry {}", at(1)));
    let dropped = changed(&|bundle| drop(bundle["receipts"].as_array_mut().unwrap().remove(1)));
    verify("dropped", &dropped).failed(1, &format!("it does not name entry {} as the one before", at(0)));
    let dated = changed(&|bundle| bundle["receipts"][2]["at"] = json!("2999-01-01T00:00:00Z"));
    verify("other date", &dated).failed(1, "the receipt says otherwise");
    let place = changed(&|bundle| bundle["receipts"][1]["index"] = json!(0));
    verify("other place", &place).failed(1, "not proved: entry 0");
    let head = changed(&|bundle| {
        let note = bundle["checkpoint"].as_str().unwrap();
        let size = size_of(note);
        bundle["checkpoint"] = json!(note.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1)));
    });
    verify("other head", &head).failed(1, "the signature of");
    let none = changed(&|bundle| bundle["receipts"] = json!([]));
    verify("empty", &none).failed(1, "the file has no receipts");
    let counts =
        json!({ "nonce": "AAAAAAAAAAAAAAAAAAAAAA==", "counts": "{\"n\":1,\"top1_wrong\":0,\"top5_wrong\":0}" });
    let opened = changed(&|bundle| bundle["receipts"][0]["opening"] = counts.clone());
    verify("other private counts", &opened).failed(1, "private counts");
    // The first receipt is there, but the reader is told that others came before.
    let late = changed(&|bundle| drop(bundle["receipts"].as_array_mut().unwrap().remove(0)));
    let said = verify("late", &late).done().output;
    assert!(said.contains("an earlier receipt of this submission, which the file does not have"), "{said}");
    let other = key.replace("holdout-", "another-");
    ann.run(&["verify", "mine.json", "--key", &other]).failed(2, "was not copied as a whole");
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    ann.run(&["verify", "mine.json", "--key", stranger]).failed(1, "none of the trusted keys signed");
    for (file, content, said) in
        [("a.json", "{", "EOF"), ("b.txt", "hello\n", "neither"), ("c.json", "{\"key\":1}", "expected a string")]
    {
        ann.write(file, content);
        ann.run(&["verify", file, "--key", &key]).failed(2, said);
    }
    ann.run(&["verify", "missing.json"]).failed(2, "missing.json");
}

#[test]
fn the_bundles_of_the_test_vectors_are_proved_or_refused_as_expected() {
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(VECTORS).unwrap()).unwrap();
    let reader = Person::at("http://127.0.0.1:9");
    for case in vectors["bundles"].as_array().unwrap() {
        let mut bundle = vectors["honest_bundles"][case["base"].as_str().unwrap()].clone();
        for change in case["set"].as_array().unwrap() {
            *bundle.pointer_mut(change[0].as_str().unwrap()).unwrap() = change[1].clone();
        }
        reader.write("bundle.json", bundle.to_string());
        let ended = reader.run(&["verify", "bundle.json", "--key", case["key"].as_str().unwrap()]);
        let expected = if case["refused"].is_null() { 0 } else { 1 };
        assert_eq!(ended.code, Some(expected), "{}: {ended:?}", case["name"]);
    }
}
