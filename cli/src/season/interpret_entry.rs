//! What an entry of `season.yaml` means.

use holdout_protocol::{Disclosure, SubmissionTexts, TeamName, Timestamp, TrainingData};

use super::document::{EntryDocument, TaskDocument, Written};
use super::interpret::EntryFile;
use super::interpret_task::KINDS;
use super::values::Reader;
use crate::submission::Draft;

/// What an entry says of itself.
struct Texts {
    method: Option<String>,
    note: Option<String>,
    description: Option<String>,
    links: Vec<String>,
}

impl Reader {
    pub(super) fn entry(&mut self, document: &EntryDocument, tasks: &[TaskDocument], at: &str) -> Option<EntryFile> {
        let team = self.parsed::<TeamName>(&document.team, &format!("{at}.team"));
        let task = tasks.iter().position(|task| task.task.value == document.task.value);
        if task.is_none() {
            let message = format!("no task of this season is called `{}`", document.task.value);
            self.problems.add(document.task.referenced, &format!("{at}.task"), message);
        }
        let texts = self.texts(document, at);
        let file = self.file(&document.file, format!("{at}.file"));
        let baseline = document.baseline.as_ref().map(|baseline| self.truth(baseline, &format!("{at}.baseline")));
        let made = document.submitted_at.as_ref().map(|made| self.past(made, &format!("{at}.submitted_at")));
        let disclosure = self.disclosure(document, at);
        let kind = match &document.kind {
            Some(kind) => self.one_of(kind, &format!("{at}.kind"), &KINDS),
            None => Some(crate::submission::kind_of(&file.path)),
        };
        let (team, baseline) = (team?, baseline.unwrap_or(Some(false))?);
        let (kind, Texts { method, note, description, links }) = (kind?, texts?);
        // The folder is the season as its organizers publish it: it names its teams itself.
        let (team_name, create_team) = (Some(team.clone()), true);
        let submitted_at = made.map_or(Some(None), |made| made.map(Some))?;
        let draft = Draft {
            kind,
            method,
            description,
            links,
            disclosure: disclosure?,
            team: team_name,
            note,
            baseline,
            create_team,
            submitted_at,
        };
        Some(EntryFile { task: task?, draft, team, file })
    }

    fn disclosure(&mut self, document: &EntryDocument, at: &str) -> Option<Disclosure> {
        let kinds = TrainingData::ALL.map(|kind| (kind.as_str(), kind));
        let training_data = document.training_data.as_ref();
        let training_data = training_data.map(|kind| self.one_of(kind, &format!("{at}.training_data"), &kinds));
        let ensemble = document.ensemble.as_ref();
        let ensemble = ensemble.map(|ensemble| self.truth(ensemble, &format!("{at}.ensemble")));
        Some(Disclosure {
            training_data: training_data.map_or(Some(None), |kind| kind.map(Some))?,
            ensemble: ensemble.map_or(Some(None), |ensemble| ensemble.map(Some))?,
        })
    }

    fn texts(&mut self, document: &EntryDocument, at: &str) -> Option<Texts> {
        let text = |written: &Option<Written>| written.as_ref().map(|written| written.value.clone());
        let texts = Texts {
            method: text(&document.method),
            note: text(&document.note),
            description: text(&document.description),
            links: document.links.iter().map(|link| link.value.clone()).collect(),
        };
        let checked = SubmissionTexts {
            method: texts.method.as_deref(),
            note: texts.note.as_deref(),
            description: texts.description.as_deref(),
            links: &texts.links,
        };
        let Err(refused) = checked.check() else { return Some(texts) };
        let written = match refused.field {
            "method" => document.method.as_ref(),
            "note" => document.note.as_ref(),
            "description" => document.description.as_ref(),
            _ => document.links.first(),
        };
        let place = written.map_or(document.team.referenced, |written| written.referenced);
        self.problems.add(place, &format!("{at}.{}", refused.field), refused.message);
        None
    }

    fn past(&mut self, written: &Written, at: &str) -> Option<Timestamp> {
        let time = self.parsed::<Timestamp>(written, at)?;
        if time > Timestamp::now() || time.as_micros() < 0 {
            let message = format!("`{time}` is not allowed; an entry was made from 1970 until now");
            self.problems.add(written.referenced, at, message);
            return None;
        }
        Some(time)
    }
}
