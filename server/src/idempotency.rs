//! `Idempotency-Key`: a creating request that is sent again gets its first answer again, and
//! creates nothing.
//!
//! The key is kept in the transaction that creates, so that there is no moment at which one exists
//! without the other.

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
    /// Returns the record of an operation with this request. `request` has to contain everything
    /// that makes two requests differ.
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

/// The answer that was given when the key was first used, if it was: for those who do expensive or
/// refusable work before their transaction.
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

/// Returns how long keys are remembered.
pub fn oldest_kept(now: Timestamp) -> Timestamp {
    now.minus(std::time::Duration::from_secs(7 * 24 * 3600))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::db::in_memory;
    use crate::samples::{at, field};

    fn key_of(text: &str) -> Result<Option<String>> {
        let request = TestRequest::default().insert_header((HEADER, text)).to_http_request();
        IdempotencyKey::from_request(&request, &mut Payload::None).into_inner().map(|key| key.0)
    }

    /// The same operation with this request, under a key.
    fn asked(operation: &'static str, request: &str) -> IdempotentRequest {
        IdempotentRequest::new(None, IdempotencyKey(Some("k".to_owned())), operation, &request).unwrap()
    }

    fn recalled(conn: &mut Conn, account: AccountId, key: &str, once: &IdempotentRequest) -> Result<Option<u32>> {
        recall(conn, account, key, once)
    }

    #[test]
    fn a_key_is_visible_text_that_is_not_long() {
        let longest = "k".repeat(200);
        for good in ["k", "01890a5d-ac96-774b-bcce-b302099a8057", "!~", &longest] {
            assert_eq!(key_of(good).unwrap().as_deref(), Some(good));
        }
        for bad in ["", "a b", "ä", &"k".repeat(201)] {
            assert_eq!(field(&key_of(bad).unwrap_err()), "Idempotency-Key", "{bad}");
        }
        let none = TestRequest::default().to_http_request();
        assert_eq!(IdempotencyKey::from_request(&none, &mut Payload::None).into_inner().unwrap().0, None);
    }

    #[test]
    fn a_repetition_gets_the_first_answer_and_another_request_is_refused() {
        let (mut conn, account) = (in_memory(), AccountId::new());
        let first = asked("create_team", "a");
        assert_eq!(recalled(&mut conn, account, "k", &first).unwrap(), None);
        let (operation, request_hash) = (first.operation.to_owned(), first.request_hash.clone());
        let remembered = db::idempotency::Remembered { operation, request_hash, response: "7".to_owned() };
        db::idempotency::insert(&mut conn, account, "k", &remembered).unwrap();
        assert_eq!(recalled(&mut conn, account, "k", &first).unwrap(), Some(7));
        assert_eq!(recalled(&mut conn, account, "other", &first).unwrap(), None);
        assert_eq!(recalled(&mut conn, AccountId::new(), "k", &first).unwrap(), None, "keys of others are others");
        for other in [asked("create_team", "b"), asked("create_token", "a")] {
            let refused = recalled(&mut conn, account, "k", &other).unwrap_err().body().error;
            assert_eq!(refused.code, ErrorCode::IdempotencyMismatch);
            assert!(refused.message.contains("`Idempotency-Key` `k` was used"), "{}", refused.message);
        }
    }

    #[test]
    fn keys_are_remembered_for_a_week() {
        assert_eq!(oldest_kept(at(7 * 24 * 3600 + 5)), at(5));
    }
}
