//! Clients: other agencies' systems, with what they own and the secrets by which they prove themselves.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::account::move_generation;
use super::error::{internal, is_unique_violation};
use super::schema::{areas, client_areas, client_indicators, client_secrets, clients, indicators};
use super::{Conn, per_backend};
use crate::domain::client::{ClientScope, written};
use crate::error::{Code, Error, Result};
use crate::text;

/// Another agency's system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id, which OAuth calls `client_id`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What its tokens may let it do.
    pub scopes: Vec<ClientScope>,
    /// The ids of the areas within which it owns figures.
    pub areas: Vec<String>,
    /// The codes of the indicators that it owns there.
    pub indicators: Vec<String>,
    /// Whether it gets no tokens, and those that it has are refused.
    pub disabled: bool,
    /// Tokens issued before are refused.
    pub tokens_valid_after: NaiveDateTime,
    /// When it was added.
    pub created_at: NaiveDateTime,
    /// When it was changed last.
    pub updated_at: NaiveDateTime,
}

/// A secret of a client, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// From when it is refused.
    pub expires_at: NaiveDateTime,
    /// Since when it is refused though its time is not over.
    pub revoked_at: Option<NaiveDateTime>,
}

impl Secret {
    /// Whether it is accepted at an instant.
    #[must_use]
    pub fn is_live(&self, now: NaiveDateTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

type Row = (String, String, String, bool, NaiveDateTime, NaiveDateTime, NaiveDateTime);

fn client((id, name, scopes, disabled, tokens_valid_after, created_at, updated_at): Row) -> Client {
    // A scope that this version does not know opens nothing.
    let scopes = scopes.split(' ').filter_map(ClientScope::parse).collect();
    let (areas, indicators) = (Vec::new(), Vec::new());
    Client { id, name, scopes, areas, indicators, disabled, tokens_valid_after, created_at, updated_at }
}

/// Adds what clients own.
fn with_owned(conn: &mut Conn, mut found: Vec<Client>) -> Result<Vec<Client>> {
    let ids: Vec<String> = found.iter().map(|client| client.id.clone()).collect();
    let owned: Vec<(String, String)> = client_areas::table
        .inner_join(areas::table)
        .filter(client_areas::client.eq_any(&ids))
        .order(areas::number)
        .select((client_areas::client, areas::id))
        .load(conn)
        .map_err(internal)?;
    let codes: Vec<(String, String)> = client_indicators::table
        .inner_join(indicators::table)
        .filter(client_indicators::client.eq_any(&ids))
        .order(indicators::number)
        .select((client_indicators::client, indicators::code))
        .load(conn)
        .map_err(internal)?;
    let gathered = |pairs: Vec<(String, String)>| {
        pairs.into_iter().fold(HashMap::<String, Vec<String>>::new(), |mut all, (client, name)| {
            all.entry(client).or_default().push(name);
            all
        })
    };
    let (mut owned, mut codes) = (gathered(owned), gathered(codes));
    for client in &mut found {
        client.areas = owned.remove(&client.id).unwrap_or_default();
        client.indicators = codes.remove(&client.id).unwrap_or_default();
    }
    Ok(found)
}

/// Every client, by name.
///
/// # Errors
/// Where the database is away.
pub fn all(conn: &mut Conn) -> Result<Vec<Client>> {
    let rows: Vec<Row> =
        clients::table.select(clients::all_columns).order(clients::name).load(conn).map_err(internal)?;
    with_owned(conn, rows.into_iter().map(client).collect())
}

/// The client with an id.
///
/// # Errors
/// Where the database is away.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Client>> {
    let row: Option<Row> =
        clients::table.find(id).select(clients::all_columns).first(conn).optional().map_err(internal)?;
    Ok(with_owned(conn, row.into_iter().map(client).collect())?.pop())
}

/// The client with an id, kept from being changed by others until the transaction ends.
///
/// # Errors
/// Where the database is away.
pub fn take(conn: &mut Conn, id: &str) -> Result<Option<Client>> {
    let row = diesel::update(clients::table.find(id)).set(clients::name.eq(clients::name));
    row.execute(conn).map_err(internal)?;
    find(conn, id)
}

/// What clients are called, by their ids.
///
/// # Errors
/// Where the database is away.
pub fn names(conn: &mut Conn) -> Result<HashMap<String, String>> {
    let rows: Vec<(String, String)> =
        clients::table.select((clients::id, clients::name)).load(conn).map_err(internal)?;
    Ok(rows.into_iter().collect())
}

/// Which of these are ids of areas.
///
/// # Errors
/// Where the database is away.
pub fn known_areas(conn: &mut Conn, ids: &[String]) -> Result<BTreeMap<String, i32>> {
    let rows: Vec<(String, i32)> =
        areas::table.filter(areas::id.eq_any(ids)).select((areas::id, areas::number)).load(conn).map_err(internal)?;
    Ok(rows.into_iter().collect())
}

/// Which of these are codes of indicators.
///
/// # Errors
/// Where the database is away.
pub fn known_indicators(conn: &mut Conn, codes: &[String]) -> Result<BTreeMap<String, i32>> {
    let rows: Vec<(String, i32)> = indicators::table
        .filter(indicators::code.eq_any(codes))
        .select((indicators::code, indicators::number))
        .load(conn)
        .map_err(internal)?;
    Ok(rows.into_iter().collect())
}

/// Adds a client.
///
/// # Errors
/// `conflict` where the name is taken.
pub fn insert(conn: &mut Conn, new: &Client) -> Result<()> {
    let inserted = diesel::insert_into(clients::table)
        .values((
            clients::id.eq(&new.id),
            clients::name.eq(&new.name),
            clients::scopes.eq(written(&new.scopes)),
            clients::disabled.eq(new.disabled),
            clients::tokens_valid_after.eq(new.tokens_valid_after),
            clients::created_at.eq(new.created_at),
            clients::updated_at.eq(new.updated_at),
        ))
        .execute(conn);
    inserted.map(drop).map_err(|error| taken(error, &new.name))?;
    own(conn, new)?;
    move_generation(conn)
}

/// Writes a client as it now is.
///
/// # Errors
/// `conflict` where the name is taken.
pub fn update(conn: &mut Conn, changed: &Client) -> Result<()> {
    let updated = diesel::update(clients::table.find(&changed.id))
        .set((
            clients::name.eq(&changed.name),
            clients::scopes.eq(written(&changed.scopes)),
            clients::disabled.eq(changed.disabled),
            clients::tokens_valid_after.eq(changed.tokens_valid_after),
            clients::updated_at.eq(changed.updated_at),
        ))
        .execute(conn);
    updated.map(drop).map_err(|error| taken(error, &changed.name))?;
    diesel::delete(client_areas::table.filter(client_areas::client.eq(&changed.id))).execute(conn).map_err(internal)?;
    diesel::delete(client_indicators::table.filter(client_indicators::client.eq(&changed.id)))
        .execute(conn)
        .map_err(internal)?;
    own(conn, changed)?;
    move_generation(conn)
}

fn taken(error: diesel::result::Error, name: &str) -> Error {
    if !is_unique_violation(&error) {
        return internal(error);
    }
    let detail = text!("Đã có ứng dụng tên {name}.", "There is a client called {name} already.");
    Error::parameter(Code::Conflict, "/name", detail)
}

/// Writes what a client owns, of what there is.
fn own(conn: &mut Conn, client: &Client) -> Result<()> {
    let within = known_areas(conn, &client.areas)?;
    let rows: Vec<_> =
        within.values().map(|number| (client_areas::client.eq(&client.id), client_areas::area.eq(*number))).collect();
    per_backend!(&mut *conn, concrete => diesel::insert_into(client_areas::table).values(&rows).execute(concrete))
        .map_err(internal)?;
    let owned = known_indicators(conn, &client.indicators)?;
    let rows: Vec<_> = owned
        .values()
        .map(|number| (client_indicators::client.eq(&client.id), client_indicators::indicator.eq(*number)))
        .collect();
    per_backend!(&mut *conn, concrete => diesel::insert_into(client_indicators::table).values(&rows).execute(concrete))
        .map(drop)
        .map_err(internal)
}

/// The secrets of a client whose time is not over, the oldest first.
///
/// # Errors
/// Where the database is away.
pub fn secrets(conn: &mut Conn, client: &str, now: NaiveDateTime) -> Result<Vec<Secret>> {
    type SecretRow = (String, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>);
    let rows: Vec<SecretRow> = client_secrets::table
        .filter(client_secrets::client.eq(client))
        .filter(client_secrets::expires_at.gt(now))
        .order((client_secrets::created_at, client_secrets::id))
        .select((
            client_secrets::id,
            client_secrets::created_at,
            client_secrets::expires_at,
            client_secrets::revoked_at,
        ))
        .load(conn)
        .map_err(internal)?;
    let secret = |(id, created_at, expires_at, revoked_at)| Secret { id, created_at, expires_at, revoked_at };
    Ok(rows.into_iter().map(secret).collect())
}

/// The client that proves itself by a secret with this hash, and the id of the secret. One question, whether or not there
/// is such a client.
///
/// # Errors
/// Where the database is away.
pub fn find_by_secret(conn: &mut Conn, id: &str, hash: &str, now: NaiveDateTime) -> Result<Option<(Client, String)>> {
    let live = client_secrets::revoked_at.is_null().and(client_secrets::expires_at.gt(now));
    let row: Option<(String, Row)> = client_secrets::table
        .inner_join(clients::table.on(client_secrets::client.eq(clients::id)))
        .filter(client_secrets::client.eq(id))
        .filter(client_secrets::hash.eq(hash))
        .filter(live)
        .filter(clients::disabled.eq(false))
        .select((client_secrets::id, clients::all_columns))
        .first(conn)
        .optional()
        .map_err(internal)?;
    Ok(row.map(|(secret, row)| (client(row), secret)))
}

/// Adds a secret to a client, by its hash.
///
/// # Errors
/// Where the database is away.
pub fn insert_secret(conn: &mut Conn, client: &str, secret: &Secret, hash: &str) -> Result<()> {
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::id.eq(&secret.id),
            client_secrets::client.eq(client),
            client_secrets::hash.eq(hash),
            client_secrets::created_at.eq(secret.created_at),
            client_secrets::expires_at.eq(secret.expires_at),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Has every secret of a client end by an instant, if not before.
///
/// # Errors
/// Where the database is away.
pub fn end_secrets(conn: &mut Conn, client: &str, by: NaiveDateTime) -> Result<()> {
    let later =
        client_secrets::table.filter(client_secrets::client.eq(client)).filter(client_secrets::expires_at.gt(by));
    diesel::update(later).set(client_secrets::expires_at.eq(by)).execute(conn).map(drop).map_err(internal)
}

/// Revokes a live secret of a client; the tokens that it was given for are refused within a second. False where there is
/// none.
///
/// # Errors
/// Where the database is away.
pub fn revoke_secret(conn: &mut Conn, client: &str, secret: &str, now: NaiveDateTime) -> Result<bool> {
    let live = client_secrets::table
        .find(secret)
        .filter(client_secrets::client.eq(client))
        .filter(client_secrets::revoked_at.is_null())
        .filter(client_secrets::expires_at.gt(now));
    let revoked = diesel::update(live).set(client_secrets::revoked_at.eq(now)).execute(conn).map_err(internal)?;
    move_generation(conn)?;
    Ok(revoked == 1)
}

/// The secrets that were revoked since an instant: what was issued for them may still live.
///
/// # Errors
/// Where the database is away.
pub fn revoked_since(conn: &mut Conn, since: NaiveDateTime) -> Result<Vec<String>> {
    client_secrets::table
        .filter(client_secrets::revoked_at.ge(since))
        .select(client_secrets::id)
        .load(conn)
        .map_err(internal)
}

/// Forgets secrets whose time was over at an instant.
///
/// # Errors
/// Where the database is away.
pub fn delete_secrets_expired(conn: &mut Conn, by: NaiveDateTime) -> Result<()> {
    diesel::delete(client_secrets::table.filter(client_secrets::expires_at.lt(by)))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}
