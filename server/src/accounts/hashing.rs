//! Computing Argon2id in memory that goes back to the system after each login.
//!
//! A hash needs 19 MiB. glibc keeps blocks of that size once the first one was freed, so plain
//! allocations leave gigabytes in the process; see [`ALWAYS_MAPPED`]. Logins beyond [`WAITING`] are
//! refused at once, because everybody in a longer queue would give up before it ends.

use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::secret;

/// How many logins wait for a turn at most.
const WAITING: usize = 128;
/// How long one of them waits at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hashes computed at once: one for each core, because more would not be faster, and four at most
/// because of their memory.
static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(turns()));
/// The places of those who compute or wait.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(turns() + WAITING));
/// Bytes of an allocation that glibc always maps, and unmaps when it is freed: it raises the size
/// from which it does so after each such block, but never above 32 MiB (mallopt(3)). What is never
/// written takes no memory.
const ALWAYS_MAPPED: usize = 33 << 20;
/// What a password is compared with if there is no account, so that the time taken does not tell.
static NOBODY: OnceLock<String> = OnceLock::new();

fn turns() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4)
}

/// Returns the hash of `password` with a salt of its own, as a PHC string.
///
/// # Errors
/// `unavailable` if too many others wait.
pub async fn hash(password: String) -> Result<String> {
    in_turn(move || hash_now(&password)).await
}

/// Tells whether `password` is the one of this hash; takes the same time if there is none.
///
/// # Errors
/// `unavailable` if too many others wait; [`Error::Internal`] if the hash is damaged.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    in_turn(move || match hash {
        Some(hash) => verify_now(&password, &hash),
        None => verify_now(&password, nobody()?).map(|_| false),
    })
    .await
}

fn nobody() -> Result<&'static str> {
    if let Some(hash) = NOBODY.get() {
        return Ok(hash);
    }
    let hash = hash_now(&secret::random())?;
    Ok(NOBODY.get_or_init(|| hash))
}

fn hash_now(password: &str) -> Result<String> {
    let (argon, salt) = (Argon2::default(), rand::random::<[u8; 16]>());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    fill(&argon, password, &salt, &mut output)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::default().into()),
        params: ParamsString::try_from(argon.params()).map_err(Error::internal)?,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&output).map_err(Error::internal)?),
    };
    Ok(hash.to_string())
}

fn verify_now(password: &str, hash: &str) -> Result<bool> {
    let hash = PasswordHash::new(hash).map_err(Error::internal)?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(Error::internal)?;
    let version = hash.version.map(Version::try_from).transpose().map_err(Error::internal)?.unwrap_or_default();
    let params = Params::try_from(&hash).map_err(Error::internal)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(Error::internal("a stored password hash has no salt or no output"));
    };
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..expected.len()).ok_or_else(|| Error::internal("a stored hash is too long"))?;
    fill(&Argon2::new(algorithm, version, params), password, salt, output)?;
    // `Output` is compared in constant time.
    Ok(Output::new(output).map_err(Error::internal)? == *expected)
}

fn fill(argon: &Argon2<'_>, password: &str, salt: &[u8], output: &mut [u8]) -> Result<()> {
    let wanted = argon.params().block_count();
    let mut blocks = Vec::with_capacity(wanted.max(ALWAYS_MAPPED / size_of::<Block>()));
    blocks.resize(wanted, Block::new());
    argon.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut blocks).map_err(Error::internal)
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let busy = || Error::busy("too many logins at once; try again in a moment", 2);
    let _place = PLACES.try_acquire().map_err(|_| busy())?;
    let waiting = tokio::time::timeout(PATIENCE, TURNS.acquire());
    let turn = waiting.await.map_err(|_| busy())?.map_err(Error::internal)?;
    let run = move || {
        // Held by the thread, because a client that hangs up should not let another one in before
        // the memory is free.
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(run).await.map_err(Error::internal)?
}
