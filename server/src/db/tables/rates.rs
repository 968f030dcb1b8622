//! Rate limits: a counter a bucket, begun again in every window.

use diesel::prelude::*;
use holdout_protocol::Timestamp;

use crate::db::conn::Conn;
use crate::db::lock::{Lock, lock};
use crate::db::schema::rate_limits::dsl;
use crate::db::values::int;
use crate::error::Result;

/// Counts a request in the window that begins at `window`, as `weight` ones; how many the bucket has in it now.
pub fn hit(conn: &mut Conn, bucket: &str, window: Timestamp, weight: u32) -> Result<u32> {
    lock(conn, Lock::Rate(bucket))?;
    let (start, weight) = (window.as_micros(), i32::try_from(weight).unwrap_or(i32::MAX));
    let row: Option<(i64, i32)> =
        dsl::rate_limits.find(bucket).select((dsl::window_start, dsl::hits)).first(conn).optional()?;
    let hits = match row {
        Some((since, hits)) if since == start => hits.saturating_add(weight),
        _ => weight,
    };
    let values = (dsl::window_start.eq(start), dsl::hits.eq(hits));
    if row.is_some() {
        diesel::update(dsl::rate_limits.find(bucket)).set(values).execute(conn)?;
    } else {
        diesel::insert_into(dsl::rate_limits).values((dsl::bucket.eq(bucket), values.0, values.1)).execute(conn)?;
    }
    int(hits)
}

/// Returns how many requests the bucket has in the window that begins at `window`.
pub fn hits(conn: &mut Conn, bucket: &str, window: Timestamp) -> Result<u32> {
    let row: Option<(i64, i32)> =
        dsl::rate_limits.find(bucket).select((dsl::window_start, dsl::hits)).first(conn).optional()?;
    int(row.filter(|(since, _)| *since == window.as_micros()).map_or(0, |(_, hits)| hits))
}

/// Forgets buckets whose window began before `oldest`; how many they were.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    Ok(diesel::delete(dsl::rate_limits.filter(dsl::window_start.lt(oldest.as_micros()))).execute(conn)?)
}
