//! Clients, as administrators manage them: what other agencies' systems may do, what they own, and their secrets.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{NaiveDateTime, TimeDelta, Timelike as _};
use serde_json::json;

use super::account::unfit_name;
use super::actor::Actor;
use super::precondition::{hold, tag};
use super::read::unknown_indicator;
use crate::auth::{random_token, token_digest};
use crate::db::audit::{self, Entry};
use crate::db::client::{self, Client, Secret};
use crate::db::{Conn, Store};
use crate::domain::client::ClientScope;
use crate::domain::policy::{Action, Caller};
use crate::domain::text::nfc;
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::text;

/// Secrets that a client may have at a time: two, so that it can change from one to the other while both are accepted.
pub const MAX_SECRETS: usize = 2;
/// Days that a secret lives where nothing is said.
pub const LIFETIME_DAYS: i64 = 365;
/// The most days that a secret may live.
pub const MAX_LIFETIME_DAYS: i64 = 730;
/// The most hours for which an older secret may be kept beside a new one.
pub const MAX_OVERLAP_HOURS: i64 = 24 * 90;
const MAX_OWNED: usize = 500;

/// A client with its secrets, as it is shown.
#[derive(Debug, Clone)]
pub struct ClientView {
    /// The client.
    pub client: Client,
    /// Its secrets whose time is not over, the oldest first.
    pub secrets: Vec<Secret>,
    /// The entity tag of all this.
    pub etag: String,
}

/// A client to be added.
#[derive(Debug, Clone, Default)]
pub struct NewClient {
    /// What people call it.
    pub name: String,
    /// Words of [`ClientScope`].
    pub scopes: Vec<String>,
    /// Ids of areas, such as 222-1.
    pub areas: Vec<String>,
    /// Codes of indicators.
    pub indicators: Vec<String>,
}

/// What is to be different about a client; nothing stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ClientChange {
    /// What people call it.
    pub name: Option<String>,
    /// Words of [`ClientScope`].
    pub scopes: Option<Vec<String>>,
    /// Ids of areas.
    pub areas: Option<Vec<String>>,
    /// Codes of indicators.
    pub indicators: Option<Vec<String>>,
    /// Whether it gets no tokens.
    pub disabled: Option<bool>,
}

/// A secret to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewSecret {
    /// How long it lives.
    pub lifetime_days: Option<i64>,
    /// For how long the client's other secrets are accepted beside it; as long as they live where nothing is said.
    pub overlap_hours: Option<i64>,
}

/// A secret that was made: the only time that anybody sees it.
#[derive(Debug, Clone)]
pub struct IssuedSecret {
    /// What is kept of it.
    pub kept: Secret,
    /// The secret, 256 random bits in base64url.
    pub secret: String,
}

fn viewed(conn: &mut Conn, client: Client, now: NaiveDateTime) -> Result<ClientView> {
    let secrets = client::secrets(conn, &client.id, now)?;
    let etag = tag(&(&client, &secrets));
    Ok(ClientView { client, secrets, etag })
}

fn refuse(pointer: impl Into<String>, code: Code, detail: Text) -> FieldError {
    FieldError { pointer: pointer.into(), code, detail }
}

/// Every client, by name.
///
/// # Errors
/// Where the database is away.
pub fn list(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<ClientView>> {
    client::all(conn)?.into_iter().map(|client| viewed(conn, client, now)).collect()
}

/// One client.
///
/// # Errors
/// `clientNotFound`.
pub fn show(conn: &mut Conn, id: &str, now: NaiveDateTime) -> Result<ClientView> {
    let found = client::find(conn, id)?.ok_or_else(|| unknown(id))?;
    viewed(conn, found, now)
}

fn unknown(id: &str) -> Error {
    let detail = text!("Không có ứng dụng nào có id {id}.", "There is no client with the id {id}.");
    Error::parameter(Code::ClientNotFound, "{id}", detail)
}

/// Adds a client with its first secret.
///
/// # Errors
/// What is wrong with it, every fault with its pointer; `conflict` where the name is taken.
pub fn add(conn: &mut Conn, actor: &Actor, new: &NewClient, secret: NewSecret) -> Result<(ClientView, IssuedSecret)> {
    let now = actor.instant();
    let mut client = Client {
        id: uuid::Uuid::new_v4().to_string(),
        name: String::new(),
        scopes: Vec::new(),
        areas: Vec::new(),
        indicators: Vec::new(),
        disabled: false,
        tokens_valid_after: chrono::DateTime::UNIX_EPOCH.naive_utc(),
        created_at: now,
        updated_at: now,
    };
    let wanted = ClientChange {
        name: Some(new.name.clone()),
        scopes: Some(new.scopes.clone()),
        areas: Some(new.areas.clone()),
        indicators: Some(new.indicators.clone()),
        disabled: None,
    };
    apply(conn, &mut client, &wanted)?;
    client::insert(conn, &client)?;
    record(conn, actor, "addClient", None, Some(&client), None)?;
    let issued = issue(conn, actor, &client, secret)?;
    Ok((viewed(conn, client, now)?, issued))
}

/// Changes a client, where it is as its changer saw it. Disabling ends its tokens for good.
///
/// # Errors
/// As [`add`]; `clientNotFound`, and `preconditionRequired` and `preconditionFailed` by the tag of [`show`].
pub fn change(
    conn: &mut Conn,
    actor: &Actor,
    id: &str,
    change: &ClientChange,
    if_match: Option<&str>,
) -> Result<ClientView> {
    let now = actor.instant();
    let before = client::take(conn, id)?.ok_or_else(|| unknown(id))?;
    let seen = viewed(conn, before.clone(), now)?;
    hold(if_match, &seen.etag)?;
    let mut after = before.clone();
    apply(conn, &mut after, change)?;
    if after == before {
        return Ok(seen);
    }
    after.updated_at = now;
    if after.disabled && !before.disabled {
        // Tokens tell whole seconds: those of this one are meant too.
        after.tokens_valid_after = now.with_nanosecond(0).unwrap_or(now) + TimeDelta::seconds(1);
    }
    client::update(conn, &after)?;
    record(conn, actor, "changeClient", Some(&before), Some(&after), None)?;
    viewed(conn, after, now)
}

/// Puts what is wanted into a client, held to what a client may be.
fn apply(conn: &mut Conn, client: &mut Client, wanted: &ClientChange) -> Result<()> {
    let mut faults = Vec::new();
    if let Some(name) = &wanted.name {
        client.name = nfc(name.trim());
        faults.extend(unfit_name(&client.name).map(|detail| refuse("/name", Code::NotMeaningful, detail)));
    }
    if let Some(scopes) = &wanted.scopes {
        client.scopes = read_scopes(scopes, &mut faults);
    }
    if let Some(ids) = &wanted.areas {
        let known = client::known_areas(conn, few(ids))?;
        client.areas = owned("/areas", ids, &known, unknown_area, &mut faults);
    }
    if let Some(codes) = &wanted.indicators {
        let known = client::known_indicators(conn, few(codes))?;
        client.indicators =
            owned("/indicators", codes, &known, |code| (Code::IndicatorNotFound, unknown_indicator(code)), &mut faults);
    }
    let pushes = client.scopes.contains(&ClientScope::ObservationsWrite);
    for (pointer, is_empty) in [("/areas", client.areas.is_empty()), ("/indicators", client.indicators.is_empty())] {
        if pushes && is_empty && faults.is_empty() {
            let detail = text!(
                "Ứng dụng có observations:write phải sở hữu ít nhất một đơn vị và một chỉ tiêu.",
                "A client with observations:write owns at least one area and one indicator."
            );
            faults.push(refuse(pointer, Code::NotMeaningful, detail));
        }
    }
    client.disabled = wanted.disabled.unwrap_or(client.disabled);
    let Some(first) = faults.first() else { return Ok(()) };
    Err(Error::new(first.code, first.detail.clone()).with_fields(faults))
}

/// In the order of the list of scopes, each once.
fn read_scopes(words: &[String], faults: &mut Vec<FieldError>) -> Vec<ClientScope> {
    let mut found = Vec::new();
    let choices = || ClientScope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    for (at, word) in words.iter().enumerate() {
        if let Some(scope) = ClientScope::parse(word) {
            found.push(scope);
        } else {
            let choices = choices();
            let detail = text!("Phạm vi phải là một trong: {choices}.", "A scope is one of: {choices}.");
            faults.push(refuse(format!("/scopes/{at}"), Code::NotMeaningful, detail));
        }
    }
    if words.is_empty() {
        let choices = choices();
        let detail = text!("Cần ít nhất một phạm vi: {choices}.", "At least one scope is needed: {choices}.");
        faults.push(refuse("/scopes", Code::NotMeaningful, detail));
    }
    ClientScope::ALL.iter().copied().filter(|scope| found.contains(scope)).collect()
}

/// What is looked up of a list: nothing of one that is refused for its length.
fn few(names: &[String]) -> &[String] {
    if names.len() <= MAX_OWNED { names } else { &[] }
}

/// The names of a list that there are, each once, in their own order; the others are told.
fn owned(
    list: &str,
    names: &[String],
    known: &BTreeMap<String, i32>,
    unknown: impl Fn(&str) -> (Code, Text),
    faults: &mut Vec<FieldError>,
) -> Vec<String> {
    if names.len() > MAX_OWNED {
        let detail = text!("Nhiều nhất {MAX_OWNED} mục.", "There are at most {MAX_OWNED} entries.");
        faults.push(refuse(list, Code::NotMeaningful, detail));
        return Vec::new();
    }
    for (at, name) in names.iter().enumerate().filter(|(_, name)| !known.contains_key(*name)) {
        let (code, detail) = unknown(name);
        faults.push(refuse(format!("{list}/{at}"), code, detail));
    }
    let mut found: Vec<_> = known.iter().collect();
    found.sort_by_key(|(_, number)| **number);
    found.into_iter().map(|(name, _)| name.clone()).collect()
}

fn unknown_area(id: &str) -> (Code, Text) {
    let detail = text!(
        "Không có đơn vị nào có id {id}. Id có dạng 222-1: mã và số thứ tự.",
        "There is no area with the id {id}. An id looks like 222-1: a code and an ordinal."
    );
    (Code::AreaNotFound, detail)
}

/// Gives a client a new secret, beside the one that it has.
///
/// # Errors
/// `clientNotFound`; `conflict` where it has two already; `notMeaningful` for times out of bounds.
pub fn rotate(conn: &mut Conn, actor: &Actor, id: &str, new: NewSecret) -> Result<(ClientView, IssuedSecret)> {
    let client = client::take(conn, id)?.ok_or_else(|| unknown(id))?;
    let issued = issue(conn, actor, &client, new)?;
    Ok((viewed(conn, client, actor.instant())?, issued))
}

fn issue(conn: &mut Conn, actor: &Actor, client: &Client, new: NewSecret) -> Result<IssuedSecret> {
    let now = actor.instant();
    let within = |pointer: &str, given: i64, bounds: RangeInclusive<i64>| {
        let (least, most) = (bounds.start(), bounds.end());
        let detail =
            text!("Phải là số nguyên từ {least} đến {most}.", "It must be a whole number from {least} to {most}.");
        if bounds.contains(&given) { Ok(given) } else { Err(Error::parameter(Code::NotMeaningful, pointer, detail)) }
    };
    let days = within("/lifetimeDays", new.lifetime_days.unwrap_or(LIFETIME_DAYS), 1..=MAX_LIFETIME_DAYS)?;
    let overlap = new.overlap_hours.map(|hours| within("/overlapHours", hours, 0..=MAX_OVERLAP_HOURS)).transpose()?;
    let live: Vec<_> =
        client::secrets(conn, &client.id, now)?.into_iter().filter(|secret| secret.is_live(now)).collect();
    if live.len() >= MAX_SECRETS {
        let ids = live.iter().map(|secret| secret.id.as_str()).collect::<Vec<_>>().join(", ");
        let detail = text!(
            "Ứng dụng đang có {MAX_SECRETS} mã bí mật còn hiệu lực ({ids}): thu hồi mã không còn dùng trước.",
            "The client has {MAX_SECRETS} live secrets ({ids}): revoke the one that is not used any more first."
        );
        return Err(Error::new(Code::Conflict, detail));
    }
    if let Some(hours) = overlap {
        client::end_secrets(conn, &client.id, now + TimeDelta::hours(hours))?;
    }
    // What expired cannot be in use; its id stays for a while, for whoever looks into what it was used for.
    client::delete_secrets_expired(conn, now - TimeDelta::days(90))?;
    let secret = random_token()?;
    let (id, expires_at) = (uuid::Uuid::new_v4().to_string(), now + TimeDelta::days(days));
    let kept = Secret { id, created_at: now, expires_at, revoked_at: None };
    client::insert_secret(conn, &client.id, &kept, &token_digest(&secret))?;
    record(conn, actor, "addSecret", None, None, Some((client, &kept.id)))?;
    Ok(IssuedSecret { kept, secret })
}

/// Revokes a secret: it gets no more tokens, and those that it got are refused within a second.
///
/// # Errors
/// `clientNotFound`, and `secretNotFound` where the client has no such live secret.
pub fn revoke(conn: &mut Conn, actor: &Actor, id: &str, secret: &str) -> Result<()> {
    let client = client::take(conn, id)?.ok_or_else(|| unknown(id))?;
    if !client::revoke_secret(conn, id, secret, actor.instant())? {
        let detail =
            text!("Ứng dụng không có mã bí mật {secret} còn hiệu lực.", "The client has no live secret {secret}.");
        return Err(Error::parameter(Code::SecretNotFound, "{secret}", detail));
    }
    record(conn, actor, "revokeSecret", None, None, Some((&client, secret)))
}

fn record(
    conn: &mut Conn,
    actor: &Actor,
    action: &str,
    before: Option<&Client>,
    after: Option<&Client>,
    secret: Option<(&Client, &str)>,
) -> Result<()> {
    let told = |client: &Client| {
        json!({
            "client": client.id,
            "name": client.name,
            "scopes": client.scopes,
            "areas": client.areas,
            "indicators": client.indicators,
            "disabled": client.disabled,
        })
        .to_string()
    };
    let of_secret = secret.map(|(client, secret)| json!({ "client": client.id, "secret": secret }).to_string());
    let (before, after) = (before.map(told), after.map(told).or(of_secret));
    let entry = Entry { before: before.as_deref(), after: after.as_deref(), ..actor.entry(action, "client") };
    audit::append(conn, &entry)
}

/// Works on clients on the present thread, as the command line and the demonstration do.
///
/// # Errors
/// What `work` refuses.
pub fn as_command<T>(
    store: &Store,
    now: chrono::DateTime<chrono::Utc>,
    work: impl FnOnce(&mut Conn, &Actor) -> Result<T>,
) -> Result<T> {
    let actor = Actor {
        caller: Caller { role: crate::domain::policy::Role::Admin, ..Caller::public() },
        request_id: None,
        now,
    };
    store.write_blocking(|conn| work(conn, &actor))
}

/// Works on clients for an administrator.
///
/// # Errors
/// What the policy table and `work` refuse.
pub async fn administer<T, F>(store: &Store, actor: &Actor, work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, &Actor) -> Result<T> + Send + 'static,
{
    let (caller, actor) = (actor.caller.clone(), actor.clone());
    store.write(&caller, Action::Administer, move |conn, _| work(conn, &actor)).await
}
