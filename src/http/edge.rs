//! What stands before every request of a server, whichever worker takes it.

use ipnet::IpNet;

use crate::config::EdgeConfig;
use crate::telemetry::metrics::Requests;

/// Shared by the workers of a server.
#[derive(Debug, Default)]
pub struct Edge {
    /// Requests that were answered and those under way.
    pub requests: Requests,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted: Vec<IpNet>,
}

impl Edge {
    /// As an operator configured it.
    #[must_use]
    pub fn new(config: EdgeConfig) -> Self {
        Self { requests: Requests::default(), trusted: config.trusted_proxies }
    }
}
