//! Statements that take long, in the log: their shape, never the values that were bound.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::telemetry::metrics::Counter;

/// The most letters of a statement that are logged: a batch has as many placeholders as rows times columns.
const MOST: usize = 600;
/// What diesel writes between a statement and its values.
const VALUES: &str = " -- binds: ";
/// Instead of a number of microseconds: nothing is slow.
const NEVER: u64 = u64::MAX;

/// From when on a statement is slow, for all connections of a pool, and how many were.
#[derive(Debug, Clone)]
pub(super) struct SlowStatements {
    microseconds: Arc<AtomicU64>,
    pub counted: Counter,
}

impl Default for SlowStatements {
    fn default() -> Self {
        Self { microseconds: Arc::new(AtomicU64::new(NEVER)), counted: Counter::default() }
    }
}

impl SlowStatements {
    /// Logs statements that take so long or longer; with nothing, none.
    pub fn from(&self, threshold: Option<Duration>) {
        let microseconds = threshold.map_or(NEVER, |least| u64::try_from(least.as_micros()).unwrap_or(NEVER));
        self.microseconds.store(microseconds, Ordering::Relaxed);
    }

    /// What a connection reports to.
    pub fn watch(&self) -> impl Instrumentation + use<> {
        Watch { slow: self.clone(), begun: None }
    }
}

struct Watch {
    slow: SlowStatements,
    begun: Option<Instant>,
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.begun = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                let took = self.begun.take().map(|begun| begun.elapsed()).unwrap_or_default();
                if took.as_micros() >= u128::from(self.slow.microseconds.load(Ordering::Relaxed)) {
                    self.slow.counted.inc();
                    let milliseconds = took.as_secs_f64() * 1_000.0;
                    tracing::warn!(milliseconds, statement = shape(query), "slow statement");
                }
            }
            _ => {}
        }
    }
}

/// Takes so much of a text, and then no more.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.0.len() >= MOST + VALUES.len() {
                return Err(fmt::Error);
            }
            self.0.push(letter);
        }
        Ok(())
    }
}

/// A statement without its values. Diesel quotes no value into what it builds; of what is written by hand, the texts
/// within quotes are left out.
fn shape(query: &(impl fmt::Display + ?Sized)) -> String {
    let mut written = Bounded(String::new());
    let whole = write!(written, "{query}").is_ok();
    let statement = written.0.split(VALUES).next().unwrap_or_default();
    // Every other part stands within quotes.
    let parts = statement.split('\'').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "'…'" });
    let mut shape: String = parts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if !whole && statement.len() >= MOST {
        shape.push('…');
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_logged_without_its_values() {
        let logged = shape("SELECT `a`  FROM `accounts`\n WHERE `username` = ? -- binds: [\"Nguyễn Văn A\"]");
        assert_eq!(logged, "SELECT `a` FROM `accounts` WHERE `username` = ?");
        assert_eq!(shape("SET x = 'hunter2' WHERE y = 'it''s'"), "SET x = '…' WHERE y = '…''…'");
    }

    #[test]
    fn a_batch_is_cut_before_its_values() {
        let batch = format!("INSERT INTO t VALUES {} -- binds: [\"secret\"]", "(?, ?), ".repeat(10_000));
        let logged = shape(&batch);
        assert!(logged.len() < MOST + 20 && logged.ends_with('…') && !logged.contains("secret"), "{logged}");
        // Where the cut falls into the mark itself, nothing of the values is there yet.
        for length in MOST - 40..MOST + 20 {
            let logged = shape(&format!("{}{VALUES}[\"secret\"]", "x".repeat(length)));
            assert!(!logged.contains("secret"), "{length}: {logged}");
        }
    }
}
