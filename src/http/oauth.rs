//! OAuth 2.0 for other agencies' systems: tokens for client credentials (RFC 6749), and what the server says of itself
//! (RFC 8414).
//!
//! What reaches the protocol is refused in the protocol's words (RFC 6749, section 5.2), which are English and ASCII;
//! what does not, as everywhere, by problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::bytes;
use super::body;
use super::context::Context;
use super::params::{Params, decode};
use super::service::plain;
use crate::domain::client::ClientScope;
use crate::domain::text::nfc;
use crate::error::{Error, Result};
use crate::service::token::{ClientCredentials, Denied, Granted, grant};

/// The one kind of grant.
const GRANT: &str = "client_credentials";
/// How a client may prove itself.
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// A token that was granted (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = OauthToken)]
pub(super) struct TokenBody<'a> {
    /// A JWT (RFC 9068), to be sent as `Authorization: Bearer`.
    access_token: &'a str,
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
    /// Seconds that it lives.
    #[schema(minimum = 1)]
    expires_in: i64,
    /// What it lets the client do, with a space between scopes.
    scope: &'a str,
}

/// Why no token was granted (RFC 6749, section 5.2).
#[derive(Serialize, ToSchema)]
#[schema(as = OauthError)]
pub(super) struct RefusalBody {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope` or `temporarily_unavailable`.
    error: &'static str,
    /// What to do, in English as the standard asks.
    error_description: String,
}

/// What the server says of itself (RFC 8414, section 2).
#[derive(Serialize, ToSchema)]
#[schema(as = OauthMetadata)]
pub(super) struct MetadataBody<'a> {
    /// The public URL of the service, and the claim `iss` of its tokens.
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<&'static str>,
    /// None: nobody is sent to a page of consent.
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    service_documentation: String,
    ui_locales_supported: [&'static str; 2],
}

/// A refusal in the words of the protocol.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    retry_after: Option<u32>,
}

impl Refusal {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into(), retry_after: None }
    }

    fn client() -> Self {
        let description = "There is no such client, its secret is wrong, expired or revoked, or it is disabled.";
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }

    fn answer(self) -> Result<HttpResponse> {
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"danbiet\", charset=\"UTF-8\""));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        // Only printable ASCII without quotes and backslashes may be in it (RFC 6749, section 5.2).
        let plain = |letter: &char| matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\');
        let error_description = self.description.chars().filter(plain).collect();
        tracing::info!(error = self.error, "token refused");
        response.content_type("application/json").insert_header((CACHE_CONTROL, "no-store"));
        response.insert_header((PRAGMA, "no-cache"));
        Ok(response.body(bytes(&RefusalBody { error: self.error, error_description })?))
    }
}

/// Grants a token to a client that proves itself.
pub(super) async fn token(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    let form = body::form(&mut context).await?;
    let (credentials, scope) = match asked(&context, &form) {
        Ok(asked) => asked,
        Err(refusal) => return refusal.answer(),
    };
    match grant(&context.app, &credentials, scope.as_deref(), context.address()).await {
        Ok(granted) => answer(&granted),
        Err(Denied::InvalidClient) => Refusal::client().answer(),
        Err(Denied::InvalidScope(word)) => {
            let description = format!("The client may not have the scope {word}; leave it out for all that it has.");
            Refusal::new("invalid_scope", description).answer()
        }
        Err(Denied::Throttled(wait)) => Refusal {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(wait),
            ..Refusal::new("temporarily_unavailable", format!("Too many tokens were asked for; wait {wait} seconds."))
        }
        .answer(),
        Err(Denied::Failed(error)) => Err(error),
    }
}

fn answer(granted: &Granted) -> Result<HttpResponse> {
    let Granted { access_token, expires_in, scope } = granted;
    let body = TokenBody { access_token, token_type: "Bearer", expires_in: *expires_in, scope };
    let mut response = HttpResponse::Ok();
    response.content_type("application/json").insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((PRAGMA, "no-cache"));
    Ok(response.body(bytes(&body)?))
}

/// Who asks, and for which scopes.
fn asked(context: &Context, form: &str) -> Result<(ClientCredentials, Option<String>), Refusal> {
    let unreadable = |error: Error| Refusal::new("invalid_request", error.detail().en.clone());
    // Unrecognised parameters are passed over, as RFC 6749, section 3.2, has it; given twice, they are refused.
    let mut form = Params::parse(form).map_err(unreadable)?;
    match form.given("grant_type").as_deref() {
        Some(GRANT) => {}
        Some(_) => return Err(Refusal::new("unsupported_grant_type", "The one grant_type is client_credentials.")),
        None => return Err(Refusal::new("invalid_request", "The parameter grant_type is missing.")),
    }
    let in_form = (form.given("client_id"), form.given("client_secret"));
    let scope = form.given("scope");
    let mut headers = context.request.headers().get_all(AUTHORIZATION);
    let credentials = match (headers.next(), headers.next(), in_form) {
        (None, _, (Some(client), Some(secret))) => ClientCredentials { client, secret },
        (Some(header), None, (named, None)) => {
            let basic = header.to_str().ok().and_then(basic).ok_or_else(Refusal::client)?;
            // Some libraries name the client in the form too, which says nothing new.
            if named.is_some_and(|named| named != basic.client) {
                let description = "The parameter client_id names another client than the header Authorization.";
                return Err(Refusal::new("invalid_request", description));
            }
            basic
        }
        (None, _, _) => {
            let description = "Send client_id and client_secret: by HTTP Basic, or both in the form.";
            return Err(Refusal { description: description.to_owned(), ..Refusal::client() });
        }
        (Some(_), _, _) => {
            let description = "A client proves itself in one way: by the header Authorization, or in the form.";
            return Err(Refusal::new("invalid_request", description));
        }
    };
    Ok((credentials, scope))
}

/// Name and secret of HTTP Basic, each form-encoded before they were joined (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    Some(ClientCredentials { client: nfc(&decode(client).ok()?), secret: nfc(&decode(secret).ok()?) })
}

/// Describes the authorization server.
pub(super) async fn metadata(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let issuer = context.app.authenticator.issuer();
    let at = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
    let body = MetadataBody {
        issuer,
        token_endpoint: at("/oauth/token"),
        jwks_uri: at("/.well-known/jwks.json"),
        scopes_supported: ClientScope::ALL.iter().map(|scope| scope.as_str()).collect(),
        response_types_supported: [],
        grant_types_supported: [GRANT],
        token_endpoint_auth_methods_supported: METHODS,
        service_documentation: at("/docs"),
        ui_locales_supported: ["vi", "en"],
    };
    let mut response = HttpResponse::Ok();
    response.content_type("application/json").insert_header((CACHE_CONTROL, "public, max-age=300"));
    Ok(response.body(bytes(&body)?))
}
