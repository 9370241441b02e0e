//! Configuration: flags over environment variables over defaults, checked whole, every mistake told at once.

mod edge;
mod observe;

use std::fmt;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use tracing_subscriber::EnvFilter;

pub use edge::EdgeConfig;
pub use observe::Observe;

use crate::db::pool::Target;

/// Declares the settings: field, variable, default, meaning.
macro_rules! settings {
    ($($field:ident, $variable:literal, $default:expr, $meaning:literal;)*) => {
        /// What was given on the command line.
        #[derive(Debug, Clone, Default, clap::Args)]
        pub struct Flags {
            $(#[doc = $meaning]
            #[arg(long, global = true, value_name = "VALUE")]
            pub $field: Option<String>,)*
        }

        impl Flags {
            /// What was given for a variable.
            #[must_use]
            pub fn get(&self, variable: &str) -> Option<&str> {
                match variable { $($variable => self.$field.as_deref(),)* _ => None }
            }
        }

        /// Every variable with its default and meaning, for the reference.
        pub const REFERENCE: &[(&str, Option<&str>, &str)] = &[$(($variable, $default, $meaning),)*];
    };
}

settings! {
    listen,              "DANBIET_LISTEN",              Some("127.0.0.1:8080"),           "Address and port to listen on";
    database_url,        "DANBIET_DATABASE_URL",        Some("sqlite:data/danbiet.db"),   "postgres://… or sqlite:PATH";
    database_pool,       "DANBIET_DATABASE_POOL",       Some("8"),                        "Connections to the database, 1 to 200";
    answer_store,        "DANBIET_ANSWER_STORE",        Some("8"),                        "MiB of finished answers to keep for the next who asks the same, and of the values in them, 0 to 1024";
    issuer,              "DANBIET_ISSUER",              Some("http://127.0.0.1:8080"),    "Claim iss of access tokens: the public URL of the service";
    audience,            "DANBIET_AUDIENCE",            Some("danbiet"),                  "Claim aud of access tokens";
    key_encryption_key,  "DANBIET_KEY_ENCRYPTION_KEY",  None,                             "32 random bytes in base64, under which signing keys are sealed";
    graphql_introspection, "DANBIET_GRAPHQL_INTROSPECTION", Some("on"),                   "Whether GraphQL describes itself and suggests names: on or off";
    webhook_allow_private, "DANBIET_WEBHOOK_ALLOW_PRIVATE", Some("off"),                   "Whether webhooks may be sent to private addresses and without TLS: on or off";
    log_format,          "DANBIET_LOG_FORMAT",          Some("human"),                    "human or json";
    log_filter,          "DANBIET_LOG_FILTER",          Some("info"),                     "Directives of tracing-subscriber's EnvFilter";
    trusted_proxies,     "DANBIET_TRUSTED_PROXIES",     None,                             "Addresses or networks, with commas between, whose X-Forwarded-For is believed";
    caller_rate,         "DANBIET_CALLER_RATE",         Some("1200"),                     "Requests a minute of an account or client, which may come at once; or off";
    address_rate,        "DANBIET_ADDRESS_RATE",        Some("3000"),                     "Requests a minute of an address without credentials; or off";
    longest_wait,        "DANBIET_LONGEST_WAIT",        Some("500"),                      "Milliseconds that a request may wait to be begun before the surplus is refused; or off";
    body_memory,         "DANBIET_BODY_MEMORY",         Some("64"),                       "MiB of bodies that are received at the same time, 8 to 4096";
    connections,         "DANBIET_CONNECTIONS",         Some("10000"),                    "Connections at the same time, 16 to 100000";
    metrics_listen,      "DANBIET_METRICS_LISTEN",      Some("127.0.0.1:9464"),           "Inner address of /metrics and /health, or off; the demonstration has none unless it is given";
    slow_statement,      "DANBIET_SLOW_STATEMENT",      Some("250"),                      "Milliseconds from which on a statement to the database is logged, without its values; or off";
    otlp_endpoint,       "OTEL_EXPORTER_OTLP_ENDPOINT", None,                             "Collector that traces are sent to (OTLP over HTTP); nowhere unless it is given";
}

/// A configuration that holds together.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the data is.
    pub database: Target,
    /// Connections to it.
    pub database_pool: u32,
    /// MiB of finished answers to keep.
    pub answer_store: u64,
    /// Claim `iss`.
    pub issuer: String,
    /// Claim `aud`.
    pub audience: String,
    /// The 32 bytes that seal signing keys; nothing where the command does not need them.
    pub key_encryption_key: Option<Vec<u8>>,
    /// Whether the GraphQL schema describes itself.
    pub graphql_introspection: bool,
    /// Whether webhooks may be sent to private addresses and without TLS.
    pub webhook_allow_private: bool,
    /// How to log.
    pub log: LogConfig,
    /// How the service is seen from outside.
    pub observe: Observe,
    /// What stands before every request.
    pub edge: EdgeConfig,
}

impl Config {
    /// How many computed values of quarters a snapshot remembers; one has about a kilobyte, so half of the answers' room.
    #[must_use]
    pub fn remembered_values(&self) -> usize {
        usize::try_from(self.answer_store).unwrap_or_default() * 512
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = match &self.database {
            Target::Sqlite(path) => format!("sqlite:{}", path.display()),
            Target::Postgres(_) => "postgres://…".to_owned(),
        };
        formatter
            .debug_struct("Config")
            .field("listen", &self.listen)
            .field("database", &database)
            .field("database_pool", &self.database_pool)
            .field("answer_store", &self.answer_store)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("key_encryption_key", &self.key_encryption_key.as_ref().map(|_| "…"))
            .field("graphql_introspection", &self.graphql_introspection)
            .field("webhook_allow_private", &self.webhook_allow_private)
            .field("log", &self.log)
            .field("observe", &self.observe)
            .field("edge", &self.edge)
            .finish()
    }
}

/// How to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// Whether lines are JSON.
    pub json: bool,
    /// Directives.
    pub filter: String,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(formatter, "\n  {mistake}"))
    }
}

impl std::error::Error for ConfigError {}

/// The process's environment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

struct Reader<'a, E: Fn(&str) -> Option<String>> {
    flags: &'a Flags,
    environment: E,
    mistakes: Vec<String>,
}

impl<E: Fn(&str) -> Option<String>> Reader<'_, E> {
    fn raw(&self, variable: &str) -> Option<String> {
        let default = REFERENCE.iter().find(|(name, _, _)| *name == variable).and_then(|(_, default, _)| *default);
        let flag = self.flags.get(variable).map(ToOwned::to_owned);
        flag.or_else(|| (self.environment)(variable)).or_else(|| default.map(ToOwned::to_owned))
    }

    fn value<T>(
        &mut self,
        variable: &str,
        expected: &str,
        secret: bool,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.raw(variable)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            let shown = if secret { "the value given" } else { &*text };
            self.mistakes.push(format!("{variable}: {shown} is not {expected}"));
        }
        parsed
    }

    fn log(&mut self) -> Option<LogConfig> {
        let json = self.value("DANBIET_LOG_FORMAT", "human or json", false, |text| match text {
            "json" => Some(true),
            "human" => Some(false),
            _ => None,
        });
        let directives = |text: &str| EnvFilter::try_new(text).is_ok().then(|| text.to_owned());
        let filter = self.value("DANBIET_LOG_FILTER", "directives like info or danbiet=debug", false, directives);
        Some(LogConfig { json: json?, filter: filter? })
    }
}

/// Whether a command opens signing keys, and so cannot do without the key that seals them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealingKey {
    /// It does.
    Needed,
    /// It does not.
    Optional,
}

/// A URL with a host and without what an issuer has none of: query, fragment, user (RFC 8414, section 2).
fn issuer_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let strange = |letter: char| letter.is_whitespace() || letter.is_control() || "?#@\\".contains(letter);
    (!host.is_empty() && !rest.contains(strange)).then(|| text.to_owned())
}

/// How to log, from flags and environment.
///
/// # Errors
/// Where the format is unknown or the filter cannot be read.
pub fn log_config(flags: &Flags, environment: impl Fn(&str) -> Option<String>) -> Result<LogConfig, ConfigError> {
    let mut reader = Reader { flags, environment, mistakes: Vec::new() };
    let json = reader.value("DANBIET_LOG_FORMAT", "human or json", false, |text| match text {
        "json" => Some(true),
        "human" => Some(false),
        _ => None,
    });
    let filter = reader.raw("DANBIET_LOG_FILTER").unwrap_or_default();
    json.filter(|_| reader.mistakes.is_empty())
        .map(|json| LogConfig { json, filter })
        .ok_or(ConfigError(reader.mistakes))
}

/// The configuration, from flags and environment.
///
/// # Errors
/// Every mistake at once.
pub fn config(
    flags: &Flags,
    environment: impl Fn(&str) -> Option<String>,
    sealing_key: SealingKey,
) -> Result<Config, ConfigError> {
    let mut reader = Reader { flags, environment, mistakes: Vec::new() };
    let listen = reader.value("DANBIET_LISTEN", "an address like 127.0.0.1:8080", false, |text| text.parse().ok());
    let database = reader.value("DANBIET_DATABASE_URL", "postgres://… or sqlite:PATH", true, Target::parse);
    let pool = |text: &str| text.parse().ok().filter(|size| (1..=200).contains(size));
    let database_pool = reader.value("DANBIET_DATABASE_POOL", "a number from 1 to 200", false, pool);
    let store = |text: &str| text.parse().ok().filter(|size| (0..=1024).contains(size));
    let answer_store = reader.value("DANBIET_ANSWER_STORE", "a number from 0 to 1024", false, store);
    let issuer = reader.value("DANBIET_ISSUER", "a URL like https://danbiet.example.gov.vn", false, issuer_url);
    let audience = reader.value("DANBIET_AUDIENCE", "a name", false, |text| Some(text.to_owned()));
    let key = |text: &str| STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
    let key_encryption_key =
        reader.value("DANBIET_KEY_ENCRYPTION_KEY", "32 bytes in base64 (openssl rand -base64 32)", true, key);
    if sealing_key == SealingKey::Needed && reader.raw("DANBIET_KEY_ENCRYPTION_KEY").is_none() {
        reader.mistakes.push("DANBIET_KEY_ENCRYPTION_KEY: missing; make one with: openssl rand -base64 32".to_owned());
    }
    let switch = |text: &str| match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    let introspection = reader.value("DANBIET_GRAPHQL_INTROSPECTION", "on or off", false, switch);
    let allow_private = reader.value("DANBIET_WEBHOOK_ALLOW_PRIVATE", "on or off", false, switch);
    let log = reader.log();
    let around = reader.observe(listen).zip(reader.edge());
    let switches = introspection.zip(allow_private);
    match (listen, database, database_pool, answer_store, issuer, audience, switches, log, around) {
        (
            Some(listen),
            Some(database),
            Some(database_pool),
            Some(answer_store),
            Some(issuer),
            Some(audience),
            Some((graphql_introspection, webhook_allow_private)),
            Some(log),
            Some((observe, edge)),
        ) if reader.mistakes.is_empty() => Ok(Config {
            listen,
            database,
            database_pool,
            answer_store,
            issuer,
            audience,
            key_encryption_key,
            graphql_introspection,
            webhook_allow_private,
            log,
            observe,
            edge,
        }),
        _ => Err(ConfigError(reader.mistakes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_at_once_and_no_secret_with_it() {
        let environment = |name: &str| match name {
            "DANBIET_LISTEN" => Some("here".to_owned()),
            "DANBIET_DATABASE_URL" => Some("postgres:x".to_owned()),
            "DANBIET_DATABASE_POOL" => Some("0".to_owned()),
            "DANBIET_KEY_ENCRYPTION_KEY" => Some("hunter2".to_owned()),
            "DANBIET_GRAPHQL_INTROSPECTION" => Some("maybe".to_owned()),
            "DANBIET_ISSUER" => Some("https://".to_owned()),
            "DANBIET_LOG_FORMAT" => Some("xml".to_owned()),
            "DANBIET_LOG_FILTER" => Some("danbiet=loudly".to_owned()),
            _ => None,
        };
        let error = config(&Flags::default(), environment, SealingKey::Needed).unwrap_err();
        assert_eq!(error.0.len(), 8, "{error}");
        assert!(error.to_string().contains("DANBIET_LOG_FILTER: danbiet=loudly is not"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_missing_key_is_told_with_the_other_mistakes_by_who_needs_it() {
        let environment = |name: &str| (name == "DANBIET_LISTEN").then(|| "here".to_owned());
        let mistakes = |key| config(&Flags::default(), environment, key).unwrap_err().0.len();
        assert_eq!((mistakes(SealingKey::Optional), mistakes(SealingKey::Needed)), (1, 2));
    }

    #[test]
    fn an_issuer_is_a_url_with_a_host() {
        for url in ["https://danbiet.example", "http://127.0.0.1:8080", "http://[::1]:80/x"] {
            assert!(issuer_url(url).is_some(), "{url}");
        }
        for text in ["", "danbiet", "https://", "https:///x", "http://:80", "https://a b", "https://a?x", "ftp://a"] {
            assert!(issuer_url(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_secrets_stay_out_of_debug() {
        let flags = Flags { listen: Some("127.0.0.1:9000".to_owned()), ..Flags::default() };
        let environment = |name: &str| match name {
            "DANBIET_LISTEN" => Some("127.0.0.1:1".to_owned()),
            "DANBIET_DATABASE_URL" => Some("postgres://danbiet:hunter2@db/danbiet".to_owned()),
            "DANBIET_KEY_ENCRYPTION_KEY" => Some(STANDARD.encode([7_u8; 32])),
            _ => None,
        };
        let config = config(&flags, environment, SealingKey::Needed).unwrap();
        assert_eq!((config.listen.port(), config.graphql_introspection), (9000, true));
        let shown = format!("{config:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("[7"), "{shown}");
    }
}
