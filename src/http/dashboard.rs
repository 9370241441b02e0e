//! `GET /`: the dashboard. Its files are those of the folder beside this one, as they are; they use nothing but the public API.

use std::sync::OnceLock;

use actix_web::HttpResponse;

use super::context::Context;
use super::fixed::Fixed;
use super::service::plain;
use crate::error::{Code, Error, Result};
use crate::text;

/// What the page needs and no more: modules, styles, pictures and calls of its own host. No script can be made of text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("dashboard/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = files![
    "api.js",
    "app.js",
    "base.css",
    "catalogue.js",
    "chart-bars.js",
    "chart-line.js",
    "dom.js",
    "draft-keys.js",
    "draft-lists.js",
    "draft.js",
    "figure-text.js",
    "findings.js",
    "form-fields.js",
    "form-figure-add.js",
    "form-figures.js",
    "form-findings.js",
    "form-frame.js",
    "form-head.js",
    "form-list.js",
    "form-remarks.js",
    "form-rows.js",
    "form-schema.js",
    "form-text.js",
    "form-words.js",
    "form.css",
    "format.js",
    "i18n.js",
    "icon.svg",
    "live.js",
    "outline.js",
    "parts.css",
    "parts.js",
    "print.css",
    "route.js",
    "session.js",
    "shell.js",
    "states.js",
    "table.js",
    "view-compare.js",
    "view-form.js",
    "view-progress.js",
    "view-sign-in.js",
    "view-town.js",
    "view-ward.js",
    "view-wards.js",
    "wire.js",
    "words-en.js",
    "words-form-en.js",
    "words-form-vi.js",
    "words-vi.js",
];

/// The name of each file, for the document.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    }
}

fn files() -> &'static [(&'static str, Fixed)] {
    static KEPT: OnceLock<Vec<(&str, Fixed)>> = OnceLock::new();
    KEPT.get_or_init(|| {
        FILES.iter().map(|(name, text)| (*name, Fixed::new(media_type(name), *text).under(POLICY))).collect()
    })
}

pub(super) async fn page(context: Context) -> Result<HttpResponse> {
    static KEPT: OnceLock<Fixed> = OnceLock::new();
    plain(&context)?;
    let page = || Fixed::new("text/html; charset=utf-8", include_str!("dashboard/index.html")).under(POLICY);
    Ok(KEPT.get_or_init(page).answer(&context))
}

/// Only names of the list are answered, so there is no path to climb out of.
pub(super) async fn asset(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let name = context.path("asset");
    let (_, file) = files().iter().find(|(known, _)| *known == name).ok_or_else(|| {
        let detail = text!("Trang tổng quan không có tệp “{name}”.", "The dashboard has no file “{name}”.");
        Error::new(Code::RouteNotFound, detail)
    })?;
    Ok(file.answer(&context))
}
