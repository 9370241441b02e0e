//! Accounts, and the rights that follow from them.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::error::{internal, is_unique_violation};
use super::schema::{accounts, areas, head, sessions};
use crate::domain::policy::Role;
use crate::domain::workflow::Explanation;
use crate::error::{Code, Error, Result};
use crate::text;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// What it signs in with.
    pub username: String,
    /// What people call it.
    pub display_name: String,
    /// What it is.
    pub role: Role,
    /// The id of the area that it belongs to.
    pub area: Option<String>,
    /// Argon2id, PHC form.
    pub password_hash: String,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// Tokens issued before are refused.
    pub tokens_valid_after: NaiveDateTime,
}

type Row = (String, String, String, String, Option<String>, String, bool, NaiveDateTime);

fn account(row: Row) -> Result<Account> {
    let (id, username, display_name, role, area, password_hash, disabled, tokens_valid_after) = row;
    let role = Role::parse(&role).ok_or_else(|| Error::internal(format!("unknown role {role}")))?;
    Ok(Account { id, username, display_name, role, area, password_hash, disabled, tokens_valid_after })
}

macro_rules! selected {
    () => {
        accounts::table.left_join(areas::table).select((
            accounts::id,
            accounts::username,
            accounts::display_name,
            accounts::role,
            areas::id.nullable(),
            accounts::password_hash,
            accounts::disabled,
            accounts::tokens_valid_after,
        ))
    };
}

/// The account with a user name.
pub fn find_by_username(conn: &mut Conn, username: &str) -> Result<Option<Account>> {
    let row: Option<Row> =
        selected!().filter(accounts::username.eq(username)).first(conn).optional().map_err(internal)?;
    row.map(account).transpose()
}

/// The account with an id.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Account>> {
    let row: Option<Row> = selected!().filter(accounts::id.eq(id)).first(conn).optional().map_err(internal)?;
    row.map(account).transpose()
}

/// Says of explanations what people call the accounts that gave them; in one query, or none where there are none.
pub(super) fn name_authors<'e>(conn: &mut Conn, explanations: impl Iterator<Item = &'e mut Explanation>) -> Result<()> {
    let explanations: Vec<_> = explanations.collect();
    if explanations.is_empty() {
        return Ok(());
    }
    let ids: HashSet<&str> = explanations.iter().map(|given| given.by.as_str()).collect();
    let names: HashMap<String, String> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .select((accounts::id, accounts::display_name))
        .load(conn)
        .map_err(internal)?
        .into_iter()
        .collect();
    for explanation in explanations {
        explanation.by_name = names.get(&explanation.by).cloned();
    }
    Ok(())
}

/// Every account, by user name.
pub fn all(conn: &mut Conn) -> Result<Vec<Account>> {
    let rows: Vec<Row> = selected!().order(accounts::username).load(conn).map_err(internal)?;
    rows.into_iter().map(account).collect()
}

/// Adds an account.
///
/// # Errors
/// `conflict` where the user name is taken, `areaNotFound` where there is no such area.
pub fn insert(conn: &mut Conn, new: &Account, now: NaiveDateTime) -> Result<()> {
    let area = number_of(conn, new.area.as_deref())?;
    let inserted = diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(&new.id),
            accounts::username.eq(&new.username),
            accounts::display_name.eq(&new.display_name),
            accounts::role.eq(new.role.as_str()),
            accounts::area.eq(area),
            accounts::password_hash.eq(&new.password_hash),
            accounts::disabled.eq(new.disabled),
            accounts::tokens_valid_after.eq(new.tokens_valid_after),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(conn);
    match inserted {
        Ok(_) => move_generation(conn),
        Err(error) if is_unique_violation(&error) => {
            let name = &new.username;
            let detail = text!("Tên đăng nhập {name} đã có.", "The user name {name} is taken.");
            Err(Error::parameter(Code::Conflict, "/username", detail))
        }
        Err(error) => Err(internal(error)),
    }
}

fn unknown_area(id: &str) -> Error {
    let detail = text!(
        "Không có đơn vị nào có id {id}. Id có dạng 07792-1: mã và số thứ tự.",
        "There is no area with the id {id}. An id looks like 07792-1: a code and an ordinal."
    );
    Error::parameter(Code::AreaNotFound, "/area", detail)
}

/// Disables or enables an account. Disabling ends its tokens and sessions for good: enabling does not bring them back.
pub fn set_disabled(conn: &mut Conn, username: &str, disabled: bool, now: NaiveDateTime) -> Result<bool> {
    let changed = diesel::update(accounts::table.filter(accounts::username.eq(username)))
        .set((accounts::disabled.eq(disabled), accounts::updated_at.eq(now)))
        .execute(conn)
        .map_err(internal)?;
    if disabled {
        end_sessions(conn, username, "account disabled", now)?;
    }
    move_generation(conn)?;
    Ok(changed == 1)
}

/// Sets a password; every token and session from before ends.
pub fn set_password(conn: &mut Conn, username: &str, hash: &str, now: NaiveDateTime) -> Result<bool> {
    let changed = diesel::update(accounts::table.filter(accounts::username.eq(username)))
        .set((accounts::password_hash.eq(hash), accounts::updated_at.eq(now)))
        .execute(conn)
        .map_err(internal)?;
    end_sessions(conn, username, "password changed", now)?;
    move_generation(conn)?;
    Ok(changed == 1)
}

/// The account with a user name, kept from being changed by others until the transaction ends.
pub fn take(conn: &mut Conn, username: &str) -> Result<Option<Account>> {
    diesel::update(accounts::table.filter(accounts::username.eq(username)))
        .set(accounts::username.eq(accounts::username))
        .execute(conn)
        .map_err(internal)?;
    find_by_username(conn, username)
}

/// Writes what an administrator changed of an account. Where its rights are others than before, its sessions end.
///
/// # Errors
/// `areaNotFound` where there is no such area.
pub fn update(conn: &mut Conn, before: &Account, after: &Account, now: NaiveDateTime) -> Result<()> {
    let area = number_of(conn, after.area.as_deref())?;
    diesel::update(accounts::table.find(&after.id))
        .set((
            accounts::display_name.eq(&after.display_name),
            accounts::role.eq(after.role.as_str()),
            accounts::area.eq(area),
            accounts::disabled.eq(after.disabled),
            accounts::updated_at.eq(now),
        ))
        .execute(conn)
        .map_err(internal)?;
    let rights = |account: &Account| (account.role, account.area.clone(), account.disabled);
    if rights(before) != rights(after) {
        end_sessions(conn, &after.username, "rights changed", now)?;
    }
    move_generation(conn)
}

/// The number of the area with an id.
fn number_of(conn: &mut Conn, area: Option<&str>) -> Result<Option<i32>> {
    let Some(id) = area else { return Ok(None) };
    let number = areas::table.filter(areas::id.eq(id)).select(areas::number).first(conn).optional();
    number.map_err(internal)?.map(Some).ok_or_else(|| unknown_area(id))
}

fn end_sessions(conn: &mut Conn, username: &str, because: &str, now: NaiveDateTime) -> Result<()> {
    let Some(account) = find_by_username(conn, username)? else { return Ok(()) };
    diesel::update(accounts::table.find(&account.id))
        .set(accounts::tokens_valid_after.eq(now))
        .execute(conn)
        .map_err(internal)?;
    diesel::update(sessions::table.filter(sessions::account.eq(account.id)).filter(sessions::revoked_at.is_null()))
        .set((sessions::revoked_at.eq(now), sessions::revoked_because.eq(because)))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Tells every replica that rights changed.
pub(super) fn move_generation(conn: &mut Conn) -> Result<()> {
    diesel::update(head::table.find(1_i16))
        .set(head::authorization_generation.eq(head::authorization_generation + 1))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}
