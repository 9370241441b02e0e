//! The real service over a database of its own, called in process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use danbiet::auth::Issuer;
use danbiet::clock::Clock;
use danbiet::db::account::{Account, find_by_username};
use danbiet::db::pool::Target;
use danbiet::db::{Conn, Store};
use danbiet::domain::policy::Role;
use danbiet::error::Error;
use danbiet::graphql::{Introspection, Schema, schema};
use danbiet::http::{Answers, Draining, Edge, Shared, application};
use danbiet::service::account::{NewAccount, add};
use danbiet::service::import::{Format, ImportReport, Mode, import_as};
use danbiet::service::webhook::Reach;
use danbiet::service::{App, Settings, demo, published};
use diesel::{Connection as _, RunQueryDsl as _};
use serde_json::Value;

pub const PASSWORD: &str = "correct horse battery staple";
pub const ISSUER: &str = "https://danbiet.test";
pub const AUDIENCE: &str = "danbiet";
pub const KEY: [u8; 32] = [42; 32];

/// As many as people write at once in any test: who waits for a connection longer than the service does is refused.
const CONNECTIONS: u32 = 8;

/// Noon of 20 November 2026 in Vietnam.
pub fn now() -> DateTime<Utc> {
    "2026-11-20T05:00:00Z".parse().unwrap()
}

/// Numbers the databases of this run.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database that goes away with the test.
pub enum Database {
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    /// On the server at `DANBIET_TEST_POSTGRES` (a URL without a database), else a SQLite file.
    pub fn new() -> Self {
        let Ok(server) = std::env::var("DANBIET_TEST_POSTGRES") else {
            return Self::Sqlite(tempfile::tempdir().unwrap());
        };
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(&server, &format!("CREATE DATABASE {name}"));
        Self::Postgres { server, name }
    }

    pub fn target(&self) -> Target {
        match self {
            Self::Sqlite(folder) => Target::Sqlite(folder.path().join("danbiet.db")),
            Self::Postgres { server, name } => {
                Target::parse(&server.replace("/postgres", &format!("/{name}"))).unwrap()
            }
        }
    }
}

impl Database {
    /// Takes the database away from whoever uses it: the file is elsewhere, or the server ends every connection and
    /// takes no other.
    pub fn take_away(&self) {
        match self {
            Self::Sqlite(folder) => {
                std::fs::rename(folder.path().join("danbiet.db"), folder.path().join("away.db")).unwrap();
            }
            Self::Postgres { server, name } => {
                administer(server, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
                let sessions = format!("FROM pg_stat_activity WHERE datname = '{name}'");
                administer(server, &format!("SELECT pg_terminate_backend(pid, 5000) {sessions}"));
            }
        }
    }

    pub fn bring_back(&self) {
        match self {
            Self::Sqlite(folder) => {
                std::fs::rename(folder.path().join("away.db"), folder.path().join("danbiet.db")).unwrap();
            }
            Self::Postgres { server, name } => {
                administer(server, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"));
            }
        }
    }

    pub fn connect(&self) -> Conn {
        match self.target() {
            Target::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                diesel::sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn).unwrap();
                Conn::Sqlite(conn)
            }
            Target::Postgres(url) => Conn::Postgres(diesel::PgConnection::establish(&url).unwrap()),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            administer(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn administer(server: &str, statement: &str) {
    let mut conn = diesel::PgConnection::establish(server).unwrap();
    diesel::sql_query(statement).execute(&mut conn).unwrap();
}

pub struct TestApp {
    pub app: Data<App>,
    pub clock: Clock,
    pub schema: Data<Schema>,
    answers: Data<Answers>,
    pub edge: Data<Edge>,
    pub database: Arc<Database>,
}

pub struct Answer {
    pub status: u16,
    pub headers: actix_web::http::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The codes of a GraphQL answer's errors.
    pub fn codes(&self) -> Vec<String> {
        let answer = self.json();
        let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Status and problem code, in one word to compare.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.json()["code"].as_str().unwrap_or_default())
    }
}

impl TestApp {
    /// Only the real report.
    pub async fn real() -> Self {
        Self::build(Some(true)).await
    }

    /// The real report and its synthetic neighbours.
    pub async fn demo() -> Self {
        Self::build(Some(false)).await
    }

    /// No report at all.
    pub async fn empty() -> Self {
        Self::build(None).await
    }

    async fn build(real_only: Option<bool>) -> Self {
        let database = Arc::new(Database::new());
        let clock = Clock::fixed(now());
        let app = Self::replica(&database, clock.clone());
        if let Some(real_only) = real_only {
            demo::fill(&app, real_only).unwrap();
        }
        assert!(demo::accounts(&app, PASSWORD).unwrap());
        app.follow().await.unwrap();
        let (app, answers, edge) = (Data::new(app), Data::new(Answers::holding(8)), Data::new(Edge::default()));
        Self { app, clock, schema: Data::new(schema(Introspection::On)), answers, edge, database }
    }

    pub fn replica(database: &Database, clock: Clock) -> App {
        Self::issuing(database, clock, (ISSUER, AUDIENCE), Reach::Private)
    }

    /// A replica that sends webhooks as far as that.
    pub fn reaching(&self, reach: Reach) -> Self {
        let app = Self::issuing(&self.database, self.clock.clone(), (ISSUER, AUDIENCE), reach);
        Self { app: Data::new(app), ..self.another() }
    }

    fn issuing(database: &Database, clock: Clock, (issuer, audience): (&str, &str), webhook_reach: Reach) -> App {
        let issuer = Issuer { issuer: issuer.to_owned(), audience: audience.to_owned(), lifetime: 600 };
        let settings = Settings { issuer, key_encryption_key: KEY.to_vec(), remembered_values: 1_000, webhook_reach };
        App::build(Store::new(database.target(), true, CONNECTIONS), clock, &settings).unwrap()
    }

    /// A token of an account, signed without the throttled sign-in.
    pub fn token_of(&self, username: &str) -> String {
        let account = self.account(username);
        let new = danbiet::auth::NewToken { subject: &account.id, role: account.role, session: "test" };
        self.app.authenticator.issue(&new, self.clock.unix()).unwrap().0
    }

    /// A client of an agency that owns indicators within areas; answers its id and its secret.
    pub async fn agency(&self, scopes: &[&str], areas: &[&str], indicators: &[&str]) -> (String, String) {
        use danbiet::service::client::{NewClient, NewSecret, add, as_command};
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let name = format!("agency {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let new = NewClient { name, scopes: owned(scopes), areas: owned(areas), indicators: owned(indicators) };
        let work = |conn: &mut Conn, actor: &_| add(conn, actor, &new, NewSecret::default());
        let (view, secret) = as_command(&self.app.store, self.clock.now(), work).unwrap();
        self.app.follow().await.unwrap();
        (view.client.id, secret.secret)
    }

    /// What the token endpoint answers a form, with HTTP Basic or without.
    pub async fn token_endpoint(&self, basic: Option<(&str, &str)>, form: &str) -> Answer {
        use base64::Engine as _;
        let mut request = TestRequest::post().uri("/oauth/token").set_payload(form.to_owned());
        request = request.insert_header(("Content-Type", "application/x-www-form-urlencoded"));
        if let Some((client, secret)) = basic {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{client}:{secret}"));
            request = request.insert_header(("Authorization", format!("Basic {pair}")));
        }
        self.send(request).await
    }

    /// A token of a new client of an agency that has every scope and owns dossier counts within the town.
    pub async fn agency_token(&self) -> String {
        let scopes = ["figures:read", "observations:write", "changes:read"];
        let owned = ["dossiers_received_total", "dossiers_received_online", "online_submission_rate"];
        let (client, secret) = self.agency(&scopes, &["222-1"], &owned).await;
        let answer = self.token_endpoint(Some((&client, &secret)), "grant_type=client_credentials").await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A token that is truly signed with the service's key, by another issuer or for another audience.
    pub fn token_signed_for(&self, issuer: &str, audience: &str) -> String {
        let account = self.account("viewer");
        let new = danbiet::auth::NewToken { subject: &account.id, role: account.role, session: "test" };
        let app = Self::issuing(&self.database, self.clock.clone(), (issuer, audience), Reach::Private);
        app.authenticator.issue(&new, self.clock.unix()).unwrap().0
    }

    /// Writes in one transaction, as the service does.
    pub fn transact<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, Error>) -> Result<T, Error> {
        use diesel::connection::SimpleConnection as _;
        let mut conn = self.connect();
        let begin = if matches!(conn, Conn::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" };
        conn.batch_execute(begin).unwrap();
        let done = work(&mut conn);
        conn.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        done
    }

    /// A connection beside the service's own, which lends none without asking the policy.
    pub fn connect(&self) -> Conn {
        self.database.connect()
    }

    pub fn account(&self, username: &str) -> Account {
        find_by_username(&mut self.connect(), username).unwrap().unwrap()
    }

    /// Imports as the command does, which opens no signing key.
    pub fn import(&self, username: &str, bytes: &[u8]) -> Result<ImportReport, Error> {
        let store = Store::new(self.database.target(), false, 1);
        let snapshots = published(&store, &self.clock, 0)?;
        let report = import_as(&store, &snapshots, &self.clock, username, Mode::Commit, (Format::Csv, bytes))?;
        report.refusal().map_or(Ok(report), Err)
    }

    /// Sends a bulk file.
    pub async fn import_as(&self, token: &str, mode: &str, media_type: &str, bytes: &[u8]) -> Answer {
        let request = TestRequest::post().uri(&format!("/api/v1/imports?mode={mode}"));
        let request = request.insert_header(("Content-Type", media_type)).insert_header(("Accept-Language", "en"));
        let request = request.insert_header(("Authorization", format!("Bearer {token}")));
        self.send(request.set_payload(bytes.to_vec())).await
    }

    /// Another replica over the same database.
    pub fn another(&self) -> Self {
        let app = Self::replica(&self.database, self.clock.clone());
        Self {
            app: Data::new(app),
            clock: self.clock.clone(),
            schema: Data::new(schema(Introspection::On)),
            answers: Data::new(Answers::holding(8)),
            edge: Data::new(Edge::default()),
            database: Arc::clone(&self.database),
        }
    }

    /// What a command is told to find the database by.
    pub fn database_url(&self) -> String {
        match self.database.target() {
            Target::Sqlite(path) => format!("sqlite:{}", path.display()),
            Target::Postgres(url) => url,
        }
    }

    /// Whether the database is a PostgreSQL server's.
    pub fn is_postgres(&self) -> bool {
        matches!(*self.database, Database::Postgres { .. })
    }

    pub async fn service(
        &self,
    ) -> impl Service<
        actix_http::Request,
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
    > {
        init_service(application(self.shared())).await
    }

    pub fn shared(&self) -> Shared {
        Shared {
            app: self.app.clone(),
            answers: self.answers.clone(),
            schema: self.schema.clone(),
            draining: Data::new(Draining::default()),
            edge: self.edge.clone(),
        }
    }

    pub async fn send(&self, request: TestRequest) -> Answer {
        let peer = "192.0.2.1:40000".parse().unwrap();
        let response = self.service().await.call(request.peer_addr(peer).to_request()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("no body")).to_vec();
        Answer { status, headers, body }
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path).insert_header(("Authorization", format!("Bearer {token}")))).await
    }

    /// Replaces something by the tag of what was read, or without one.
    pub async fn put_as(&self, token: &str, path: &str, tag: Option<&str>, body: Value) -> Answer {
        let mut request = TestRequest::put().uri(path).set_json(body);
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
        if let Some(tag) = tag {
            request = request.insert_header(("If-Match", tag));
        }
        self.send(request).await
    }

    /// Adds an account that belongs to an area.
    pub async fn add_account(&self, username: &str, role: Role, area: &str) {
        let new = NewAccount {
            username: username.to_owned(),
            display_name: username.to_owned(),
            role,
            area: Some(area.to_owned()),
            password: PASSWORD.to_owned(),
        };
        add(&self.app.store, &self.clock, &new).unwrap();
        self.app.follow().await.unwrap();
    }

    /// Runs a statement, past every rule of the service.
    pub fn execute(&self, statement: &str) -> Result<(), String> {
        use diesel::connection::SimpleConnection as _;
        self.connect().batch_execute(statement).map_err(|error| error.to_string())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(TestRequest::get().uri(path)).await
    }

    pub async fn method(&self, method: &str, path: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.send(TestRequest::default().method(method).uri(path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(TestRequest::post().uri(path).set_json(body)).await
    }

    /// Writes with a token, a precondition (`If-Match`, or `*` for `If-None-Match`) and a body.
    pub async fn write(
        &self,
        token: &str,
        method: &str,
        path: &str,
        etag: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = TestRequest::default().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
        request = request.insert_header(("Accept-Language", "en"));
        request = match etag {
            Some("*") => request.insert_header(("If-None-Match", "*")),
            Some(etag) => request.insert_header(("If-Match", etag)),
            None => request,
        };
        self.send(body.into_iter().fold(request, |request, body| request.set_json(body))).await
    }

    /// Sends a GraphQL document, with a token or without.
    pub async fn ask(&self, token: Option<&str>, query: &str) -> Answer {
        let mut request = TestRequest::post().uri("/graphql").set_json(serde_json::json!({ "query": query }));
        if let Some(token) = token {
            request = request.insert_header(("Authorization", format!("Bearer {token}")));
        }
        self.send(request).await
    }

    /// Sends a GraphQL document with variables, for an answer in English.
    pub async fn ask_with(&self, token: &str, query: &str, variables: Value) -> Answer {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let request = TestRequest::post().uri("/graphql").insert_header(("Accept-Language", "en")).set_json(body);
        self.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await
    }

    /// The data of a GraphQL document that nothing is refused of.
    pub async fn data(&self, token: &str, query: &str) -> Value {
        let mut answer = self.ask(Some(token), query).await.json();
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].take()
    }

    pub async fn sign_in(&self, username: &str) -> Value {
        let answer =
            self.post("/api/v1/sessions", serde_json::json!({"username": username, "password": PASSWORD})).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub async fn token(&self, username: &str) -> String {
        self.sign_in(username).await["accessToken"].as_str().unwrap().to_owned()
    }

    /// Items of a list, for a viewer.
    pub async fn items(&self, token: &str, path: &str) -> Vec<Value> {
        let answer = self.get_as(token, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()["items"].as_array().unwrap().clone()
    }
}
