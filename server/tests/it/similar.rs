//! Teams whose answers agree beyond what teams reach that work on their own.

use holdout_evaluation::{ClassList, SplitMix64, TestSet};
use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::{Person, text};
use crate::test_app::Answer;

const SIMILAR: &str = "/organizer/seasons/demo/tasks/classification/similar-submissions";
const IMAGES: usize = 1000;
const CLASSES: u64 = 100;

type Rows = Vec<[u64; 5]>;

fn file(rows: &Rows) -> String {
    let line = |row: &[u64; 5]| format!("{} {} {} {} {}\n", row[0], row[1], row[2], row[3], row[4]);
    rows.iter().map(line).collect()
}

/// A season with a test set of a thousand images, and what its models are made of.
struct World {
    arena: Arena,
    set: TestSet,
    random: SplitMix64,
    labels: Vec<u64>,
}

impl World {
    fn start() -> Self {
        Self::start_with(1000)
    }

    /// With so many submissions a team in an hour.
    fn start_with(quota: u32) -> Self {
        let classes: String = (1..=CLASSES).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
        let labels: Vec<u64> = (0..IMAGES).map(|image| u64::try_from(image).unwrap() % CLASSES + 1).collect();
        let lines: String = labels.iter().map(|label| format!("{label}\n")).collect();
        let set = TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), lines.as_bytes()).unwrap();
        let arena = Arena::start_with(quota, |config| config.queue.queued_per_team = 1000);
        arena.replace_test_set("classification", 2, &set);
        Self { arena, set, random: SplitMix64::new(2015), labels }
    }

    fn happens(&mut self, per_mille: u64) -> bool {
        self.random.below(1000) < per_mille
    }

    fn row(&mut self, first: u64) -> [u64; 5] {
        let start = self.random.below(CLASSES);
        // Four that are neither the first nor each other.
        let others: Vec<u64> = (0..6).map(|step| (start + step * 7) % CLASSES + 1).filter(|it| *it != first).collect();
        [first, others[0], others[1], others[2], others[3]]
    }

    /// A model that is right on seven of ten images.
    fn model(&mut self) -> Rows {
        let label = |world: &mut Self, image: usize| {
            if world.happens(700) { world.labels[image] } else { world.random.below(CLASSES) + 1 }
        };
        (0..IMAGES)
            .map(|image| {
                let first = label(self, image);
                self.row(first)
            })
            .collect()
    }

    /// Of a thousand rows, gives `first` another first label, and `behind` other labels after it.
    fn changed(&mut self, rows: &Rows, first: u64, behind: u64) -> Rows {
        let change = |world: &mut Self, row: &[u64; 5]| match (world.happens(first), world.happens(behind)) {
            (true, _) => {
                let other = world.random.below(CLASSES) + 1;
                world.row(other)
            }
            (false, true) => world.row(row[0]),
            (false, false) => *row,
        };
        rows.iter().map(|row| change(self, row)).collect()
    }

    fn submit(&self, person: &Person, rows: &Rows, more: Value) -> Answer {
        let upload = self.arena.upload(person, file(rows).as_bytes());
        self.arena.submit_upload(person, &upload, more, None)
    }

    /// Submits for a person, and has the file scored; the id.
    fn enter(&self, person: &Person, rows: &Rows, more: Value) -> String {
        let id = text(&self.submit(person, rows, more).expect(201).json()["id"]);
        self.arena.score_file(&self.arena.claim().unwrap(), &self.set, file(rows).as_bytes()).expect(200);
        id
    }

    fn team(&self, name: &str) -> Person {
        let person = self.arena.app.person(&name.to_lowercase());
        self.arena.app.post("/seasons/demo/teams", Some(&person.token), &json!({ "name": name })).expect(201);
        person
    }

    fn found(&self) -> Value {
        self.arena.app.get(SIMILAR, Some(&self.arena.organizer.token)).expect(200).json()
    }
}

/// In 2015 a group made at least 30 accounts and, in 24 weeks, at least 200 submissions of slightly
/// different predictions, where a team had two a week. Weeks pass by moving what was used back.
#[test]
fn the_incident_of_2015_ends_with_the_quota_kept_and_the_group_shown_and_nobody_else() {
    let mut world = World::start_with(2);
    let own = world.model();
    let group: Vec<Person> = (0..30).map(|number| world.team(&format!("Group{number}"))).collect();
    // Six honest ones made models of the same strong public model, each by itself, and improve
    // them.
    let public = world.model();
    let honest: Vec<(Person, Rows)> =
        (0..6).map(|number| (world.team(&format!("Honest{number}")), world.changed(&public, 150, 600))).collect();
    let (mut accounts, mut of_group) = (group.iter().cycle(), Vec::new());
    for week in 0..24 {
        // Two for each of four or five accounts: 200 in all.
        for person in accounts.by_ref().take(4 + usize::from(week % 6 == 0)) {
            for _ in 0..2 {
                let rows = world.changed(&own, 20, 30);
                of_group.push(world.enter(person, &rows, json!({})));
            }
            let third = world.changed(&own, 20, 30);
            let refused = world.submit(person, &third, json!({})).expect(429);
            assert_eq!(refused.code(), "quota_exhausted");
        }
        if week % 12 == 0 {
            for (person, tuned) in &honest {
                let better = world.changed(tuned, 30, 100);
                world.enter(person, &better, json!({}));
            }
        }
        world.arena.app.execute("UPDATE quota_ledger SET reserved_at = reserved_at - 3600000000");
    }
    assert_eq!(of_group.len(), 200);
    let found = world.found();
    let counts = ["submissions", "teams", "images", "without_answers", "complete"].map(|name| found[name].clone());
    assert_eq!(json!(counts), json!([212, 36, 1000, 0, true]));
    assert_eq!(found["groups"].as_array().unwrap().len(), 1, "{found}");
    let shown = &found["groups"][0];
    let mut names: Vec<String> = (0..30).map(|number| format!("Group{number}")).collect();
    names.sort();
    let mut teams: Vec<String> = shown["teams"].as_array().unwrap().iter().map(text).collect();
    teams.sort();
    assert_eq!(teams, names, "all of the group, and nobody else");
    let ids: Vec<String> = shown["submissions"].as_array().unwrap().iter().map(|it| text(&it["submission"])).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| of_group.contains(id)), "{shown}");
    let pair = &shown["pairs"][0];
    assert!(pair["p_value"].as_f64().unwrap() < 1e-20, "{pair}");
    assert!(pair["same_lists"].as_u64().unwrap() > 850 && pair["lists"] == 1000, "{pair}");
    // What was found is kept until the board changes.
    assert_eq!(world.found(), found);
}

#[test]
fn all_pairs_of_different_teams_are_compared() {
    let mut world = World::start();
    for number in 0..4 {
        let person = world.team(&format!("Team{number}"));
        for _ in 0..2 {
            let rows = world.model();
            world.enter(&person, &rows, json!({}));
        }
    }
    let found = world.found();
    assert_eq!((&found["pairs"], &found["groups"]), (&json!(8 * 7 / 2 - 4), &json!([])));
}

#[test]
fn what_teams_share_with_a_baseline_explains_itself() {
    let mut world = World::start();
    let public = world.model();
    for name in ["First", "Second"] {
        let person = world.team(name);
        let rows = world.changed(&public, 20, 20);
        world.enter(&person, &rows, json!({}));
    }
    assert_eq!(world.found()["groups"][0]["teams"], json!(["First", "Second"]));
    // The organizers say where it comes from. Their entry is no suspect itself.
    let baseline = json!({ "team": "Organizers", "create_team": true, "baseline": true });
    let id = world.enter(&world.arena.organizer, &public, baseline);
    let found = world.found();
    assert_eq!((&found["groups"], &found["submissions"]), (&json!([]), &json!(2)), "{found}");
    let unmarked = json!({ "baseline": false });
    world
        .arena
        .app
        .send("PATCH", &format!("/submissions/{id}"), Some(&world.arena.organizer.token), Some(&unmarked))
        .expect(200);
    assert_eq!(
        world.found()["groups"][0]["teams"],
        json!(["First", "Second"]),
        "an entry for a team is no suspect either"
    );
}

#[test]
fn submissions_without_answers_are_counted_and_a_team_is_not_compared_with_itself() {
    let mut world = World::start();
    let rows = world.model();
    world.enter(&world.arena.alice, &rows, json!({}));
    let again = world.changed(&rows, 10, 10);
    world.enter(&world.arena.alice, &again, json!({}));
    let found = world.found();
    assert_eq!((&found["pairs"], &found["groups"]), (&json!(0), &json!([])));
    world.arena.app.execute("UPDATE results SET answers_of = NULL");
    world.enter(&world.arena.bob, &rows, json!({}));
    let found = world.found();
    assert_eq!(json!([found["submissions"], found["without_answers"], found["groups"]]), json!([1, 2, []]));
}

#[test]
fn only_organizers_look_and_only_at_what_there_is() {
    let arena = Arena::start();
    arena.app.get(SIMILAR, Some(&arena.alice.token)).expect(403);
    arena.app.get(SIMILAR, None).expect(401);
    arena.app.get("/organizer/seasons/demo/tasks/none/similar-submissions", Some(&arena.organizer.token)).expect(404);
    let found = arena.app.get(SIMILAR, Some(&arena.organizer.token)).expect(200).json();
    assert_eq!((&found["submissions"], &found["groups"]), (&json!(0), &json!([])));
}
