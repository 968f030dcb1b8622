//! Submissions of different teams whose answers agree more than those of teams do that work on
//! their own: evidence for organizers, never a verdict. The statistic is in
//! `holdout_evaluation`.

mod groups;
pub mod kept;
mod marks;

use std::collections::HashMap;

use holdout_evaluation::{Agreement, Expected, LEVEL, Marks, Screened, holm_adjusted, sample, screen};
use holdout_protocol::SimilarSubmissions;

use crate::app::App;
use crate::db;
use crate::db::similar::{Compared, MOST};
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::error::{Error, Result};
use crate::paths::TaskPath;
use groups::{Found, groups};
use kept::Kept;
use marks::Reader;

/// Images on which all pairs are looked at.
const SCREENED: usize = 2048;
/// Images on which the pairs are counted that may be alike.
const COUNTED: usize = 10_000;

/// Compares the answers of all teams in a task.
///
/// # Errors
/// `not_found`; `unavailable` while others are compared.
pub async fn of_task(app: &App, path: TaskPath) -> Result<SimilarSubmissions> {
    let busy = || Error::busy("answers are being compared already; try again in a moment", 10);
    let mut kept = app.similar.0.try_lock().map_err(|_| busy())?;
    let place = path.clone();
    let look = move |conn: &mut db::Conn| {
        let season = db::seasons::find(conn, place.season.as_str())?;
        let task = db::tasks::find(conn, season.id, place.task.as_str())?;
        let set = task.test_set.map(|set| db::test_sets::get(conn, set)).transpose()?;
        Ok((task, set))
    };
    let (task, set) = app.db.read(look).await?;
    if let Some(kept) = kept.as_ref().filter(|it| it.task == task.id && it.board_version == task.board_version) {
        return Ok(kept.found.clone());
    }
    let found = match set {
        Some(set) => compare(app, &path, &task, set).await?,
        None => empty(&path),
    };
    *kept = Some(Kept { task: task.id, board_version: task.board_version, found: found.clone() });
    Ok(found)
}

fn empty(path: &TaskPath) -> SimilarSubmissions {
    SimilarSubmissions {
        season: path.season.clone(),
        task: path.task.clone(),
        submissions: 0,
        teams: 0,
        pairs: 0,
        images: 0,
        without_answers: 0,
        complete: true,
        groups: Vec::new(),
    }
}

async fn compare(app: &App, path: &TaskPath, task: &Task, set: TestSet) -> Result<SimilarSubmissions> {
    let (id, version) = (task.id, set.id);
    let read = app
        .db
        .read(move |conn| Ok((db::similar::of_teams(conn, id, version)?, db::similar::baselines(conn, id, version)?)));
    let (mut entries, baselines) = read.await?;
    let all = entries.len() <= MOST;
    entries.truncate(MOST);
    let images = usize::try_from(set.images).map_err(Error::internal)?;
    // The salt is secret, so nobody knows the images that are looked at.
    let seed = seed_of(&set.salt);
    let (screened, counted) = (sample(images, SCREENED, seed), sample(images, COUNTED, seed.wrapping_add(1)));
    let mut reader = Reader::open(app, set, &baselines).await?;
    let all_entries: Vec<&Compared> = entries.iter().collect();
    let marked = reader.marks(app, &all_entries, &screened).await?;
    let without_answers = entries.len() - marked.len();
    let kept: Vec<&Compared> = marked.iter().filter_map(|(place, _)| entries.get(*place)).collect();
    let (teams, places) = teams_of(&kept, marked);
    let found = tokio::task::spawn_blocking(move || screen(&places)).await.map_err(Error::internal)?;
    let pairs = count(app, &mut reader, &kept, &found, &counted).await?;
    Ok(SimilarSubmissions {
        submissions: small(kept.len()),
        teams: small(teams),
        pairs: found.pairs,
        images: small(counted.len()),
        without_answers: small(without_answers),
        complete: all && found.complete,
        groups: groups(pairs),
        ..empty(path)
    })
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn seed_of(salt: &str) -> u64 {
    let digest = crate::secret::sha256(salt.as_bytes()).to_string();
    u64::from_str_radix(digest.get(..16).unwrap_or_default(), 16).unwrap_or_default()
}

/// Returns how many teams there are, and the marks of each entry with the number of its team.
fn teams_of(entries: &[&Compared], marked: Vec<(usize, Marks)>) -> (usize, Vec<(usize, Marks)>) {
    let mut numbers = HashMap::new();
    let number = |(entry, (_, marks)): (&&Compared, (usize, Marks))| {
        let next = numbers.len();
        (*numbers.entry(entry.team).or_insert(next), marks)
    };
    let places = entries.iter().zip(marked).map(number).collect();
    (numbers.len(), places)
}

/// Counts the candidates on more images, and returns those that agree beyond what two teams reach
/// that work on their own, the least p value first.
async fn count<'e>(
    app: &App,
    reader: &mut Reader,
    entries: &[&'e Compared],
    found: &Screened,
    images: &[usize],
) -> Result<Vec<Found<'e>>> {
    let mut wanted: Vec<usize> = found.candidates.iter().flat_map(|pair| [pair.a, pair.b]).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let chosen: Vec<&Compared> = wanted.iter().filter_map(|place| entries.get(*place)).copied().collect();
    let marks = reader.marks(app, &chosen, images).await?;
    let marks = marks.into_iter().filter_map(|(index, marks)| Some((*wanted.get(index)?, marks)));
    let marks: HashMap<usize, Marks> = marks.collect();
    let mut ln_p = Vec::new();
    let mut counted: Vec<(&Compared, &Compared, Agreement)> = Vec::new();
    for pair in &found.candidates {
        let (Some(a), Some(b)) = (marks.get(&pair.a), marks.get(&pair.b)) else { continue };
        let (Some(first), Some(second)) = (entries.get(pair.a), entries.get(pair.b)) else { continue };
        let agreement = a.compare(b);
        let expected: Expected = found.expected.max(a.coincidence(b));
        ln_p.push(agreement.ln_p(expected));
        counted.push((first, second, agreement));
    }
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "2000² / 2 pairs at most")]
    let tests = found.pairs as f64;
    let adjusted = holm_adjusted(&ln_p, tests);
    let mut pairs: Vec<Found<'_>> = counted
        .into_iter()
        .zip(adjusted)
        .filter(|(_, p_value)| *p_value <= LEVEL)
        .map(|((first, second, agreement), p_value)| Found { first, second, agreement, p_value })
        .collect();
    pairs.sort_by(|a, b| a.p_value.total_cmp(&b.p_value));
    Ok(pairs)
}
