//! Uploads and their parts.

use std::collections::HashSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use holdout_protocol::{AccountId, Sha256, Timestamp, UploadId};

use super::upload_parts::Part;
use crate::db::conn::Conn;
use crate::db::schema::{quota_ledger, submissions, upload_parts, uploads};
use crate::db::tables::quota;
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

#[derive(Debug, Clone)]
pub struct Upload {
    pub id: UploadId,
    /// Whose it is.
    pub account: AccountId,
    /// Size of the whole file, bytes.
    pub length: u64,
    /// Bytes received and kept.
    pub received: u64,
    /// Name of the file, as the client told it.
    pub filename: Option<String>,
    /// The blob it has become.
    pub sha256: Option<Sha256>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The connection that has recorded bytes of it and is not known to have ended; 0 if there is
    /// none.
    pub writer: i64,
    /// The file's SHA-256 as the client announced it when it began.
    pub announced: Option<Sha256>,
}

/// Bytes that a connection records.
#[derive(Debug, Clone)]
pub struct Advance {
    /// Where the upload has to be.
    pub from: u64,
    /// The writer that the upload has to have.
    pub expected: i64,
    /// The writer that it gets.
    pub writer: i64,
    /// The bytes after `from`. The first part may begin earlier if it replaces recorded parts.
    pub parts: Vec<Part>,
    /// Recorded parts at the end of the upload that the first of `parts` contains.
    pub replaced: Vec<Part>,
    /// When the upload expires from now on.
    pub expires: Timestamp,
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = uploads)]
pub struct Row {
    id: String,
    account_id: String,
    length: i64,
    received: i64,
    filename: Option<String>,
    sha256: Option<String>,
    created_at: i64,
    expires_at: i64,
    writer: i64,
    announced_sha256: Option<String>,
}

impl TryFrom<Row> for Upload {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            account: parsed(row.account_id)?,
            length: int(row.length)?,
            received: int(row.received)?,
            filename: row.filename,
            sha256: row.sha256.map(parsed).transpose()?,
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            writer: row.writer,
            announced: row.announced_sha256.map(parsed).transpose()?,
        })
    }
}

pub fn insert(conn: &mut Conn, upload: &Upload) -> Result<()> {
    let row = Row {
        id: upload.id.to_string(),
        account_id: upload.account.to_string(),
        length: int(upload.length)?,
        received: int(upload.received)?,
        filename: upload.filename.clone(),
        sha256: upload.sha256.map(String::from),
        created_at: upload.created_at.into(),
        expires_at: upload.expires_at.into(),
        writer: upload.writer,
        announced_sha256: upload.announced.map(String::from),
    };
    diesel::insert_into(uploads::table).values(row).execute(conn)?;
    Ok(())
}

/// The upload with this id.
pub fn find(conn: &mut Conn, id: UploadId) -> Result<Option<Upload>> {
    let row: Option<Row> = uploads::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Upload::try_from).transpose()
}

/// Returns the lengths of an account's uploads, complete or not, that have not expired and whose
/// file no submission has.
pub fn unused(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Vec<u64>> {
    let submitted = submissions::table.filter(submissions::sha256.nullable().eq(uploads::sha256));
    let lengths: Vec<i64> = uploads::table
        .filter(uploads::account_id.eq(account.to_string()))
        .filter(uploads::expires_at.gt(now.as_micros()))
        .filter(uploads::sha256.is_null().or(not(exists(submitted))))
        .select(uploads::length)
        .load(conn)?;
    lengths.into_iter().map(int).collect()
}

/// Returns the bytes of an account's uploads that have not expired and whose file was submitted
/// only at no charge: it was refused before it needed hidden images, or withdrawn.
pub fn refused_bytes(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<u64> {
    let submitted = || submissions::table.filter(submissions::sha256.nullable().eq(uploads::sha256));
    let free = quota::free().filter(quota_ledger::submission_id.eq(submissions::id));
    let lengths: Vec<i64> = uploads::table
        .filter(uploads::account_id.eq(account.to_string()))
        .filter(uploads::expires_at.gt(now.as_micros()))
        .filter(exists(submitted()))
        .filter(not(exists(submitted().filter(not(exists(free))))))
        .select(uploads::length)
        .load(conn)?;
    lengths.into_iter().try_fold(0_u64, |sum, length| Ok(sum.saturating_add(int(length)?)))
}

/// Returns how many uploads of an account are neither complete nor over.
pub fn unfinished(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<u32> {
    let count: i64 = uploads::table
        .filter(uploads::account_id.eq(account.to_string()))
        .filter(uploads::sha256.is_null())
        .filter(uploads::expires_at.gt(now.as_micros()))
        .count()
        .get_result(conn)?;
    int(count)
}

/// Records bytes of an upload. Returns false, and records nothing, if the upload is at another
/// offset or has another writer than expected: then another connection continues with it.
pub fn advance(conn: &mut Conn, id: UploadId, step: &Advance) -> Result<bool> {
    let length = |parts: &[Part]| parts.iter().map(|part| part.length).sum::<u64>();
    let received = step.from.saturating_add(length(&step.parts)).saturating_sub(length(&step.replaced));
    let moved = diesel::update(uploads::table.find(id.to_string()))
        .filter(uploads::received.eq(int::<_, i64>(step.from)?))
        .filter(uploads::writer.eq(step.expected))
        .filter(uploads::sha256.is_null())
        .set((
            uploads::received.eq(int::<_, i64>(received)?),
            uploads::writer.eq(step.writer),
            uploads::expires_at.eq(step.expires.as_micros()),
        ))
        .execute(conn)?;
    if moved == 0 {
        return Ok(false);
    }
    for part in &step.replaced {
        let start = int::<_, i64>(part.start)?;
        diesel::delete(upload_parts::table.find((id.to_string(), start))).execute(conn)?;
    }
    for part in &step.parts {
        diesel::insert_into(upload_parts::table)
            .values((
                upload_parts::upload_id.eq(id.to_string()),
                upload_parts::start.eq(int::<_, i64>(part.start)?),
                upload_parts::length.eq(int::<_, i64>(part.length)?),
                upload_parts::object.eq(part.object.as_str()),
            ))
            .execute(conn)?;
    }
    Ok(true)
}

/// Takes back what `writer` recorded after `to`. Returns false, and changes nothing, if another
/// connection continues with the upload, which is at `from` otherwise.
pub fn take_back(conn: &mut Conn, id: UploadId, from: u64, to: u64, writer: i64) -> Result<bool> {
    let to = int::<_, i64>(to)?;
    let moved = diesel::update(uploads::table.find(id.to_string()))
        .filter(uploads::received.eq(int::<_, i64>(from)?))
        .filter(uploads::writer.eq(writer))
        .filter(uploads::sha256.is_null())
        .set((uploads::received.eq(to), uploads::writer.eq(0)))
        .execute(conn)?;
    if moved > 0 {
        let parts = upload_parts::table.filter(upload_parts::upload_id.eq(id.to_string()));
        diesel::delete(parts.filter(upload_parts::start.ge(to))).execute(conn)?;
    }
    Ok(moved > 0)
}

/// Records that the connection `writer` has ended.
pub fn release(conn: &mut Conn, id: UploadId, writer: i64) -> Result<()> {
    diesel::update(uploads::table.find(id.to_string()))
        .filter(uploads::writer.eq(writer))
        .set(uploads::writer.eq(0))
        .execute(conn)?;
    Ok(())
}

/// Records that an upload that was at `from` is complete, is this blob, and has no parts any more.
/// Returns false, and records nothing, if it was not at `from` or is complete already. The caller
/// has to hold the blob's lock.
pub fn complete(conn: &mut Conn, id: UploadId, from: u64, sha256: Sha256) -> Result<bool> {
    let moved = diesel::update(uploads::table.find(id.to_string()))
        .filter(uploads::received.eq(int::<_, i64>(from)?))
        .filter(uploads::sha256.is_null())
        .set((uploads::received.eq(uploads::length), uploads::sha256.eq(sha256.to_string()), uploads::writer.eq(0)))
        .execute(conn)?;
    if moved > 0 {
        diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq(id.to_string()))).execute(conn)?;
    }
    Ok(moved > 0)
}

/// Deletes an upload and its parts.
pub fn delete(conn: &mut Conn, id: UploadId) -> Result<()> {
    diesel::delete(upload_parts::table.filter(upload_parts::upload_id.eq(id.to_string()))).execute(conn)?;
    diesel::delete(uploads::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// Up to `limit` uploads that are over.
pub fn expired(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<UploadId>> {
    let ids: Vec<String> = uploads::table
        .filter(uploads::expires_at.le(now.as_micros()))
        .order(uploads::expires_at)
        .limit(limit)
        .select(uploads::id)
        .load(conn)?;
    ids.into_iter().map(parsed).collect()
}

/// Returns which of these uploads there are.
pub fn among(conn: &mut Conn, ids: &[UploadId]) -> Result<HashSet<UploadId>> {
    let texts: Vec<String> = ids.iter().map(UploadId::to_string).collect();
    let found: Vec<String> = uploads::table.filter(uploads::id.eq_any(&texts)).select(uploads::id).load(conn)?;
    found.into_iter().map(parsed).collect()
}
