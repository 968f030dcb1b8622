//! The blob store: files named by their SHA-256, written once and never changed.
//!
//! One rule keeps blobs and rows together: a file is stored first, then named by a row in a
//! transaction that holds [`Lock::Blob`](crate::db::Lock::Blob) and sees that the file is still
//! there ([`Blobs::hold`]); the sweeper deletes under the same lock, after seeing that no row names
//! it. Paths are made from digests and ids of this program only.

mod assemble;
mod local;
mod presence;
mod reader;
mod room;
mod sightings;
mod sweep;

use std::io::Read as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use holdout_protocol::{BlobRef, Sha256};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};

use self::presence::Folder;
pub use self::reader::BlobReader;
pub use self::sightings::{Round, Sightings};
pub use self::sweep::Stored;
use crate::db::{Conn, Lock, lock};
use crate::error::{Error, Result};
use crate::object_name::ObjectName;
use crate::scheme::scheme_of;
use crate::secret;

/// The store: a local folder or an S3 bucket.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, if it is a local one.
    folder: Option<Arc<Folder>>,
}

/// Tells whether the store answered that it has no such blob, and not that there is no such bucket.
fn is_missing_blob(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && !format!("{error} {error:?}").contains("NoSuchBucket")
}

/// Refuses what would make every call fail, each after many tries.
fn check_s3(variable: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    for (given, missing) in [(id, secret), (secret, id)] {
        if set(given).is_some() && set(missing).is_none() {
            return Err(format!("`{given}` is set and `{missing}` is not; set both"));
        }
    }
    let allows_http = set("AWS_ALLOW_HTTP").is_some_and(|value| !["0", "false", "no", "off"].contains(&value.as_str()));
    let endpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"].into_iter().find_map(|name| {
        let address = set(name)?;
        Some((name, address))
    });
    match endpoint {
        Some((name, address)) if !address.starts_with("http://") && !address.starts_with("https://") => {
            Err(format!("`{name}` is `{address}`; it begins with `https://`, or with `http://` if that is meant"))
        }
        Some((name, address)) if address.starts_with("http://") && !allows_http => Err(format!(
            "`{name}` is `{address}`, which has no TLS; write `https://`, or set `AWS_ALLOW_HTTP=true` if that is meant"
        )),
        _ => Ok(()),
    }
}

/// Refuses what is no path of a folder, but would become one.
fn check_folder(url: &str) -> Result<()> {
    const GIVE: &str = "give `s3://bucket/prefix` or the path of a folder";
    let message = match scheme_of(url) {
        Some("s3") => format!("`blobs` is `{url}`, which lacks a slash: `s3://bucket/prefix`"),
        Some(scheme) if url.contains("://") => format!("`{scheme}://` is no blob store that Holdout can use; {GIVE}"),
        Some(scheme) => format!("`{scheme}:` is no blob store that Holdout can use; {GIVE}, such as `./{scheme}:…`"),
        None if url.is_empty() => format!("`blobs` is empty; {GIVE}"),
        None => return Ok(()),
    };
    Err(Error::Config(message))
}

impl Blobs {
    /// Opens `s3://bucket/prefix` (credentials, region and endpoint as the environment gives them,
    /// `AWS_…`) or a folder, which is made if it is not there.
    ///
    /// # Errors
    /// If the folder cannot be made or the URL has another scheme.
    pub fn at(url: &str) -> Result<Self> {
        if let Some(rest) = url.strip_prefix("s3://") {
            let prefix = rest.split_once('/').map_or("", |(_, prefix)| prefix);
            check_s3(|name| std::env::var(name).ok()).map_err(Error::Config)?;
            if rest.trim_start_matches('/').is_empty() {
                return Err(Error::Config(format!("`blobs` is `{url}`; a bucket is missing: `s3://bucket/prefix`")));
            }
            let bucket = AmazonS3Builder::from_env().with_url(url).build()?;
            let prefix = Path::parse(prefix.trim_matches('/')).map_err(Error::internal)?;
            return Ok(Self { store: Arc::new(PrefixStore::new(bucket, prefix)), folder: None });
        }
        check_folder(url)?;
        std::fs::create_dir_all(url).map_err(|error| Error::file(url, "made a folder", error))?;
        // Labels and models: for the owner only, whatever the mode of the files within.
        #[cfg(unix)]
        std::fs::set_permissions(url, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .map_err(|error| Error::file(url, "closed to other accounts of this machine", error))?;
        let store = LocalFileSystem::new_with_prefix(url)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Some(Arc::new(Folder::new(PathBuf::from(url)))) })
    }

    /// Sees that the store can be reached.
    ///
    /// # Errors
    /// If it cannot.
    pub async fn check_reachable(&self) -> Result<()> {
        self.check_present().await?;
        // A folder that is gone would look like one without this blob.
        if let Some(folder) = &self.folder
            && !folder.path.is_dir()
        {
            return Err(Error::internal(format!("the folder `{}` is gone", folder.path.display())));
        }
        // HEAD has no body, and only the body tells a missing bucket from a missing blob.
        match self.store.get(&path_of(Sha256::from_bytes([0; 32]))).await {
            Ok(_) => Ok(()),
            Err(error) if is_missing_blob(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The size of a blob, bytes; `None` if there is no such blob.
    pub async fn stat(&self, sha256: Sha256) -> Result<Option<u64>> {
        match self.store.head(&path_of(sha256)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => self.check_present().await.map(|()| None),
            Err(error) => Err(error.into()),
        }
    }

    /// The bytes of a blob; of a part of it if `range` is given, which has to lie within it.
    ///
    /// # Errors
    /// [`Error::BlobMissing`] if there is no such blob.
    pub async fn open(&self, sha256: Sha256, range: Option<Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(futures_util::stream::empty().boxed());
        }
        let options = GetOptions::new().with_range(range.map(GetRange::Bounded));
        let found = match self.store.get_opts(&path_of(sha256), options).await {
            Ok(found) => found,
            Err(error) => return Err(self.missing(error, sha256).await),
        };
        Ok(found.into_stream().map(|chunk| chunk.map_err(Error::from)).boxed())
    }

    /// A blob for reading on a thread of the blocking pool, from where alone this may be called.
    ///
    /// # Errors
    /// [`Error::BlobMissing`] if there is no such blob.
    pub fn open_sync(&self, sha256: Sha256) -> Result<BlobReader> {
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let found = runtime.block_on(self.store.get(&path_of(sha256)));
        let found = found.map_err(|error| runtime.block_on(self.missing(error, sha256)))?;
        Ok(BlobReader::new(found, runtime))
    }

    /// The bytes of a range of a blob, on a thread of the blocking pool, from where alone this may
    /// be called.
    ///
    /// # Errors
    /// `not_found` if there is no such blob.
    pub fn read_sync(&self, sha256: Sha256, range: Range<u64>) -> Result<Vec<u8>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        let read = runtime.block_on(self.store.get_range(&path_of(sha256), range));
        read.map(Into::into).map_err(|error| runtime.block_on(self.missing(error, sha256)))
    }

    /// Reads a blob from its beginning to its end, on a thread that may wait.
    ///
    /// # Errors
    /// As [`Self::open_sync`].
    pub fn read_whole_sync(&self, blob: &BlobRef) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(blob.size).map_err(Error::internal)?);
        self.open_sync(blob.sha256)?.read_to_end(&mut bytes).map_err(Error::Read)?;
        Ok(bytes)
    }

    /// Stores some bytes as a blob; name it in a row afterwards, as [`Blobs::hold`] says.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<BlobRef> {
        let digested = bytes.clone();
        let sha256 = tokio::task::spawn_blocking(move || secret::sha256(&digested)).await.map_err(Error::internal)?;
        let size = u64::try_from(bytes.len()).map_err(Error::internal)?;
        // Written even if it is there, because the new time of change keeps the sweeper away.
        self.put(&path_of(sha256), bytes).await?;
        Ok(BlobRef { sha256, size })
    }

    /// Keeps the sweeper from a blob until this transaction ends, and tells whether the blob is
    /// there. A row may name a blob only after this said yes; if it says no, store it again. Call
    /// it inside a write transaction only.
    pub fn hold(&self, conn: &mut Conn, sha256: Sha256) -> Result<bool> {
        lock(conn, Lock::Blob(&sha256.to_string()))?;
        let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
        Ok(runtime.block_on(self.stat(sha256))?.is_some())
    }

    /// Stores a part of an upload.
    pub async fn put_part(&self, name: &ObjectName, bytes: Bytes) -> Result<()> {
        self.put(&name.path(), bytes).await
    }

    /// Reads a part of an upload.
    ///
    /// # Errors
    /// If the store fails or the part is not there.
    pub async fn read_part(&self, name: &ObjectName) -> Result<Bytes> {
        Ok(self.store.get(&name.path()).await?.bytes().await?)
    }

    async fn put(&self, path: &Path, bytes: Bytes) -> Result<()> {
        self.check_present().await?;
        self.store.put(path, bytes.into()).await?;
        Ok(())
    }

    /// Deletes parts of uploads; those that are not there are deleted already.
    pub async fn delete_parts(&self, names: &[ObjectName]) -> Result<()> {
        for name in names {
            self.delete(&name.path()).await?;
        }
        Ok(())
    }

    /// Returns why a blob cannot be read: it is missing only in a store that is there.
    async fn missing(&self, error: object_store::Error, sha256: Sha256) -> Error {
        match error {
            object_store::Error::NotFound { .. } => {
                self.check_present().await.err().unwrap_or(Error::BlobMissing(sha256))
            }
            other => other.into(),
        }
    }

    async fn delete(&self, path: &Path) -> Result<()> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Two digits of the digest as a folder, so that no folder grows too large.
fn path_of(sha256: Sha256) -> Path {
    let digits = sha256.to_string();
    let folder: String = digits.chars().take(2).collect();
    Path::from_iter(["blobs", &folder, &digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_that_could_never_be_reached_is_refused() {
        let check = |set: &[(&str, &str)]| {
            check_s3(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let plain = ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000");
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"));
        assert_eq!(check(&[]), Ok(()), "a machine may have a role instead");
        assert_eq!(check(&[id, secret, plain, ("AWS_ALLOW_HTTP", "true")]), Ok(()));
        assert_eq!(check(&[id, secret, ("AWS_ENDPOINT_URL", "https://s3.example.org")]), Ok(()));
        assert!(check(&[id, secret, plain]).unwrap_err().contains("AWS_ALLOW_HTTP=true"));
        let bare = check(&[id, secret, ("AWS_ENDPOINT_URL", "127.0.0.1:9000")]).unwrap_err();
        assert!(bare.contains("`127.0.0.1:9000`; it begins with `https://`"), "{bare}");
        assert!(check(&[id]).unwrap_err().contains("`AWS_SECRET_ACCESS_KEY` is not"));
        assert!(check(&[secret]).unwrap_err().contains("`AWS_ACCESS_KEY_ID` is not"));
    }

    #[test]
    fn a_blob_lies_under_its_digest() {
        let sha256 = secret::sha256(b"abc");
        assert_eq!(
            path_of(sha256).to_string(),
            "blobs/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_store_is_a_folder_or_a_bucket() {
        assert!(Blobs::at("s3://bucket/some/prefix").is_ok_and(|blobs| blobs.folder.is_none()));
        assert!(Blobs::at("s3://bucket").is_ok());
        assert!(Blobs::at("gopher://bucket").is_err_and(|error| error.to_string().contains("`gopher://`")));
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::at(&folder.path().join("a/b").display().to_string()).unwrap();
        assert!(blobs.folder.is_some() && folder.path().join("a/b").is_dir());
    }

    #[actix_web::test]
    async fn a_blob_is_read_whole_in_part_and_as_a_reader() {
        use std::io::Read as _;
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::at(&folder.path().display().to_string()).unwrap();
        let blob = blobs.put_bytes(Bytes::from_static(b"0123456789")).await.unwrap();
        assert_eq!(blobs.stat(blob.sha256).await.unwrap(), Some(10));
        for (range, expected) in [(None, "0123456789"), (Some(2..5), "234"), (Some(9..10), "9"), (Some(3..3), "")] {
            let chunks = blobs.open(blob.sha256, range).await.unwrap();
            let read: Vec<Bytes> = chunks.map(Result::unwrap).collect().await;
            assert_eq!(read.concat(), expected.as_bytes());
        }
        let (again, mut text) = (blobs.clone(), String::new());
        let text = tokio::task::spawn_blocking(move || {
            again.open_sync(blob.sha256).unwrap().read_to_string(&mut text).unwrap();
            text
        });
        assert_eq!(text.await.unwrap(), "0123456789");
        let none = secret::sha256(b"nothing");
        assert_eq!(blobs.stat(none).await.unwrap(), None);
        let error = blobs.open(none, None).await.err().unwrap();
        // The digest of a file of labels would let anybody check a guess at all of them.
        let told = format!("{error} {:?}", error.body());
        assert!(matches!(error, Error::BlobMissing(_)) && !told.contains(&none.to_string()), "{told}");
    }

    /// Answers every request with 404 and this code, as S3 does.
    fn s3_without(code: &'static str) -> Blobs {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 4096];
                if stream.read(&mut head).unwrap_or(0) == 0 {
                    continue;
                }
                let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
                let head =
                    format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).ok();
            }
        });
        let builder = AmazonS3Builder::new().with_bucket_name("b").with_region("r").with_allow_http(true);
        let builder = builder.with_endpoint(format!("http://{address}")).with_access_key_id("k");
        let bucket = builder.with_secret_access_key("s").build().unwrap();
        Blobs { store: Arc::new(PrefixStore::new(bucket, Path::from("p"))), folder: None }
    }

    #[tokio::test]
    async fn a_missing_bucket_is_not_taken_for_a_missing_blob() {
        s3_without("NoSuchKey").check_reachable().await.unwrap();
        let error = s3_without("NoSuchBucket").check_reachable().await.unwrap_err();
        assert!(matches!(error, Error::Store(_)), "{error}");
    }
}
