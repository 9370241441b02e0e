//! A plain HTTP/1.1 client over a few connections: it must cost little and check every answer.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// Connections; requests go out on all of them before answers are read, as from many clients at once.
const CONNECTIONS: usize = 16;

/// An answer: status and body, with what its head says.
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub body: Vec<u8>,
}

pub struct Client {
    connections: Vec<BufReader<TcpStream>>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let open = |_| {
            let stream = TcpStream::connect(address).expect("the server listens");
            stream.set_nodelay(true).expect("a socket option");
            BufReader::with_capacity(64 * 1024, stream)
        };
        Self { connections: (0..CONNECTIONS).map(open).collect() }
    }

    /// Sends `count` requests, the given ones in turn.
    ///
    /// # Panics
    /// Where an answer has another status.
    pub fn run(&mut self, requests: &[Vec<u8>], count: usize, status: u16) {
        let mut next = requests.iter().cycle();
        let mut left = count;
        while left > 0 {
            let now = left.min(self.connections.len());
            for connection in &mut self.connections[..now] {
                connection.get_mut().write_all(next.next().expect("a request")).expect("sent");
            }
            for connection in &mut self.connections[..now] {
                let answer = read(connection);
                assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
            }
            left -= now;
        }
    }
}

/// Sends one request on a connection of its own; nothing where nobody listens yet.
pub fn ask(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = BufReader::new(TcpStream::connect(address).ok()?);
    stream.get_mut().write_all(request).ok()?;
    Some(read(&mut stream))
}

fn read(stream: &mut BufReader<TcpStream>) -> Answer {
    let (mut status, mut length, mut etag) = (0, 0, None);
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).expect("a line of the head");
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if let Some(rest) = text.strip_prefix("HTTP/1.1 ") {
            status = rest[..3].parse().expect("a status");
        } else if let Some((name, value)) = text.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().expect("a length"),
                "etag" => etag = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    let mut body = vec![0; if status == 304 { 0 } else { length }];
    stream.read_exact(&mut body).expect("the body");
    Answer { status, etag, body }
}

/// A request without a body, or with one of JSON.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if let Some(body) = body {
        let length = body.len();
        let _ = write!(text, "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
    } else {
        text.push_str("\r\n");
    }
    text.into_bytes()
}
