//! The HTTP server: limits, background work, and an orderly end.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::web::Data;

use crate::config::EdgeConfig;
use crate::graphql::{Introspection, schema};
use crate::http::{Answers, Draining, Edge, Exposition, Shared, application, inner};
use crate::service::App;
use crate::service::webhook::deliver_always;

/// How often a replica looks whether another published or changed rights.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// Between ready turning off and the listener closing, so that a balancer notices.
const NOTICE: Duration = Duration::from_secs(1);
/// For requests under way at the end.
const SHUTDOWN_SECONDS: u64 = 30;
const WORKERS: usize = 4;

/// What an operator may set about serving.
#[derive(Debug, Default)]
pub struct Options {
    /// MiB of finished answers to keep.
    pub answer_store: u64,
    /// Whether the GraphQL schema describes itself.
    pub introspection: Introspection,
    /// Where metrics and health are had by those who run the service.
    pub inner: Option<TcpListener>,
    /// What stands before every request.
    pub edge: EdgeConfig,
}

/// Serves until told to stop (SIGTERM or SIGINT).
///
/// # Errors
/// Where the listener cannot be used.
pub async fn serve(listener: TcpListener, app: Data<App>, options: Options) -> std::io::Result<()> {
    let (answers, draining) = (Data::new(Answers::holding(options.answer_store)), Data::new(Draining::default()));
    let schema = Data::new(schema(options.introspection));
    let workers = std::thread::available_parallelism().map_or(WORKERS, |cores| cores.get().min(WORKERS));
    let follower = tokio::spawn(follow(app.clone()));
    let deliverer = tokio::spawn(deliver_always(app.clone().into_inner()));
    let connections = options.edge.connections.div_ceil(workers);
    let shared = Shared { app, answers, schema, draining: draining.clone(), edge: Data::new(Edge::new(options.edge)) };
    let beside = options.inner.map(|listener| beside(listener, &shared)).transpose()?;
    let server = HttpServer::new(move || application(shared.clone()))
        .workers(workers)
        .client_request_timeout(Duration::from_secs(5))
        .client_disconnect_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .max_connections(connections)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let stopper = tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: finishing the requests under way");
        draining.begin();
        tokio::time::sleep(NOTICE).await;
        handle.stop(true).await;
    });
    let served = server.await;
    follower.abort();
    deliverer.abort();
    stopper.abort();
    if let Some(beside) = beside {
        beside.abort();
    }
    served
}

/// Serves the inner address until the end, so that it can be seen how the service ends.
fn beside(listener: TcpListener, shared: &Shared) -> std::io::Result<tokio::task::JoinHandle<std::io::Result<()>>> {
    let (shared, page) = (shared.clone(), Data::new(Exposition::new(shared)));
    let server = HttpServer::new(move || inner(shared.clone(), page.clone()))
        .workers(1)
        .client_request_timeout(Duration::from_secs(5))
        .max_connections(64)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(tokio::spawn(server))
}

async fn follow(app: Data<App>) {
    let mut away = false;
    loop {
        tokio::time::sleep(FOLLOW_EVERY).await;
        match app.follow().await {
            Ok(()) if away => {
                tracing::info!("following the database again");
                away = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !away {
                    tracing::warn!(error = %error, cause = %error.causes(), "cannot follow the database; serving what is loaded");
                }
                away = true;
            }
        }
    }
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
