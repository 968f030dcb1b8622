//! The first start: the organizer's account and its token, and the embedded scorer's token.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use holdout_protocol::{
    Account, AccountId, ApiToken, ApiTokenId, OrganizerRole, ScorerToken, ScorerTokenId, Sha256, Timestamp,
};
use serde_json::json;

use crate::accounts::password::Password;
use crate::accounts::tokens;
use crate::app::App;
use crate::auth::SCORER_TOKEN_PREFIX;
use crate::blocking::blocking;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::{audit, secret};

/// The address of the server's own organizer until somebody sets it up.
pub const EMAIL: &str = "organizer@localhost";
/// The setting that names the account of the server's own organizer.
const OWN_ORGANIZER: &str = "own-organizer";
/// The file with the organizer's token; also the token's name.
const ORGANIZER_FILE: &str = "organizer-token";
/// The file with the embedded scorer's token; also the token's name.
const SCORER_FILE: &str = "scorer-token";
/// Life of the organizer's token: until its file is deleted, for all practical purposes.
const LIFE: Duration = Duration::from_secs(20 * 366 * 24 * 3600);

/// Makes sure that there is an organizer's account, and that `folder` has a token of it
/// (`organizer-token`) and one of a scorer (`scorer-token`) that hold. A file that is missing, or
/// whose token is not valid, is written again, readable for its owner only; the token that it had
/// before is revoked.
///
/// # Errors
/// If the database fails, or a file cannot be read or written.
pub async fn bootstrap(app: &App, folder: &Path) -> Result<()> {
    let organizer = organizer(app).await?;
    let path = folder.join(ORGANIZER_FILE);
    if !organizer_token_holds(app, &path, organizer).await? {
        let secret = tokens::new_secret();
        let hash = secret::digest(&secret);
        let replaced = app.db.write(move |conn| replace_organizer_token(conn, organizer, hash)).await?;
        write_file(path, secret, replaced).await?;
    }
    let path = folder.join(SCORER_FILE);
    if !scorer_token_holds(app, &path).await? {
        let secret = format!("{SCORER_TOKEN_PREFIX}{}", secret::random());
        let hash = secret::digest(&secret);
        let replaced = app.db.write(move |conn| replace_scorer_token(conn, hash)).await?;
        write_file(path, secret, replaced).await?;
    }
    // The scorers of a server that was killed could not sign off. One that is still there says so
    // with its next request.
    app.db.write(|conn| db::scorers::sign_off(conn, SCORER_FILE, Timestamp::now())).await
}

/// The server's own organizer, whose token is in the file: the account that the first start made,
/// whatever address it was given since. `None` if there is none, or others have removed it or given
/// it a lower role.
pub fn own_organizer(conn: &mut Conn) -> Result<Option<Account>> {
    let found = match db::settings::get(conn, OWN_ORGANIZER)? {
        Some(id) => db::accounts::find(conn, db::parsed(id)?)?,
        None => db::accounts::by_email(conn, EMAIL)?,
    };
    let Some(account) = found else { return Ok(None) };
    let is_owner = db::organizer_roles::role_at(conn, account.id, None)? == Some(OrganizerRole::Owner);
    Ok(Some(account).filter(|_| is_owner))
}

/// The id of the server's own organizer, which is made if there is none.
async fn organizer(app: &App) -> Result<AccountId> {
    if let Some(found) = app.db.read(own_organizer).await? {
        return Ok(found.id);
    }
    // Nobody knows this password.
    let hash = Password::unknown().hash().await?;
    app.db
        .write(move |conn| {
            db::lock(conn, Lock::Organizers)?;
            let now = Timestamp::now();
            let id = match db::accounts::by_email(conn, EMAIL)? {
                Some(removed) => removed.id,
                None => {
                    let (id, email, name) = (AccountId::new(), EMAIL.to_owned(), "Organizer".to_owned());
                    let new = Account { id, email, name, organizer: true, created_at: now };
                    db::accounts::insert(conn, &new, &hash, false)?;
                    id
                }
            };
            // Others may have removed it before it was set up. Whoever starts the server has the
            // last word.
            if db::organizer_roles::role_at(conn, id, None)?.is_some() {
                db::organizer_roles::change(conn, id, None, OrganizerRole::Owner)?;
            } else {
                db::organizer_roles::grant(conn, id, None, OrganizerRole::Owner, None, now)?;
            }
            db::settings::set(conn, OWN_ORGANIZER, &id.to_string())?;
            audit::record(conn, None, "organizer.create", &id.to_string(), &json!({ "email": EMAIL }))?;
            Ok(id)
        })
        .await
}

async fn organizer_token_holds(app: &App, path: &Path, organizer: AccountId) -> Result<bool> {
    let Some(hash) = read_file(path).await? else { return Ok(false) };
    let found = app.db.read(move |conn| db::logins::account_of_token(conn, hash, Timestamp::now())).await?;
    Ok(found.is_some_and(|(_, account, _)| account.id == organizer))
}

async fn scorer_token_holds(app: &App, path: &Path) -> Result<bool> {
    let Some(hash) = read_file(path).await? else { return Ok(false) };
    Ok(app.db.read(move |conn| db::scorer_tokens::token_of(conn, hash)).await?.is_some())
}

/// Returns whether there was a token before.
fn replace_organizer_token(conn: &mut Conn, organizer: AccountId, hash: Sha256) -> Result<bool> {
    let replaced = db::tokens::delete_named(conn, organizer, ORGANIZER_FILE)?;
    let (id, created_at) = (ApiTokenId::new(), Timestamp::now());
    let (name, expires_at) = (ORGANIZER_FILE.to_owned(), created_at.plus(LIFE));
    db::tokens::insert(
        conn,
        organizer,
        &ApiToken { id, name, created_at, expires_at, last_used_at: None },
        None,
        hash,
    )?;
    audit::record(conn, None, "api_token.create", &id.to_string(), &json!({ "name": ORGANIZER_FILE }))?;
    Ok(replaced)
}

/// Returns whether there was a token before.
fn replace_scorer_token(conn: &mut Conn, hash: Sha256) -> Result<bool> {
    let replaced = db::scorer_tokens::revoke_named(conn, SCORER_FILE)?;
    let (id, name, created_at) = (ScorerTokenId::new(), SCORER_FILE.to_owned(), Timestamp::now());
    db::scorer_tokens::insert(conn, &ScorerToken { id, name, created_at, revoked_at: None }, hash)?;
    audit::record(conn, None, "scorer_token.create", &id.to_string(), &json!({ "name": SCORER_FILE }))?;
    Ok(replaced)
}

/// The digest of the token in a file, if there is such a file.
async fn read_file(path: &Path) -> Result<Option<Sha256>> {
    let path = path.to_owned();
    let read = move || match std::fs::read_to_string(&path).and_then(|text| private(&path).map(|()| text)) {
        Ok(text) => Ok(Some(secret::digest(text.trim()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(path, "read", error)),
    };
    blocking(read).await
}

/// Makes a token's file readable for its owner only, because a backup that was put back may have
/// made it readable for others.
fn private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    Ok(())
}

async fn write_file(path: PathBuf, text: String, replaced: bool) -> Result<()> {
    let shown = path.display().to_string();
    let write = move || replace(&path, &text).map_err(|error| Error::file(path, "written", error));
    blocking(write).await?;
    if replaced {
        tracing::warn!(
            file = shown,
            "wrote a new token in place of one that was lost; the old one is revoked, so copy this file to other servers of this \
             database that have the old one"
        );
    } else {
        tracing::info!(file = shown, "wrote a new token");
    }
    Ok(())
}

/// Puts a file in its place whole or not at all, and at no moment readable for others.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", secret::random()));
    let temporary = folder.join(name);
    let written = write_new(&temporary, text).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        std::fs::remove_file(&temporary).ok();
    }
    written?;
    std::fs::File::open(folder)?.sync_all()
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_takes_the_place_of_the_one_before_whole_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("token");
        for text in ["first", "second"] {
            replace(&path, text).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing half-written stays");
        #[cfg(unix)]
        assert_eq!(mode(&path), 0o600);
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[actix_web::test]
    async fn a_token_that_others_could_read_is_closed_to_them_when_it_is_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        assert_eq!(read_file(&path).await.unwrap(), None, "there is none yet");
        std::fs::write(&path, "hp_secret\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(read_file(&path).await.unwrap(), Some(secret::digest("hp_secret")));
        assert_eq!(mode(&path), 0o600);
    }
}
