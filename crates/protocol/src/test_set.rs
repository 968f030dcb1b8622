//! Test sets, their versions and commitments.

use serde::{Deserialize, Serialize};

use crate::{Sha256, TestSetId, Timestamp, UploadId};

/// What everybody may know of a test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestSetSummary {
    /// The id of the version, as addresses name it.
    pub id: TestSetId,
    /// Number of the version, from 1.
    pub version: u32,
    /// How many classes the task has, for example 1000.
    pub classes: u32,
    /// How many images the test set has.
    pub images: u32,
    /// Images in the public part; all of them without a split.
    pub public_images: u32,
    /// How large a difference of errors the public part tells apart at 5 % if two entries disagree
    /// on 5 % of it: 1.96·√(0.05 / `public_images`), no less than six images and no more than all.
    /// This follows from the number of images alone. `resolution` of a leaderboard is computed from
    /// how often its rows disagree.
    // Archives and servers of older versions have it under this name.
    #[serde(alias = "resolution")]
    pub typical_resolution: f64,
    /// SHA-256 over salt and test set, published before, to be opened after the season.
    pub commitment: Sha256,
    /// When this version came.
    pub created_at: Timestamp,
    /// Whether the board does not show it yet: results are being counted for it, and an organizer
    /// applies or drops that.
    #[serde(default)]
    pub staged: bool,
}

/// What opens the commitments of a task's test sets: for organizers only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitmentList {
    /// One opening for each version of the test set, oldest first.
    pub versions: Vec<CommitmentOpening>,
}

/// The secret that opens a commitment. SHA-256 over the 32 bytes of `salt` and then the test set
/// with its labels, as `GET …/test-set/labels` returns it, is `commitment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CommitmentOpening {
    /// The version of the test set.
    pub test_set: TestSetId,
    /// Number of the version, from 1.
    pub version: u32,
    /// The commitment that everybody sees.
    pub commitment: Sha256,
    /// 64 hexadecimal digits. Keep them secret until the results are published.
    pub salt: String,
    /// When this version was created.
    pub created_at: Timestamp,
}

/// A new version of a task's test set, from files uploaded before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTestSet {
    /// `classes.tsv`: class number, class id, name; line order is the models' output order.
    pub classes: UploadId,
    /// Labels: a CSV file `image,class`, or one class number a line.
    pub labels: UploadId,
    /// Images as a tar or zip; only if models are accepted.
    #[serde(default)]
    pub images: Option<UploadId>,
    /// In place of `images`: SHA-256 of the images of a version that the task has or had, which
    /// need not be sent again.
    #[serde(default)]
    pub known_images: Option<Sha256>,
}

/// Whether a change may take results off the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct DiscardQuery {
    /// Take the new version up at once, although results on the present one leave the board.
    /// Without it, the results are counted for the new version first, and an organizer applies or
    /// drops that.
    pub discard_results: Option<bool>,
}

/// Which version of a test set is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct VersionQuery {
    /// Its number, from 1; the present one if omitted.
    pub version: Option<u32>,
}

/// A class of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Class {
    /// Class number, from 1.
    pub id: u32,
    /// The class's id: its WordNet id in seasons of ImageNet, another word elsewhere.
    pub wordnet_id: String,
    /// Name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_an_older_version_is_read() {
        let hash = "ab".repeat(32);
        let text = |name: &str| {
            format!(
                r#"{{"id": "01890a5d-ac96-774b-bcce-b30200000005", "version": 1, "classes": 2, "images": 8, "public_images": 8,
                    "{name}": 0.75, "commitment": "{hash}", "created_at": "2026-01-01T00:00:00Z"}}"#
            )
        };
        let [old, new] = ["resolution", "typical_resolution"]
            .map(|name| serde_json::from_str::<TestSetSummary>(&text(name)).unwrap());
        assert_eq!((old.typical_resolution, &old), (0.75, &new));
        let written = serde_json::to_value(&old).unwrap();
        assert!(written.get("typical_resolution").is_some() && written.get("resolution").is_none(), "{written}");
    }
}
