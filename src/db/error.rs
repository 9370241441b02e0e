//! What a database error means to a caller: nothing by default. Whoever runs a statement says what a violation means.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

/// Seconds after which a client may try again when the database was away.
pub const RETRY_AFTER_SECONDS: u32 = 2;

/// Turns a database error into the service's: away or overloaded is 503, anything else a bug of ours.
pub(crate) fn internal(error: DieselError) -> Error {
    let away = match &error {
        DieselError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction => true,
            // Neither driver has a kind for these; both spell them in the server's fixed English messages.
            _ => {
                let message = information.message();
                [
                    "database is locked",
                    "disk is full",
                    "disk I/O error",
                    "terminating connection",
                    "canceling statement",
                    "deadlock detected",
                    "server closed the connection",
                    "could not receive data from server",
                    "no connection to the server",
                    "starting up",
                    "shutting down",
                    "recovery mode",
                    "No space left",
                ]
                .iter()
                .any(|sign| message.contains(sign))
            }
        },
        DieselError::BrokenTransactionManager => true,
        _ => false,
    };
    if away { Error::unavailable(RETRY_AFTER_SECONDS, error) } else { Error::internal(error) }
}

/// Whether the error is a second row with a key that must be unique.
pub(crate) fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
