//! Rate limits: a counter a bucket, begun again in every window.

use diesel::prelude::*;
use holdout_protocol::Timestamp;

use crate::db::conn::Conn;
use crate::db::lock::{Lock, lock};
use crate::db::schema::rate_limits::dsl;
use crate::db::values::int;
use crate::error::Result;

/// Counts a request in the window that begins at `window`, as `weight` ones; how many the bucket
/// has in it now.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;

    #[test]
    fn a_bucket_begins_again_in_every_window_and_is_forgotten_after_its_time() {
        let (mut conn, window) = (in_memory(), Timestamp::from_micros);
        assert_eq!(hit(&mut conn, "a", window(0), 1).unwrap(), 1);
        assert_eq!(hit(&mut conn, "a", window(0), 4).unwrap(), 5);
        assert_eq!(hit(&mut conn, "b", window(0), 1).unwrap(), 1, "another one has its own count");
        assert_eq!(hit(&mut conn, "a", window(60), 1).unwrap(), 1);
        assert_eq!((hits(&mut conn, "a", window(60)).unwrap(), hits(&mut conn, "a", window(0)).unwrap()), (1, 0));
        assert_eq!(forget_before(&mut conn, window(60)).unwrap(), 1);
        assert_eq!((hits(&mut conn, "a", window(60)).unwrap(), hits(&mut conn, "b", window(0)).unwrap()), (1, 0));
    }

    #[test]
    fn a_count_stops_at_its_greatest_value() {
        let (mut conn, window) = (in_memory(), Timestamp::from_micros(0));
        hit(&mut conn, "a", window, u32::MAX).unwrap();
        assert_eq!(hit(&mut conn, "a", window, 1).unwrap(), i32::MAX.unsigned_abs());
    }
}
