//! `GET /docs`: the REST documentation to click through. Swagger UI comes out of its crate; nothing is fetched from elsewhere.

use std::sync::{Arc, OnceLock};

use actix_web::HttpResponse;
use actix_web::web::Bytes;

use super::context::Context;
use super::fixed::Fixed;
use super::service::plain;
use crate::error::{Code, Error, Result};
use crate::text;

/// What the page needs and no more: scripts, styles and calls of its own host, and the pictures that its style sheet holds
/// as data.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>danbiet: REST</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript>This page needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<main id="docs"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

/// The token stays in the page's memory: whoever closes the page has signed out of it. No validator elsewhere is asked.
const START: &str = r##""use strict";
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});
"##;

/// The files of Swagger UI that the page asks for; the rest of its distribution is never served.
const FILES: [&str; 3] = ["favicon-32x32.png", "swagger-ui-bundle.js", "swagger-ui.css"];

/// The name of each asset, for the document.
pub(super) const ASSETS: [&str; 4] = ["favicon-32x32.png", "start.js", "swagger-ui-bundle.js", "swagger-ui.css"];

fn assets() -> &'static [(&'static str, Fixed)] {
    static KEPT: OnceLock<Vec<(&str, Fixed)>> = OnceLock::new();
    KEPT.get_or_init(|| {
        let config = Arc::new(utoipa_swagger_ui::Config::from("/openapi.json"));
        let vendored = FILES.into_iter().filter_map(|name| {
            let file = utoipa_swagger_ui::serve(name, Arc::clone(&config)).ok()??;
            let kind = match name.rsplit('.').next() {
                Some("js") => "text/javascript; charset=utf-8",
                Some("css") => "text/css; charset=utf-8",
                _ => "image/png",
            };
            let bytes = match file.bytes {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((name, Fixed::new(kind, bytes).under(POLICY)))
        });
        let start = Fixed::new("text/javascript; charset=utf-8", START).under(POLICY);
        vendored.chain([("start.js", start)]).collect()
    })
}

pub(super) async fn page(context: Context) -> Result<HttpResponse> {
    static KEPT: OnceLock<Fixed> = OnceLock::new();
    plain(&context)?;
    Ok(KEPT.get_or_init(|| Fixed::new("text/html; charset=utf-8", PAGE).under(POLICY)).answer(&context))
}

/// Only names of the list are answered, so there is no path to climb out of.
pub(super) async fn asset(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let name = context.path("asset");
    let found = assets().iter().find(|(known, _)| *known == name);
    let (_, asset) = found.ok_or_else(|| {
        let detail = text!("Trang tài liệu không có tệp “{name}”.", "The documentation has no file “{name}”.");
        Error::new(Code::RouteNotFound, detail)
    })?;
    Ok(asset.answer(&context))
}
