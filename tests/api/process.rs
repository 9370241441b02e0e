//! The binary as a process of its own, asked over TCP.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use danbiet::db::pool::Target;
use serde_json::Value;

use crate::support::{Database, KEY};

/// A server over a database, with all that it has logged so far.
pub struct Process {
    child: Child,
    pub address: String,
    pub inner: String,
    log: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

pub fn key() -> String {
    STANDARD.encode(KEY)
}

/// The binary with what it needs to find a database.
pub fn danbiet(database: &Database, arguments: &[&str]) -> Command {
    let url = match database.target() {
        Target::Sqlite(path) => path.to_string_lossy().into_owned(),
        Target::Postgres(url) => url,
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_danbiet"));
    command.args(arguments).env_clear().env("DANBIET_DATABASE_URL", url).env("DANBIET_KEY_ENCRYPTION_KEY", key());
    command
}

impl Process {
    /// Serves at free ports of this machine, and logs as JSON.
    pub fn serve(database: &Database, variables: &[(&str, &str)]) -> Self {
        let mut command = danbiet(database, &["serve"]);
        command.env("DANBIET_LISTEN", "127.0.0.1:0").env("DANBIET_METRICS_LISTEN", "127.0.0.1:0");
        command.env("DANBIET_LOG_FORMAT", "json").envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (log, mut inner, mut address) = (Arc::new(Mutex::new(String::new())), String::new(), String::new());
        while address.is_empty() {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {}", log.lock().unwrap())).unwrap();
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            let told = event["address"].as_str().unwrap_or_default().to_owned();
            match event["message"].as_str() {
                Some("metrics and health") => inner = told,
                Some("serving") => address = told,
                _ => {}
            }
            *log.lock().unwrap() += &(line + "\n");
        }
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *kept.lock().unwrap() += &(line + "\n");
            }
        });
        Self { child, address, inner, log, reader: Some(reader) }
    }

    /// Ends it as an operator does, and answers all that it logged.
    pub fn stop(mut self) -> (ExitStatus, String) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status, log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back: status, head as it was sent, body.
pub struct Raw {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Raw {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value)
        });
        line.unwrap_or_default().trim()
    }
}

/// One request on a connection of its own; the body is JSON where there is one and no header says otherwise.
pub fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Raw {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut lines = vec![format!("{method} {path} HTTP/1.1"), "Host: danbiet.test".into(), "Connection: close".into()];
    if !body.is_empty() {
        lines.push(format!("Content-Length: {}", body.len()));
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            lines.push("Content-Type: application/json".into());
        }
    }
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let head = lines.join("\r\n");
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Raw { status, head: head.to_owned(), body: body.to_owned() }
}
