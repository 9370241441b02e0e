//! Signing keys: Ed25519, one algorithm a key, published as JWKS.

use std::collections::HashMap;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{NaiveDateTime, Timelike as _};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::Sealer;
use crate::error::{Error, Result};

/// A key pair as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Its id.
    pub kid: String,
    /// The public half, base64url.
    pub public_key: String,
    /// The private half (PKCS #8), sealed.
    pub private_key_sealed: String,
    /// From when it signs.
    pub signs_from: NaiveDateTime,
    /// Until when what it signed is accepted; nothing while it is in use.
    pub verifies_until: Option<NaiveDateTime>,
}

/// A public key as RFC 8037 writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = JsonWebKey)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    kid: String,
    x: String,
}

/// The published keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
pub struct Jwks {
    /// Every key whose signatures are accepted.
    pub keys: Vec<Jwk>,
}

/// The keys in use.
pub struct KeySet {
    verifying: HashMap<String, (DecodingKey, Option<NaiveDateTime>)>,
    signing: Vec<(NaiveDateTime, String, EncodingKey)>,
    jwks: Jwks,
}

/// Makes a key pair.
///
/// # Errors
/// Where the operating system gives no randomness.
pub fn generate(sealer: &Sealer, signs_from: NaiveDateTime) -> Result<SealedKey> {
    let pair = Ed25519KeyPair::generate().map_err(|_| Error::internal("no key pair could be made"))?;
    let private = pair.to_pkcs8v1().map_err(|_| Error::internal("no key pair could be made"))?;
    let kid = uuid::Uuid::new_v4().simple().to_string();
    let private_key_sealed = sealer.seal(&kid, private.as_ref())?;
    let public_key = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    // Tokens are issued in whole seconds, so a key that began within one must sign in all of it.
    let signs_from = signs_from.with_nanosecond(0).unwrap_or(signs_from);
    Ok(SealedKey { kid, public_key, private_key_sealed, signs_from, verifies_until: None })
}

impl KeySet {
    /// Opens the keys. One that does not open is left out and logged: the others and the accounts must not wait for it.
    ///
    /// # Errors
    /// Where there are keys and none opens.
    pub fn open(sealer: &Sealer, keys: &[SealedKey]) -> Result<Self> {
        let mut set = Self { verifying: HashMap::new(), signing: Vec::new(), jwks: Jwks { keys: Vec::new() } };
        let refusals: Vec<_> =
            keys.iter().filter_map(|key| set.add(sealer, key).err().map(|error| (&key.kid, error))).collect();
        if set.signing.is_empty() {
            return refusals.into_iter().next().map_or(Ok(set), |(_, error)| Err(error));
        }
        for (kid, error) in refusals {
            tracing::error!(kid = %kid, cause = %error.causes(), "a signing key is left out");
        }
        set.signing.sort_by_key(|(from, _, _)| *from);
        Ok(set)
    }

    fn add(&mut self, sealer: &Sealer, key: &SealedKey) -> Result<()> {
        let verifying = DecodingKey::from_ed_components(&key.public_key).map_err(Error::internal)?;
        let private = sealer.open(&key.kid, &key.private_key_sealed)?;
        self.verifying.insert(key.kid.clone(), (verifying, key.verifies_until));
        self.signing.push((key.signs_from, key.kid.clone(), EncodingKey::from_ed_der(&private)));
        self.jwks.keys.push(Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            purpose: "sig",
            kid: key.kid.clone(),
            x: key.public_key.clone(),
        });
        Ok(())
    }

    /// The key that signs now: the youngest whose time has come.
    pub(super) fn signing(&self, now: NaiveDateTime) -> Option<(&str, &EncodingKey)> {
        self.signing.iter().rev().find(|(from, _, _)| *from <= now).map(|(_, kid, key)| (kid.as_str(), key))
    }

    /// The key with that id, if what it signed is still accepted.
    pub(super) fn verifying(&self, kid: &str, now: NaiveDateTime) -> Option<&DecodingKey> {
        let (key, until) = self.verifying.get(kid)?;
        until.is_none_or(|until| now <= until).then_some(key)
    }

    /// The document at `/.well-known/jwks.json`.
    #[must_use]
    pub const fn jwks(&self) -> &Jwks {
        &self.jwks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_in_the_very_second_in_which_it_was_made() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let made: NaiveDateTime = "2026-11-20T05:00:00.757".parse().unwrap();
        let keys = KeySet::open(&sealer, &[generate(&sealer, made).unwrap()]).unwrap();
        assert!(keys.signing("2026-11-20T05:00:00".parse().unwrap()).is_some());
        assert!(keys.signing("2026-11-20T04:59:59".parse().unwrap()).is_none());
    }
}
