//! `danbiet demo`: a folder, nothing else.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use actix_web::web::Data;

use super::{Outcome, options, print, settings};
use crate::auth::random_token;
use crate::clock::Clock;
use crate::config::{Flags, SealingKey, config, environment};
use crate::db::Store;
use crate::db::pool::Target;
use crate::service::{App, demo};
use crate::{server, telemetry};

/// Serves the demonstration from a folder, on loopback only.
pub(super) fn run(flags: &Flags, data: &Path, real_only: bool) -> Outcome {
    let mut config = config(flags, environment, SealingKey::Optional)?;
    telemetry::start(&config.log)?;
    if !config.listen.ip().is_loopback() {
        return Err("the demonstration listens on loopback only; use serve".into());
    }
    std::fs::create_dir_all(data)?;
    let store = Store::new(Target::Sqlite(data.join("danbiet.db")), true, config.database_pool);
    store.log_slow_statements(config.observe.slow_statement);
    let _exporting = config.observe.traces.as_deref().map(telemetry::trace::start).transpose()?;
    let listener = TcpListener::bind(config.listen)?;
    let address = listener.local_addr()?;
    let mut settings = settings(&config, key(&data.join("danbiet.key"))?);
    if flags.issuer.is_none() && environment("DANBIET_ISSUER").is_none() {
        // Clients find the service by its issuer, so that must be where it listens.
        settings.issuer.issuer = base(address);
    }
    let app = App::build(store, Clock::System, &settings)?;
    let password = match environment("DANBIET_DEMO_PASSWORD") {
        Some(password) => password,
        None => random_token()?.chars().take(20).collect(),
    };
    demo::fill(&app, real_only)?;
    let made = demo::accounts(&app, &password)?;
    let client = demo::client(&app)?;
    // Two demonstrations on one machine must not be in each other's way, and nobody needs to be kept from this one: some
    // defaults are for `serve` alone.
    let asked = |variable: &str| flags.get(variable).is_some() || environment(variable).is_some();
    config.edge = config.edge.limited_where(asked);
    let inner = config.observe.metrics_listen.filter(|_| asked("DANBIET_METRICS_LISTEN"));
    let options = options(&config, inner)?;
    let system = actix_web::rt::System::new();
    let app = Data::new(app);
    system.block_on(app.follow())?;
    introduce(address, made.then_some(password.as_str()))?;
    introduce_client(address, client)?;
    system.block_on(server::serve(listener, app, options))?;
    Ok(())
}

/// The key that seals the signing keys, made at the first start and kept beside the database, for its owner only.
fn key(path: &Path) -> std::io::Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = vec![0_u8; 32];
            getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

fn base(address: SocketAddr) -> String {
    let host = if address.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

/// Tells how another agency's system gets a token; its secret is told at the first start only.
fn introduce_client(address: SocketAddr, client: Option<(String, String)>) -> Outcome {
    let Some((id, secret)) = client else { return Ok(()) };
    let base = base(address);
    print(&format!(
        "\nclient of an agency: client_id {id} client_secret {secret}\n\
         AGENCY=$(curl -s {base}/oauth/token -u {id}:{secret} -d grant_type=client_credentials \\\n  \
           | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')\n\
         curl -s -H \"Authorization: Bearer $AGENCY\" '{base}/api/v1/aggregates?area=222&indicator=online_submission_rate&quarter=2024-Q1'"
    ))
}

fn introduce(address: SocketAddr, password: Option<&str>) -> Outcome {
    let base = base(address);
    let shown = password.unwrap_or("the password of the first start");
    let secret = password.unwrap_or("PASSWORD");
    print(&format!(
        "danbiet serves at {base}\n\
         accounts: viewer, ward_officer, ward_leader, town_officer, admin; password: {shown}\n\n\
         TOKEN=$(curl -s {base}/api/v1/sessions -H 'Content-Type: application/json' \\\n  \
           -d '{{\"username\":\"viewer\",\"password\":\"{secret}\"}}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\).*/\\1/')\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/api/v1/aggregates?area=07792&indicator=online_submission_rate&quarter=2024-Q1'\n\
         curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/api/v1/wards/07792/reports/2024-Q1'"
    ))
}
