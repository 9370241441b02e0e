//! What another agency's system may be given.

use super::words::words;

words! {
    /// What a token of a client lets it do (RFC 6749, section 3.3).
    ClientScope {
        /// Read published figures, aggregates and the catalogue.
        FiguresRead = "figures:read",
        /// Push the figures that the client owns.
        ObservationsWrite = "observations:write",
        /// Read the change feed and manage own webhooks.
        ChangesRead = "changes:read",
    }
}

/// Scopes as OAuth writes them: with a space between them.
#[must_use]
pub fn written(scopes: &[ClientScope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}
