//! Where events may be sent: to nobody who is reached only because it is we who ask (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::{Code, Error, Result, Text};
use crate::text;

/// The longest address.
const MAX_URL: usize = 2_000;

/// What an operator lets webhooks reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, over TLS.
    Public,
    /// Private ones too, and without TLS: for an operator whose receivers are on the same network.
    Private,
}

fn refuse(code: Code, detail: Text) -> Error {
    Error::parameter(code, "/url", detail)
}

/// Reads the address of a receiver. A name is looked up when something is sent, each time anew.
///
/// # Errors
/// `notMeaningful` at `/url`.
pub fn read(text: &str, reach: Reach) -> Result<Url> {
    let malformed = || {
        refuse(
            Code::NotMeaningful,
            text!(
                "url là địa chỉ https đầy đủ như https://nhan.example.gov.vn/danbiet, không kèm tên người dùng và phần sau #.",
                "The url is a whole https address like https://receiver.example.gov.vn/danbiet, without a user and without a #."
            ),
        )
    };
    let url = Url::parse(text.trim()).ok().filter(|url| url.as_str().len() <= MAX_URL).ok_or_else(malformed)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let scheme = url.scheme() == "https" || (reach == Reach::Private && url.scheme() == "http");
    if !plain || !scheme || url.port() == Some(0) {
        return Err(malformed());
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) => None,
        None => return Err(malformed()),
    };
    if let Some(address) = literal.filter(|address| !may_reach(*address, reach)) {
        let detail = text!(
            "{address} là địa chỉ nội bộ; webhook chỉ gửi ra địa chỉ công cộng.",
            "{address} is not a public address; webhooks are sent to public ones only."
        );
        return Err(refuse(Code::NotMeaningful, detail));
    }
    Ok(url)
}

/// Whether something may be sent to an address.
#[must_use]
pub fn may_reach(address: IpAddr, reach: Reach) -> bool {
    match address {
        IpAddr::V4(address) => v4(address, reach),
        // What IPv6 wraps is what is reached in the end.
        IpAddr::V6(address) => embedded(address).map_or_else(|| v6(address, reach), |inner| v4(inner, reach)),
    }
}

fn v4(address: Ipv4Addr, reach: Reach) -> bool {
    let [a, b, c, _] = address.octets();
    // Nobody's network has receivers there, and link-local ones are where clouds keep their secrets.
    let never = address.is_unspecified()
        || a == 0
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_link_local()
        || a >= 240;
    let shared = a == 100 && (64..128).contains(&b);
    let special = (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113);
    let private = address.is_loopback() || address.is_private() || shared || special;
    !never && (reach == Reach::Private || !private)
}

fn v6(address: Ipv6Addr, reach: Reach) -> bool {
    let [first, second, ..] = address.segments();
    let never = address.is_unspecified() || address.is_multicast() || (first & 0xffc0) == 0xfe80;
    let unique_local = (first & 0xfe00) == 0xfc00;
    // Only 2000::/3 is given out; documentation, benchmarks, Teredo and 6to4 within it are no receivers.
    let global = (first & 0xe000) == 0x2000
        && !(first == 0x2001 && (second < 0x200 || second == 0x0db8))
        && first != 0x2002
        && first != 0x3fff;
    !never && (global || (reach == Reach::Private && (address.is_loopback() || unique_local)))
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, or behind a translator (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let last = || {
        let [.., high, low] = segments;
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            Some(last())
        }
        [0x64, 0xff9b, 1, ..] => Some(Ipv4Addr::LOCALHOST),
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => Some(last()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_reached() {
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
            "5f00::1",
        ] {
            assert!(!may_reach(private.parse().unwrap(), Reach::Public), "{private}");
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "203.113.131.1",
            "2001:ee0::1",
            "2606:4700::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(may_reach(public.parse().unwrap(), Reach::Public), "{public}");
        }
    }

    #[test]
    fn an_operator_opens_a_private_network_but_never_the_link() {
        for open in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1", "1.1.1.1"] {
            assert!(may_reach(open.parse().unwrap(), Reach::Private), "{open}");
        }
        for never in [
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:169.254.169.254",
        ] {
            assert!(!may_reach(never.parse().unwrap(), Reach::Private), "{never}");
        }
    }

    #[test]
    fn an_address_is_https_and_names_nobody() {
        for url in ["https://receiver.example.gov.vn/danbiet?x=1", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"] {
            assert!(read(url, Reach::Public).is_ok(), "{url}");
        }
        for url in [
            "",
            "receiver",
            "/x",
            "http://receiver.example/",
            "ftp://receiver.example/",
            "file:///etc/passwd",
            "gopher://x/",
            "javascript:alert(1)",
            "https://",
            "https://a:b@receiver.example/",
            "https://user@receiver.example/",
            "https://receiver.example/#x",
            "https://127.0.0.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://0/",
            "https://receiver.example:0/",
            "https://017700000001/",
        ] {
            assert_eq!(read(url, Reach::Public).unwrap_err().code(), Code::NotMeaningful, "{url}");
        }
        assert!(read("http://127.0.0.1:9000/x", Reach::Private).is_ok());
        assert!(read("http://169.254.169.254/x", Reach::Private).is_err());
        assert!(read(&format!("https://a.example/{}", "x".repeat(2_000)), Reach::Public).is_err());
    }
}
