//! Webhooks: whom to tell of every revision.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::error::internal;
use super::schema::webhooks;
use crate::domain::webhook::DisabledBecause;
use crate::error::{Error, Result};

/// A webhook. Secrets are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name.
    pub id: String,
    /// The account or client that it belongs to.
    pub owner: String,
    /// Where events are sent.
    pub url: String,
    /// What its owner says of it.
    pub description: String,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why the service disabled it.
    pub disabled_because: Option<DisabledBecause>,
    /// The secret under which events are signed.
    pub secret_sealed: String,
    /// The one before, and until when events are signed under that too.
    pub previous: Option<(String, NaiveDateTime)>,
    /// Up to which revision deliveries were made.
    pub told_revision: i64,
    /// How often it was written.
    pub edits: i64,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When it was written last.
    pub updated_at: NaiveDateTime,
}

#[derive(Queryable)]
struct WebhookRow {
    id: String,
    owner: String,
    url: String,
    description: String,
    enabled: bool,
    disabled_because: Option<String>,
    secret_sealed: String,
    previous_secret_sealed: Option<String>,
    previous_secret_until: Option<NaiveDateTime>,
    told_revision: i64,
    edits: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = Error;

    fn try_from(row: WebhookRow) -> Result<Self> {
        let because = |word: String| {
            DisabledBecause::parse(&word).ok_or_else(|| Error::internal("a webhook disabled for no known reason"))
        };
        Ok(Self {
            id: row.id,
            owner: row.owner,
            url: row.url,
            description: row.description,
            enabled: row.enabled,
            disabled_because: row.disabled_because.map(because).transpose()?,
            secret_sealed: row.secret_sealed,
            previous: row.previous_secret_sealed.zip(row.previous_secret_until),
            told_revision: row.told_revision,
            edits: row.edits,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The webhooks of an owner, the oldest first.
///
/// # Errors
/// Where the database is away.
pub fn of_owner(conn: &mut Conn, owner: &str) -> Result<Vec<Webhook>> {
    let rows: Vec<WebhookRow> = webhooks::table
        .filter(webhooks::owner.eq(owner))
        .order((webhooks::created_at, webhooks::id))
        .load(conn)
        .map_err(internal)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// The webhook with an id.
///
/// # Errors
/// Where the database is away.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Webhook>> {
    let row: Option<WebhookRow> = webhooks::table.find(id).first(conn).optional().map_err(internal)?;
    row.map(Webhook::try_from).transpose()
}

/// The enabled webhooks that were not told of everything up to a revision, or of more than there is after a restore.
///
/// # Errors
/// Where the database is away.
pub fn untold(conn: &mut Conn, revision: i64) -> Result<Vec<Webhook>> {
    let rows: Vec<WebhookRow> = webhooks::table
        .filter(webhooks::enabled)
        .filter(webhooks::told_revision.ne(revision))
        .order(webhooks::id)
        .load(conn)
        .map_err(internal)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// Writes a new webhook.
///
/// # Errors
/// Where the database is away.
pub fn insert(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::id.eq(&webhook.id),
            webhooks::owner.eq(&webhook.owner),
            webhooks::url.eq(&webhook.url),
            webhooks::description.eq(&webhook.description),
            webhooks::enabled.eq(webhook.enabled),
            webhooks::secret_sealed.eq(&webhook.secret_sealed),
            webhooks::told_revision.eq(webhook.told_revision),
            webhooks::edits.eq(webhook.edits),
            webhooks::created_at.eq(webhook.created_at),
            webhooks::updated_at.eq(webhook.updated_at),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Writes a webhook as it now is, but for the revision that it was told of.
///
/// # Errors
/// Where the database is away.
pub fn write(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    diesel::update(webhooks::table.find(&webhook.id))
        .set((
            webhooks::url.eq(&webhook.url),
            webhooks::description.eq(&webhook.description),
            webhooks::enabled.eq(webhook.enabled),
            webhooks::disabled_because.eq(webhook.disabled_because.map(DisabledBecause::as_str)),
            webhooks::secret_sealed.eq(&webhook.secret_sealed),
            webhooks::previous_secret_sealed.eq(webhook.previous.as_ref().map(|(secret, _)| secret)),
            webhooks::previous_secret_until.eq(webhook.previous.as_ref().map(|(_, until)| *until)),
            webhooks::edits.eq(webhooks::edits + 1),
            webhooks::updated_at.eq(webhook.updated_at),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Notes up to which revision a webhook's deliveries are made, where nobody else did since it was read.
///
/// # Errors
/// Where the database is away.
pub fn note_told(conn: &mut Conn, webhook: &Webhook, revision: i64) -> Result<bool> {
    let unchanged = webhooks::table.find(&webhook.id).filter(webhooks::told_revision.eq(webhook.told_revision));
    let noted = diesel::update(unchanged).set(webhooks::told_revision.eq(revision)).execute(conn).map_err(internal)?;
    Ok(noted == 1)
}

/// Takes a webhook away, with its deliveries.
///
/// # Errors
/// Where the database is away.
pub fn delete(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::delete(webhooks::table.find(id)).execute(conn).map(drop).map_err(internal)
}
