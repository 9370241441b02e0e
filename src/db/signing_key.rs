//! Signing keys.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::account::move_generation;
use super::error::internal;
use super::schema::signing_keys;
use crate::auth::SealedKey;
use crate::error::Result;

/// The keys that sign or whose signatures are still accepted.
pub fn in_use(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<SealedKey>> {
    type Row = (String, String, String, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<Row> = signing_keys::table
        .filter(signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.ge(now)))
        .order(signing_keys::signs_from)
        .select((
            signing_keys::kid,
            signing_keys::public_key,
            signing_keys::private_key_sealed,
            signing_keys::signs_from,
            signing_keys::verifies_until,
        ))
        .load(conn)
        .map_err(internal)?;
    Ok(rows
        .into_iter()
        .map(|(kid, public_key, private_key_sealed, signs_from, verifies_until)| SealedKey {
            kid,
            public_key,
            private_key_sealed,
            signs_from,
            verifies_until,
        })
        .collect())
}

/// Adds a key.
pub fn insert(conn: &mut Conn, key: &SealedKey, now: NaiveDateTime) -> Result<()> {
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::algorithm.eq("EdDSA"),
            signing_keys::public_key.eq(&key.public_key),
            signing_keys::private_key_sealed.eq(&key.private_key_sealed),
            signing_keys::created_at.eq(now),
            signing_keys::signs_from.eq(key.signs_from),
            signing_keys::verifies_until.eq(key.verifies_until),
        ))
        .execute(conn)
        .map_err(internal)?;
    move_generation(conn)
}

/// Lets every key but one run out at an instant.
pub fn retire_others(conn: &mut Conn, kid: &str, verifies_until: NaiveDateTime) -> Result<()> {
    diesel::update(
        signing_keys::table.filter(signing_keys::kid.ne(kid)).filter(signing_keys::verifies_until.is_null()),
    )
    .set(signing_keys::verifies_until.eq(verifies_until))
    .execute(conn)
    .map_err(internal)?;
    move_generation(conn)
}
