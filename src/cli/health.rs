//! `danbiet health`: asks a running service whether it is ready, for a container that has no shell to ask with.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::{Outcome, print};
use crate::config::Config;

/// How long the answer may take; the service itself gives its database a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// The address of the service of this configuration, as it is reached from here.
fn address(config: &Config) -> SocketAddr {
    let mut address = config.observe.metrics_listen.unwrap_or(config.listen);
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}

/// Fails unless the service at the URL, or that of the configuration, says that it is ready.
pub(super) fn run(config: &Config, url: Option<String>) -> Outcome {
    let url = url.unwrap_or_else(|| format!("http://{}/health/ready", address(config)));
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = agent.build().into();
    let mut answer = agent.get(&url).call().map_err(|error| format!("{url}: {error}"))?;
    let body = answer.body_mut().with_config().limit(4_096).read_to_string()?;
    if answer.status().as_u16() == 200 {
        print(&body)
    } else {
        Err(format!("{url}: {} {body}", answer.status()).into())
    }
}
