//! Parts of uploads.

use diesel::prelude::*;
use holdout_protocol::UploadId;

use crate::db::conn::Conn;
use crate::db::schema::upload_parts;
use crate::db::values::{int, parsed};
use crate::error::Result;
use crate::object_name::ObjectName;

/// A part of an unfinished upload.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its first byte.
    pub start: u64,
    pub length: u64,
    /// Where it lies.
    pub object: ObjectName,
}

/// The last parts of an upload, the last one first.
pub fn last_parts(conn: &mut Conn, id: UploadId, limit: i64) -> Result<Vec<Part>> {
    let rows: Vec<(i64, i64, String)> = upload_parts::table
        .filter(upload_parts::upload_id.eq(id.to_string()))
        .order(upload_parts::start.desc())
        .limit(limit)
        .select((upload_parts::start, upload_parts::length, upload_parts::object))
        .load(conn)?;
    rows.into_iter().map(part).collect()
}

fn part((start, length, object): (i64, i64, String)) -> Result<Part> {
    Ok(Part { start: int(start)?, length: int(length)?, object: parsed(object)? })
}

/// The parts of an upload, in their order.
pub fn parts(conn: &mut Conn, id: UploadId) -> Result<Vec<Part>> {
    let rows: Vec<(i64, i64, String)> = upload_parts::table
        .filter(upload_parts::upload_id.eq(id.to_string()))
        .order(upload_parts::start)
        .select((upload_parts::start, upload_parts::length, upload_parts::object))
        .load(conn)?;
    rows.into_iter().map(part).collect()
}
