//! `entries.csv`: the submissions of a season.

use holdout_protocol::{BoardRow, Sha256, Slug, SubmissionId, SubmissionKind, SubmissionState, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A submission. Whose it is, is said by the name of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryRow {
    #[serde(alias = "id")]
    pub(super) submission: SubmissionId,
    pub(super) task: Slug,
    pub(super) team: String,
    pub(super) method: Option<String>,
    pub(super) kind: Option<SubmissionKind>,
    pub(super) state: SubmissionState,
    /// `counted`, `disqualified`, `hidden`, `held` or `withdrawn`.
    pub(super) standing: Option<String>,
    #[serde(alias = "sha256")]
    pub(super) file_sha256: Option<Sha256>,
    pub(super) size: Option<u64>,
    #[serde(alias = "created_at")]
    pub(super) received_at: Timestamp,
    pub(super) baseline: bool,
    #[serde(rename = "final")]
    pub(super) is_final: bool,
}

impl EntryRow {
    /// Returns what everybody sees of a submission.
    pub(super) fn of_board(task: &Slug, row: &BoardRow) -> Self {
        let standing = if row.disqualified.is_some() { "disqualified" } else { "counted" };
        Self {
            submission: row.submission,
            task: task.clone(),
            team: row.team.to_string(),
            method: row.method.clone(),
            kind: None,
            state: SubmissionState::Scored,
            standing: Some(standing.to_owned()),
            file_sha256: None,
            size: None,
            received_at: row.entered_at.unwrap_or(row.submitted_at),
            baseline: row.baseline,
            is_final: row.is_final,
        }
    }

    /// Puts an apostrophe before texts that a spreadsheet would take for a formula.
    pub(super) fn defused(mut self) -> Self {
        self.team = defused(self.team);
        self.method = self.method.map(defused);
        self
    }
}

fn defused(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// Writes rows as CSV with a header.
pub(super) fn write_rows(rows: &[impl Serialize]) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|error| error.to_string())?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

/// Reads rows of CSV with a header.
pub(super) fn read_rows<T: DeserializeOwned>(bytes: &[u8]) -> Result<Vec<T>, String> {
    let rows = csv::Reader::from_reader(bytes).into_deserialize();
    rows.map(|row| row.map_err(|error: csv::Error| error.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let row = EntryRow {
            submission: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            task: "images".parse().unwrap(),
            team: "=Alpha".to_owned(),
            method: None,
            kind: Some(SubmissionKind::Torchscript),
            state: SubmissionState::Scored,
            standing: Some("counted".to_owned()),
            file_sha256: None,
            size: Some(7),
            received_at: Timestamp::from(7),
            baseline: true,
            is_final: false,
        };
        let written = write_rows(&[row.clone().defused()]).unwrap();
        let expected = EntryRow { team: "'=Alpha".to_owned(), ..row };
        assert_eq!(read_rows::<EntryRow>(&written).unwrap(), [expected]);
        let text = String::from_utf8(written).unwrap();
        assert!(text.starts_with("submission,task,team,method,kind,state,standing,file_sha256,size,"), "{text}");
    }
}
