//! `Idempotency-Key`: a creating request that is sent again gets its first answer again, and creates nothing.
//!
//! The key is kept in the transaction that creates, so that there is no moment at which one exists without the other.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use holdout_protocol::limits::IDEMPOTENCY_KEY;
use holdout_protocol::{AccountId, ErrorCode, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{self, Conn, Db, Lock};
use crate::error::{Error, Result};
use crate::secret;

pub const HEADER: &str = "Idempotency-Key";

/// The value of the header, if the client sent one: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(match request.headers().get(HEADER) {
            None => Ok(Self(None)),
            Some(value) => match value.to_str() {
                Ok(text) if is_key(text) => Ok(Self(Some(text.to_owned()))),
                _ => Err(Error::invalid(
                    HEADER,
                    format!("`{HEADER}` takes 1 to {IDEMPOTENCY_KEY} visible ASCII characters"),
                )),
            },
        })
    }
}

fn is_key(text: &str) -> bool {
    (1..=IDEMPOTENCY_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A creating request, as far as its repetition is concerned.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// Who asks; `None` for those without an account, whose requests are not remembered.
    pub account: Option<AccountId>,
    /// The key, if one was sent.
    pub key: IdempotencyKey,
    pub operation: &'static str,
    /// Digest of what was asked for.
    pub request_hash: String,
}

impl IdempotentRequest {
    /// For an operation with this request; `request` has to hold everything that makes two requests differ.
    ///
    /// # Errors
    /// If the request cannot be written as JSON.
    pub fn new(
        account: Option<AccountId>,
        key: IdempotencyKey,
        operation: &'static str,
        request: &impl Serialize,
    ) -> Result<Self> {
        let bytes = serde_json::to_vec(request).map_err(Error::internal)?;
        Ok(Self { account, key, operation, request_hash: secret::sha256(&bytes).to_string() })
    }
}

/// Runs `work` in one write transaction, or gives the answer it gave when the key was first used.
///
/// # Errors
/// Those of `work`; `idempotency_mismatch` if the key was used with another request.
pub async fn write_once<T>(
    db: &Db,
    once: IdempotentRequest,
    work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
) -> Result<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let (Some(account), Some(key)) = (once.account, once.key.0.clone()) else { return db.write(work).await };
    db.write(move |conn| {
        // Two of the same at once: the later one waits, and finds the answer of the earlier one.
        db::lock(conn, Lock::IdempotencyKey(&format!("{account}:{key}")))?;
        if let Some(answer) = recall(conn, account, &key, &once)? {
            return Ok(answer);
        }
        let answer = work(conn)?;
        let response = serde_json::to_string(&answer).map_err(Error::internal)?;
        let remembered = db::idempotency::Remembered {
            operation: once.operation.to_owned(),
            request_hash: once.request_hash,
            response,
        };
        db::idempotency::insert(conn, account, &key, &remembered)?;
        Ok(answer)
    })
    .await
}

/// The answer that was given when the key was first used, if it was: for those who do expensive or refusable work before
/// their transaction.
///
/// # Errors
/// `idempotency_mismatch` if the key was used with another request.
pub async fn answered<T: DeserializeOwned + Send + 'static>(db: &Db, once: &IdempotentRequest) -> Result<Option<T>> {
    let (Some(account), Some(key)) = (once.account, once.key.0.clone()) else { return Ok(None) };
    let once = once.clone();
    db.read(move |conn| recall(conn, account, &key, &once)).await
}

fn recall<T: DeserializeOwned>(
    conn: &mut Conn,
    account: AccountId,
    key: &str,
    once: &IdempotentRequest,
) -> Result<Option<T>> {
    let Some(known) = db::idempotency::find(conn, account, key)? else { return Ok(None) };
    if known.operation != once.operation || known.request_hash != once.request_hash {
        return Err(Error::refused(
            ErrorCode::IdempotencyMismatch,
            format!("the `Idempotency-Key` `{key}` was used with another request; use a new one for a new request"),
        ));
    }
    serde_json::from_str(&known.response).map(Some).map_err(Error::internal)
}

/// How long keys are remembered.
pub fn oldest_kept(now: Timestamp) -> Timestamp {
    now.minus(std::time::Duration::from_secs(7 * 24 * 3600))
}
