//! Accounts and signing keys, as the command line manages them.

mod administer;

pub(super) use administer::unfit_name;
pub use administer::{AccountChange, AccountView, change, create, list, show};

use chrono::TimeDelta;

use crate::auth::{Sealer, generate, hash_password};
use crate::clock::Clock;
use crate::db::account::{self, Account};
use crate::db::head::take_head;
use crate::db::{Store, catalogue, signing_key};
use crate::domain::area::Area;
use crate::domain::policy::Role;
use crate::domain::text::nfc;
use crate::error::{Code, Error, Result};
use crate::text;

/// The shortest password that is taken (NIST SP 800-63B, section 5.1.1.2 asks for eight at least).
const MIN_PASSWORD: usize = 12;
/// The longest, in bytes.
pub const MAX_PASSWORD: usize = 1_024;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// 1 to 64 of `a`–`z`, `0`–`9`, `.`, `_`, `-`.
    pub username: String,
    /// What people call it.
    pub display_name: String,
    /// What it is.
    pub role: Role,
    /// The id of the area that it belongs to; every role but viewer and admin needs one.
    pub area: Option<String>,
    /// In clear; only its hash is kept.
    pub password: String,
}

/// A user name in the form that it is kept in.
#[must_use]
pub fn normalise_username(username: &str) -> String {
    nfc(username.trim()).to_lowercase()
}

/// Adds an account.
///
/// # Errors
/// `notMeaningful` for a bad name, password or role, or an area that does not suit the role, `areaNotFound`, `conflict` where the name is taken.
pub fn add(store: &Store, clock: &Clock, new: &NewAccount) -> Result<()> {
    let account = Account { password_hash: hash_password(nfc(&new.password).as_bytes())?, ..check_new(new)? };
    let now = clock.now().naive_utc();
    store.write_blocking(|conn| {
        check_area(&account, &catalogue::areas(conn)?)?;
        account::insert(conn, &account, now)
    })
}

/// The account that is to be made, without the hash of its password.
fn check_new(new: &NewAccount) -> Result<Account> {
    let username = normalise_username(&new.username);
    let plausible = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if !(1..=64).contains(&username.len()) || !username.bytes().all(plausible) {
        let detail = text!(
            "Tên đăng nhập gồm 1 đến 64 chữ thường không dấu, chữ số hoặc . _ -.",
            "A user name is 1 to 64 lower-case letters, digits or . _ -."
        );
        return Err(Error::parameter(Code::NotMeaningful, "/username", detail));
    }
    check_role(new.role, new.area.as_deref())?;
    check_password(&new.password).map_err(|error| error.placed("/password"))?;
    Ok(Account {
        id: uuid::Uuid::new_v4().to_string(),
        username,
        display_name: nfc(new.display_name.trim()),
        role: new.role,
        area: new.area.clone(),
        password_hash: String::new(),
        disabled: false,
        tokens_valid_after: chrono::DateTime::UNIX_EPOCH.naive_utc(),
    })
}

/// Refuses a role that has no accounts, or lacks the area that it needs.
fn check_role(role: Role, area: Option<&str>) -> Result<()> {
    let refuse = |pointer, detail| Err(Error::parameter(Code::NotMeaningful, pointer, detail));
    if matches!(role, Role::Public | Role::Agency) {
        return refuse("/role", text!("Vai trò này không có tài khoản.", "This role has no accounts."));
    }
    if area.is_none() && !matches!(role, Role::Viewer | Role::Admin) {
        return refuse("/area", text!("Vai trò này phải thuộc một đơn vị.", "This role must belong to an area."));
    }
    Ok(())
}

/// Refuses an area in which the role could do nothing: a ward's people report for it, the town's for those within.
fn check_area(account: &Account, areas: &[Area]) -> Result<()> {
    let Some(area) = areas.iter().find(|area| Some(&area.id) == account.area.as_ref()) else { return Ok(()) };
    let (role, id) = (account.role.as_str(), &area.id);
    let detail = match account.role {
        Role::WardOfficer | Role::WardLeader if !area.ever_reports() => text!(
            "Vai trò {role} phải thuộc một xã, phường hoặc thị trấn; {id} không phải.",
            "The role {role} must belong to a ward, commune or township; {id} is none."
        ),
        Role::TownOfficer if area.ever_reports() => text!(
            "Vai trò {role} phải thuộc một đơn vị cấp trên; {id} là xã, phường hoặc thị trấn.",
            "The role {role} must belong to an area above the wards; {id} is a ward, commune or township."
        ),
        _ => return Ok(()),
    };
    Err(Error::parameter(Code::NotMeaningful, "/area", detail))
}

pub(super) fn check_password(password: &str) -> Result<()> {
    if password.chars().count() >= MIN_PASSWORD && password.len() <= MAX_PASSWORD {
        return Ok(());
    }
    let detail = text!(
        "Mật khẩu phải có ít nhất {MIN_PASSWORD} ký tự và không quá {MAX_PASSWORD} byte.",
        "A password has at least {MIN_PASSWORD} characters and at most {MAX_PASSWORD} bytes."
    );
    Err(Error::new(Code::NotMeaningful, detail))
}

/// Sets a password and ends every session of the account.
///
/// # Errors
/// `notMeaningful` for a bad password or an unknown account.
pub fn set_password(store: &Store, clock: &Clock, username: &str, password: &str) -> Result<()> {
    check_password(password)?;
    let (username, hash) = (normalise_username(username), hash_password(nfc(password).as_bytes())?);
    let now = clock.now().naive_utc();
    known(store.write_blocking(|conn| account::set_password(conn, &username, &hash, now))?)
}

/// Disables or enables an account.
///
/// # Errors
/// `notMeaningful` for an unknown account.
pub fn set_disabled(store: &Store, clock: &Clock, username: &str, disabled: bool) -> Result<()> {
    let (username, now) = (normalise_username(username), clock.now().naive_utc());
    known(store.write_blocking(|conn| account::set_disabled(conn, &username, disabled, now))?)
}

fn known(found: bool) -> Result<()> {
    if found {
        return Ok(());
    }
    Err(Error::new(Code::NotMeaningful, text!("Không có tài khoản này.", "There is no such account.")))
}

/// Makes the first signing key where there is none.
pub(super) fn ensure_signing_key(store: &Store, sealer: &Sealer, clock: &Clock) -> Result<()> {
    let now = clock.now().naive_utc();
    if !store.read_blocking(|conn| signing_key::in_use(conn, now))?.is_empty() {
        return Ok(());
    }
    let key = generate(sealer, now)?;
    store.write_blocking(|conn| {
        // Another replica may have made one since the look above, or be making one now.
        take_head(conn)?;
        if signing_key::in_use(conn, now)?.is_empty() { signing_key::insert(conn, &key, now) } else { Ok(()) }
    })
}

/// Adds a signing key that takes over after `overlap`, so that verifiers can fetch it first; the keys before verify
/// until the last token that they can have signed has expired. Answers the new key's id.
///
/// # Errors
/// `notMeaningful` where the sealer does not open a key in use: replicas could then not open the new one.
pub fn rotate_signing_key(
    store: &Store,
    sealer: &Sealer,
    clock: &Clock,
    overlap: TimeDelta,
    token_lifetime: TimeDelta,
) -> Result<String> {
    let now = clock.now().naive_utc();
    let key = generate(sealer, now + overlap)?;
    store.write_blocking(|conn| {
        for used in signing_key::in_use(conn, now)? {
            sealer.open(&used.kid, &used.private_key_sealed).map_err(|_| cannot_open(&used.kid))?;
        }
        signing_key::insert(conn, &key, now)?;
        signing_key::retire_others(conn, &key.kid, now + overlap + token_lifetime + TimeDelta::minutes(1))
    })?;
    Ok(key.kid)
}

fn cannot_open(kid: &str) -> Error {
    let detail = text!(
        "DANBIET_KEY_ENCRYPTION_KEY không mở được khoá ký {kid} đang dùng. Không có gì thay đổi.",
        "DANBIET_KEY_ENCRYPTION_KEY does not open the signing key {kid}, which is in use. Nothing was changed."
    );
    Error::new(Code::NotMeaningful, detail)
}
