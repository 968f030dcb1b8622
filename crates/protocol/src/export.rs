//! What a season holds, for organizers' own tools.

use serde::{Deserialize, Serialize};

/// What can be exported of a season besides its audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportTable {
    /// The members of its teams.
    Participants,
    /// Submissions with their scores.
    Submissions,
    /// Evaluations.
    Evaluations,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table with a header (RFC 4180). A cell that a spreadsheet would take for a formula begins
    /// with an apostrophe.
    #[default]
    Csv,
    /// A list of objects.
    Json,
}

/// The query of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct ExportQuery {
    /// How it is written; `csv` if omitted.
    pub format: Option<ExportFormat>,
}
