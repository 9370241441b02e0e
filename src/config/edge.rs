//! What stands before every request.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::Reader;
use super::observe::OrOff;

const MEBIBYTE: usize = 1024 * 1024;

/// What an operator may set about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeConfig {
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests a minute of a caller.
    pub caller_rate: Option<u32>,
    /// Requests a minute of an address without credentials.
    pub address_rate: Option<u32>,
    /// How long what is ready may wait for a worker before the surplus is refused.
    pub longest_wait: Option<Duration>,
    /// Bytes of bodies that are received at the same time.
    pub body_memory: usize,
    /// Connections at the same time.
    pub connections: usize,
}

impl Default for EdgeConfig {
    /// Nobody is trusted and nothing is limited but memory.
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            caller_rate: None,
            address_rate: None,
            longest_wait: None,
            body_memory: 64 * MEBIBYTE,
            connections: 10_000,
        }
    }
}

impl EdgeConfig {
    /// The same without the limits of callers, addresses and waiting that nobody asked for: for one person on one machine.
    #[must_use]
    pub fn limited_where(mut self, asked: impl Fn(&str) -> bool) -> Self {
        self.caller_rate = self.caller_rate.filter(|_| asked("DANBIET_CALLER_RATE"));
        self.address_rate = self.address_rate.filter(|_| asked("DANBIET_ADDRESS_RATE"));
        self.longest_wait = self.longest_wait.filter(|_| asked("DANBIET_LONGEST_WAIT"));
        self
    }
}

/// Networks and addresses, with commas between.
fn networks(text: &str) -> Option<Vec<IpNet>> {
    let network = |text: &str| text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').map(|part| network(part.trim())).collect()
}

impl<E: Fn(&str) -> Option<String>> Reader<'_, E> {
    pub(super) fn edge(&mut self) -> Option<EdgeConfig> {
        let expected = "addresses or networks like 10.0.0.0/8, with commas between";
        let given = self.raw("DANBIET_TRUSTED_PROXIES").is_some();
        let trusted_proxies = self.value("DANBIET_TRUSTED_PROXIES", expected, false, networks);
        let trusted_proxies = if given { trusted_proxies } else { Some(Vec::new()) };
        // At more than a thousand a second, the time between two would be too short to count.
        let rate = |text: &str| OrOff::read(text, |text| text.parse().ok().filter(|rate| (1..=60_000).contains(rate)));
        let expected = "a number of requests a minute from 1 to 60000, or off";
        let caller_rate = self.value("DANBIET_CALLER_RATE", expected, false, rate).map(OrOff::given);
        let address_rate = self.value("DANBIET_ADDRESS_RATE", expected, false, rate).map(OrOff::given);
        let wait = |text: &str| {
            OrOff::read(text, |text| {
                text.parse().ok().filter(|wait| (50..=10_000).contains(wait)).map(Duration::from_millis)
            })
        };
        let expected = "a number of milliseconds from 50 to 10000, or off";
        let longest_wait = self.value("DANBIET_LONGEST_WAIT", expected, false, wait).map(OrOff::given);
        let memory = |text: &str| text.parse::<usize>().ok().filter(|size| (8..=4_096).contains(size));
        let body_memory = self.value("DANBIET_BODY_MEMORY", "a number of MiB from 8 to 4096", false, memory);
        let connections = |text: &str| text.parse().ok().filter(|most| (16..=100_000).contains(most));
        let connections = self.value("DANBIET_CONNECTIONS", "a number from 16 to 100000", false, connections);
        Some(EdgeConfig {
            trusted_proxies: trusted_proxies?,
            caller_rate: caller_rate?,
            address_rate: address_rate?,
            longest_wait: longest_wait?,
            body_memory: body_memory? * MEBIBYTE,
            connections: connections?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_and_networks() {
        let found = networks("10.0.0.0/8, 127.0.0.1,fd00::/8").unwrap();
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"]
        );
        for text in ["", "10.0.0.0/33", "proxy", "10.0.0.1,"] {
            assert!(networks(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_demonstration_has_the_limits_that_were_asked_for() {
        let second = Some(Duration::from_secs(1));
        let all =
            EdgeConfig { caller_rate: Some(1), address_rate: Some(2), longest_wait: second, ..EdgeConfig::default() };
        let limited = all.limited_where(|variable| variable == "DANBIET_ADDRESS_RATE");
        assert_eq!(limited, EdgeConfig { address_rate: Some(2), ..EdgeConfig::default() });
    }
}
