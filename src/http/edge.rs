//! What stands before every request of a server, whichever worker takes it.

use std::sync::Arc;

use ipnet::IpNet;

use super::listeners::Listeners;
use super::pressure::{Bodies, Pressure};
use super::rates::Rates;
use crate::config::EdgeConfig;
use crate::telemetry::metrics::{Counter, Requests};

/// Shared by the workers of a server.
#[derive(Debug)]
pub struct Edge {
    /// Requests that were answered and those under way.
    pub requests: Requests,
    /// Requests that were refused because those before them wait too long.
    pub shed: Counter,
    pub(super) trusted: Vec<IpNet>,
    pub(super) rates: Rates,
    pub(super) bodies: Arc<Bodies>,
    pub(super) listeners: Listeners,
    longest_wait: Option<std::time::Duration>,
}

impl Default for Edge {
    fn default() -> Self {
        Self::new(EdgeConfig::default())
    }
}

impl Edge {
    /// As an operator configured it.
    #[must_use]
    pub fn new(config: EdgeConfig) -> Self {
        Self {
            requests: Requests::default(),
            shed: Counter::default(),
            trusted: config.trusted_proxies,
            rates: Rates::new(config.caller_rate, config.address_rate),
            bodies: Arc::new(Bodies::new(config.body_memory)),
            listeners: Listeners::default(),
            longest_wait: config.longest_wait,
        }
    }

    /// Connections of those who listen now.
    #[must_use]
    pub fn listening(&self) -> usize {
        self.listeners.count()
    }

    /// What a worker measures on its own thread; it begins where the worker does.
    pub(super) fn pressure(&self) -> Pressure {
        let pressure = Pressure::new(self.longest_wait);
        if self.longest_wait.is_some() {
            actix_web::rt::spawn(pressure.clone().watch());
        }
        pressure
    }
}
