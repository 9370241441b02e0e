//! Passwords: Argon2id with 19 MiB, two passes, one lane (the OWASP minimum), a few at a time.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashings at a time: each holds 19 MiB and a core.
const AT_A_TIME: usize = 2;
/// Callers that may wait for one; the rest is told to come back.
const WAITING: usize = 32;

/// Hashes and verifies passwords on threads that may block.
#[derive(Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// A hash of nothing that anybody knows, so that an unknown account costs what a known one does.
    decoy: Arc<str>,
}

impl Passwords {
    /// Prepares the decoy, which costs one hashing.
    ///
    /// # Errors
    /// Where the operating system gives no randomness.
    pub fn new() -> Result<Self> {
        let decoy = hash(super::random_token()?.as_bytes())?;
        Ok(Self {
            running: Arc::new(Semaphore::new(AT_A_TIME)),
            queue: Arc::new(Semaphore::new(AT_A_TIME + WAITING)),
            decoy: decoy.into(),
        })
    }

    /// Whether the password is the one behind `stored`; false for an account that does not exist, after equal work.
    ///
    /// # Errors
    /// `unavailable` where too many are waiting.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let Ok(_place) = self.queue.try_acquire() else {
            return Err(Error::unavailable(5, "too many passwords to verify"));
        };
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.to_string());
        let matches = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            PasswordHash::new(&stored)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(matches.await.map_err(Error::internal)? && known)
    }
}

/// The hash of a password in PHC form, with a salt of its own.
///
/// # Errors
/// Where the operating system gives no randomness.
pub fn hash(password: &[u8]) -> Result<String> {
    let hash = Argon2::default().hash_password(password);
    hash.map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
}
