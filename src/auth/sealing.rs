//! Private keys and secrets at rest: AES-256-GCM under the configured key, bound to their key id.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};

/// Seals and opens private keys.
pub struct Sealer {
    key: RandomizedNonceKey,
}

impl Sealer {
    /// A sealer under a key of 32 bytes.
    ///
    /// # Errors
    /// Where the key has another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key)
            .map_err(|_| Error::internal("the key encryption key has not 32 bytes"))?;
        Ok(Self { key })
    }

    /// Seals a secret for a key id: nonce, then ciphertext and tag, in base64.
    ///
    /// # Errors
    /// Where the operating system gives no randomness.
    pub fn seal(&self, kid: &str, secret: &[u8]) -> Result<String> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(kid.as_bytes()), &mut sealed)
            .map_err(|_| Error::internal("sealing failed"))?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.extend_from_slice(&sealed);
        Ok(STANDARD.encode(bytes))
    }

    /// Opens what [`Self::seal`] made for the same key id.
    ///
    /// # Errors
    /// Where it was sealed under another key or for another id, or was changed.
    pub fn open(&self, kid: &str, sealed: &str) -> Result<Vec<u8>> {
        let refused = || {
            Error::internal(format!(
                "what was sealed for {kid} cannot be opened: is DANBIET_KEY_ENCRYPTION_KEY the one that sealed it?"
            ))
        };
        let bytes = STANDARD.decode(sealed).map_err(|_| refused())?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut text = ciphertext.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(kid.as_bytes()), &mut text).map_err(|_| refused())?;
        Ok(opened.to_vec())
    }
}
