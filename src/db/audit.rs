//! The audit trail: appended to in the transaction of what it tells, never changed.
//!
//! Entries are chained by hash: those of an area's quarter (a report's, an extension's) in one chain each, those that are
//! about no area's quarter in one more. A chain shows what was altered, or taken out from between two entries; what was
//! cut off its end only whoever noted that end elsewhere can see.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::catalogue::{number, position};
use super::error::internal;
use super::schema::audit_entries;
use super::{Conn, per_backend};
use crate::auth::hexadecimal;
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// Entries that are read at once when all are verified.
const BATCH: i64 = 1_000;
/// The first of the two numbers of every lock of a chain on PostgreSQL; the migrations' lock is of one number.
const LOCK_CLASS: i32 = 0x6175_6469;
/// How many locks the chains share.
const LOCKS: i32 = 64;

/// One thing done.
#[derive(Debug, Clone, Default)]
pub struct Entry<'a> {
    /// When, in UTC.
    pub at: NaiveDateTime,
    /// The account or client; nothing for the service itself.
    pub actor: Option<&'a str>,
    /// What the actor was.
    pub role: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what kind of thing.
    pub subject: &'a str,
    /// The area (its position in the book) and quarter that it is about: a report's, or what is set for that quarter.
    pub report: Option<(usize, Quarter)>,
    /// The area of what is about no single quarter, such as a target.
    pub area: Option<usize>,
    /// What it was.
    pub before: Option<&'a str>,
    /// What it became.
    pub after: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// The request that did it.
    pub request_id: Option<&'a str>,
}

/// The chain that an entry belongs to: that of an area's quarter, by their stored numbers, or the one of all the rest.
type Chain = Option<(i32, i32)>;

/// An entry as it is stored, without its hashes.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = audit_entries)]
struct Content {
    at: NaiveDateTime,
    actor: Option<String>,
    role: String,
    action: String,
    subject: String,
    area: Option<i32>,
    quarter: Option<i32>,
    before_state: Option<String>,
    after_state: Option<String>,
    reason: Option<String>,
    request_id: Option<String>,
}

impl Content {
    fn of(entry: &Entry<'_>) -> Result<Self> {
        let area = entry.report.map(|(area, _)| area).or(entry.area);
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Ok(Self {
            at: entry.at,
            actor: owned(entry.actor),
            role: entry.role.to_owned(),
            action: entry.action.to_owned(),
            subject: entry.subject.to_owned(),
            area: area.map(number).transpose()?,
            quarter: entry.report.map(|(_, quarter)| quarter.serial()),
            before_state: owned(entry.before),
            after_state: owned(entry.after),
            reason: owned(entry.reason),
            request_id: owned(entry.request_id),
        })
    }

    fn chain(&self) -> Chain {
        self.area.zip(self.quarter)
    }

    /// The hash of this entry behind another: the one place that says what is hashed.
    fn hash(&self, previous: Option<&str>) -> String {
        let mut hash = Sha256::new();
        // Each part is preceded by its length, so that no two different entries read the same.
        let mut add = |part: &str| {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        };
        add(previous.unwrap_or_default());
        add(&self.at.and_utc().timestamp_micros().to_string());
        for part in [self.actor.as_deref().unwrap_or_default(), &self.role, &self.action, &self.subject] {
            add(part);
        }
        add(&format!("{:?} {:?}", self.area, self.quarter));
        for part in [&self.before_state, &self.after_state, &self.reason, &self.request_id] {
            add(part.as_deref().unwrap_or_default());
        }
        hexadecimal(&hash.finalize())
    }
}

/// Appends an entry to its chain. A transaction that publishes takes the head row before it appends, so that two that
/// append to several chains cannot wait for each other.
///
/// # Errors
/// Where the database is away.
pub fn append(conn: &mut Conn, entry: &Entry<'_>) -> Result<()> {
    let content = Content::of(entry)?;
    let chain = content.chain();
    take_chain(conn, chain)?;
    let last = audit_entries::table.order(audit_entries::id.desc()).select(audit_entries::hash).into_boxed();
    let last = match chain {
        Some((area, quarter)) => last.filter(audit_entries::area.eq(area)).filter(audit_entries::quarter.eq(quarter)),
        None => last.filter(audit_entries::area.is_null().or(audit_entries::quarter.is_null())),
    };
    let previous: Option<String> = last.first(conn).optional().map_err(internal)?;
    let digest = content.hash(previous.as_deref());
    diesel::insert_into(audit_entries::table)
        .values((content, audit_entries::previous_hash.eq(previous), audit_entries::hash.eq(digest)))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Appends entries about areas' quarters, each to its chain, in few statements.
///
/// # Errors
/// Where the database is away.
pub fn append_all(conn: &mut Conn, entries: &[Entry<'_>]) -> Result<()> {
    let contents = entries.iter().map(Content::of).collect::<Result<Vec<_>>>()?;
    let chains: BTreeSet<(i32, i32)> = contents.iter().filter_map(Content::chain).collect();
    if let Conn::Postgres(postgres) = conn {
        let shared: BTreeSet<i32> = chains.iter().map(|chain| shared_lock(Some(*chain))).collect();
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, shared) FROM unnest($2) AS shared")
            .bind::<diesel::sql_types::Integer, _>(LOCK_CLASS)
            .bind::<diesel::sql_types::Array<diesel::sql_types::Integer>, _>(shared.into_iter().collect::<Vec<_>>())
            .execute(postgres)
            .map_err(internal)?;
    }
    let areas: BTreeSet<i32> = chains.iter().map(|(area, _)| *area).collect();
    let quarters = || chains.iter().map(|(_, quarter)| *quarter);
    let ends: Vec<Option<i64>> = audit_entries::table
        .filter(audit_entries::area.eq_any(areas))
        .filter(audit_entries::quarter.ge(quarters().min()))
        .filter(audit_entries::quarter.le(quarters().max()))
        .group_by((audit_entries::area, audit_entries::quarter))
        .select(diesel::dsl::max(audit_entries::id))
        .load(conn)
        .map_err(internal)?;
    let ends: Vec<(Option<i32>, Option<i32>, String)> = audit_entries::table
        .filter(audit_entries::id.eq_any(ends.into_iter().flatten()))
        .select((audit_entries::area, audit_entries::quarter, audit_entries::hash))
        .load(conn)
        .map_err(internal)?;
    let mut ends: HashMap<Chain, String> =
        ends.into_iter().map(|(area, quarter, hash)| (area.zip(quarter), hash)).collect();
    let rows = contents.into_iter().map(|content| {
        let chain = content.chain();
        let previous = ends.get(&chain).cloned();
        let digest = content.hash(previous.as_deref());
        ends.insert(chain, digest.clone());
        (content, audit_entries::previous_hash.eq(previous), audit_entries::hash.eq(digest))
    });
    let rows: Vec<_> = rows.collect();
    per_backend!(conn, concrete => diesel::insert_into(audit_entries::table).values(rows).execute(concrete))
        .map(drop)
        .map_err(internal)
}

/// Makes two writers of one chain follow each other. SQLite has one writer at a time; PostgreSQL's would both read the
/// same last entry, and the second would fail on the unique index. Chains share a few locks, because a publication of
/// thousands of reports would otherwise fill the server's table of them.
fn take_chain(conn: &mut Conn, chain: Chain) -> Result<()> {
    let Conn::Postgres(postgres) = conn else { return Ok(()) };
    let shared = shared_lock(chain);
    diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind::<diesel::sql_types::Integer, _>(LOCK_CLASS)
        .bind::<diesel::sql_types::Integer, _>(shared)
        .execute(postgres)
        .map(drop)
        .map_err(internal)
}

fn shared_lock(chain: Chain) -> i32 {
    chain.map_or(LOCKS, |(area, quarter)| area.wrapping_mul(31).wrapping_add(quarter).rem_euclid(LOCKS))
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// It is not what its hash was made of.
    Altered,
    /// It does not follow the entry that is now before it.
    Unlinked,
}

/// An entry at which a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The entry.
    pub id: i64,
    /// The position of the area, and the quarter, of its chain; nothing for the chain of all the rest.
    pub chain: Option<(usize, i32)>,
    /// How.
    pub breach: Breach,
}

/// What a look at every entry found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many entries there are.
    pub entries: usize,
    /// In how many chains.
    pub chains: usize,
    /// Where they break, in the order of entries.
    pub broken: Vec<Broken>,
}

/// Recomputes the hash of every entry and follows every chain.
///
/// # Errors
/// Where the database is away.
pub fn verify(conn: &mut Conn) -> Result<Verification> {
    let mut found = Verification::default();
    let mut ends: HashMap<Chain, String> = HashMap::new();
    let mut after = i64::MIN;
    loop {
        let rows: Vec<(i64, Content, Option<String>, String)> = audit_entries::table
            .filter(audit_entries::id.gt(after))
            .order(audit_entries::id)
            .limit(BATCH)
            .select((
                audit_entries::id,
                (
                    audit_entries::at,
                    audit_entries::actor,
                    audit_entries::role,
                    audit_entries::action,
                    audit_entries::subject,
                    audit_entries::area,
                    audit_entries::quarter,
                    audit_entries::before_state,
                    audit_entries::after_state,
                    audit_entries::reason,
                    audit_entries::request_id,
                ),
                audit_entries::previous_hash,
                audit_entries::hash,
            ))
            .load(conn)
            .map_err(internal)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (id, content, previous, hash) in rows {
            found.entries += 1;
            let chain = content.chain();
            let breach = if content.hash(previous.as_deref()) != hash {
                Some(Breach::Altered)
            } else if ends.get(&chain) != previous.as_ref() {
                Some(Breach::Unlinked)
            } else {
                None
            };
            if let Some(breach) = breach {
                let chain = chain.map(|(area, quarter)| Ok((position(area)?, quarter))).transpose()?;
                found.broken.push(Broken { id, chain, breach });
            }
            ends.insert(chain, hash);
        }
    }
    found.chains = ends.len();
    Ok(found)
}
