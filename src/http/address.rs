//! Who asks, where a balancer stands between: what it says is believed if it is one of ours.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Data;
use ipnet::IpNet;

use super::edge::Edge;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from: the peer of its connection, or, where that is a trusted proxy, the last address
/// in `X-Forwarded-For` that is none. What stands before that in the header, a client may have made up.
pub(super) fn client(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let trusted = request.app_data::<Data<Edge>>().map_or(&[][..], |edge| &edge.trusted);
    behind(peer.to_canonical(), trusted, request.headers())
}

fn behind(peer: IpAddr, trusted: &[IpNet], headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).filter_map(|line| line.to_str().ok()).collect();
    let mut known = peer;
    for part in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        // What is no address was not written by a proxy of ours.
        let Ok(address) = part.trim().parse::<IpAddr>() else { break };
        known = address.to_canonical();
        if !is_trusted(known) {
            break;
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"].map(|text| text.parse().unwrap()).to_vec();
        let from = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
            }
            behind(peer.parse().unwrap(), &trusted, &headers).to_string()
        };
        assert_eq!(from("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "nobody made it a proxy");
        assert_eq!(from("10.1.1.1", &[]), "10.1.1.1");
        assert_eq!(from("10.1.1.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("10.1.1.1", &["6.6.6.6, 198.51.100.1, 10.2.2.2"]), "198.51.100.1", "the first is made up");
        assert_eq!(from("10.1.1.1", &["6.6.6.6", "198.51.100.1, 127.0.0.1"]), "198.51.100.1");
        assert_eq!(from("10.1.1.1", &["6.6.6.6, nonsense"]), "10.1.1.1");
        assert_eq!(from("10.1.1.1", &["6.6.6.6, nonsense, 10.2.2.2"]), "10.2.2.2");
        assert_eq!(from("127.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("fd00::1", &["2001:db8::7"]), "2001:db8::7");
    }
}
