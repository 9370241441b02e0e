//! The servers that are compared: the release binary's demonstration, and a static route of actix-web.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::client::{ask, request};
use crate::works::Work;

/// With this first argument the benchmark's own binary serves static bodies.
pub const STATIC_MODE: &str = "--serve-static";
const PASSWORD: &str = "a password for the benchmark";
const SECRET: &[u8] = b"a secret that is shared by the two halves of a benchmark";
const PATIENCE: Duration = Duration::from_mins(1);

/// How many MiB of finished answers a server keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The default.
    Eight,
    /// Fewer than the answers to one work's requests.
    One,
    /// None, and no computed values either.
    Nothing,
}

impl Store {
    const fn mebibytes(self) -> &'static str {
        match self {
            Self::Eight => "8",
            Self::One => "1",
            Self::Nothing => "0",
        }
    }
}

pub struct Running {
    process: Child,
    pub address: SocketAddr,
    pub milliseconds_to_ready: f64,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The demonstration must end by itself, so that the next start finds a database that was closed.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

impl Running {
    pub fn demo(folder: &Path, store: Store) -> Self {
        let address = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_danbiet"));
        command.args(["demo", "--listen", &address.to_string(), "--data"]).arg(folder);
        command.args(["--answer-store", store.mebibytes(), "--log-filter", "warn"]);
        // One token serves at all of them.
        command.args(["--issuer", "http://bench.example"]);
        command.env("DANBIET_DEMO_PASSWORD", PASSWORD);
        Self::start(command, address, &request("GET", "/health/ready", &[], None))
    }

    /// A route of actix-web and nothing else, with a body of each work's size.
    pub fn fixed(works: &[Work]) -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.arg(STATIC_MODE).arg(address.to_string()).args(works.iter().map(|work| work.bytes.to_string()));
        Self::start(command, address, &request("GET", "/static/0", &[], None))
    }

    fn start(mut command: Command, address: SocketAddr, probe: &[u8]) -> Self {
        let started = Instant::now();
        let process = command.stdout(Stdio::null()).spawn().expect("the server starts");
        let mut running = Self { process, address, milliseconds_to_ready: 0.0 };
        while ask(address, probe).is_none_or(|answer| answer.status != 200) {
            assert!(started.elapsed() < PATIENCE, "the server does not get ready");
            std::thread::sleep(Duration::from_millis(1));
        }
        running.milliseconds_to_ready = started.elapsed().as_secs_f64() * 1_000.0;
        running
    }

    pub fn sign_in(&self) -> String {
        let body = json!({"username": "viewer", "password": PASSWORD}).to_string();
        let answer = ask(self.address, &request("POST", "/api/v1/sessions", &[], Some(&body))).expect("an answer");
        let pair: Value = serde_json::from_slice(&answer.body).expect("a pair of tokens");
        pair["accessToken"].as_str().expect("an access token").to_owned()
    }

    /// CPU time that the kernel has booked on the server's threads.
    pub fn cpu_microseconds(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("the server runs");
        let nanoseconds = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        nanoseconds.sum::<u64>() as f64 / 1_000.0
    }

    pub fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("the server runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        let kibibytes: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
        kibibytes / 1_024.0
    }
}

/// A token of the kind that the static route checks.
pub fn static_token() -> String {
    let claims = json!({"sub": "benchmark", "exp": 4_102_444_800_u64});
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET)).expect("a token")
}

#[derive(Clone)]
struct Fixed {
    bodies: Arc<HashMap<usize, Bytes>>,
    key: DecodingKey,
}

async fn unchecked(fixed: Data<Fixed>, size: web::Path<usize>) -> HttpResponse {
    let body = fixed.bodies.get(&size).cloned().unwrap_or_default();
    HttpResponse::Ok().content_type("application/json").body(body)
}

async fn checked(fixed: Data<Fixed>, size: web::Path<usize>, request: HttpRequest) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    match jsonwebtoken::decode::<Value>(token, &fixed.key, &Validation::new(Algorithm::HS256)) {
        Ok(_) => unchecked(fixed, size).await,
        Err(_) => HttpResponse::Unauthorized().finish(),
    }
}

/// Serves bodies of the given sizes until it is killed, with as many workers as the service has.
pub fn serve_static(arguments: &[String]) {
    let address: SocketAddr = arguments[0].parse().expect("an address");
    let sizes = arguments[1..].iter().map(|text| text.parse::<usize>().expect("a size"));
    let bodies = sizes.map(|size| (size, Bytes::from(vec![b'1'; size]))).collect();
    let fixed = Fixed { bodies: Arc::new(bodies), key: DecodingKey::from_secret(SECRET) };
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().min(4));
    let serve = async move {
        HttpServer::new(move || {
            App::new()
                .app_data(Data::new(fixed.clone()))
                .route("/static/{size}", web::get().to(unchecked))
                .route("/checked/{size}", web::get().to(checked))
        })
        .workers(workers)
        .bind(address)?
        .run()
        .await
    };
    actix_web::rt::System::new().block_on(serve).expect("the static server");
}
