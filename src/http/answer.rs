//! Answers from the snapshot: the ETag first, then what was answered before, and only then the work.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, ETAG, IF_NONE_MATCH, LINK, VARY};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::context::Context;
use super::params::Params;
use crate::domain::page::{CursorContext, DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
use crate::domain::policy::{Action, Role};
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::telemetry::metrics::Counter;

/// Part of every ETag: another version of the service may write the same revision differently.
pub(super) const BUILD: &str = env!("CARGO_PKG_VERSION");
const MEBIBYTE: u64 = 1024 * 1024;
pub(super) const VARIES: &str = "Accept, Accept-Language, Authorization";

const JSON: &str = "application/json; charset=utf-8";

#[derive(Clone)]
struct Finished {
    body: Bytes,
    link: Option<String>,
    /// The media type and the `Content-Disposition` of what is no JSON.
    file: Option<(&'static str, String)>,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Finished> for ByLength {
    fn weight(&self, key: &String, value: &Finished) -> u64 {
        u64::try_from(key.len() + value.body.len() + 64).unwrap_or(u64::MAX)
    }
}

/// Finished answers by ETag, which names everything that an answer depends on.
pub struct Answers {
    kept: Option<Cache<String, Finished, ByLength>>,
    pub(super) found: Counter,
    pub(super) missed: Counter,
}

impl Answers {
    /// A store that holds so many mebibytes; with none, every answer is made afresh.
    #[must_use]
    pub fn holding(mebibytes: u64) -> Self {
        let kept = (mebibytes > 0).then(|| Cache::with_weighter(1_000, mebibytes.saturating_mul(MEBIBYTE), ByLength));
        Self { kept, found: Counter::default(), missed: Counter::default() }
    }

    fn get(&self, etag: &str) -> Option<Finished> {
        let found = self.kept.as_ref().and_then(|kept| kept.get(etag));
        if found.is_some() { &self.found } else { &self.missed }.inc();
        found
    }

    /// How many bytes are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.kept.as_ref().map_or(0, Cache::weight)
    }

    /// The body of an answer that has no other part.
    pub(super) fn body(&self, key: &str) -> Option<Bytes> {
        Some(self.get(key)?.body)
    }

    /// Keeps such a body.
    pub(super) fn keep(&self, key: &str, body: &Bytes) {
        self.put(key, &Finished { body: body.clone(), link: None, file: None });
    }

    fn put(&self, etag: &str, finished: &Finished) {
        if let Some(kept) = &self.kept {
            kept.insert(etag.to_owned(), finished.clone());
        }
    }
}

/// What a handler makes of the snapshot: the body, and the cursor of the next page if it is a list.
pub(super) struct Made<T> {
    pub body: T,
    pub next: Option<String>,
    pub file: Option<FileName>,
}

/// What an answer that is a file is, and is called.
pub(super) struct FileName {
    pub media_type: &'static str,
    /// Whether it is shown, and its name is only for whoever saves it.
    pub inline: bool,
    /// Without accents, for old clients.
    pub plain: String,
    /// As people read it.
    pub full: String,
}

impl FileName {
    /// RFC 6266, the full name in the coding of RFC 8187.
    fn disposition(&self) -> String {
        let safe = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let plain: String = self.plain.bytes().map(|byte| if safe(&byte) { char::from(byte) } else { '-' }).collect();
        let coded = self.full.bytes().map(|byte| match byte {
            byte if safe(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        let kind = if self.inline { "inline" } else { "attachment" };
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", coded.collect::<String>())
    }
}

impl<T> From<T> for Made<T> {
    fn from(body: T) -> Self {
        Self { body, next: None, file: None }
    }
}

/// One list's page, as REST writes lists.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<'a, T> {
    pub epoch: &'a str,
    pub revision: i64,
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

/// The snapshot that a request asks for, for a caller whom the policy lets do `action`.
pub(super) async fn snapshot(context: &Context, params: &mut Params, action: Action) -> Result<Arc<Snapshot>> {
    let (app, caller) = (&context.app, &context.caller);
    match params.number("minRevision", Code::InvalidParameter, 0..=i64::MAX)? {
        Some(minimum) => app.snapshots.read_at_least(&app.store, caller, action, minimum).await,
        None => app.snapshots.read(caller, action),
    }
}

/// Answers from the snapshot what `make` makes of it, for a caller whom the policy lets do `action`.
pub(super) async fn from_snapshot<F>(context: &Context, action: Action, make: F) -> Result<HttpResponse>
where
    F: FnOnce(&Context, &Snapshot, Params) -> Result<Made<Vec<u8>>>,
{
    answered(context, action, async |snapshot, params| make(context, &snapshot, params)).await
}

/// The same for what must be waited for.
pub(super) async fn answered<F>(context: &Context, action: Action, make: F) -> Result<HttpResponse>
where
    F: AsyncFnOnce(Arc<Snapshot>, Params) -> Result<Made<Vec<u8>>>,
{
    represented(context, action, JSON, make).await
}

/// The same for one of the representations that an address has: each has a tag of its own.
pub(super) async fn represented<F>(
    context: &Context,
    action: Action,
    representation: &'static str,
    make: F,
) -> Result<HttpResponse>
where
    F: AsyncFnOnce(Arc<Snapshot>, Params) -> Result<Made<Vec<u8>>>,
{
    let query = context.request.query_string();
    let mut params = Params::parse(query)?;
    let snapshot = snapshot(context, &mut params, action).await?;
    let etag = etag(context, &snapshot, query, representation);
    // `*` asks only whether there is an answer at all, so that must be found out first.
    let any = context.header(IF_NONE_MATCH).is_some_and(|header| header.trim() == "*");
    if !any && matches(context, &etag) {
        return Ok(not_modified(etag));
    }
    let answers = context.request.app_data::<Data<Answers>>().ok_or_else(|| Error::internal("no store of answers"))?;
    let finished = if let Some(finished) = answers.get(&etag) {
        finished
    } else {
        let made = make(snapshot, params).await?;
        let link = made.next.map(|cursor| next_link(context, &cursor));
        let file = made.file.map(|file| (file.media_type, file.disposition()));
        let finished = Finished { body: Bytes::from(made.body), link, file };
        answers.put(&etag, &finished);
        finished
    };
    if any {
        return Ok(not_modified(etag));
    }
    let mut response = HttpResponse::Ok();
    response.content_type(finished.file.as_ref().map_or(JSON, |(media_type, _)| media_type));
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    if let Some(link) = finished.link {
        response.insert_header((LINK, link));
    }
    if let Some((_, disposition)) = finished.file {
        response.insert_header((CONTENT_DISPOSITION, disposition));
    }
    Ok(response.body(finished.body))
}

/// What a client that has the answer already is told.
pub(super) fn not_modified(etag: String) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).finish()
}

/// Answers a file of a state that is not published, by the tag of that state.
pub(super) fn tagged_file(context: &Context, etag: String, body: Vec<u8>, file: &FileName) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type(file.media_type).insert_header((CONTENT_DISPOSITION, file.disposition()));
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    response.body(body)
}

/// Answers what follows the clock: nobody may keep it.
pub(super) fn fresh<T: Serialize>(body: &T) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(bytes(body)?))
}

/// Answers a state that may be replaced by whoever names its tag, or 304 to whoever has it.
pub(super) fn tagged<T: Serialize>(context: &Context, etag: &str, body: &T) -> Result<HttpResponse> {
    if matches(context, etag) {
        return Ok(not_modified(etag.to_owned()));
    }
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES));
    Ok(response.body(bytes(body)?))
}

/// Answers a state as it is after it was replaced, with its new tag.
pub(super) fn replaced<T: Serialize>(etag: &str, body: &T) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(bytes(body)?))
}

/// Serialises a body.
pub(super) fn bytes<T: Serialize>(body: &T) -> Result<Vec<u8>> {
    bytes_of_about(128, body)
}

/// Serialises a body of about that many bytes, so that a long one is not moved about while it grows.
pub(super) fn bytes_of_about<T: Serialize>(length: usize, body: &T) -> Result<Vec<u8>> {
    let mut written = Vec::with_capacity(length);
    serde_json::to_writer(&mut written, body).map_err(Error::internal)?;
    Ok(written)
}

/// Cuts a page out of a list by `limit` and `cursor`, and writes it.
pub(super) fn page<T, B: Serialize>(
    context: &Context,
    snapshot: &Snapshot,
    mut params: Params,
    list: Vec<T>,
    filter: &str,
    write: impl Fn(T) -> B,
) -> Result<Made<Vec<u8>>> {
    let filter = format!("{}?{filter}", context.request.path());
    let cursors = CursorContext { epoch: &snapshot.epoch, revision: snapshot.revision, filter: &filter };
    let (limit, cursor) = limit_and_cursor(&mut params)?;
    let after = cursor.map(|cursor| cursors.decode(&cursor)).transpose()?.unwrap_or(0);
    params.finish()?;
    let page = Page::cut(list.into_iter(), PageRequest { limit, after });
    let next = page.next().map(|position| cursors.encode(position));
    let items = page.items.into_iter().map(write).collect();
    let body = List { epoch: &snapshot.epoch, revision: snapshot.revision, items, next_cursor: next.clone() };
    Ok(Made { body: bytes(&body)?, next, file: None })
}

/// Which page of a list is asked for.
pub(super) fn limit_and_cursor(params: &mut Params) -> Result<(usize, Option<String>)> {
    let longest = i64::try_from(MAX_LIMIT).unwrap_or(i64::MAX);
    let limit = params.number("limit", Code::InvalidLimit, 1..=longest)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
    Ok((limit, params.take("cursor")?))
}

pub(super) fn next_link(context: &Context, cursor: &str) -> String {
    let kept =
        context.request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query = kept.map(ToOwned::to_owned).chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&");
    format!("<{}?{query}>; rel=\"next\"", context.request.path())
}

fn etag(context: &Context, snapshot: &Snapshot, query: &str, representation: &str) -> String {
    let mut hash = Sha256::new();
    // Published figures are the same for every role that may read them; the role is named all the same, so that a
    // narrower view of one role can never be served to another.
    let role: Role = context.caller.role;
    for part in [context.request.path(), query, representation, role.as_str(), context.language.tag(), BUILD] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let digest = URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default());
    format!("W/\"{}.{}.{digest}\"", snapshot.epoch, snapshot.revision)
}

/// Whether `If-None-Match` names the answer.
pub(super) fn matches(context: &Context, etag: &str) -> bool {
    let weak = |tag: &str| tag.trim().trim_start_matches("W/") == etag.trim_start_matches("W/");
    context.header(IF_NONE_MATCH).is_some_and(|header| header.trim() == "*" || header.split(',').any(weak))
}
