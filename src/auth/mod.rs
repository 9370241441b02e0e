//! Who is asking: passwords, signing keys, access tokens.
//!
//! The only user of the JWT and password-hashing libraries. What a caller may do is not decided here but in
//! `domain::policy`.

mod authenticator;
mod keys;
mod password;
mod sealing;
mod signature;
mod token;

pub use authenticator::{AccountState, Authenticator, AuthorizationState};
pub use keys::{Jwk, Jwks, KeySet, SealedKey, generate};
pub use password::{Passwords, hash as hash_password};
pub use sealing::Sealer;
pub use signature::WebhookSecret;
pub use token::{Issuer, NewClientToken, NewToken};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// 256 random bits, in base64url.
///
/// # Errors
/// Where the operating system gives no randomness.
pub fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What the service stores of a random token: its SHA-256. The token has 256 bits, so a fast hash is enough.
#[must_use]
pub fn token_digest(token: &str) -> String {
    use sha2::Digest as _;
    URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(token.as_bytes()))
}
