//! Answers from the snapshot: the ETag first, then what was answered before, and only then the work.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, ETAG, IF_NONE_MATCH, LINK, VARY};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::Stream;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::answers::{Answers, Finished};
use super::context::Context;
use super::params::Params;
use crate::domain::page::{CursorContext, DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest};
use crate::domain::policy::{Action, Role, authorize};
use crate::domain::revision::AsOf;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// Part of every ETag: another version of the service may write the same revision differently.
pub(super) const BUILD: &str = env!("CARGO_PKG_VERSION");
pub(super) const VARIES: &str = "Accept, Accept-Language, Authorization";

const JSON: &str = "application/json; charset=utf-8";

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

/// Whether a request asks for what was published at a revision, which nobody works on any more.
pub(super) fn is_of_the_past(context: &Context) -> bool {
    context.request.query_string().split('&').any(|pair| pair.split('=').next() == Some("asOf"))
}

/// The snapshot that a request asks for, of today or of the past, for a caller whom the policy lets do `action`.
pub(super) async fn snapshot_asked(context: &Context, params: &mut Params, action: Action) -> Result<Arc<Snapshot>> {
    // Whoever may not ask at all is told so before what is asked is looked at.
    authorize(&context.caller, action)?;
    let Some(text) = params.take("asOf")? else { return snapshot(context, params, action).await };
    if params.take("minRevision")?.is_some() {
        let detail = text!(
            "Chỉ dùng một trong asOf và minRevision.",
            "Give asOf or minRevision, not both: the one is a revision, the other the least of several."
        );
        return Err(Error::parameter(Code::InvalidParameter, "minRevision", detail));
    }
    let (app, as_of) = (&context.app, AsOf::read("asOf", &text)?);
    app.snapshots.read_as_of(&app.store, &context.caller, action, &as_of).await
}

/// The snapshot of today, no older than a request asks for, for a caller whom the policy lets do `action`.
pub(super) async fn snapshot(context: &Context, params: &mut Params, action: Action) -> Result<Arc<Snapshot>> {
    no_older(context, minimum(params)?, action).await
}

/// The revision that an answer must not be older than.
pub(super) fn minimum(params: &mut Params) -> Result<Option<i64>> {
    params.number("minRevision", Code::InvalidParameter, 0..=i64::MAX)
}

/// The snapshot of today, no older than that.
pub(super) async fn no_older(context: &Context, minimum: Option<i64>, action: Action) -> Result<Arc<Snapshot>> {
    let (app, caller) = (&context.app, &context.caller);
    match minimum {
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
    let snapshot = snapshot_asked(context, &mut params, action).await?;
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
        let link = made.next.map(|cursor| next_link(context, "cursor", &cursor));
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

/// Sends from the snapshot, a little at a time, what is too much to be made at once or to be kept.
pub(super) async fn streamed<S>(
    context: &Context,
    action: Action,
    representation: &'static str,
    make: impl FnOnce(Arc<Snapshot>, Params) -> Result<(FileName, S)>,
) -> Result<HttpResponse>
where
    S: Stream<Item = Result<Bytes, Error>> + 'static,
{
    let query = context.request.query_string();
    let mut params = Params::parse(query)?;
    let snapshot = snapshot_asked(context, &mut params, action).await?;
    let etag = etag(context, &snapshot, query, representation);
    let (file, parts) = make(snapshot, params)?;
    if matches(context, &etag) {
        return Ok(not_modified(etag));
    }
    let mut response = HttpResponse::Ok();
    response.content_type(file.media_type).insert_header((CONTENT_DISPOSITION, file.disposition()));
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    Ok(response.streaming(parts))
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

/// A page of a list that is as of now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Present<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// Cuts a page out of a list that is as of now, for those whom the address has let in, and answers it.
pub(super) fn listed<'a, T, B: Serialize>(
    context: &Context,
    (limit, cursor): (usize, Option<String>),
    list: &'a [T],
    write: impl Fn(&'a T) -> B,
) -> Result<HttpResponse> {
    let snapshot = context.app.snapshots.read(&context.caller, Action::ServiceDescribe)?;
    let cursors = CursorContext { epoch: &snapshot.epoch, revision: 0, filter: context.request.path() };
    let after = cursor.map(|cursor| cursors.decode(&cursor)).transpose()?.unwrap_or(0);
    let page = Page::cut(list.iter(), PageRequest { limit, after });
    let next_cursor = page.next().map(|position| cursors.encode(position));
    let mut response = HttpResponse::Ok();
    response.content_type(JSON).insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cursor) = &next_cursor {
        response.insert_header((LINK, next_link(context, "cursor", cursor)));
    }
    let items = page.items.into_iter().map(write).collect();
    Ok(response.body(bytes(&Present { items, next_cursor })?))
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

/// Which page of a list is asked for, of an address that takes nothing else.
pub(super) fn only_page(context: &Context) -> Result<(usize, Option<String>)> {
    let mut params = Params::parse(context.request.query_string())?;
    let asked = limit_and_cursor(&mut params)?;
    params.finish().map(|()| asked)
}

/// Which page of a list is asked for.
pub(super) fn limit_and_cursor(params: &mut Params) -> Result<(usize, Option<String>)> {
    let longest = i64::try_from(MAX_LIMIT).unwrap_or(i64::MAX);
    let limit = params.number("limit", Code::InvalidLimit, 1..=longest)?;
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
    Ok((limit, params.take("cursor")?))
}

pub(super) fn next_link(context: &Context, name: &str, cursor: &str) -> String {
    let other = |pair: &&str| !pair.is_empty() && pair.split('=').next() != Some(name);
    let kept = context.request.query_string().split('&').filter(other);
    let query = kept.map(ToOwned::to_owned).chain([format!("{name}={cursor}")]).collect::<Vec<_>>().join("&");
    format!("<{}?{query}>; rel=\"next\"", context.request.path())
}

pub(super) fn etag(context: &Context, snapshot: &Snapshot, query: &str, representation: &str) -> String {
    let mut hash = Sha256::new();
    // Published figures are the same for every role that may read them; the role is named all the same, so that a
    // narrower view of one role can never be served to another.
    let role: Role = context.caller.role;
    // Names in an answer about the past are the present's, whose revision is another than the answer's.
    let names = snapshot.catalogue_revision.to_string();
    for part in [context.request.path(), query, representation, role.as_str(), context.language.tag(), BUILD, &names] {
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
