//! A board as CSV (RFC 4180).
//!
//! The columns are those of [`HEADER`]. Measures of models follow `submitted_at`; their
//! `missing_layers` are separated by spaces. Cells without a value are empty.

use csv::{Terminator, WriterBuilder};
use holdout_protocol::{BoardRow, Leaderboard, Measures, TrainingData};

use crate::error::{Error, Result};
use crate::spreadsheet::guarded;

const HEADER: [&str; 32] = [
    "rank",
    "rank_best",
    "rank_worst",
    "team",
    "method",
    "error",
    "wrong",
    "n",
    "low_95",
    "high_95",
    "low_999",
    "high_999",
    "gap_to_best",
    "baseline",
    "note",
    "entries",
    "submission",
    "submitted_at",
    "images_per_second",
    "wall_seconds",
    "parameters",
    "device",
    "peak_memory_bytes",
    "peak_device_memory_bytes",
    "missing_layers",
    "final",
    "gap_to_baseline",
    "baseline_p_value",
    "entered_at",
    "late",
    "training_data",
    "ensemble",
];

/// The board's rows, with a header.
///
/// # Errors
/// If they cannot be written, which takes a lack of memory.
pub fn render(board: &Leaderboard) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEADER).map_err(Error::internal)?;
    for row in &board.rows {
        writer.write_record(cells(row)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}

fn cells(row: &BoardRow) -> [String; HEADER.len()] {
    let place = |place: Option<u32>| place.map(|place| place.to_string()).unwrap_or_default();
    let share = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let [pace, wall, parameters, device, memory, device_memory, missing] = measured(row.measures.as_ref());
    [
        place(row.rank),
        place(row.rank_range.map(|[best, _]| best)),
        place(row.rank_range.map(|[_, worst]| worst)),
        guarded(row.team.as_str()),
        guarded(row.method.as_deref().unwrap_or_default()),
        row.error.to_string(),
        row.wrong.to_string(),
        row.n.to_string(),
        row.interval.low.to_string(),
        row.interval.high.to_string(),
        row.interval_999.low.to_string(),
        row.interval_999.high.to_string(),
        row.gap_to_best.to_string(),
        row.baseline.to_string(),
        guarded(row.note.as_deref().unwrap_or_default()),
        row.entries.to_string(),
        row.submission.to_string(),
        row.submitted_at.to_string(),
        pace,
        wall,
        parameters,
        device,
        memory,
        device_memory,
        missing,
        row.is_final.to_string(),
        share(row.gap_to_baseline),
        share(row.baseline_p_value),
        row.entered_at.map(|at| at.to_string()).unwrap_or_default(),
        row.late.to_string(),
        row.training_data.map(TrainingData::as_str).unwrap_or_default().to_owned(),
        row.ensemble.map(|ensemble| ensemble.to_string()).unwrap_or_default(),
    ]
}

fn measured(measures: Option<&Measures>) -> [String; 7] {
    let Some(measures) = measures else { return Default::default() };
    let real = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let whole = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        real(measures.images_per_second),
        real(measures.wall_seconds),
        whole(measures.parameters),
        guarded(measures.device.as_deref().unwrap_or_default()),
        whole(measures.peak_memory_bytes),
        whole(measures.peak_device_memory_bytes),
        guarded(&measures.missing_layers.join(" ")),
    ]
}

#[cfg(test)]
mod tests;
