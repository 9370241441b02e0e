//! Numbers about the running service, for Prometheus (OpenMetrics 1.0), named by OpenTelemetry's semantic conventions
//! (1.44) where those have a name.
//!
//! What counts holds its own counters, which are clones of one another; a [`Page`] shows them. Counting is an atomic
//! addition, or a short lock where it is by labels.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric as _};
use prometheus_client::registry::{Registry, Unit};

pub use prometheus_client::metrics::counter::Counter;

/// The media type of a [`Page`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The bounds that the conventions advise for `http.server.request.duration`, in seconds.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// How long something took, in seconds.
#[derive(Debug, Clone)]
pub struct Durations(Histogram);

impl Default for Durations {
    fn default() -> Self {
        Self(Histogram::new(BOUNDS))
    }
}

impl Durations {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }
}

/// One label, for counters of a few words that the service itself chooses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word(&'static str, String);

impl EncodeLabelSet for Word {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        EncodeLabelSet::encode(&[(self.0, self.1.as_str())], encoder)
    }
}

/// Counters by one word, such as the code of a problem; the words must be few.
#[derive(Debug, Clone)]
pub struct ByWord {
    label: &'static str,
    counters: Family<Word, Counter>,
}

impl ByWord {
    /// Counters that are told apart by a label. The words that are known beforehand begin at nought: a series that appears
    /// with its first event has no growth to show, so no alert would see that event.
    #[must_use]
    pub fn new(label: &'static str, words: &[&str]) -> Self {
        let new = Self { label, counters: Family::default() };
        for word in words {
            new.add(word, 0);
        }
        new
    }

    /// Counts so many.
    pub fn add(&self, word: &str, many: u64) {
        self.counters.get_or_create(&Word(self.label, word.to_owned())).inc_by(many);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    http_request_method: &'static str,
    http_route: String,
    http_response_status_code: u16,
    url_scheme: &'static str,
    error_type: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    http_request_method: &'static str,
    url_scheme: &'static str,
}

/// Whoever ends TLS does so before this service.
const SCHEME: &str = "http";

/// The method as a label: those of RFC 9110 and PATCH; a client may make up any other.
fn known(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("_OTHER")
}

/// Requests that were answered and those under way.
#[derive(Debug, Clone)]
pub struct Requests {
    durations: Family<Request, Histogram>,
    active: Family<Method, Gauge>,
    problems: ByWord,
}

impl Default for Requests {
    fn default() -> Self {
        let empty: fn() -> Histogram = || Histogram::new(BOUNDS);
        let durations = Family::new_with_constructor(empty);
        Self { durations, active: Family::default(), problems: ByWord::new("code", &[]) }
    }
}

/// A request under way; it is over when this is dropped, also where its client went away.
#[derive(Debug)]
pub struct Active(Gauge);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Requests {
    /// Counts a request as under way.
    #[must_use]
    pub fn begin(&self, method: &str) -> Active {
        let labels = Method { http_request_method: known(method), url_scheme: SCHEME };
        let gauge = self.active.get_or_create_owned(&labels);
        gauge.inc();
        Active(gauge)
    }

    /// Counts an answer: by the template of its route, never by what the client wrote; `problem` is the code of a refusal.
    pub fn answered(&self, method: &str, route: String, status: u16, problem: Option<&'static str>, took: Duration) {
        let labels = Request {
            http_request_method: known(method),
            http_route: route,
            http_response_status_code: status,
            url_scheme: SCHEME,
            error_type: problem.filter(|_| status >= 500),
        };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
        if let Some(code) = problem {
            self.problems.add(code, 1);
        }
    }
}

/// What kind of number a [`Reading`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only grows while the process runs.
    Counter,
}

/// A number that is read when somebody asks for it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Its name, without a unit and without `_total`.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// `bytes`, `seconds` or nothing.
    pub unit: Option<&'static str>,
    /// Gauge or counter.
    pub kind: Kind,
    /// By label, where there is one: the label's name, and each word with its value. Without a label, one value.
    pub label: Option<&'static str>,
    /// The values.
    pub values: Vec<(&'static str, f64)>,
}

impl Reading {
    /// A gauge of one value.
    #[must_use]
    pub fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, unit: None, kind: Kind::Gauge, label: None, values: vec![("", value)] }
    }

    /// The same in a unit.
    #[must_use]
    pub fn of(self, unit: &'static str) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// The same, told apart by a label.
    #[must_use]
    pub fn by(self, label: &'static str, values: Vec<(&'static str, f64)>) -> Self {
        Self { label: Some(label), values, ..self }
    }

    /// The same as a counter.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { kind: Kind::Counter, ..self }
    }

    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let unit = self.unit.map(|unit| Unit::Other(unit.to_owned()));
        let kind = if self.kind == Kind::Counter { ConstCounter::<f64>::TYPE } else { ConstGauge::<f64>::TYPE };
        let is_counter = matches!(kind, MetricType::Counter);
        let mut metric = encoder.encode_descriptor(self.name, self.help, unit.as_ref(), kind)?;
        let one = |metric: prometheus_client::encoding::MetricEncoder<'_>, value: f64| {
            if is_counter { ConstCounter::new(value).encode(metric) } else { ConstGauge::new(value).encode(metric) }
        };
        match self.label {
            None => self.values.first().map_or(Ok(()), |(_, value)| one(metric, *value)),
            Some(label) => {
                self.values.iter().try_for_each(|(word, value)| one(metric.encode_family(&[(label, *word)])?, *value))
            }
        }
    }
}

/// Reads numbers when somebody asks for them.
struct Readings(Box<dyn Fn() -> Vec<Reading> + Send + Sync>);

impl fmt::Debug for Readings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Readings")
    }
}

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        (self.0)().iter().try_for_each(|reading| reading.encode(&mut encoder))
    }
}

/// Everything that is shown.
#[derive(Debug, Default)]
pub struct Page(Registry);

impl Page {
    /// Shows requests.
    pub fn requests(&mut self, requests: &Requests) {
        let help = "Duration of HTTP server requests, until the answer's head is made";
        self.0.register_with_unit("http_server_request_duration", help, Unit::Seconds, requests.durations.clone());
        self.0.register("http_server_active_requests", "HTTP server requests under way", requests.active.clone());
        self.by_word("danbiet_problems", "Refusals and failures by the code of their problem", &requests.problems);
    }

    /// Shows a counter; `_total` is added to its name.
    pub fn counter(&mut self, name: &str, help: &str, counter: &Counter) {
        self.0.register(name, help, counter.clone());
    }

    /// Shows counters by word; `_total` is added to their name.
    pub fn by_word(&mut self, name: &str, help: &str, counters: &ByWord) {
        self.0.register(name, help, counters.counters.clone());
    }

    /// Shows durations; `_seconds` is added to their name.
    pub fn durations(&mut self, name: &str, help: &str, durations: &Durations) {
        self.0.register_with_unit(name, help, Unit::Seconds, durations.0.clone());
    }

    /// Shows what is read when somebody asks.
    pub fn readings(&mut self, read: impl Fn() -> Vec<Reading> + Send + Sync + 'static) {
        self.0.register_collector(Box::new(Readings(Box::new(read))));
    }

    /// The page as text.
    ///
    /// # Errors
    /// Where a number cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &self.0)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_clients_make_up_are_one_label() {
        assert_eq!((known("GET"), known("get"), known("BREW")), ("GET", "_OTHER", "_OTHER"));
    }

    #[test]
    fn a_page_has_the_names_that_prometheus_expects() {
        let (requests, mut page) = (Requests::default(), Page::default());
        page.requests(&requests);
        page.readings(|| {
            vec![
                Reading::gauge("danbiet_x", "X", 2.0).of("bytes"),
                Reading::gauge("danbiet_y", "Y", 0.0).by("kind", vec![("a", 1.0), ("b", 3.0)]).counted(),
            ]
        });
        let under_way = requests.begin("GET");
        requests.answered("GET", "/api/v1/areas".to_owned(), 200, None, Duration::from_millis(7));
        requests.answered("PUT", String::new(), 503, Some("unavailable"), Duration::from_secs(20));
        let text = page.text().unwrap();
        for line in [
            "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"} 1",
            "http_server_request_duration_seconds_bucket{le=\"0.01\",http_request_method=\"GET\",\
             http_route=\"/api/v1/areas\",http_response_status_code=\"200\",url_scheme=\"http\",error_type=\"\"} 1",
            "http_server_request_duration_seconds_count{http_request_method=\"PUT\",http_route=\"\",\
             http_response_status_code=\"503\",url_scheme=\"http\",error_type=\"unavailable\"} 1",
            "danbiet_problems_total{code=\"unavailable\"} 1",
            "danbiet_x_bytes 2.0",
            "danbiet_y_total{kind=\"b\"} 3.0",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        drop(under_way);
        assert!(page.text().unwrap().contains("url_scheme=\"http\"} 0"));
    }
}
