//! GraphiQL in a browser: a page of ours that loads its parts from a public CDN, checks them against digests, and says
//! plainly when they cannot be had.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// A file of the page with its digest: of the package's own file, so that a CDN that changes it is refused.
#[derive(Serialize)]
struct Asset {
    url: &'static str,
    integrity: &'static str,
}

/// In the order in which they build on one another.
const ASSETS: &[Asset] = &[
    Asset {
        url: "https://cdn.jsdelivr.net/npm/graphiql@3.8.3/graphiql.min.css",
        integrity: "sha384-Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    },
    Asset {
        url: "https://cdn.jsdelivr.net/npm/react@18.3.1/umd/react.production.min.js",
        integrity: "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    },
    Asset {
        url: "https://cdn.jsdelivr.net/npm/react-dom@18.3.1/umd/react-dom.production.min.js",
        integrity: "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    },
    Asset {
        url: "https://cdn.jsdelivr.net/npm/graphiql@3.8.3/graphiql.min.js",
        integrity: "sha384-HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    },
];

/// The page, and the policy that lets it load these files, run its own script and ask this service, and nothing else.
struct Page {
    html: String,
    policy: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(|| {
    let assets = serde_json::to_string(ASSETS).unwrap_or_default();
    let script = include_str!("graphiql.js").replacen("ASSETS", &assets, 1);
    let html = include_str!("graphiql.html").replacen("SCRIPT", &script, 1);
    let digest = STANDARD.encode(Sha256::digest(script.as_bytes()));
    let urls = |ending: &str| {
        let wanted = ASSETS.iter().map(|asset| asset.url).filter(|url| url.ends_with(ending));
        wanted.collect::<Vec<_>>().join(" ")
    };
    let (scripts, styles) = (urls(".js"), urls(".css"));
    // GraphiQL's menus write style elements of their own.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{digest}' {scripts}; style-src 'unsafe-inline' {styles}; \
         font-src data:; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    Page { html, policy }
});

pub(super) fn page() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8").insert_header((CACHE_CONTROL, "no-cache"));
    response.insert_header((CONTENT_SECURITY_POLICY, PAGE.policy.as_str())).insert_header((VARY, "Accept"));
    response.body(PAGE.html.as_str())
}
