//! Delivering: revisions become deliveries, whoever is free takes what is due, sends it, and notes what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Semaphore;
use url::Url;

use super::client::{Answer, Message};
use super::secrets;
use crate::db::Conn;
use crate::db::head::{Head, current_head};
use crate::db::outbox::{self, Attempt, Delivery, Event, Outcome, Revision};
use crate::db::webhook::{self, Webhook};
use crate::domain::policy::Action;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause, Fault, pause};
use crate::error::{Error, Result};
use crate::service::App;

/// Deliveries that a replica sends at a time, one a webhook: a receiver that is slow delays nobody but itself.
const AT_A_TIME: usize = 16;
/// How long whoever took a delivery may be sending it; after that it is taken for lost and taken again.
const LEASE_SECONDS: i64 = 60;
/// Revisions that become deliveries in one transaction.
const REVISIONS_AT_A_TIME: i64 = 500;
/// How often a replica looks for what is due.
const LOOK: Duration = Duration::from_secs(1);
/// How long what is over is remembered.
const REMEMBERED_DAYS: i64 = 30;
/// How many looks lie between two times of forgetting.
const FORGET_EVERY: u32 = 3_600;
/// The type of the event that a revision was published.
pub(super) const REVISION_PUBLISHED: &str = "revision.published";

pub(super) fn instant(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The event that tells of a revision. It is thin: whoever is told reads the feed.
pub(super) fn event(public_url: &str, epoch: &str, told: &Revision) -> Event {
    let Revision { revision, kind, published_at } = told;
    let changes = format!("{public_url}/api/v1/changes?after={epoch}.{}", revision - 1);
    let at = instant(*published_at);
    let payload = json!({
        "type": REVISION_PUBLISHED,
        "timestamp": at,
        "data": {"epoch": epoch, "revision": revision, "kind": kind, "changes": changes},
    });
    Event {
        message: format!("revision_{epoch}_{revision}"),
        event: REVISION_PUBLISHED,
        revision: Some(*revision),
        payload: payload.to_string(),
    }
}

/// Makes deliveries of the revisions that enabled webhooks were not told of. Answers whether there is more.
fn fan_out(conn: &mut Conn, public_url: &str, now: NaiveDateTime) -> Result<bool> {
    let Head { epoch, revision: head, .. } = current_head(conn)?;
    let mut more = false;
    for webhook in webhook::untold(conn, head)? {
        // After a restore the head may be behind what was told.
        let untold = outbox::revisions_between(conn, webhook.told_revision, head, REVISIONS_AT_A_TIME)?;
        let told = untold.last().map_or(head, |last| last.revision);
        // Whoever else does the same at this moment has made them.
        if webhook::note_told(conn, &webhook, told)? {
            let events: Vec<_> = untold.iter().map(|revision| event(public_url, &epoch, revision)).collect();
            outbox::enqueue(conn, &webhook.id, &events, now)?;
        }
        more |= told < head;
    }
    Ok(more)
}

/// Takes what is due, at most so much, once the revisions that were published are in it.
async fn take(app: &App, most: usize) -> Result<Vec<Delivery>> {
    let now = app.clock.now().naive_utc();
    let idle = app.store.read_as_service(move |conn| {
        let head = current_head(conn)?.revision;
        Ok(webhook::untold(conn, head)?.is_empty() && !outbox::is_due(conn, now)?)
    });
    if most == 0 || idle.await? {
        return Ok(Vec::new());
    }
    let (public_url, limit) = (app.public_url.clone(), i64::try_from(most).unwrap_or(1));
    let lease = now + TimeDelta::seconds(LEASE_SECONDS);
    app.store
        .write_as_service(move |conn| {
            while fan_out(conn, &public_url, now)? {}
            outbox::claim(conn, now, lease, limit)
        })
        .await
}

/// What came of one attempt.
struct Sent {
    at: DateTime<Utc>,
    milliseconds: i64,
    answer: Result<Answer, Fault>,
}

async fn send(app: &App, webhook: &Webhook, delivery: &Delivery) -> Result<Sent> {
    let (at, began) = (app.clock.now(), Instant::now());
    let signatures: Vec<_> = secrets(app, webhook, at.naive_utc())?
        .iter()
        .map(|secret| secret.sign(&delivery.message, at.timestamp(), &delivery.payload))
        .collect();
    let url = Url::parse(&webhook.url).map_err(Error::internal)?;
    let (timestamp, signature) = (at.timestamp(), signatures.join(" "));
    let message = Message { id: &delivery.message, timestamp, signature: &signature, body: &delivery.payload };
    let answer = app.webhooks.send(&url, &message).await;
    let milliseconds = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Sent { at, milliseconds, answer })
}

/// Sends one delivery that was taken, and notes what came of it.
async fn deliver(app: &App, delivery: Delivery) -> Result<()> {
    let id = delivery.webhook.clone();
    let Some(webhook) = app.store.read_as_service(move |conn| webhook::find(conn, &id)).await? else { return Ok(()) };
    if !webhook.enabled {
        return app.store.write_as_service(move |conn| outbox::cancel(conn, &webhook.id)).await;
    }
    if !app.authenticator.may_still(&webhook.owner, Action::ChangesRead) {
        return app.store.write_as_service(move |conn| disable(conn, webhook, DisabledBecause::Owner)).await;
    }
    let Sent { at, milliseconds, answer } = send(app, &webhook, &delivery).await?;
    let now = app.clock.now().naive_utc();
    let failures = usize::try_from(delivery.attempts).unwrap_or_default() + 1;
    let (status, asked) = answer.as_ref().map_or((0, None), |answer| (answer.status, answer.retry_after));
    let asked = asked.unwrap_or_default() * 1_000;
    let next = pause(failures, rand::random()).map(|pause| now + TimeDelta::milliseconds(pause.max(asked)));
    let (outcome, because) = match (status, next) {
        (200..=299, _) => (Outcome { status: DeliveryStatus::Delivered, due_at: now }, None),
        (410, _) => (Outcome { status: DeliveryStatus::Cancelled, due_at: now }, Some(DisabledBecause::Gone)),
        (_, Some(due_at)) => (Outcome { status: DeliveryStatus::Pending, due_at }, None),
        (_, None) => (Outcome { status: DeliveryStatus::Failed, due_at: now }, Some(DisabledBecause::Failing)),
    };
    app.counts
        .webhooks
        .add(if outcome.status == DeliveryStatus::Pending { "putOff" } else { outcome.status.as_str() }, 1);
    tracing::info!(webhook = %webhook.id, message = %delivery.message, status, outcome = outcome.status.as_str(), "webhook sent");
    let attempt = Attempt {
        at: at.naive_utc(),
        milliseconds,
        status_code: answer.as_ref().ok().map(|answer| i32::from(answer.status)),
        fault: answer.as_ref().err().map(|fault| fault.as_str().to_owned()),
        answer: answer.map(|answer| answer.excerpt).unwrap_or_default(),
    };
    app.store
        .write_as_service(move |conn| {
            outbox::record(conn, delivery.id, &attempt, outcome)?;
            because.map_or(Ok(()), |because| disable(conn, webhook, because))
        })
        .await
}

/// Disables a webhook as it is by now, and gives up what is still to be sent to it.
fn disable(conn: &mut Conn, webhook: Webhook, because: DisabledBecause) -> Result<()> {
    outbox::cancel(conn, &webhook.id)?;
    let Some(present) = webhook::find(conn, &webhook.id)? else { return Ok(()) };
    tracing::warn!(webhook = %present.id, because = because.as_str(), "webhook disabled");
    webhook::write(conn, &Webhook { enabled: false, disabled_because: Some(because), ..present })
}

/// Sends everything that is due by now, once, and waits until that is done. Answers how much it was.
///
/// # Errors
/// Where the database is away; what was taken is taken again when its lease is over.
pub async fn deliver_due(app: &App) -> Result<usize> {
    let taken = take(app, AT_A_TIME).await?;
    let count = taken.len();
    let done = join_all(taken.into_iter().map(|delivery| deliver(app, delivery))).await;
    done.into_iter().collect::<Result<Vec<()>>>().map(|_| count)
}

/// Sends what is due for as long as the service runs.
pub async fn deliver_always(app: Arc<App>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut looks = 0_u32;
    loop {
        tokio::time::sleep(LOOK).await;
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(FORGET_EVERY) {
            let before = app.clock.now().naive_utc() - TimeDelta::days(REMEMBERED_DAYS);
            report(app.store.write_as_service(move |conn| outbox::forget(conn, before, 10_000)).await.map(drop));
        }
        let taken = match take(&app, places.available_permits()).await {
            Ok(taken) => taken,
            Err(error) => {
                report(Err(error));
                continue;
            }
        };
        for delivery in taken {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                let _place = place;
                report(deliver(&app, delivery).await);
            });
        }
    }
}

/// What failed for now is tried again; the log knows.
fn report(done: Result<()>) {
    if let Err(error) = done {
        tracing::warn!(error = %error, causes = error.causes(), "webhooks are not delivered for now");
    }
}
