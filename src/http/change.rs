//! `GET /changes`: the change feed, in pages or as a stream.

mod body;
mod stream;

use actix_web::HttpResponse;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, LINK, VARY};

use super::accept::quality;
use super::answer::{VARIES, bytes, etag, matches, minimum, next_link, no_older, not_modified};
use super::context::Context;
use super::event_stream::EVENT_STREAM;
use super::params::Params;
use crate::domain::feed::FeedCursor;
use crate::domain::policy::Action;
use crate::error::{Code, Result};
use crate::service::feed::{self, DEFAULT_CHANGES, FeedQuestion, MAX_CHANGES};
pub(super) use body::{ChangeBody, PageBody};

const JSON: &str = "application/json; charset=utf-8";

fn question(params: &mut Params) -> Result<FeedQuestion> {
    Ok(FeedQuestion {
        ward: params.take("ward")?,
        quarter: params.take("quarter")?,
        indicator: params.take("indicator")?,
    })
}

fn cursor(params: &mut Params) -> Result<FeedCursor> {
    params.take("after")?.map_or_else(|| Ok(FeedCursor::start()), |text| FeedCursor::read("after", &text))
}

fn limit(params: &mut Params) -> Result<usize> {
    let longest = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
    let limit = params.number("limit", Code::InvalidLimit, 1..=longest)?;
    Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_CHANGES))
}

/// A page, or for whoever would rather have one, a stream.
pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    let accept = context.header(ACCEPT).unwrap_or_default();
    if quality(accept, EVENT_STREAM) > quality(accept, "application/json") {
        return stream::open(&context).await;
    }
    let query = context.request.query_string();
    let mut params = Params::parse(query)?;
    let (cursor, limit, question) = (cursor(&mut params)?, limit(&mut params)?, question(&mut params)?);
    let minimum = minimum(&mut params)?;
    params.finish()?;
    let snapshot = no_older(&context, minimum, Action::ChangesRead).await?;
    // Where nothing was published since, whoever asks again behind the same change has the answer.
    let tag = etag(&context, &snapshot, query, JSON);
    if matches(&context, &tag) {
        return Ok(not_modified(tag));
    }
    let page = feed::read(&context.app, &context.caller, &snapshot, &cursor, &question, limit).await?;
    let body = PageBody::of(&page);
    let mut response = HttpResponse::Ok();
    response.content_type(JSON).insert_header((ETAG, etag(&context, &page.snapshot, query, JSON)));
    response.insert_header((CACHE_CONTROL, "private, no-cache")).insert_header((VARY, VARIES));
    response.insert_header((CONTENT_LANGUAGE, context.language.tag()));
    if page.has_more {
        response.insert_header((LINK, next_link(&context, "after", &body.next_cursor)));
    }
    Ok(response.body(bytes(&body)?))
}
