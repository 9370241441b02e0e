//! Webhooks: who publishes tells everybody who wants to be told, at least once, whatever becomes of either side.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use danbiet::domain::policy::Role;
use danbiet::service::webhook::{Reach, deliver_due};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::changes::import;
use crate::support::TestApp;

/// One request as a receiver saw it.
#[derive(Debug, Clone)]
struct Received {
    head: String,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        let of = |line: &&str| line.split(':').next().unwrap().eq_ignore_ascii_case(name);
        self.head.lines().find(of).map_or("", |line| line.split_once(':').unwrap().1.trim())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether one of its signatures is made with a secret, by an HMAC that is not the service's.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

/// RFC 2104 over SHA-256, for keys of at most a block.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = sha2::Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    sha2::Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// What a receiver says to each request: the bytes of an answer, or nothing at all.
type Answers = Arc<Mutex<VecDeque<&'static str>>>;

/// A receiver that the test runs itself. Where nothing else is prepared, it says 204.
struct Receiver {
    url: String,
    answers: Answers,
    received: Arc<Mutex<Vec<Received>>>,
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
const FAILED: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops";
const GONE: &str = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
const HANG_UP: &str = "";

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?from=danbiet", listener.local_addr().unwrap());
        let (answers, received) = (Answers::default(), Arc::new(Mutex::new(Vec::new())));
        let (prepared, seen) = (Arc::clone(&answers), Arc::clone(&received));
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let request = read(stream).await;
                let Some((mut stream, request)) = request else { continue };
                seen.lock().unwrap().push(request);
                let answer = prepared.lock().unwrap().pop_front().unwrap_or(NO_CONTENT);
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, answers, received }
    }

    fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

async fn read(mut stream: TcpStream) -> Option<(TcpStream, Received)> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Received { head: head.to_owned(), body: body.to_owned() };
            if body.len() == request.header("content-length").parse().unwrap_or(0) {
                return Some((stream, request));
            }
        }
    }
}

async fn create(app: &TestApp, token: &str, url: &str) -> Value {
    let answer =
        app.write(token, "POST", "/api/v1/webhooks", None, Some(json!({"url": url, "description": "a test"}))).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let made = answer.json();
    assert_eq!(answer.header("location"), path(&made, ""));
    assert_eq!(answer.header("etag"), made["etag"].as_str().unwrap());
    made
}

fn path(webhook: &Value, rest: &str) -> String {
    format!("/api/v1/webhooks/{}{rest}", webhook["id"].as_str().unwrap())
}

async fn deliveries(app: &TestApp, token: &str, webhook: &Value) -> Vec<Value> {
    app.items(token, &path(webhook, "/deliveries")).await
}

/// Everything that is due by now, one after the other.
async fn deliver(app: &TestApp) -> usize {
    let mut count = 0;
    loop {
        match deliver_due(&app.app).await.unwrap() {
            0 => return count,
            more => count += more,
        }
    }
}

fn publish(app: &TestApp, value: u32) -> i64 {
    import(app, &format!("07798,2024-Q2,edocs_issued,actual,,,{value}\n"))
}

#[actix_web::test]
async fn every_revision_from_then_on_is_told_once_and_signed() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(deliver(&app).await, 0, "what was published before is not told");
    let revisions = [publish(&app, 1), publish(&app, 2), publish(&app, 3)];
    assert_eq!(deliver(&app).await, 3);
    let received = receiver.take();
    assert_eq!(received.len(), 3);
    for (request, revision) in received.iter().zip(revisions) {
        assert!(request.head.starts_with("POST /hook?from=danbiet HTTP/1.1\r\n"), "{}", request.head);
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("webhook-timestamp"), app.clock.unix().to_string());
        assert!(request.is_signed_with(secret) && !request.is_signed_with("whsec_AAAA"));
        let body = request.json();
        assert_eq!(body["type"], "revision.published");
        assert_eq!((&body["data"]["revision"], &body["data"]["kind"]), (&json!(revision), &json!("import")));
        // What it links to is that revision and what came after it.
        let link = body["data"]["changes"].as_str().unwrap().strip_prefix(crate::support::ISSUER).unwrap().to_owned();
        app.app.follow().await.unwrap();
        assert_eq!(app.items(&town, &link).await[0]["revision"], json!(revision));
    }
    let ids: std::collections::BTreeSet<_> = received.iter().map(|request| request.header("webhook-id")).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!((deliver(&app).await, receiver.take().len()), (0, 0), "once is enough where it arrived");
    let log = deliveries(&app, &town, &made).await;
    assert_eq!(
        log.iter().map(|entry| entry["revision"].as_i64().unwrap()).collect::<Vec<_>>(),
        revisions.into_iter().rev().collect::<Vec<_>>()
    );
    assert!(log.iter().all(|entry| entry["status"] == "delivered" && entry["attempts"][0]["statusCode"] == 204));
    let page = app.get_as(&town, &path(&made, "/deliveries?limit=2")).await;
    let next = page.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    assert_eq!(app.items(&town, &next).await, log[2..]);
}

#[actix_web::test]
async fn what_does_not_arrive_is_sent_again_by_the_schedule() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    publish(&app, 1);
    // A fault, a redirect that is not followed, no HTTP, no answer, and then an answer.
    receiver.answer(&[
        FAILED,
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "\u{1}\u{2}garbage\r\n\r\n",
        HANG_UP,
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 80000\r\nContent-Length: 0\r\n\r\n",
    ]);
    assert_eq!(deliver(&app).await, 1);
    for (pause, asked) in [(5, false), (300, false), (1_800, false), (7_200, false), (18_000, true)] {
        app.clock.advance(TimeDelta::seconds(pause - 1));
        assert_eq!(deliver(&app).await, 0, "not before {pause} seconds");
        // A tenth of the pause spreads those that failed together; whoever asks for longer gets it.
        app.clock.advance(TimeDelta::milliseconds(pause * 100 + 2_000));
        if asked {
            assert_eq!(deliver(&app).await, 0, "the receiver asked for longer");
            app.clock.advance(TimeDelta::seconds(80_000));
        }
        assert_eq!(deliver(&app).await, 1, "after {pause} seconds");
    }
    let received = receiver.take();
    assert_eq!(received.len(), 6);
    assert!(received.iter().all(|request| request.body == received[0].body));
    assert!(received.iter().all(|request| request.header("webhook-id") == received[0].header("webhook-id")));
    assert!(received.iter().all(|request| request.is_signed_with(made["secret"].as_str().unwrap())));
    let town = app.token_of("town_officer");
    let log = deliveries(&app, &town, &made).await;
    let told: Vec<_> = log[0]["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| (attempt["statusCode"].clone(), attempt["fault"].clone()))
        .collect();
    let said = |status: u16| (json!(status), Value::Null);
    let silent = (Value::Null, json!("protocol"));
    assert_eq!(told, [said(500), said(302), silent.clone(), silent, said(503), said(204)]);
    assert_eq!((&log[0]["status"], &log[0]["attempts"][0]["answer"]), (&json!("delivered"), &json!("oops")));
}

#[actix_web::test]
async fn what_never_arrives_disables_the_webhook_and_can_be_replayed() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    let first = publish(&app, 1);
    receiver.answer(&[FAILED; 10]);
    let mut sent = 0;
    for _ in 0..12 {
        sent += deliver(&app).await;
        app.clock.advance(TimeDelta::hours(27));
    }
    assert_eq!((sent, receiver.take().len()), (10, 10));
    let town = app.token_of("town_officer");
    let shown = app.get_as(&town, &path(&made, "")).await.json();
    assert_eq!((&shown["enabled"], &shown["disabledBecause"]), (&json!(false), &json!("failing")));
    assert_eq!(deliveries(&app, &town, &made).await[0]["status"], "failed");
    publish(&app, 2);
    assert_eq!(deliver(&app).await, 0, "nobody is told while it is disabled");
    let replay =
        async |after: i64| app.write(&town, "POST", &path(&made, "/replay"), None, Some(json!({"after": after}))).await;
    assert_eq!(replay(0).await.refusal(), "409 conflict");

    let etag = shown["etag"].as_str().unwrap();
    let enabled = app.write(&town, "PATCH", &path(&made, ""), Some(etag), Some(json!({"enabled": true}))).await;
    assert_eq!((enabled.status, &enabled.json()["disabledBecause"]), (200, &Value::Null));
    assert_eq!(deliver(&app).await, 1, "what was published meanwhile is told");
    let answer = replay(first - 1).await;
    assert_eq!((answer.status, answer.json()), (202, json!({"deliveries": 2})));
    assert_eq!(deliver(&app).await, 2);
    let ids: Vec<_> = receiver.take().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], ids[2], "under the same id as before");
    assert_eq!(replay(-1).await.status, 422);
    assert_eq!(replay(1_000_000).await.refusal(), "422 notMeaningful");
}

#[actix_web::test]
async fn a_receiver_that_is_gone_is_not_asked_again() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    publish(&app, 1);
    publish(&app, 2);
    receiver.answer(&[GONE]);
    assert_eq!(deliver(&app).await, 1, "the other one is given up");
    app.clock.advance(TimeDelta::days(2));
    assert_eq!((deliver(&app).await, receiver.take().len()), (0, 1));
    let town = app.token_of("town_officer");
    let shown = app.get_as(&town, &path(&made, "")).await.json();
    assert_eq!((&shown["enabled"], &shown["disabledBecause"]), (&json!(false), &json!("gone")));
    assert!(deliveries(&app, &town, &made).await.iter().all(|entry| entry["status"] == "cancelled"));
}

#[actix_web::test]
async fn two_replicas_send_everything_once_and_what_one_of_them_lost_again() {
    let first = TestApp::real().await;
    let second = first.another();
    let town = first.token_of("town_officer");
    let receivers = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    for receiver in &receivers {
        create(&first, &town, &receiver.url).await;
    }
    for value in 0..5 {
        publish(&first, value);
    }
    let mut quiet = 0;
    while quiet < 2 {
        let (one, other) = futures_util::join!(deliver_due(&first.app), deliver_due(&second.app));
        quiet = if one.unwrap() + other.unwrap() == 0 { quiet + 1 } else { 0 };
    }
    for receiver in &receivers {
        assert_eq!(receiver.take().len(), 5, "neither twice nor never");
    }
    // One takes a delivery and dies: whoever is there after the lease sends it.
    let tested = first.items(&town, "/api/v1/webhooks").await.remove(0);
    first.write(&town, "POST", &path(&tested, "/test"), None, None).await;
    let lost = first.transact(|conn| {
        let now = first.clock.now().naive_utc();
        danbiet::db::outbox::claim(conn, now, now + TimeDelta::seconds(60), 10)
    });
    assert_eq!(lost.unwrap().len(), 1);
    assert_eq!(deliver(&second).await, 0, "it may still be on its way");
    first.clock.advance(TimeDelta::seconds(61));
    assert_eq!(deliver(&second).await, 1);
    assert_eq!(receivers[0].take().len(), 1);
}

#[actix_web::test]
async fn a_secret_is_changed_without_a_gap_and_is_nowhere_to_be_read() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    let old = made["secret"].as_str().unwrap().to_owned();
    let rotated = app.write(&town, "POST", &path(&made, "/secret/rotate"), None, None).await.json();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert!(new.starts_with("whsec_") && new != old);
    publish(&app, 1);
    deliver(&app).await;
    let both = receiver.take().remove(0);
    assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
    assert!(both.is_signed_with(&old) && both.is_signed_with(&new));
    app.clock.advance(TimeDelta::hours(25));
    publish(&app, 2);
    deliver(&app).await;
    let one = receiver.take().remove(0);
    assert!(!one.is_signed_with(&old) && one.is_signed_with(&new));
    let town = app.token_of("town_officer");
    for path in [path(&made, ""), "/api/v1/webhooks".to_owned(), path(&made, "/deliveries")] {
        let body = String::from_utf8(app.get_as(&town, &path).await.body).unwrap();
        assert!(!body.contains("whsec_") && !body.contains("secret\""), "{body}");
    }
    let kept = danbiet::db::webhook::find(&mut app.connect(), made["id"].as_str().unwrap()).unwrap().unwrap();
    for secret in [&old, &new] {
        let plain = secret.strip_prefix("whsec_").unwrap();
        assert!(!format!("{kept:?}").contains(plain), "the database has no secret in the clear");
    }
}

#[actix_web::test]
async fn private_addresses_are_refused_when_they_are_named_and_when_they_are_reached() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let receiver = Receiver::start().await;
    let public = app.reaching(Reach::Public);
    for url in [
        receiver.url.as_str(),
        "http://receiver.example/",
        "https://127.0.0.1/",
        "https://0x7f000001/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://user:password@receiver.example/",
        "nonsense",
    ] {
        let answer = public.write(&town, "POST", "/api/v1/webhooks", None, Some(json!({"url": url}))).await;
        assert_eq!(
            (answer.refusal().as_str(), &answer.json()["errors"][0]["pointer"]),
            ("422 notMeaningful", &json!("/url")),
            "{url}"
        );
    }
    assert!(public.items(&town, "/api/v1/webhooks").await.is_empty());
    // A name that leads to this machine is found out when it is connected to, whatever it led to when it was given.
    let port = receiver.url.split([':', '/']).nth(4).unwrap();
    let named = create(&app, &town, &format!("http://localhost:{port}/hook")).await;
    publish(&app, 1);
    assert_eq!(deliver(&public).await, 1);
    assert!(receiver.take().is_empty());
    let log = deliveries(&public, &town, &named).await;
    assert_eq!((&log[0]["status"], &log[0]["attempts"][0]["fault"]), (&json!("pending"), &json!("privateAddress")));
    app.clock.advance(TimeDelta::seconds(6));
    assert_eq!((deliver(&app).await, receiver.take().len()), (1, 1), "an operator may allow it");
}

#[actix_web::test]
async fn a_webhook_is_its_owners_and_nobody_elses() {
    let app = TestApp::real().await;
    let (town, admin) = (app.token_of("town_officer"), app.token_of("admin"));
    let receiver = Receiver::start().await;
    let made = create(&app, &town, &receiver.url).await;
    let calls = [
        ("GET", "", None),
        ("PATCH", "", Some(json!({"enabled": false}))),
        ("DELETE", "", None),
        ("GET", "/deliveries", None),
        ("POST", "/replay", Some(json!({"after": 0}))),
        ("POST", "/secret/rotate", None),
        ("POST", "/test", None),
    ];
    for (method, rest, body) in calls {
        let path = path(&made, rest);
        for (role, status) in [("viewer", 403), ("ward_officer", 403), ("ward_leader", 403), ("admin", 404)] {
            let answer = app.write(&app.token_of(role), method, &path, made["etag"].as_str(), body.clone()).await;
            assert_eq!(answer.status, status, "{role} {method} {path}");
        }
        assert_eq!(app.method(method, &path).await.refusal(), "401 unauthenticated", "{method} {path}");
    }
    assert!(app.items(&admin, "/api/v1/webhooks").await.is_empty());
    let stale = app.write(&town, "PATCH", &path(&made, ""), Some("\"other\""), Some(json!({"enabled": false}))).await;
    assert_eq!(stale.refusal(), "412 preconditionFailed");
    let blind = app.write(&town, "DELETE", &path(&made, ""), None, None).await;
    assert_eq!(blind.refusal(), "428 preconditionRequired");
    for body in [json!({}), json!({"url": 1}), json!({"url": receiver.url, "colour": "red"}), json!([])] {
        assert_eq!(app.write(&town, "POST", "/api/v1/webhooks", None, Some(body.clone())).await.status, 400, "{body}");
    }
    let tested = app.write(&town, "POST", &path(&made, "/test"), None, None).await;
    assert_eq!((tested.status, deliver(&app).await), (202, 1));
    assert_eq!(receiver.take()[0].json()["type"], "webhook.test");
    let changed = json!({"description": "Đồng bộ đêm"});
    let changed = app.write(&town, "PATCH", &path(&made, ""), made["etag"].as_str(), Some(changed)).await;
    assert_eq!((changed.status, &changed.json()["description"]), (200, &json!("Đồng bộ đêm")));
    for _ in 1..20 {
        create(&app, &town, &receiver.url).await;
    }
    let many = app.write(&town, "POST", "/api/v1/webhooks", None, Some(json!({"url": receiver.url}))).await;
    assert_eq!(many.refusal(), "409 conflict");
    let gone = app.write(&town, "DELETE", &path(&made, ""), Some(changed.header("etag")), None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(app.get_as(&town, &path(&made, "")).await.refusal(), "404 webhookNotFound");
    let trail = app.items(&admin, "/api/v1/audit?action=deleteWebhook").await;
    assert!(trail.len() == 1 && trail[0].to_string().contains(made["id"].as_str().unwrap()), "{trail:?}");
}

#[actix_web::test]
async fn whoever_may_not_read_the_feed_any_more_is_told_nothing() {
    let app = TestApp::real().await;
    app.add_account("second_officer", Role::TownOfficer, "222-1").await;
    let token = app.token_of("second_officer");
    let receiver = Receiver::start().await;
    let made = create(&app, &token, &receiver.url).await;
    danbiet::service::account::set_disabled(&app.app.store, &app.clock, "second_officer", true).unwrap();
    app.app.follow().await.unwrap();
    publish(&app, 1);
    deliver(&app).await;
    assert!(receiver.take().is_empty());
    let kept = danbiet::db::webhook::find(&mut app.connect(), made["id"].as_str().unwrap()).unwrap().unwrap();
    assert!(!kept.enabled && kept.disabled_because.is_some());
}
