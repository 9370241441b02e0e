//! GraphQL over a WebSocket, by a client that others wrote, over a real connection.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use danbiet::server::{Options, serve};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::changes::HEADER;
use crate::support::TestApp;

const PUBLISHED: &str = "subscription { published { revision } }";

struct Server {
    url: String,
    task: JoinHandle<std::io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn serving(app: &TestApp) -> Server {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/graphql/ws", listener.local_addr().unwrap());
    Server { url, task: actix_web::rt::spawn(serve(listener, app.app.clone(), Options::default())) }
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(server: &Server, protocol: &str) -> Self {
        let mut request = server.url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
        request.headers_mut().insert("Accept-Language", "en".parse().unwrap());
        Self(connect_async(request).await.unwrap().0)
    }

    /// A connection over which somebody signed in.
    async fn signed_in(server: &Server, token: &str) -> Self {
        let mut client = Self::connect(server, "graphql-transport-ws").await;
        client.say(json!({"type": "connection_init", "payload": {"Authorization": format!("Bearer {token}")}})).await;
        assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
        client
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    async fn message(&mut self) -> Message {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(20), self.0.next())
                .await
                .unwrap_or_else(|_| panic!("nothing is said"));
            match message.unwrap_or_else(|| panic!("the connection has ended")).unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                other => return other,
            }
        }
    }

    async fn hear(&mut self) -> Value {
        match self.message().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The number that the connection is closed with.
    async fn closed(&mut self) -> u16 {
        self.closed_because().await.0
    }

    async fn closed_because(&mut self) -> (u16, String) {
        match self.message().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

#[actix_web::test]
async fn a_client_signs_in_subscribes_is_told_and_leaves() {
    let app = TestApp::real().await;
    let server = serving(&app);
    let mut client = Client::signed_in(&server, &app.token_of("viewer")).await;
    client.subscribe("a", PUBLISHED).await;
    let first = client.hear().await;
    assert_eq!((&first["type"], &first["id"]), (&json!("next"), &json!("a")));
    let report = app.import("town_officer", format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,3\n").as_bytes());
    let told = client.hear().await;
    assert_eq!(told["payload"]["data"]["published"]["revision"], json!(report.unwrap().revision));
    client.say(json!({"type": "ping", "payload": {"at": 1}})).await;
    assert_eq!(client.hear().await, json!({"type": "pong", "payload": {"at": 1}}));
    // Once completed the id is free again, and a query is answered and completed by the service.
    client.say(json!({"type": "complete", "id": "a"})).await;
    client.subscribe("a", "{ head { revision } }").await;
    let answer = client.hear().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("next"), &json!("a")));
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "a"}));
    client.0.close(None).await.unwrap();
    assert_eq!(client.closed().await, 1000);
}

#[actix_web::test]
async fn an_operation_that_is_refused_leaves_the_others() {
    let app = TestApp::real().await;
    let server = serving(&app);
    let mut client = Client::signed_in(&server, &app.token_of("viewer")).await;
    for (query, code) in [
        ("subscription { nothing }", "malformedRequest"),
        ("{ nothing }", "malformedRequest"),
        ("subscription { reportChanged { id } }", "forbidden"),
        ("subscription { a: published { epoch } b: published { epoch } }", "malformedRequest"),
    ] {
        client.subscribe("b", query).await;
        let refused = client.hear().await;
        assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("b")), "{query}");
        assert_eq!(refused["payload"][0]["extensions"]["code"], code, "{query}: {refused}");
    }
    let unknown = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0".repeat(64)}}});
    client.say(json!({"type": "subscribe", "id": "c", "payload": unknown})).await;
    assert_eq!(client.hear().await["payload"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    for at in 0..20 {
        client.subscribe(&format!("s{at}"), PUBLISHED).await;
        assert_eq!(client.hear().await["type"], "next");
    }
    client.subscribe("one too many", PUBLISHED).await;
    assert_eq!(client.hear().await["payload"][0]["extensions"]["code"], "tooManyRequests");
}

#[actix_web::test]
async fn a_connection_that_breaks_the_protocol_is_closed_with_its_number() {
    let app = TestApp::real().await;
    let server = serving(&app);
    let token = app.token_of("viewer");
    let mut silent = Client(connect_async(server.url.as_str()).await.unwrap().0);
    assert_eq!(silent.closed().await, 4406, "no protocol is asked for");
    let mut early = Client::connect(&server, "graphql-transport-ws").await;
    early.subscribe("a", PUBLISHED).await;
    assert_eq!(early.closed().await, 4401);
    for payload in [json!(null), json!({}), json!({"Authorization": "Bearer nonsense"})] {
        let mut nobody = Client::connect(&server, "graphql-transport-ws").await;
        nobody.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(nobody.closed().await, 4403, "{payload}");
    }
    let mut twice = Client::signed_in(&server, &token).await;
    twice.say(json!({"type": "connection_init"})).await;
    assert_eq!(twice.closed().await, 4429);
    let mut same = Client::signed_in(&server, &token).await;
    same.subscribe("a", PUBLISHED).await;
    same.hear().await;
    same.subscribe("a", PUBLISHED).await;
    assert_eq!(same.closed().await, 4409);
    for text in [
        "{",
        "[]",
        "{\"type\":\"start\"}",
        "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{}}",
        "{\"type\":\"subscribe\"}",
    ] {
        let mut wrong = Client::signed_in(&server, &token).await;
        wrong.0.send(Message::text(text)).await.unwrap();
        assert_eq!(wrong.closed().await, 4400, "{text}");
    }
    let mut nameless = Client::signed_in(&server, &token).await;
    nameless.say(json!({"type": "subscribe", "payload": {}})).await;
    let (code, reason) = nameless.closed_because().await;
    assert!(code == 4400 && reason.contains("missing field `id`"), "{reason}");
    let mut binary = Client::signed_in(&server, &token).await;
    binary.0.send(Message::binary(vec![0; 8])).await.unwrap();
    assert_eq!(binary.closed().await, 4400);
    let mut large = Client::signed_in(&server, &token).await;
    large.0.send(Message::text(" ".repeat(70_000))).await.unwrap();
    assert_eq!(large.closed().await, 1009);
}

#[actix_web::test]
async fn a_connection_ends_with_the_session_and_a_plain_request_is_refused() {
    let app = TestApp::real().await;
    let server = serving(&app);
    let session = app.sign_in("viewer").await;
    let token = session["accessToken"].as_str().unwrap();
    let mut client = Client::signed_in(&server, token).await;
    client.subscribe("a", PUBLISHED).await;
    client.hear().await;
    let request = actix_web::test::TestRequest::delete().uri("/api/v1/sessions");
    let answer = app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
    assert_eq!(answer.status, 204);
    assert_eq!(client.closed().await, 4403);
    assert_eq!(app.get("/graphql/ws").await.refusal(), "400 malformedRequest");
}
