//! Access tokens: RFC 9068 JWTs, signed with EdDSA, checked as RFC 8725 asks.

use chrono::DateTime;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::KeySet;
use crate::domain::policy::Role;
use crate::error::{Error, Result};

/// Longer ones are refused unread.
const MAX_LENGTH: usize = 8 * 1024;
/// Clocks of replicas may differ by this many seconds.
const LEEWAY: i64 = 5;

/// Who issues tokens and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`.
    pub audience: String,
    /// Seconds that an access token lives.
    pub lifetime: i64,
}

/// What a new token says.
#[derive(Debug, Clone, Copy)]
pub struct NewToken<'a> {
    /// The account.
    pub subject: &'a str,
    /// What it is.
    pub role: Role,
    /// Its session.
    pub session: &'a str,
}

/// What a new token of a client says.
#[derive(Debug, Clone, Copy)]
pub struct NewClientToken<'a> {
    /// The client.
    pub client: &'a str,
    /// What it may do, with a space between scopes.
    pub scope: &'a str,
    /// The secret that it was given for: revoking that ends it.
    pub secret: &'a str,
}

/// What tokens of people and of clients say alike.
struct Told<'a> {
    subject: &'a str,
    client_id: &'a str,
    scope: &'a str,
    role: Role,
    session: &'a str,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    jti: String,
    pub(super) sub: String,
    client_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    scope: String,
    pub(super) roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
}

impl Claims {
    pub(super) const fn expires_at(&self) -> i64 {
        self.exp
    }

    pub(super) const fn issued_at(&self) -> i64 {
        self.iat
    }

    /// Whether the token carries an OAuth scope.
    pub(super) fn carries(&self, scope: &str) -> bool {
        self.scope.split_ascii_whitespace().any(|carried| carried == scope)
    }
}

impl Issuer {
    /// Signs a token.
    ///
    /// # Errors
    /// Where no key signs at that time.
    pub fn issue(&self, keys: &KeySet, new: &NewToken<'_>, now: i64) -> Result<String> {
        let NewToken { subject, role, session } = *new;
        self.sign(keys, &Told { subject, client_id: "danbiet", scope: "", role, session }, now)
    }

    /// Signs a token of a client (RFC 9068, section 2.2: its subject is the client).
    ///
    /// # Errors
    /// Where no key signs at that time.
    pub fn issue_to_client(&self, keys: &KeySet, new: &NewClientToken<'_>, now: i64) -> Result<String> {
        let NewClientToken { client, scope, secret } = *new;
        let told = Told { subject: client, client_id: client, scope, role: Role::Agency, session: secret };
        self.sign(keys, &told, now)
    }

    fn sign(&self, keys: &KeySet, told: &Told<'_>, now: i64) -> Result<String> {
        let instant = DateTime::from_timestamp(now, 0).unwrap_or_default().naive_utc();
        let (kid, key) = keys.signing(instant).ok_or_else(|| Error::internal("there is no signing key"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(kid.to_owned());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: Audience::One(self.audience.clone()),
            exp: now + self.lifetime,
            iat: now,
            nbf: None,
            jti: uuid::Uuid::new_v4().to_string(),
            sub: told.subject.to_owned(),
            client_id: told.client_id.to_owned(),
            scope: told.scope.to_owned(),
            roles: vec![told.role.as_str().to_owned()],
            sid: Some(told.session.to_owned()),
        };
        jsonwebtoken::encode(&header, &claims, key).map_err(Error::internal)
    }

    /// The claims of a token that this service signed for itself and that holds now; nothing otherwise.
    pub(super) fn verify(&self, keys: &KeySet, token: &str, now: i64) -> Option<Claims> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        let kind = header.typ.as_deref()?;
        let kind = kind
            .get(..12)
            .filter(|prefix| prefix.eq_ignore_ascii_case("application/"))
            .map_or(kind, |_| kind.get(12..).unwrap_or_default());
        if !kind.eq_ignore_ascii_case("at+jwt") || header.alg != Algorithm::EdDSA || header.crit.is_some() {
            return None;
        }
        let instant = DateTime::from_timestamp(now, 0)?.naive_utc();
        let key = keys.verifying(header.kid.as_deref()?, instant)?;
        // Time is checked below against the service's own clock; audience and issuer must be there and be ours.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation).ok()?.claims;
        let timely = now < claims.exp.checked_add(LEEWAY)?
            && claims.iat <= now.checked_add(LEEWAY)?
            && claims.nbf.is_none_or(|from| from <= now + LEEWAY);
        let complete = !claims.jti.is_empty() && !claims.client_id.is_empty() && !claims.sub.is_empty();
        (timely && complete).then_some(claims)
    }
}
