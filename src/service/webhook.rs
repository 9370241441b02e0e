//! Webhooks: who wants to be told of every revision, and how they are told.

pub mod address;
pub mod client;
mod delivery;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::json;
use uuid::Uuid;

pub use address::Reach;
pub use client::Client;
pub use delivery::{deliver_always, deliver_due};

use super::actor::Actor;
use super::precondition::{hold, tag};
use super::{App, reason};
use crate::auth::WebhookSecret;
use crate::db::Conn;
use crate::db::audit;
use crate::db::head::current_head;
use crate::db::outbox::{self, Attempt, Delivery, Event, revisions_between};
use crate::db::webhook::{self, Webhook, of_owner};
use crate::domain::policy::{Action, Caller};
use crate::error::{Code, Error, Result};
use crate::text;

/// How many webhooks an account or a client may have.
pub const MAX_WEBHOOKS: usize = 20;
/// How many revisions are told again at a time.
pub const MAX_REPLAYED: i64 = 1_000;
/// For how many hours a secret that was replaced goes on signing beside the new one.
pub const OVERLAP_HOURS: i64 = 24;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 500;
const TEST: &str = "webhook.test";

/// A webhook as its owner sees it, with the tag of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The webhook.
    pub webhook: Webhook,
    /// The entity tag.
    pub etag: String,
}

impl From<Webhook> for Shown {
    fn from(webhook: Webhook) -> Self {
        let etag = tag(&(&webhook.id, webhook.edits));
        Self { webhook, etag }
    }
}

/// What is said of a webhook; what is not said stays.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// Where events are sent.
    pub url: Option<String>,
    /// What its owner says of it.
    pub description: Option<String>,
    /// Whether events are sent.
    pub enabled: Option<bool>,
}

fn owner(caller: &Caller) -> Result<String> {
    caller.subject.clone().ok_or_else(|| Error::internal("a caller without a name manages webhooks"))
}

fn unknown(id: &str) -> Error {
    let detail = text!("Không có webhook “{id}” của bạn.", "You have no webhook “{id}”.");
    Error::parameter(Code::WebhookNotFound, "{id}", detail)
}

/// The caller's own webhook, and nobody else's.
fn own(conn: &mut Conn, owner: &str, id: &str) -> Result<Webhook> {
    webhook::find(conn, id)?.filter(|webhook| webhook.owner == owner).ok_or_else(|| unknown(id))
}

fn description(given: &str) -> Result<String> {
    let read = reason::read("/description", Some(given), false)?.unwrap_or_default();
    if read.chars().count() > MAX_DESCRIPTION {
        let detail = text!(
            "Mô tả dài tối đa {MAX_DESCRIPTION} ký tự.",
            "The description may have at most {MAX_DESCRIPTION} characters."
        );
        return Err(Error::parameter(Code::NotMeaningful, "/description", detail));
    }
    Ok(read)
}

/// The caller's webhooks, the oldest first.
///
/// # Errors
/// What the policy table refuses.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Shown>> {
    let work = {
        let caller = caller.clone();
        move |conn: &mut Conn, _: &_| of_owner(conn, &owner(&caller)?)
    };
    let found = app.store.read(caller, Action::ChangesRead, work).await?;
    Ok(found.into_iter().map(Shown::from).collect())
}

/// One of the caller's webhooks.
///
/// # Errors
/// What the policy table refuses, and `webhookNotFound`.
pub async fn read(app: &App, caller: &Caller, id: &str) -> Result<Shown> {
    let (id, asking) = (id.to_owned(), caller.clone());
    let work = move |conn: &mut Conn, _: &_| own(conn, &owner(&asking)?, &id);
    app.store.read(caller, Action::ChangesRead, work).await.map(Shown::from)
}

/// Makes a webhook, which is told of what is published from now on. Answers it with its secret, which nobody is told again.
///
/// # Errors
/// What the policy table refuses, what is wrong with the address, and `conflict` where the caller has as many as one may.
pub async fn create(app: &App, actor: &Actor, change: &WebhookChange) -> Result<(Shown, WebhookSecret)> {
    let url = address::read(change.url.as_deref().unwrap_or_default(), app.webhooks.reach())?;
    let secret = WebhookSecret::generate()?;
    let id = Uuid::now_v7().simple().to_string();
    let now = actor.instant();
    let mut new = Webhook {
        secret_sealed: app.seal(&id, secret.bytes())?,
        owner: owner(&actor.caller)?,
        id,
        url: url.into(),
        description: description(change.description.as_deref().unwrap_or_default())?,
        enabled: change.enabled.unwrap_or(true),
        disabled_because: None,
        previous: None,
        told_revision: 0,
        edits: 1,
        created_at: now,
        updated_at: now,
    };
    let (caller, actor) = (actor.caller.clone(), actor.clone());
    let work = move |conn: &mut Conn, _: &_| {
        if of_owner(conn, &new.owner)?.len() >= MAX_WEBHOOKS {
            let detail = text!(
                "Mỗi tài khoản có tối đa {MAX_WEBHOOKS} webhook; hãy xóa bớt.",
                "An account has at most {MAX_WEBHOOKS} webhooks; delete one first."
            );
            return Err(Error::new(Code::Conflict, detail));
        }
        new.told_revision = current_head(conn)?.revision;
        webhook::insert(conn, &new)?;
        note(conn, &actor, "createWebhook", &new)?;
        Ok(new)
    };
    let made = app.store.write(&caller, Action::ChangesRead, work).await?;
    Ok((made.into(), secret))
}

/// What the audit trail keeps of a webhook: which, and where it sends.
fn note(conn: &mut Conn, actor: &Actor, action: &str, webhook: &Webhook) -> Result<()> {
    let after = json!({"webhook": webhook.id, "url": webhook.url, "enabled": webhook.enabled}).to_string();
    audit::append(conn, &audit::Entry { after: Some(&after), ..actor.entry(action, "webhook") })
}

/// Which state of a webhook its owner must have seen to do something with it.
enum Seen<'a> {
    /// Whichever there is.
    Any,
    /// The one with the tag that `If-Match` gives.
    Tag(Option<&'a str>),
}

/// Changes one of the caller's webhooks in one transaction, by the tag of the state that they saw where one is needed.
async fn change_own<T: Send + 'static>(
    app: &App,
    actor: &Actor,
    id: &str,
    seen: Seen<'_>,
    work: impl FnOnce(&mut Conn, &Actor, Webhook) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (id, caller, actor) = (id.to_owned(), actor.caller.clone(), actor.clone());
    let (needed, if_match) = match seen {
        Seen::Any => (false, None),
        Seen::Tag(given) => (true, given.map(ToOwned::to_owned)),
    };
    let work = move |conn: &mut Conn, _: &_| {
        let present = Shown::from(own(conn, &owner(&actor.caller)?, &id)?);
        if needed {
            hold(if_match.as_deref(), &present.etag)?;
        }
        work(conn, &actor, present.webhook)
    };
    app.store.write(&caller, Action::ChangesRead, work).await
}

/// Writes a webhook and reads it again.
fn written(conn: &mut Conn, actor: &Actor, action: &str, next: Webhook) -> Result<Shown> {
    let next = Webhook { updated_at: actor.instant(), ..next };
    webhook::write(conn, &next)?;
    note(conn, actor, action, &next)?;
    let id = &next.id;
    webhook::find(conn, id)?.map(Shown::from).ok_or_else(|| unknown(id))
}

/// Changes a webhook. What was published while it was disabled is sent once it is enabled again.
///
/// # Errors
/// What the policy table refuses, `webhookNotFound`, what is wrong with the change, and the precondition's.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: &str,
    change: &WebhookChange,
    if_match: Option<&str>,
) -> Result<Shown> {
    let url = change.url.as_deref().map(|text| address::read(text, app.webhooks.reach())).transpose()?;
    let (said, enabled) = (change.description.as_deref().map(description).transpose()?, change.enabled);
    change_own(app, actor, id, Seen::Tag(if_match), move |conn, actor, present| {
        let next = Webhook {
            url: url.map_or_else(|| present.url.clone(), String::from),
            description: said.unwrap_or_else(|| present.description.clone()),
            enabled: enabled.unwrap_or(present.enabled),
            disabled_because: present.disabled_because.filter(|_| enabled.is_none()),
            ..present.clone()
        };
        if next == present {
            return Ok(present.into());
        }
        if !next.enabled {
            outbox::cancel(conn, &next.id)?;
        }
        written(conn, actor, "changeWebhook", next)
    })
    .await
}

/// Takes a webhook away, with what is still to be sent to it.
///
/// # Errors
/// As [`change`].
pub async fn delete(app: &App, actor: &Actor, id: &str, if_match: Option<&str>) -> Result<()> {
    change_own(app, actor, id, Seen::Tag(if_match), |conn, actor, present| {
        webhook::delete(conn, &present.id)?;
        note(conn, actor, "deleteWebhook", &present)
    })
    .await
}

/// Gives a webhook a new secret. The present one goes on signing beside it for a day, so that a receiver may change over.
///
/// # Errors
/// As [`change`].
pub async fn rotate(app: &App, actor: &Actor, id: &str) -> Result<(Shown, WebhookSecret)> {
    let secret = WebhookSecret::generate()?;
    let sealed = app.seal(id, secret.bytes())?;
    let shown = change_own(app, actor, id, Seen::Any, move |conn, actor, present| {
        let until = actor.instant() + TimeDelta::hours(OVERLAP_HOURS);
        let previous = Some((present.secret_sealed.clone(), until));
        written(conn, actor, "rotateWebhookSecret", Webhook { secret_sealed: sealed, previous, ..present })
    })
    .await?;
    Ok((shown, secret))
}

/// The secrets that sign now, the newest first.
fn secrets(app: &App, webhook: &Webhook, now: NaiveDateTime) -> Result<Vec<WebhookSecret>> {
    let previous = webhook.previous.as_ref().filter(|(_, until)| now < *until).map(|(sealed, _)| sealed);
    let sealed = [Some(&webhook.secret_sealed), previous];
    sealed.into_iter().flatten().map(|sealed| Ok(WebhookSecret::of(app.open(&webhook.id, sealed)?))).collect()
}

fn ensure_enabled(webhook: &Webhook) -> Result<()> {
    if webhook.enabled {
        return Ok(());
    }
    let detail = text!("Webhook đang tắt; hãy bật lại trước.", "The webhook is disabled; enable it first.");
    Err(Error::new(Code::Conflict, detail))
}

/// Sends a test event, in turn with everything else.
///
/// # Errors
/// As [`change`], and `conflict` where the webhook is disabled.
pub async fn test(app: &App, actor: &Actor, id: &str) -> Result<String> {
    change_own(app, actor, id, Seen::Any, |conn, actor, present| {
        ensure_enabled(&present)?;
        let message = format!("test_{}", Uuid::now_v7().simple());
        let payload = json!({
            "type": TEST,
            "timestamp": delivery::instant(actor.instant()),
            "data": {"webhook": present.id},
        });
        let event = Event { message: message.clone(), event: TEST, revision: None, payload: payload.to_string() };
        outbox::enqueue(conn, &present.id, &[event], actor.instant())?;
        Ok(message)
    })
    .await
}

/// Tells a webhook again of every revision behind one, under the same ids as before. Answers how many there are.
///
/// # Errors
/// As [`test`], and `notMeaningful` where there is no such revision, or there are too many behind it.
pub async fn replay(app: &App, actor: &Actor, id: &str, after: i64) -> Result<usize> {
    let public_url = app.public_url.clone();
    change_own(app, actor, id, Seen::Any, move |conn, actor, present| {
        ensure_enabled(&present)?;
        let head = current_head(conn)?;
        let refuse = |detail| Err(Error::parameter(Code::NotMeaningful, "/after", detail));
        // What was not told at all is told in its turn.
        let (until, latest) = (present.told_revision, head.revision);
        if after < 0 || after > latest {
            return refuse(text!(
                "after là một lần công bố, từ 0 đến {latest}.",
                "after is a revision, from 0 to {latest}."
            ));
        }
        if until - after > MAX_REPLAYED {
            return refuse(text!(
                "Mỗi lần gửi lại tối đa {MAX_REPLAYED} lần công bố; hãy đọc /changes cho phần cũ hơn.",
                "At most {MAX_REPLAYED} revisions are told again at a time; read /changes for what is older."
            ));
        }
        let told = revisions_between(conn, after, until, MAX_REPLAYED)?;
        let events: Vec<_> = told.iter().map(|told| delivery::event(&public_url, &head.epoch, told)).collect();
        outbox::enqueue(conn, &present.id, &events, actor.instant())?;
        note(conn, actor, "replayWebhook", &present)?;
        Ok(events.len())
    })
    .await
}

/// What was or is to be sent to one of the caller's webhooks, the newest first, each with its attempts, behind a delivery.
/// Answers too whether there is more.
///
/// # Errors
/// As [`read`].
pub async fn deliveries(
    app: &App,
    caller: &Caller,
    id: &str,
    before: Option<i64>,
    limit: usize,
) -> Result<(Vec<(Delivery, Vec<Attempt>)>, bool)> {
    let (id, asking) = (id.to_owned(), caller.clone());
    let work = move |conn: &mut Conn, _: &_| {
        let webhook = own(conn, &owner(&asking)?, &id)?;
        let most = i64::try_from(limit).map_err(Error::internal)?;
        let mut found = outbox::of_webhook(conn, &webhook.id, before, most + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let ids: Vec<_> = found.iter().map(|delivery| delivery.id).collect();
        let mut attempts = outbox::attempts(conn, &ids)?;
        let with_attempts = |delivery: Delivery| {
            let own = attempts.extract_if(.., |(of, _)| *of == delivery.id).map(|(_, attempt)| attempt).collect();
            (delivery, own)
        };
        Ok((found.into_iter().map(with_attempts).collect(), more))
    };
    app.store.read(caller, Action::ChangesRead, work).await
}
