//! What the use cases count, by what came of each.

use super::token::Denied;
use crate::error::{Code, Error};
use crate::telemetry::metrics::ByWord;

/// Counters of the running service, each by its outcome.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Attempts of people to sign in.
    pub sign_ins: ByWord,
    /// Tokens that clients asked for.
    pub tokens: ByWord,
    /// Files that were sent for import.
    pub imports: ByWord,
    /// Attempts to deliver a webhook.
    pub webhooks: ByWord,
}

impl Default for Counts {
    fn default() -> Self {
        let new = |outcomes: &[&str]| ByWord::new("outcome", outcomes);
        let asking = ["accepted", "refused", "throttled", "failed"];
        Self {
            sign_ins: new(&asking),
            tokens: new(&asking),
            imports: new(&["published", "judged", "refused", "failed", "replayed"]),
            webhooks: new(&["delivered", "putOff", "failed", "cancelled"]),
        }
    }
}

impl Counts {
    pub(super) fn signed_in<T>(&self, tried: &Result<T, Error>) {
        let outcome = tried.as_ref().map_or_else(of_refusal, |_| "accepted");
        self.sign_ins.add(outcome, 1);
    }

    pub(super) fn granted<T>(&self, asked: &Result<T, Denied>) {
        let outcome = match asked {
            Ok(_) => "accepted",
            Err(Denied::InvalidClient | Denied::InvalidScope(_)) => "refused",
            Err(Denied::Throttled(_)) => "throttled",
            Err(Denied::Failed(_)) => "failed",
        };
        self.tokens.add(outcome, 1);
    }
}

fn of_refusal(error: &Error) -> &'static str {
    match error.code() {
        Code::TooManyRequests => "throttled",
        code if code.status() < 500 => "refused",
        _ => "failed",
    }
}
