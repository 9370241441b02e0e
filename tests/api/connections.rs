//! What only a real connection shows.

use std::time::Duration;

use danbiet::graphql::Introspection;
use danbiet::server::{Options, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::TestApp;

#[actix_web::test]
async fn a_body_without_end_is_not_listened_to_for_long() {
    let app = TestApp::real().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options { introspection: Introspection::Off, ..Options::default() };
    let server = actix_web::rt::spawn(serve(listener, app.app.clone(), options));
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    writer.write_all(head.as_bytes()).await.unwrap();
    let endless = actix_web::rt::spawn(async move {
        let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
        while writer.write_all(chunk.as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut answer = [0; 2_048];
    let read = tokio::time::timeout(Duration::from_secs(10), reader.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
    assert!(answer.starts_with("http/1.1 413"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    let closed = tokio::time::timeout(Duration::from_secs(15), endless).await;
    server.abort();
    assert!(closed.is_ok(), "the connection still takes the body");
}
