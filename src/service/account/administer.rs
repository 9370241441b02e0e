//! Accounts, as administrators manage them over the API: every change with its entry in the audit trail.

use serde_json::json;

use super::{NewAccount, check_area, check_new, check_password};
use crate::db::account::{self, Account};
use crate::db::audit::{self, Entry};
use crate::db::{Conn, catalogue};
use crate::domain::policy::{Action, Role};
use crate::domain::text::nfc;
use crate::error::{Code, Error, Result, Text};
use crate::service::precondition::{hold, tag};
use crate::service::{Actor, App};
use crate::text;

/// The longest name, in characters.
const MAX_NAME: usize = 120;

/// An account as it is shown.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// The entity tag of what an administrator may change of it.
    pub etag: String,
}

/// What is to be different about an account; nothing stays as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What people call it.
    pub display_name: Option<String>,
    /// What it is.
    pub role: Option<Role>,
    /// The id of the area that it belongs to; within it, nothing takes it away.
    pub area: Option<Option<String>>,
    /// Whether it may not sign in.
    pub disabled: Option<bool>,
    /// A new password, in clear.
    pub password: Option<String>,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        let Account { id, username, display_name, role, area, disabled, .. } = &account;
        let etag = tag(&(id, username, display_name, role, area, disabled));
        Self { account, etag }
    }
}

fn unknown(username: &str) -> Error {
    let detail = text!("Không có tài khoản {username}.", "There is no account {username}.");
    Error::parameter(Code::AccountNotFound, "{username}", detail)
}

/// Every account, by user name.
///
/// # Errors
/// What the policy table refuses.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<AccountView>> {
    let found = app.store.read(&actor.caller, Action::Administer, |conn, _| account::all(conn)).await?;
    Ok(found.into_iter().map(AccountView::from).collect())
}

/// One account.
///
/// # Errors
/// What the policy table refuses, and `accountNotFound`.
pub async fn show(app: &App, actor: &Actor, username: &str) -> Result<AccountView> {
    let name = super::normalise_username(username);
    let find = move |conn: &mut Conn, _: &_| account::find_by_username(conn, &name);
    let found = app.store.read(&actor.caller, Action::Administer, find).await?;
    found.map(AccountView::from).ok_or_else(|| unknown(username))
}

/// Adds an account.
///
/// # Errors
/// What the policy table refuses, and as [`super::add`].
pub async fn create(app: &App, actor: &Actor, new: &NewAccount) -> Result<AccountView> {
    crate::domain::policy::authorize(&actor.caller, Action::Administer)?;
    let mut account = check_new(new)?;
    check_name(&account.display_name)?;
    account.password_hash = app.passwords.hash(nfc(&new.password)).await?;
    let doer = actor.clone();
    let work = move |conn: &mut Conn, _: &_| {
        check_area(&account, &catalogue::areas(conn)?)?;
        account::insert(conn, &account, doer.instant())?;
        record(conn, &doer, "addAccount", None, &account, false)?;
        Ok(account)
    };
    let added = app.store.write(&actor.caller, Action::Administer, work).await?;
    app.take_over_rights().await;
    Ok(added.into())
}

/// Changes an account, where it is as its changer saw it. What changes its rights ends its sessions.
///
/// # Errors
/// `accountNotFound`; `preconditionRequired` and `preconditionFailed` by the tag of [`show`]; `conflict` for an
/// administrator who would lock themselves out; as [`create`].
pub async fn change(
    app: &App,
    actor: &Actor,
    username: &str,
    change: AccountChange,
    if_match: Option<&str>,
) -> Result<AccountView> {
    crate::domain::policy::authorize(&actor.caller, Action::Administer)?;
    if let Some(password) = &change.password {
        check_password(password).map_err(|error| error.placed("/password"))?;
    }
    let hash = match &change.password {
        Some(password) => Some(app.passwords.hash(nfc(password)).await?),
        None => None,
    };
    let (name, doer, if_match) = (super::normalise_username(username), actor.clone(), if_match.map(ToOwned::to_owned));
    let work = move |conn: &mut Conn, _: &_| {
        let before = account::take(conn, &name)?.ok_or_else(|| unknown(&name))?;
        hold(if_match.as_deref(), &AccountView::from(before.clone()).etag)?;
        let after = changed(&before, &change)?;
        if after.role != before.role || after.area != before.area {
            check_area(&after, &catalogue::areas(conn)?)?;
        }
        let locks_out = after.disabled || after.role != Role::Admin;
        if doer.id() == Some(&before.id) && locks_out {
            let detail = text!(
                "Không tự khóa hoặc tự bỏ quyền quản trị của mình: nhờ quản trị viên khác.",
                "Nobody disables their own account or gives up their own administration: ask another administrator."
            );
            return Err(Error::new(Code::Conflict, detail));
        }
        if after == before && hash.is_none() {
            return Ok(before);
        }
        account::update(conn, &before, &after, doer.instant())?;
        if let Some(hash) = &hash {
            account::set_password(conn, &before.username, hash, doer.instant())?;
        }
        record(conn, &doer, "changeAccount", Some(&before), &after, hash.is_some())?;
        account::find(conn, &before.id)?.ok_or_else(|| unknown(&name))
    };
    let changed = app.store.write(&actor.caller, Action::Administer, work).await?;
    app.take_over_rights().await;
    Ok(changed.into())
}

fn changed(before: &Account, change: &AccountChange) -> Result<Account> {
    let mut after = before.clone();
    if let Some(name) = &change.display_name {
        after.display_name = nfc(name.trim());
        check_name(&after.display_name)?;
    }
    after.role = change.role.unwrap_or(before.role);
    after.area = change.area.clone().unwrap_or_else(|| before.area.clone());
    after.disabled = change.disabled.unwrap_or(before.disabled);
    super::check_role(after.role, after.area.as_deref())?;
    Ok(after)
}

/// What is wrong with what people call an account or a client.
pub(in crate::service) fn unfit_name(name: &str) -> Option<Text> {
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    (!fits).then(|| text!("Tên có từ 1 đến {MAX_NAME} ký tự.", "A name has 1 to {MAX_NAME} characters."))
}

fn check_name(name: &str) -> Result<()> {
    let refused = |detail| Err(Error::parameter(Code::NotMeaningful, "/displayName", detail));
    unfit_name(name).map_or(Ok(()), refused)
}

fn record(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    before: Option<&Account>,
    after: &Account,
    password: bool,
) -> Result<()> {
    let told = |account: &Account| {
        let Account { id, username, display_name, role, area, disabled, .. } = account;
        json!({
            "account": id, "username": username, "displayName": display_name, "role": role.as_str(), "area": area,
            "disabled": disabled,
        })
    };
    let mut is = told(after);
    if let Some(members) = is.as_object_mut().filter(|_| password) {
        members.insert("password".to_owned(), json!("set"));
    }
    let (before, after) = (before.map(|account| told(account).to_string()), is.to_string());
    let entry = Entry { before: before.as_deref(), after: Some(&after), ..actor.entry(action, "account") };
    audit::append(conn, &entry)
}
