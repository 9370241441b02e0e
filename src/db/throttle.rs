//! Attempts, counted for all replicas: a leaky bucket is one number, the instant at which it is full again.

use diesel::prelude::*;

use super::error::internal;
use super::schema::login_throttles;
use super::{Conn, per_backend};
use crate::error::Result;

/// How many attempts at once, and how often another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Attempts that may follow at once.
    pub burst: i64,
    /// Milliseconds after which another is allowed.
    pub interval: i64,
}

/// Takes one attempt from a bucket. Answers the seconds to wait where there is none left.
pub fn take(conn: &mut Conn, bucket: &str, rate: Rate, now: i64) -> Result<Option<u32>> {
    let stored: Option<i64> = login_throttles::table
        .find(bucket)
        .select(login_throttles::full_again_at)
        .first(conn)
        .optional()
        .map_err(internal)?;
    let full_again_at = stored.unwrap_or(now).max(now) + rate.interval;
    let over = full_again_at - now - rate.burst * rate.interval;
    if over > 0 {
        return Ok(Some(u32::try_from(over.div_euclid(1_000) + 1).unwrap_or(u32::MAX)));
    }
    let row = (login_throttles::bucket.eq(bucket), login_throttles::full_again_at.eq(full_again_at));
    per_backend!(conn, concrete => diesel::insert_into(login_throttles::table)
        .values(row)
        .on_conflict(login_throttles::bucket)
        .do_update()
        .set(login_throttles::full_again_at.eq(full_again_at))
        .execute(concrete))
    .map_err(internal)?;
    Ok(None)
}

/// Forgets buckets that are full.
pub fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    diesel::delete(login_throttles::table.filter(login_throttles::full_again_at.lt(now)))
        .execute(conn)
        .map_err(internal)
}
