//! The user's credentials: one file of mode 600, a session a server, replaced as a whole and only
//! under a lock.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use holdout_client::ServerUrl;
use holdout_protocol::{SessionTokens, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::ClientError;

const FILE: &str = "credentials.json";
const LOCK: &str = "credentials.lock";

/// The session at one server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) email: String,
    pub(crate) access_token: String,
    /// When it ends, by the server's clock.
    pub(crate) access_expires_at: Timestamp,
    /// Good for one refresh.
    pub(crate) refresh_token: String,
    pub(crate) refresh_expires_at: Timestamp,
}

impl Credentials {
    /// The credentials in the answer to a login or a refresh; `None` if it has no tokens.
    #[must_use]
    pub(crate) fn of_session(email: &str, tokens: &SessionTokens) -> Option<Self> {
        Some(Self {
            email: email.to_owned(),
            access_token: tokens.access_token.clone()?,
            access_expires_at: tokens.access_expires_at,
            refresh_token: tokens.refresh_token.clone()?,
            refresh_expires_at: tokens.refresh_expires_at,
        })
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("email", &self.email).finish_non_exhaustive()
    }
}

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    /// The server last logged in to: used if no server is named.
    default_server: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, Credentials>,
}

/// The place of the credentials.
#[derive(Debug, Clone)]
pub(crate) struct CredentialStore {
    folder: PathBuf,
}

impl CredentialStore {
    /// The credentials in `folder`, which need not exist.
    #[must_use]
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the session at `server`.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    pub(crate) fn of(&self, server: &ServerUrl) -> Result<Option<Credentials>, ClientError> {
        Ok(self.read()?.servers.remove(server.as_str()))
    }

    /// Returns the server last logged in to.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    pub(crate) fn default_server(&self) -> Result<Option<String>, ClientError> {
        Ok(self.read()?.default_server)
    }

    /// Returns the servers that the user is logged in to.
    ///
    /// # Errors
    ///
    /// If the file is there and cannot be read.
    pub(crate) fn servers(&self) -> Result<Vec<String>, ClientError> {
        Ok(self.read()?.servers.into_keys().collect())
    }

    /// Waits for the lock that all processes of the user share, and reads under it.
    ///
    /// # Errors
    ///
    /// If folder, lock or file cannot be made or read.
    pub(crate) fn lock(&self) -> Result<LockedCredentials, ClientError> {
        private_folder(&self.folder).map_err(|error| self.failure("folder", &error))?;
        let path = self.folder.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.and_then(|file| file.lock().map(|()| file)).map_err(|error| self.failure(LOCK, &error))?;
        Ok(LockedCredentials { content: self.read()?, store: self.clone(), _lock: lock })
    }

    fn read(&self) -> Result<Content, ClientError> {
        match fs::read(self.folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| self.failure(FILE, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Content::default()),
            Err(error) => Err(self.failure(FILE, &error)),
        }
    }

    fn failure(&self, what: &str, cause: &dyn ToString) -> ClientError {
        ClientError::local(format!("credentials, `{}`", self.folder.join(what).display()), cause.to_string())
    }
}

/// The credentials, for as long as nobody else changes them.
#[derive(Debug)]
pub(crate) struct LockedCredentials {
    store: CredentialStore,
    content: Content,
    _lock: File,
}

impl LockedCredentials {
    /// Returns the session at `server`.
    #[must_use]
    pub(crate) fn of(&self, server: &ServerUrl) -> Option<&Credentials> {
        self.content.servers.get(server.as_str())
    }

    /// Puts a session in; the server becomes the default.
    pub(crate) fn put(&mut self, server: &ServerUrl, credentials: Credentials) {
        self.content.servers.insert(server.to_string(), credentials);
        self.content.default_server = Some(server.to_string());
    }

    /// Takes a session out.
    pub(crate) fn remove(&mut self, server: &ServerUrl) -> Option<Credentials> {
        self.content.servers.remove(server.as_str())
    }

    /// Writes the file: another one in its place, readable by the user alone, safe on disk when
    /// this returns.
    pub(crate) fn save(&self) -> Result<(), ClientError> {
        let fail = |error: &dyn ToString| self.store.failure(FILE, error);
        let text = serde_json::to_vec_pretty(&self.content).map_err(|error| fail(&error))?;
        replace_file(&self.store.folder, FILE, &text).map_err(|error| fail(&error))
    }
}

/// Makes a folder that only its owner can look into, unless it is there.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a folder like [`private_folder`], and closes an existing one to others. For folders that
/// nobody else uses.
#[cfg(feature = "host")]
pub(crate) fn own_folder(folder: &Path) -> std::io::Result<()> {
    private_folder(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Puts a file of mode 600 in the place of `name` at once: a reader sees the old or the new one,
/// also after a crash.
pub(crate) fn replace_file(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<()> {
    let mut draft = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    draft.write_all(content)?;
    draft.as_file().sync_all()?;
    draft.persist(folder.join(name)).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes the names in a folder safe on disk.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows opens no folders.
#[cfg(not(unix))]
const fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
