//! How the service is seen from outside.

use std::net::SocketAddr;
use std::time::Duration;

use super::Reader;

/// What an operator may set about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observe {
    /// Where metrics and health are had by those who run the service; nothing where they are not.
    pub metrics_listen: Option<SocketAddr>,
    /// From when on a statement to the database is logged.
    pub slow_statement: Option<Duration>,
    /// Where traces go.
    pub traces: Option<String>,
}

/// A value, or the word for none.
pub(super) enum OrOff<T> {
    Off,
    Given(T),
}

impl<T> OrOff<T> {
    pub(super) fn read(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Self> {
        if text == "off" { Some(Self::Off) } else { parse(text).map(Self::Given) }
    }

    pub(super) fn given(self) -> Option<T> {
        match self {
            Self::Off => None,
            Self::Given(value) => Some(value),
        }
    }
}

/// The address of a collector beside the service: plain HTTP, a host, no query.
fn collector(text: &str) -> Option<String> {
    let host = text.strip_prefix("http://")?;
    let strange = |letter: char| letter.is_whitespace() || letter.is_control() || "?#@\\".contains(letter);
    (!host.is_empty() && !host.starts_with(['/', ':']) && !host.contains(strange)).then(|| text.to_owned())
}

impl<E: Fn(&str) -> Option<String>> Reader<'_, E> {
    pub(super) fn observe(&mut self, listen: Option<SocketAddr>) -> Option<Observe> {
        let address = |text: &str| OrOff::read(text, |text| text.parse::<SocketAddr>().ok());
        let expected = "an address like 127.0.0.1:9464, or off";
        let metrics_listen = self.value("DANBIET_METRICS_LISTEN", expected, false, address).map(OrOff::given);
        if let Some(inner) = metrics_listen.flatten().filter(|inner| inner.port() != 0)
            && listen.is_some_and(|public| public == inner)
        {
            let mistake =
                "DANBIET_METRICS_LISTEN: must be another address than DANBIET_LISTEN, which the public reaches";
            self.mistakes.push(mistake.to_owned());
        }
        let milliseconds = |text: &str| {
            OrOff::read(text, |text| text.parse().ok().filter(|value| *value <= 60_000).map(Duration::from_millis))
        };
        let expected = "a number of milliseconds from 0 to 60000, or off";
        let slow_statement = self.value("DANBIET_SLOW_STATEMENT", expected, false, milliseconds).map(OrOff::given);
        let given = self.raw("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
        let expected = "a collector's address like http://127.0.0.1:4318 (plain HTTP: it stands beside the service)";
        let traces = self.value("OTEL_EXPORTER_OTLP_ENDPOINT", expected, false, collector);
        if given && traces.is_none() {
            return None;
        }
        Some(Observe { metrics_listen: metrics_listen?, slow_statement: slow_statement?, traces })
    }
}

#[cfg(test)]
mod tests {
    use super::collector;

    #[test]
    fn a_collector_is_plain_http_with_a_host() {
        for url in ["http://127.0.0.1:4318", "http://collector:4318/", "http://collector/otlp"] {
            assert!(collector(url).is_some(), "{url}");
        }
        for text in
            ["", "off", "127.0.0.1:4318", "https://collector:4318", "http://", "http:///x", "http://a@b", "http://a?x"]
        {
            assert!(collector(text).is_none(), "{text}");
        }
    }
}
