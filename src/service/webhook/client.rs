//! Sends one event over one connection: the address is looked up and checked when it is connected to, nothing is followed,
//! and everything is bounded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls_native_certs::load_native_certs;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::address::{Reach, may_reach};
use crate::domain::webhook::Fault;
use crate::error::{Error, Result};

/// How long a receiver may take to be reached and to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long of that a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// Bytes of an answer that are kept for the log; the rest is not read.
const EXCERPT: usize = 1_024;
/// How long the beginning of an answer's body is waited for.
const READING: Duration = Duration::from_secs(2);
/// Bytes that an answer's head may have.
const MAX_HEAD: usize = 16 * 1_024;
/// The longest pause that a receiver may ask for, in seconds.
const MAX_RETRY_AFTER: i64 = 24 * 3_600;

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Seconds for which it asks to be left alone.
    pub retry_after: Option<i64>,
    /// The beginning of its body.
    pub excerpt: String,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The header `webhook-id`.
    pub id: &'a str,
    /// The header `webhook-timestamp`.
    pub timestamp: i64,
    /// The header `webhook-signature`: one or two signatures.
    pub signature: &'a str,
    /// The body.
    pub body: &'a str,
}

/// Sends events.
pub struct Client {
    tls: TlsConnector,
    reach: Reach,
}

impl Client {
    /// A client that trusts what this machine trusts.
    ///
    /// # Errors
    /// Where the library has no cryptography.
    pub fn new(reach: Reach) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        let found = load_native_certs();
        let (known, _) = roots.add_parsable_certificates(found.certs);
        if known == 0 {
            tracing::warn!("this machine trusts no certificate, so no webhook can be sent over TLS");
        }
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), reach })
    }

    /// What may be reached.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Sends a message and answers what the receiver said to it.
    ///
    /// # Errors
    /// What kept it from saying anything.
    pub async fn send(&self, url: &Url, message: &Message<'_>) -> Result<Answer, Fault> {
        tokio::time::timeout(PATIENCE, self.exchange(url, message)).await.unwrap_or(Err(Fault::Timeout))
    }

    async fn exchange(&self, url: &Url, message: &Message<'_>) -> Result<Answer, Fault> {
        let stream = self.connect(url).await?;
        let request = request(url, message).map_err(|_| Fault::Protocol)?;
        if url.scheme() == "https" {
            let name = match url.host().ok_or(Fault::NoAddress)? {
                Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|_| Fault::NoAddress)?,
                Host::Ipv4(address) => ServerName::from(std::net::IpAddr::V4(address)),
                Host::Ipv6(address) => ServerName::from(std::net::IpAddr::V6(address)),
            };
            let stream = self.tls.connect(name, stream).await.map_err(|_| Fault::Tls)?;
            return converse(stream, request).await;
        }
        converse(stream, request).await
    }

    /// Connects to an address that was checked, and to no other: a name is not looked up twice.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Fault> {
        let port = url.port_or_known_default().ok_or(Fault::NoAddress)?;
        let addresses: Vec<SocketAddr> = match url.host().ok_or(Fault::NoAddress)? {
            Host::Ipv4(address) => vec![(address, port).into()],
            Host::Ipv6(address) => vec![(address, port).into()],
            Host::Domain(name) => {
                let found = tokio::time::timeout(CONNECTING, tokio::net::lookup_host((name, port))).await;
                found.map_err(|_| Fault::Timeout)?.map_err(|_| Fault::NoAddress)?.collect()
            }
        };
        if addresses.is_empty() {
            return Err(Fault::NoAddress);
        }
        // A name of which one address is private is not to be trusted with the others.
        if addresses.iter().any(|address| !may_reach(address.ip(), self.reach)) {
            return Err(Fault::PrivateAddress);
        }
        let connecting = async {
            for address in addresses {
                if let Ok(stream) = TcpStream::connect(address).await {
                    return Ok(stream);
                }
            }
            Err(Fault::Connect)
        };
        tokio::time::timeout(CONNECTING, connecting).await.unwrap_or(Err(Fault::Timeout))
    }
}

fn request(url: &Url, message: &Message<'_>) -> Result<Request<Full<Bytes>>> {
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Request::post(target)
        .header(HOST, host)
        .header(USER_AGENT, concat!("danbiet/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", message.id)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", message.signature)
        .body(Full::new(Bytes::copy_from_slice(message.body.as_bytes())))
        .map_err(Error::internal)
}

async fn converse<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|_| Fault::Protocol)?;
    let connection = tokio::spawn(connection);
    let answered = sender.send_request(request).await;
    let answer = match answered {
        Ok(response) => Ok(read(response).await),
        Err(_) => Err(Fault::Protocol),
    };
    connection.abort();
    answer
}

async fn read(response: Response<Incoming>) -> Answer {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after =
        retry_after.and_then(|text| text.parse().ok()).map(|seconds: i64| seconds.clamp(0, MAX_RETRY_AFTER));
    let mut body = response.into_body();
    let mut excerpt = Vec::new();
    let reading = async {
        while excerpt.len() < EXCERPT {
            let Some(Ok(frame)) = body.frame().await else { break };
            if let Some(data) = frame.data_ref() {
                excerpt.extend(data.iter().copied().take(EXCERPT - excerpt.len()));
            }
        }
    };
    // The status has decided already; a body that does not come is no fault.
    let _ = tokio::time::timeout(READING, reading).await;
    // Neither database takes every character.
    let excerpt = String::from_utf8_lossy(&excerpt).replace('\0', "\u{fffd}");
    Answer { status, retry_after, excerpt }
}
