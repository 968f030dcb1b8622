//! Whether the folder of the blob store is the one that the server began with. If its disk is
//! unmounted, an empty folder is in its place: nothing may be looked for or written there.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::Blobs;
use super::sweep::MARK;
use crate::error::{Error, Result};

/// The folder of a local store.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// What marks it as the database's, once that is known.
    mark: OnceLock<String>,
}

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, mark: OnceLock::new() }
    }
}

impl Blobs {
    /// From now on the folder has to have this mark.
    pub(crate) fn expect_mark(&self, mark: String) {
        if let Some(folder) = &self.folder {
            // The first one stays: the mark of a database never changes.
            folder.mark.set(mark).ok();
        }
    }

    /// Sees that the folder is there and has its mark. A bucket says by itself that it is gone.
    ///
    /// # Errors
    /// If it is another one, as a store that cannot be reached for now.
    pub(crate) async fn check_present(&self) -> Result<()> {
        let Some(folder) = self.folder.as_deref() else { return Ok(()) };
        let Some(expected) = folder.mark.get() else { return Ok(()) };
        let found = tokio::fs::read_to_string(folder.path.join(MARK)).await;
        if found.is_ok_and(|mark| mark.trim() == expected) {
            return Ok(());
        }
        let source = format!(
            "the folder `{}` is not there, or is not the one that the server began with; is its disk mounted?",
            folder.path.display()
        );
        Err(Error::Store(object_store::Error::Generic { store: "folder", source: source.into() }))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use holdout_protocol::ErrorCode;

    use super::*;

    #[actix_web::test]
    async fn nothing_is_looked_for_or_written_in_another_folder_than_the_first() {
        let place = tempfile::tempdir().unwrap();
        let (folder, away) = (place.path().join("blobs"), place.path().join("away"));
        let blobs = Blobs::at(&folder.display().to_string()).unwrap();
        blobs.set_mark("a".to_owned()).await.unwrap();
        blobs.expect_mark("a".to_owned());
        let known = blobs.put_bytes(Bytes::from_static(b"labels")).await.unwrap();
        let unknown = crate::secret::sha256(b"nothing");
        assert!(matches!(blobs.open(unknown, None).await.err(), Some(Error::BlobMissing(_))));

        std::fs::rename(&folder, &away).unwrap();
        for is_empty_mount in [false, true] {
            if is_empty_mount {
                std::fs::create_dir(&folder).unwrap();
            }
            let failures = [
                blobs.check_reachable().await.err(),
                blobs.open(known.sha256, None).await.err(),
                blobs.stat(known.sha256).await.err(),
                blobs.put_bytes(Bytes::from_static(b"more")).await.err(),
            ];
            for failure in failures {
                let failure = failure.unwrap();
                assert_eq!(failure.code(), ErrorCode::Unavailable, "{failure}");
            }
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing was written there");
        std::fs::remove_dir(&folder).unwrap();
        std::fs::rename(&away, &folder).unwrap();
        blobs.check_reachable().await.unwrap();
        assert_eq!(blobs.stat(known.sha256).await.unwrap(), Some(6));
    }
}
