//! What stands before every request.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Reader;

/// What an operator may set about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EdgeConfig {
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
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
        if given {
            trusted_proxies.map(|trusted_proxies| EdgeConfig { trusted_proxies })
        } else {
            Some(EdgeConfig::default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::networks;

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
}
