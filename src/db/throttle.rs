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
///
/// The row is written before it is read, so that it is locked until the transaction ends: attempts at the same time
/// wait for each other here and each sees what the one before took.
pub fn take(conn: &mut Conn, bucket: &str, rate: Rate, now: i64) -> Result<Option<u32>> {
    let row = (login_throttles::bucket.eq(bucket), login_throttles::full_again_at.eq(now));
    per_backend!(&mut *conn, concrete => diesel::insert_into(login_throttles::table)
        .values(row)
        .on_conflict(login_throttles::bucket)
        .do_update()
        .set(login_throttles::full_again_at.eq(login_throttles::full_again_at))
        .execute(concrete))
    .map_err(internal)?;
    let mine = login_throttles::table.find(bucket);
    let stored: i64 = mine.select(login_throttles::full_again_at).first(conn).map_err(internal)?;
    let full_again_at = stored.max(now) + rate.interval;
    let over = full_again_at - now - rate.burst * rate.interval;
    if over > 0 {
        return Ok(Some(u32::try_from(over.div_euclid(1_000) + 1).unwrap_or(u32::MAX)));
    }
    diesel::update(mine).set(login_throttles::full_again_at.eq(full_again_at)).execute(conn).map_err(internal)?;
    Ok(None)
}

/// Forgets buckets that are full. On PostgreSQL it passes over those that an attempt holds at the moment: two that wait
/// for each other's rows would be a deadlock.
pub fn sweep(conn: &mut Conn, now: i64) -> Result<usize> {
    let full = login_throttles::full_again_at.lt(now);
    match conn {
        Conn::Sqlite(sqlite) => diesel::delete(login_throttles::table.filter(full)).execute(sqlite),
        Conn::Postgres(postgres) => {
            let free = login_throttles::table.filter(full).select(login_throttles::bucket);
            let free: Vec<String> = free.for_update().skip_locked().load(postgres).map_err(internal)?;
            diesel::delete(login_throttles::table.filter(login_throttles::bucket.eq_any(free))).execute(postgres)
        }
    }
    .map_err(internal)
}
