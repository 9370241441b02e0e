//! What those who run the service ask, at an address of its own that is not open to the public: metrics, and health.

use std::sync::{Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data};
use actix_web::{App as ActixApp, HttpResponse};

use super::Shared;
use super::context::{Context, endpoint, route_not_found};
use super::service::{self, plain};
use crate::error::{Error, Result};
use crate::service::App;
use crate::telemetry::metrics::{MEDIA_TYPE, Page, Reading};

/// The page of metrics of one server.
#[derive(Debug)]
pub struct Exposition(Page);

impl Exposition {
    /// Shows what is counted anywhere in the service.
    #[must_use]
    pub fn new(shared: &Shared) -> Self {
        let mut page = Page::default();
        page.requests(&shared.edge.requests);
        let help = "Requests that were refused because those before them wait too long";
        page.counter("danbiet_requests_shed", help, &shared.edge.shed);
        let app = &shared.app;
        let counts = &app.counts;
        page.by_word("danbiet_sign_ins", "Attempts to sign in, by what came of them", &counts.sign_ins);
        page.by_word("danbiet_tokens", "Tokens that clients asked for, by what came of it", &counts.tokens);
        page.by_word("danbiet_imports", "Files sent for import, by what came of them", &counts.imports);
        page.by_word("danbiet_webhooks", "Attempts to deliver webhooks, by what came of them", &counts.webhooks);
        let help = "Revisions that this replica came to serve since its start, by kind";
        page.by_word("danbiet_revisions_served", help, &app.snapshots.progress.revisions);
        let answers = &shared.answers;
        page.counter("danbiet_answers_reused", "Answers that had been made before", &answers.found);
        page.counter("danbiet_answers_made", "Answers that had to be made", &answers.missed);
        let meter = app.store.meter();
        page.durations("db_client_connection_wait_time", "Time to obtain a connection", &meter.waited);
        let help = "Time that a connection was lent for a transaction that reads";
        page.durations("danbiet_transaction_read", help, &meter.read);
        let help = "Time that a connection was lent for a transaction that writes";
        page.durations("danbiet_transaction_write", help, &meter.written);
        page.counter("db_client_connection_timeouts", "Requests that got no connection", &meter.refused);
        let help = "Statements that took longer than DANBIET_SLOW_STATEMENT";
        page.counter("danbiet_slow_statements", help, app.store.slow_statements());
        let (app, answers, edge, snapshot) = (app.clone(), answers.clone(), shared.edge.clone(), Measured::default());
        let began =
            Reading::gauge("process_start_time", "When this server began", float(app.clock.unix())).of("seconds");
        page.readings(move || {
            let mut readings = snapshot.readings(&app);
            readings.push(
                Reading::gauge("danbiet_answers_kept", "Finished answers that are kept", float(answers.bytes()))
                    .of("bytes"),
            );
            let help = "Connections of those who listen";
            readings.push(Reading::gauge("danbiet_listeners", help, float(edge.listening())));
            readings.extend(connections(&app));
            readings.extend(process());
            readings.push(began.clone());
            readings
        });
        Self(page)
    }

    /// The page as text.
    ///
    /// # Errors
    /// Where a number cannot be written.
    pub fn text(&self) -> Result<String> {
        self.0.text().map_err(Error::internal)
    }
}

/// Counts are far below 2^53, from where on not every one has a floating-point number of its own.
fn float(count: impl TryInto<u32>) -> f64 {
    count.try_into().map_or(f64::INFINITY, f64::from)
}

/// The size of a snapshot, which costs a walk over it, as it was counted last: another revision is another snapshot.
#[derive(Debug, Default)]
struct Measured(Mutex<Option<(String, i64, usize, usize)>>);

impl Measured {
    fn size(&self, app: &App) -> (i64, usize, usize) {
        let snapshot = app.snapshots.of_service();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((epoch, revision, figures, bytes)) = &*known
            && (epoch, *revision) == (&snapshot.epoch, snapshot.revision)
        {
            return (*revision, *figures, *bytes);
        }
        let (figures, bytes) = (snapshot.figure_count(), snapshot.bytes());
        *known = Some((snapshot.epoch.clone(), snapshot.revision, figures, bytes));
        (snapshot.revision, figures, bytes)
    }

    fn readings(&self, app: &App) -> Vec<Reading> {
        let (revision, figures, bytes) = self.size(app);
        let (confirmed, loaded) = app.snapshots.progress.ages();
        vec![
            Reading::gauge("danbiet_snapshot_revision", "The revision that is served", float(revision)),
            Reading::gauge("danbiet_snapshot_figures", "Published figures that are served", float(figures)),
            Reading::gauge("danbiet_snapshot_size", "About what the figures take in memory", float(bytes)).of("bytes"),
            Reading::gauge("danbiet_snapshot_age", "Since the snapshot was loaded", loaded.as_secs_f64()).of("seconds"),
            Reading::gauge(
                "danbiet_snapshot_unconfirmed",
                "Since the database last said that the snapshot is the newest",
                confirmed.as_secs_f64(),
            )
            .of("seconds"),
            Reading::gauge(
                "danbiet_following",
                "Whether the last attempt to follow the database succeeded",
                f64::from(u8::from(app.is_following())),
            ),
        ]
    }
}

fn connections(app: &App) -> [Reading; 3] {
    let connections = app.store.connections();
    let by_state = vec![("used", f64::from(connections.used)), ("idle", f64::from(connections.idle))];
    [
        Reading::gauge("db_client_connection_count", "Connections to the database", 0.0)
            .by("db_client_connection_state", by_state),
        Reading::gauge("db_client_connection_max", "The most connections", f64::from(connections.most)),
        Reading::gauge(
            "db_client_connection_pending_requests",
            "Requests that wait for a connection",
            f64::from(connections.pending),
        ),
    ]
}

/// What the kernel says of this process, where it has a /proc.
fn process() -> Option<Reading> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u32 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let bytes = f64::from(kibibytes) * 1_024.0;
    Some(Reading::gauge("process_resident_memory", "Resident memory", bytes).of("bytes"))
}

async fn metrics(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let page = context.request.app_data::<Data<Exposition>>().ok_or_else(|| Error::internal("no page of metrics"))?;
    let mut response = HttpResponse::Ok();
    response.content_type(MEDIA_TYPE).insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(page.text()?))
}

/// The routes of the inner address.
pub fn inner(
    shared: Shared,
    page: Data<Exposition>,
) -> ActixApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    ActixApp::new()
        .app_data(shared.app)
        .app_data(shared.draining)
        .app_data(page)
        .route("/metrics", web::get().to(endpoint(metrics)))
        .route("/health/live", web::get().to(endpoint(service::live)))
        .route("/health/ready", web::get().to(endpoint(service::ready)))
        .default_service(web::to(route_not_found))
}
