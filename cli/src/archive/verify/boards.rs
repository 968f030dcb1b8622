//! The boards of an archive against the receipts: the counts of each row, its error, its place, and
//! that no row is missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use holdout_protocol::{BoardRow, BoardSplit, Leaderboard, Metric, SubmissionId};
use holdout_receipts::Counts;

use super::chains::{Chains, Standing};
use super::contents::Contents;
use super::order;
use super::report::Report;
use super::submissions::Rows;
use crate::archive::manifest::{Manifest, View};

pub(super) fn check(contents: &Contents, manifest: &Manifest, chains: &Chains, rows: &Rows, report: &mut Report) {
    let mut boards: BTreeMap<&str, Leaderboard> = BTreeMap::new();
    for (file, _) in contents.below("boards") {
        let Some(name) = file.strip_suffix(".json") else { continue };
        if let Some(board) = report.noted(contents.json(file)) {
            boards.insert(name, board);
        }
    }
    for (name, board) in &boards {
        let checker = Checker { name, board, manifest, chains, rows };
        let before = report.problems.len();
        checker.check(report);
        for problem in choice(name, &boards).unwrap_or_default() {
            report.problem(format!("`{name}.json`: {problem}"));
        }
        if contents.has(&format!("{name}.csv")) {
            report.noted(check_table(contents, name, board));
        }
        let count = board.rows.len() + board.disqualified.len();
        let sentence = format!(
            "Board `{name}`: {count} rows have the counts, the errors and the order of their receipts, and none is missing."
        );
        report.prove_unless_problems(before, sentence);
    }
}

/// Returns what is wrong with which entries stand for their teams; `None` for a board of all
/// entries.
fn choice(name: &str, boards: &BTreeMap<&str, Leaderboard>) -> Option<Vec<String>> {
    if name.ends_with("-all") {
        return None;
    }
    let public = format!("{}/public-all", name.rsplit_once('/')?.0);
    let (teams, all) = (boards.get(name)?, boards.get(format!("{name}-all").as_str()));
    let Some((all, public)) = all.zip(boards.get(public.as_str())) else {
        return Some(vec!["the board of all entries is missing".to_owned()]);
    };
    Some(order::choice_problems(teams, all, public))
}

struct Checker<'a> {
    name: &'a str,
    board: &'a Leaderboard,
    manifest: &'a Manifest,
    chains: &'a Chains,
    rows: &'a Rows,
}

impl Checker<'_> {
    fn check(&self, report: &mut Report) {
        let mut problems = Vec::new();
        let place = format!("boards/{}/", self.board.task);
        let is_private = self.name.rsplit('/').next().is_some_and(|name| name.starts_with("private"));
        let split = if is_private { BoardSplit::Private } else { BoardSplit::Public };
        if self.board.season != self.manifest.season || !self.name.starts_with(&place) || self.board.split != split {
            problems.push("it is the board of something else than its name says".to_owned());
        }
        for row in &self.board.rows {
            problems.extend(self.row_problem(row, Standing::Counts));
        }
        for row in &self.board.disqualified {
            problems.extend(self.row_problem(row, Standing::Disqualified));
        }
        problems.extend(order::problems(self.board));
        if self.name.ends_with("-all") {
            problems.extend(self.missing());
        }
        problems.into_iter().for_each(|problem| report.problem(format!("`{}.json`: {problem}", self.name)));
    }

    fn row_problem(&self, row: &BoardRow, shown_as: Standing) -> Option<String> {
        let Leaderboard { task, version, as_of, split, metric, n, .. } = self.board;
        let id = row.submission;
        let chain = self.chains.0.get(&id);
        let result = chain.zip(*version).and_then(|(chain, version)| chain.result_on(task.as_str(), version, *as_of));
        let Some((chain, result)) = chain.zip(result) else {
            return Some(format!("the row of {id} has no receipt"));
        };
        let counts = match split {
            BoardSplit::Public => result.statement.public,
            BoardSplit::Private => match result.private {
                Some(counts) => counts,
                None => return Some(format!("the private counts of {id} are not opened")),
            },
        };
        let wrong = wrong_by(*metric, counts);
        if (row.wrong, row.n) != (wrong, counts.n) || row.n != *n {
            return Some(format!(
                "the row of {id} has {} of {} wrong; its receipt has {wrong} of {}",
                row.wrong, row.n, counts.n
            ));
        }
        let standing = chain.standing(*as_of);
        // The public does not get the receipts of decisions.
        let is_known = self.manifest.view == View::Organizer;
        (is_known && standing != shown_as).then(|| {
            format!("the row of {id} is shown as {shown_as:?}, and its receipts say {standing:?}").to_lowercase()
        })
    }

    /// Submissions that count by their receipts and that the board of all entries does not show.
    fn missing(&self) -> Vec<String> {
        let Leaderboard { task, version, as_of, .. } = self.board;
        let Some(version) = *version else { return Vec::new() };
        // Whether a row is among the right ones was compared with its receipts, where they are
        // known.
        let shown = self.board.rows.iter().chain(&self.board.disqualified);
        let shown: BTreeSet<SubmissionId> = shown.map(|row| row.submission).collect();
        let counts = self.chains.0.iter().filter(|(id, chain)| {
            let in_time = chain
                .result_on(task.as_str(), version, *as_of)
                .is_some_and(|result| as_of.is_none_or(|as_of| result.at <= as_of));
            in_time && chain.standing(*as_of) == Standing::Counts && !self.rows.is_held(**id)
        });
        let missing = counts.filter(|(id, _)| !shown.contains(id));
        missing.map(|(id, _)| format!("{id} counts by its receipts, and has no row")).collect()
    }
}

const fn wrong_by(metric: Metric, counts: Counts) -> u32 {
    match metric {
        Metric::Top1Error => counts.top1_wrong,
        Metric::Top5Error => counts.top5_wrong,
    }
}

/// The table says what the JSON says.
fn check_table(contents: &Contents, name: &str, board: &Leaderboard) -> Result<(), String> {
    let file = format!("{name}.csv");
    let rows: HashMap<String, &BoardRow> =
        board.rows.iter().chain(&board.disqualified).map(|row| (row.submission.to_string(), row)).collect();
    let mut ranked = board.rows.iter();
    let mut table = csv::Reader::from_reader(contents.bytes(&file)?);
    let failed = |error: csv::Error| format!("`{file}`: {error}");
    let header = table.headers().map_err(failed)?.clone();
    let column =
        |name: &str| header.iter().position(|header| header == name).ok_or(format!("`{file}` has no column `{name}`"));
    let columns = [column("submission")?, column("rank")?, column("wrong")?, column("n")?, column("error")?];
    for record in table.records() {
        let record = record.map_err(failed)?;
        let [id, rank, wrong, n, error] = columns.map(|column| record.get(column).unwrap_or_default());
        let differs = || format!("`{file}`: the row of `{id}` is not that of the board in JSON");
        let row = rows.get(id).ok_or_else(differs)?;
        let is_ranked = row.disqualified.is_none();
        if is_ranked && ranked.next().map(|row| row.submission) != Some(row.submission) {
            return Err(differs());
        }
        let expected =
            [row.rank.map(|rank| rank.to_string()).unwrap_or_default(), row.wrong.to_string(), row.n.to_string()];
        let is_error = error.parse().is_ok_and(|error: f64| (error - row.error).abs() < 1e-6);
        if [rank, wrong, n] != expected.each_ref().map(String::as_str) || !is_error {
            return Err(differs());
        }
    }
    ranked.next().map_or(Ok(()), |row| Err(format!("`{file}`: the row of `{}` is missing", row.submission)))
}
