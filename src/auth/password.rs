//! Passwords: Argon2id with 19 MiB, two passes, one lane (the OWASP minimum), a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher as _, Version};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashings at a time: each holds 19 MiB and a core.
const AT_A_TIME: usize = 2;
/// Bytes past which an allocation is given back to the system when it is freed.
const ALWAYS_MAPPED: usize = 33 * 1024 * 1024;
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

    /// The hash of a new password, as [`hash`] makes it, in the same queue as those that are verified.
    ///
    /// # Errors
    /// `unavailable` where too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String> {
        let Ok(_place) = self.queue.try_acquire() else {
            return Err(Error::unavailable(5, "too many passwords to hash"));
        };
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(Error::internal)?;
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hash(password.as_bytes())
        });
        hashed.await.map_err(Error::internal)?
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
            matches(password.as_bytes(), &stored).unwrap_or_default()
        });
        Ok(matches.await.map_err(Error::internal)? && known)
    }
}

/// Whether a password is the one behind a PHC string; nothing for a string that is none.
///
/// The library's own verification leaves its working memory to the allocator, which keeps 19 MiB for every thread that
/// ever hashed. An allocation past the largest threshold of the C library (32 MiB) is mapped and unmapped instead, and
/// what is not touched of it costs nothing.
fn matches(password: &[u8], stored: &str) -> Option<bool> {
    let hash = PasswordHash::new(stored).ok()?;
    let (salt, expected) = (hash.salt?, hash.hash?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Some(Version::default()), |version| Version::try_from(version).ok())?;
    let params = Params::try_from(&hash).ok()?;
    let blocks = params.block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(blocks.max(ALWAYS_MAPPED.div_ceil(Block::SIZE)));
    memory.resize(blocks, Block::default());
    let mut found = vec![0; expected.len()];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(password, &salt, &mut found, &mut memory).ok()?;
    // Compares in constant time.
    Some(Output::new(&found).ok()? == expected)
}

/// The hash of a password in PHC form, with a salt of its own.
///
/// # Errors
/// Where the operating system gives no randomness.
pub fn hash(password: &[u8]) -> Result<String> {
    let hash = Argon2::default().hash_password(password);
    hash.map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        let stored = hash("Mật khẩu rất dài".as_bytes()).unwrap();
        assert_eq!(matches("Mật khẩu rất dài".as_bytes(), &stored), Some(true));
        assert_eq!(matches(b"another", &stored), Some(false));
        assert_eq!(matches(b"another", "no hash"), None);
        // From the test vectors of the reference implementation (phc-winner-argon2, src/test.c, version 0x13).
        let reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(matches(b"password", reference), Some(true));
        assert_eq!(matches(b"Password", reference), Some(false));
    }
}
