//! The operations of other agencies' systems, and those by which administrators manage clients and accounts.

use serde_json::{Value, json};

use super::operation::Operation;
use super::operations::{PAGE, get, of, post};
use crate::domain::client::ClientScope;
use crate::domain::policy::Action;
use crate::domain::words::Words as _;
use crate::error::Code;

/// What each scope is for.
pub(super) fn scopes() -> Value {
    let told = ClientScope::WORDS.iter().map(|(_, word, about)| ((*word).to_owned(), json!(about.trim())));
    Value::Object(told.collect())
}

pub(super) fn all() -> Vec<Operation> {
    let mut found = oauth();
    found.extend(clients());
    found.extend(accounts());
    found
}

fn oauth() -> Vec<Operation> {
    let form = json!({"application/x-www-form-urlencoded": {"schema": {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": {"type": "string", "enum": ["client_credentials"]},
            "scope": {"type": "string", "description": "Scopes with a space between them; all that the client has where left out."},
            "client_id": {"type": "string", "description": "Where the client does not prove itself by HTTP Basic."},
            "client_secret": {"type": "string"},
        },
    }, "example": {"grant_type": "client_credentials", "scope": "figures:read"}}});
    let refusal = || json!({"application/json": {"schema": of("OauthError")}});
    // What never reached the protocol is a problem, as everywhere.
    let either = json!({
        "application/json": {"schema": of("OauthError")},
        "application/problem+json": {"schema": of("Problem")},
    });
    let id = ["X-Request-Id"];
    vec![
        post("/oauth/token", "create_token", "agencies")
            .says(
                "A token for a client",
                "OAuth 2.0 client credentials (RFC 6749, section 4.4): by HTTP Basic or in the form, never both. Errors are in \
                 the protocol's words. Throttled per client and address. The token is a JWT (RFC 9068).",
            )
            .needs(Action::SessionOpen)
            .reads_as(form)
            .answers(200, "The token.", of("OauthToken"))
            .answers_with(400, "The request, its grant or its scope cannot be granted.", either, &id)
            .answers_with(401, "The client did not prove itself.", refusal(), &["X-Request-Id", "WWW-Authenticate"])
            .answers_with(429, "Too many tokens.", refusal(), &["X-Request-Id", "Retry-After"])
            .refuses(&[Code::Unavailable]),
        get("/.well-known/oauth-authorization-server", "get_authorization_server", "agencies")
            .says("What the authorization server says of itself", "RFC 8414.")
            .answers(200, "The metadata.", of("OauthMetadata")),
    ]
}

/// What an administrator's operations have in common.
fn administered(operation: Operation) -> Operation {
    operation.needs(Action::Administer).refuses(&[Code::Unavailable])
}

fn list(operation: Operation, about: &str, schema: &str) -> Operation {
    administered(operation)
        .takes(&["Limit", "Cursor"])
        .answers(200, about, of(schema))
        .with_header("Link")
        .refuses(&PAGE)
}

/// Makes something, which has an address and a tag then.
fn made(operation: Operation, body: &str, about: &str, schema: &str, headers: &[&str]) -> Operation {
    let example = operation.example(201);
    let mut media = json!({"schema": of(schema)});
    if let (Value::Object(media), Some(example)) = (&mut media, example) {
        media.insert("example".to_owned(), example);
    }
    let refusals = [Code::NotMeaningful, Code::AreaNotFound, Code::Conflict];
    administered(operation)
        .reads(body)
        .answers_with(201, about, json!({"application/json": media}), headers)
        .refuses(&refusals)
}

fn changed(operation: Operation, body: &str, about: &str, schema: &str) -> Operation {
    administered(operation).takes(&["IfMatch"]).reads(body).answers(200, about, of(schema)).tagged().refuses(&[
        Code::NotMeaningful,
        Code::AreaNotFound,
        Code::Conflict,
        Code::PreconditionRequired,
        Code::PreconditionFailed,
    ])
}

fn clients() -> Vec<Operation> {
    const ONE: &str = "/api/v1/clients/{id}";
    const SECRETS: &str = "/api/v1/clients/{id}/secrets";
    let made_at = ["X-Request-Id", "Location", "ETag"];
    let tag = "agencies";
    vec![
        list(
            get("/api/v1/clients", "list_clients", tag).says("Clients", "Other agencies' systems, by name."),
            "A page of clients.",
            "ClientList",
        ),
        made(
            post("/api/v1/clients", "create_client", tag).says(
                "Add a client",
                "With its first secret, which nobody sees a second time. What it owns is by ids of areas and codes of indicators.",
            ),
            "NewClient",
            "The client and its secret.",
            "AddedClient",
            &made_at,
        )
        .refuses(&[Code::IndicatorNotFound]),
        administered(get(ONE, "get_client", tag).says("One client", "With its secrets, without the secrets themselves."))
            .takes(&["ClientId"])
            .answers(200, "The client.", of("Client"))
            .refuses(&[Code::ClientNotFound])
            .cached(&[]),
        changed(
            Operation::new("patch", ONE, "change_client", tag).says(
                "Change a client",
                "What is left out stays. A scope that is taken away, and disabling, hold for the tokens that it has within a \
                 second.",
            ),
            "ClientChange",
            "The client as it is now.",
            "Client",
        )
        .takes(&["ClientId"])
        .refuses(&[Code::ClientNotFound, Code::IndicatorNotFound]),
        list(
            get(SECRETS, "list_secrets", tag).says("Secrets of a client", "Without the secrets themselves."),
            "Its secrets.",
            "ClientSecretList",
        )
        .takes(&["ClientId"])
        .refuses(&[Code::ClientNotFound]),
        made(
            post(SECRETS, "create_secret", tag).says(
                "Give a client another secret",
                "Two may be live at a time, so that a client changes from one to the other while both are accepted.",
            ),
            "NewSecret",
            "The secret, which nobody sees a second time.",
            "IssuedSecret",
            &["X-Request-Id"],
        )
        .takes(&["ClientId"])
        .refuses(&[Code::ClientNotFound]),
        administered(
            Operation::new("delete", "/api/v1/clients/{id}/secrets/{secret}", "revoke_secret", tag)
                .says("Revoke a secret", "It gets no more tokens, and those that it got end within a second."),
        )
        .takes(&["ClientId", "SecretId"])
        .answers_with(204, "It is revoked.", Value::Null, &["X-Request-Id"])
        .refuses(&[Code::ClientNotFound, Code::SecretNotFound]),
    ]
}

fn accounts() -> Vec<Operation> {
    const ONE: &str = "/api/v1/accounts/{username}";
    let tag = "accounts";
    vec![
        list(
            get("/api/v1/accounts", "list_accounts", tag).says("Accounts", "Everybody who may sign in, by user name."),
            "A page of accounts.",
            "AccountList",
        ),
        made(
            post("/api/v1/accounts", "create_account", tag)
                .says("Add an account", "With a password that its owner should change: `PUT /api/v1/sessions/password`."),
            "NewAccount",
            "The account.",
            "Account",
            &["X-Request-Id", "Location", "ETag"],
        ),
        administered(get(ONE, "get_account", tag).says("One account", "Its role, its area, and whether it may sign in."))
            .takes(&["Username"])
            .answers(200, "The account.", of("Account"))
            .refuses(&[Code::AccountNotFound])
            .cached(&[]),
        changed(
            Operation::new("patch", ONE, "change_account", tag).says(
                "Change an account",
                "What is left out stays. Another role, area or password, and disabling, end its sessions within a second. Nobody \
                 takes their own administration away.",
            ),
            "AccountChange",
            "The account as it is now.",
            "Account",
        )
        .takes(&["Username"])
        .refuses(&[Code::AccountNotFound]),
    ]
}
