//! Messages to people, from the row to what became of it as an e-mail.

use std::time::Duration;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use holdout_protocol::{
    AccountId, MessageFacts, MessageId, MessageKind, MessageState, SeasonId, Timestamp, UnsentReason,
};

use crate::db::conn::Conn;
use crate::db::schema::messages;
use crate::db::values::{from_word, int, parsed, to_word};
use crate::error::{Error, Result};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A new message.
#[derive(Debug, Clone)]
pub struct New {
    pub id: MessageId,
    /// Whom it is for, unless the address has no account.
    pub account: Option<AccountId>,
    pub address: String,
    pub kind: MessageKind,
    pub season: Option<SeasonId>,
    /// What it tells of: nothing is told twice. For example, `season_closing:SEASON:TIME:ACCOUNT`.
    pub once: Option<String>,
    pub wording: Wording,
    pub link: Link,
    /// When it is of no more use.
    pub expires_at: Option<Timestamp>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// In English, as the text is.
    pub subject: String,
    pub text: String,
    /// What both are made of.
    pub facts: MessageFacts,
}

impl Wording {
    fn facts_as_json(&self) -> Result<String> {
        serde_json::to_string(&self.facts).map_err(Error::internal)
    }
}

/// Where the link at the end of a message leads on this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    None,
    Page(String),
    /// It holds a code, which is forgotten when the message has ended.
    Secret(String),
}

impl Link {
    fn parts(&self) -> (Option<&str>, bool) {
        match self {
            Self::None => (None, false),
            Self::Page(path) => (Some(path), false),
            Self::Secret(path) => (Some(path), true),
        }
    }

    fn of_parts(path: Option<String>, secret: bool) -> Self {
        match (path, secret) {
            (None, _) => Self::None,
            (Some(path), false) => Self::Page(path),
            (Some(path), true) => Self::Secret(path),
        }
    }
}

/// A message as it is sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub id: MessageId,
    pub account: Option<AccountId>,
    pub address: String,
    pub kind: MessageKind,
    pub subject: String,
    pub text: String,
    pub link: Link,
    /// Since when it is tried.
    pub waiting_since: Timestamp,
    /// When it is of no more use.
    pub expires_at: Option<Timestamp>,
    /// How often it was claimed, with this time.
    pub attempts: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Sent,
    /// Tried again at this time.
    Retry(Timestamp, String),
    Failed(String),
    /// Not to be sent.
    NotSent(UnsentReason),
}

type ClaimRow = (String, Option<String>, String, String, String, String, Option<String>, bool, i64, Option<i64>, i32);

macro_rules! outgoing_columns {
    () => {
        (
            messages::id,
            messages::account_id,
            messages::address,
            messages::kind,
            messages::subject,
            messages::text,
            messages::path,
            messages::secret,
            messages::waiting_since,
            messages::expires_at,
            messages::attempts,
        )
    };
}

/// Adds a message that waits to be sent, unless what it tells was told before.
pub fn insert(conn: &mut Conn, new: &New, now: Timestamp) -> Result<()> {
    if let Some(once) = &new.once {
        let told: i64 = messages::table.filter(messages::once.eq(once)).count().get_result(conn)?;
        if told > 0 {
            return Ok(());
        }
    }
    let (path, secret) = new.link.parts();
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(new.id.to_string()),
            messages::account_id.eq(new.account.map(String::from)),
            messages::address.eq(&new.address),
            messages::kind.eq(new.kind.as_str()),
            messages::season_id.eq(new.season.map(String::from)),
            messages::once.eq(new.once.as_ref()),
            messages::subject.eq(&new.wording.subject),
            messages::text.eq(&new.wording.text),
            messages::facts.eq(new.wording.facts_as_json()?),
            messages::path.eq(path),
            messages::secret.eq(secret),
            messages::created_at.eq(now.as_micros()),
            messages::state.eq(to_word(&MessageState::Waiting)?),
            messages::attempts.eq(0),
            messages::next_try_at.eq(now.as_micros()),
            messages::waiting_since.eq(now.as_micros()),
            messages::expires_at.eq(new.expires_at.map(i64::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns true if a message waits for an attempt.
pub fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let found: Option<String> = messages::table
        .filter(messages::state.eq(to_word(&MessageState::Waiting)?))
        .filter(messages::secret.eq_any([true, false]))
        .filter(messages::next_try_at.le(now.as_micros()))
        .select(messages::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Takes a message that waits for an attempt, and nobody else takes it before `until`. Those with a
/// link that has a code go first, because a person waits for them, even while thousands are told of
/// an announcement; then those that wait longest.
pub fn claim(conn: &mut Conn, now: Timestamp, until: Timestamp) -> Result<Option<Outgoing>> {
    let found = match first_due(conn, true, now)? {
        None => first_due(conn, false, now)?,
        found => found,
    };
    let Some(mut message) = found else { return Ok(None) };
    message.attempts = message.attempts.saturating_add(1);
    diesel::update(messages::table.find(message.id.to_string()))
        .set((messages::attempts.eq(int::<_, i32>(message.attempts)?), messages::next_try_at.eq(until.as_micros())))
        .execute(conn)?;
    Ok(Some(message))
}

fn first_due(conn: &mut Conn, secret: bool, now: Timestamp) -> Result<Option<Outgoing>> {
    let row: Option<ClaimRow> = messages::table
        .filter(messages::state.eq(to_word(&MessageState::Waiting)?))
        .filter(messages::secret.eq(secret))
        .filter(messages::next_try_at.le(now.as_micros()))
        .order((messages::next_try_at, messages::id))
        .select(outgoing_columns!())
        .first(conn)
        .optional()?;
    row.map(outgoing).transpose()
}

/// What is written of a message that is not tried any more.
#[derive(AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
struct Ended<'a> {
    state: String,
    error: Option<&'a str>,
    ended_at: Option<i64>,
}

impl<'a> Ended<'a> {
    fn new(state: MessageState, error: Option<&'a str>, now: Timestamp) -> Result<Self> {
        Ok(Self { state: to_word(&state)?, error, ended_at: Some(now.as_micros()) })
    }
}

/// Ends all messages that wait, because the server sends no e-mail.
pub fn give_up_all(conn: &mut Conn, why: UnsentReason, now: Timestamp) -> Result<()> {
    let waiting = || Ok::<_, Error>(messages::table.filter(messages::state.eq(to_word(&MessageState::Waiting)?)));
    let with_code = waiting()?.filter(messages::secret.eq(true));
    diesel::update(with_code).set(messages::path.eq(None::<String>)).execute(conn)?;
    diesel::update(waiting()?).set(Ended::new(MessageState::NotSent, Some(why.text()), now)?).execute(conn)?;
    Ok(())
}

/// Gives the messages of a season that tell of one thing, those whose `once` begins so, another
/// wording. With `unsent`, those that wait are not sent any more, for this reason.
pub fn rewrite(
    conn: &mut Conn,
    season: SeasonId,
    once: &str,
    wording: &Wording,
    unsent: Option<UnsentReason>,
    now: Timestamp,
) -> Result<()> {
    // A `once` is made of words and ids, which have no signs of LIKE but `_`, and that stands for
    // itself, too.
    let told = || {
        messages::table
            .filter(messages::season_id.eq(season.to_string()))
            .filter(messages::once.like(format!("{once}%")))
    };
    let Wording { subject, text, .. } = wording;
    diesel::update(told())
        .set((messages::subject.eq(subject), messages::text.eq(text), messages::facts.eq(wording.facts_as_json()?)))
        .execute(conn)?;
    if let Some(why) = unsent {
        diesel::update(told().filter(messages::state.eq(to_word(&MessageState::Waiting)?)))
            .set(Ended::new(MessageState::NotSent, Some(why.text()), now)?)
            .execute(conn)?;
    }
    Ok(())
}

fn outgoing(row: ClaimRow) -> Result<Outgoing> {
    let (id, account, address, kind, subject, text, path, secret, waiting_since, expires_at, attempts) = row;
    Ok(Outgoing {
        id: parsed(id)?,
        account: account.map(parsed).transpose()?,
        address,
        kind: from_word(&kind)?,
        subject,
        text,
        link: Link::of_parts(path, secret),
        waiting_since: waiting_since.into(),
        expires_at: expires_at.map(Timestamp::from),
        attempts: int(attempts)?,
    })
}

/// Writes how an attempt ended, unless a later attempt has begun meanwhile.
pub fn settle(conn: &mut Conn, message: &Outgoing, ending: &Ending, now: Timestamp) -> Result<()> {
    let (state, error) = match ending {
        Ending::Sent => (MessageState::Sent, None),
        Ending::Retry(_, error) => (MessageState::Waiting, Some(error.as_str())),
        Ending::Failed(error) => (MessageState::Failed, Some(error.as_str())),
        Ending::NotSent(reason) => (MessageState::NotSent, Some(reason.text())),
    };
    let own = messages::table
        .find(message.id.to_string())
        .filter(messages::state.eq(to_word(&MessageState::Waiting)?))
        .filter(messages::attempts.eq(int::<_, i32>(message.attempts)?));
    if let Ending::Retry(at, _) = ending {
        let changes = (messages::next_try_at.eq(at.as_micros()), messages::error.eq(error));
        diesel::update(own).set(changes).execute(conn)?;
        return Ok(());
    }
    let ended = Ended::new(state, error, now)?;
    let changed = diesel::update(own).set(ended).execute(conn)?;
    if changed > 0 && matches!(message.link, Link::Secret(_)) {
        let row = messages::table.find(message.id.to_string());
        diesel::update(row).set(messages::path.eq(None::<String>)).execute(conn)?;
    }
    Ok(())
}

/// Lets a message that has ended wait to be sent again.
pub fn restart(conn: &mut Conn, id: MessageId, now: Timestamp) -> Result<()> {
    diesel::update(messages::table.find(id.to_string()))
        .set((
            messages::state.eq(to_word(&MessageState::Waiting)?),
            messages::next_try_at.eq(now.as_micros()),
            messages::waiting_since.eq(now.as_micros()),
            messages::expires_at.eq(None::<i64>),
            messages::ended_at.eq(None::<i64>),
            messages::error.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// How the sending of messages stands.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Messages that wait to be sent.
    pub waiting: i64,
    /// Those of them that the mail server did not take the last time.
    pub retrying: i64,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// Messages that failed within the last day.
    pub failed: i64,
}

/// Counts messages that wait and that failed.
pub fn counts(conn: &mut Conn, now: Timestamp) -> Result<Counts> {
    let since = now.minus(DAY);
    let (waiting, oldest): (i64, Option<i64>) = messages::table
        .filter(messages::state.eq(to_word(&MessageState::Waiting)?))
        .select((count_star(), min(messages::waiting_since)))
        .first(conn)?;
    let retrying: i64 = messages::table
        .filter(messages::state.eq(to_word(&MessageState::Waiting)?))
        .filter(messages::error.is_not_null())
        .count()
        .get_result(conn)?;
    let failed: i64 = messages::table
        .filter(messages::state.eq(to_word(&MessageState::Failed)?))
        .filter(messages::ended_at.gt(since.as_micros()))
        .count()
        .get_result(conn)?;
    Ok(Counts { waiting, retrying, oldest: oldest.map(Timestamp::from), failed })
}

/// Forgets messages that ended before `oldest`; how many they were.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    Ok(diesel::delete(messages::table.filter(messages::ended_at.lt(oldest.as_micros()))).execute(conn)?)
}
