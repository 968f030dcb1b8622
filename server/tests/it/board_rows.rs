//! Seasons with scored submissions, put into the database as a scorer's outcomes would leave them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use crate::test_app::TestApp;

/// The board of the task.
pub const BOARD: &str = "/seasons/s/tasks/t/leaderboard";

/// Returns what the rows of a board have in this column.
pub fn column(board: &Value, name: &str) -> Vec<Value> {
    board["rows"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}

/// Asks until the answer satisfies; boards follow the database within two seconds.
#[track_caller]
pub fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "not within five seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A task with a test set, to which scored submissions are added.
pub struct BoardRows<'a> {
    app: &'a TestApp,
    season: String,
    task: String,
    test_set: Cell<Uuid>,
    mask: String,
    account: String,
}

/// A scored submission. The bits have a `1` for each image that is right.
pub struct Scored<'a> {
    pub team: &'a str,
    pub bits: &'a str,
    pub minute: i64,
    pub entered: bool,
    pub baseline: bool,
    pub method: Option<&'a str>,
    pub note: Option<&'a str>,
}

impl<'a> Scored<'a> {
    /// A submission of a team, sent `minute` minutes after 1970 and scored half a minute later.
    pub fn of(team: &'a str, bits: &'a str, minute: i64) -> Self {
        Self { team, bits, minute, entered: false, baseline: false, method: None, note: None }
    }
}

impl TestApp {
    /// An open season `s` with a task `t` ranked by top-5 error; the mask has a `1` for each image
    /// of the public part.
    pub fn board_rows(&self, mask: &str) -> BoardRows<'_> {
        let [season, task, account] = [0; 3].map(|_| Uuid::now_v7().to_string());
        let split = if mask.contains('0') { r#","split":{"public":0.5,"seed":1}"# } else { "" };
        let settings =
            format!(r#"{{"title":"Classification","metric":"top5_error","accepts":["predictions"]{split}}}"#);
        self.execute(&format!(
            "INSERT INTO accounts (id, email, name, password_hash, created_at) \
             VALUES ('{account}', '{account}@example.org', 'x', 'x', 1);
             INSERT INTO seasons (id, slug, title, rules, opens_at, draft, paused, created_at) \
             VALUES ('{season}', 's', 'Season', '', 1, FALSE, FALSE, 1);
             INSERT INTO tasks (id, season_id, slug, position, settings, board_version, created_at) \
             VALUES ('{task}', '{season}', 't', 0, '{settings}', 0, 1);"
        ));
        let rows =
            BoardRows { app: self, season, task, test_set: Cell::new(Uuid::nil()), mask: mask.to_owned(), account };
        rows.new_test_set(1);
        rows
    }

    fn bytes(&self, bits: &str) -> String {
        let mut bytes = vec![0_u8; bits.len().div_ceil(8)];
        bits.bytes().enumerate().filter(|(_, bit)| *bit == b'1').for_each(|(i, _)| bytes[i / 8] |= 1 << (i % 8));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let postgres = self.database_url().starts_with("postgres");
        if postgres { format!("decode('{hex}', 'hex')") } else { format!("X'{hex}'") }
    }
}

impl BoardRows<'_> {
    /// Gives the task another version of its test set.
    pub fn new_test_set(&self, version: u32) {
        let (id, n, zeros) = (Uuid::now_v7(), self.mask.len(), "0".repeat(64));
        let mask = if self.mask.contains('0') { self.app.bytes(&self.mask) } else { "NULL".to_owned() };
        self.app.execute(&format!(
            "INSERT INTO test_sets (id, task_id, version, sha256, size, classes, images, public_mask, salt, commitment, \
             created_at) VALUES ('{id}', '{}', {version}, '{zeros}', 1, 10, {n}, {mask}, '', '{zeros}', 1);
             UPDATE tasks SET test_set_id = '{id}', board_version = board_version + 1;",
            self.task
        ));
        self.test_set.set(id);
    }

    /// Adds a scored submission and tells its id.
    pub fn add(&self, scored: &Scored<'_>) -> String {
        self.add_all(std::slice::from_ref(scored)).remove(0)
    }

    /// Adds scored submissions in one transaction.
    pub fn add_all(&self, all: &[Scored<'_>]) -> Vec<String> {
        let (ids, statements): (Vec<_>, Vec<_>) = all.iter().map(|scored| self.statement(scored)).unzip();
        self.app.execute(&format!("BEGIN; {} COMMIT;", statements.concat()));
        ids
    }

    fn statement(&self, scored: &Scored<'_>) -> (String, String) {
        let [submission, evaluation, new_team] = [0; 3].map(|_| Uuid::now_v7().to_string());
        let (season, task, set, account) = (&self.season, &self.task, self.test_set.get(), &self.account);
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let optional = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), quoted);
        let (team, key) = (quoted(scored.team), quoted(&scored.team.to_lowercase()));
        let sent = scored.minute * 60_000_000;
        let finished = sent + 30_000_000;
        let wrong = |mask: &dyn Fn(u8) -> bool| {
            let pairs = scored.bits.bytes().zip(self.mask.bytes());
            pairs.filter(|(bit, in_mask)| *bit == b'0' && mask(*in_mask)).count()
        };
        let (n, all, public) = (self.mask.len(), wrong(&|_| true), wrong(&|bit| bit == b'1'));
        let public_n = self.mask.bytes().filter(|bit| *bit == b'1').count();
        let bits = self.app.bytes(scored.bits);
        let ledger = format!(
            "INSERT INTO quota_ledger (submission_id, task_id, team_id, state, reserved_at) SELECT '{submission}', \
             '{task}', id, 'committed', {sent} FROM teams WHERE name_key = {key};"
        );
        let statement = format!(
            "INSERT INTO teams (id, season_id, name, name_key, created_at) SELECT '{new_team}', '{season}', {team}, {key}, \
             1 WHERE NOT EXISTS (SELECT 1 FROM teams WHERE name_key = {key});
             INSERT INTO submissions (id, season_id, task_id, team_id, account_id, kind, sha256, size, method, links, note, \
             baseline, evaluation_id, created_at) SELECT '{submission}', '{season}', '{task}', id, '{account}', \
             'predictions', '{zeros}', 1, {method}, '[]', {note}, {baseline}, '{evaluation}', {sent} FROM teams \
             WHERE name_key = {key};
             INSERT INTO evaluations (id, submission_id, task_id, team_id, test_set_id, kind, state, attempt, failures, \
             done, total, queued_at, finished_at) SELECT '{evaluation}', '{submission}', '{task}', id, '{set}', \
             'predictions', 'scored', 1, 0, 0, 0, {sent}, {finished} FROM teams WHERE name_key = {key};
             UPDATE tasks SET board_version = board_version + 1 WHERE id = '{task}';
             INSERT INTO results (evaluation_id, task_id, n, top1_wrong, top5_wrong, public_n, public_top1_wrong, \
             public_top5_wrong, board_version, top1, top5) SELECT '{evaluation}', '{task}', {n}, {all}, {all}, {public_n}, \
             {public}, {public}, board_version, {bits}, {bits} FROM tasks WHERE id = '{task}';
             {ledger}",
            zeros = "0".repeat(64),
            method = optional(scored.method),
            note = optional(scored.note),
            baseline = if scored.baseline { "TRUE" } else { "FALSE" },
            ledger = if scored.entered { "" } else { &ledger },
        );
        (submission, statement)
    }

    /// Changes the season and what its board shows.
    pub fn change_season(&self, assignment: &str) {
        self.app
            .execute(&format!("UPDATE seasons SET {assignment}; UPDATE tasks SET board_version = board_version + 1;"));
    }
}
