//! Answers that are the same for everybody as long as the binary is.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::answer::matches;
use super::context::Context;

/// Browsers ask again with the ETag: a new binary may say something else at the same address.
const CACHING: &str = "public, no-cache";

/// A body with its media type and the ETag made of it.
pub(super) struct Fixed {
    kind: String,
    body: Bytes,
    etag: String,
    policy: Option<&'static str>,
}

impl Fixed {
    pub fn new(kind: impl Into<String>, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()));
        Self { kind: kind.into(), body, etag, policy: None }
    }

    /// With a Content-Security-Policy other than that of every answer.
    pub const fn under(mut self, policy: &'static str) -> Self {
        self.policy = Some(policy);
        self
    }

    pub fn answer(&self, context: &Context) -> HttpResponse {
        let known = matches(context, &self.etag);
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((ETAG, self.etag.as_str())).insert_header((CACHE_CONTROL, CACHING));
        if let Some(policy) = self.policy {
            response.insert_header((CONTENT_SECURITY_POLICY, policy));
        }
        if known {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, self.kind.as_str())).body(self.body.clone())
    }
}
