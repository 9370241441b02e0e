//! The messages of `graphql-transport-ws`, and the numbers that a connection is closed with.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Sent;

/// Characters of an operation's id.
const LONGEST_ID: usize = 128;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Received {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Sent,
    },
    Complete {
        id: String,
    },
}

impl Received {
    /// Reads a message.
    ///
    /// # Errors
    /// The number to close the connection with, where it is none.
    pub fn read(text: &str) -> Result<Self, Close> {
        let received: Self = serde_json::from_str(text).map_err(|error| Close {
            reason: format!("Not a message of the protocol: {error}").into(),
            ..Close::NO_MESSAGE
        })?;
        match &received {
            Self::Subscribe { id, .. } if id.is_empty() || id.chars().count() > LONGEST_ID => {
                let reason = format!("An id has 1 to {LONGEST_ID} characters").into();
                Err(Close { reason, ..Close::NO_MESSAGE })
            }
            _ => Ok(received),
        }
    }
}

/// What the service says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Reply<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a Value>,
    },
    Next {
        id: &'a str,
        payload: &'a RawValue,
    },
    Error {
        id: &'a str,
        payload: &'a RawValue,
    },
    Complete {
        id: &'a str,
    },
}

/// The errors in the body of a refusal.
#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    errors: &'a RawValue,
}

impl Reply<'_> {
    /// The message.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// An answer.
    pub fn next(id: &str, body: &[u8]) -> String {
        serde_json::from_slice(body).map(|payload| Reply::Next { id, payload }.text()).unwrap_or_default()
    }

    /// That there is none, and why.
    pub fn refused(id: &str, body: &[u8]) -> String {
        let refusal: serde_json::Result<Refusal<'_>> = serde_json::from_slice(body);
        refusal.map(|refusal| Reply::Error { id, payload: refusal.errors }.text()).unwrap_or_default()
    }
}

/// What a connection is closed with: the numbers from 4000 on are the protocol's, the others RFC 6455's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    /// The first 123 bytes of it are sent.
    pub reason: Cow<'static, str>,
}

impl Close {
    /// There is nobody to close it for.
    pub const GONE: Self = Self::with(1006, "");
    /// The client closed it, and is told so in turn.
    pub const LEFT: Self = Self::with(1000, "");
    pub const GOING_AWAY: Self = Self::with(1001, "The service is going away");
    pub const SILENT: Self = Self::with(1001, "No sign of life");
    pub const NO_FRAME: Self = Self::with(1002, "Not a frame of a WebSocket");
    pub const TOO_BIG: Self = Self::with(1009, "A message has at most 64 KiB");
    pub const BUSY: Self = Self::with(1013, "Too many connections; try again later");
    pub const NO_MESSAGE: Self = Self::with(4400, "Messages are text");
    pub const NOT_INTRODUCED: Self = Self::with(4401, "Unauthorized");
    pub const FORBIDDEN: Self = Self::with(4403, "Forbidden");
    pub const NO_PROTOCOL: Self = Self::with(4406, "Subprotocol not acceptable");
    pub const NO_INTRODUCTION: Self = Self::with(4408, "Connection initialisation timeout");
    pub const SAME_ID: Self = Self::with(4409, "There is an operation of that id");
    pub const INTRODUCED_TWICE: Self = Self::with(4429, "Too many initialisation requests");

    const fn with(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }
}
