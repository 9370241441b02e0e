//! Published reports.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, VARY};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{BUILD, VARIES, bytes, from_snapshot, matches, not_modified, page, snapshot};
use super::context::Context;
use super::params::Params;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::error::{Error, Result};
use crate::service::read::quarter as read_quarter;
use crate::service::report::{documents, report, reports};
use crate::snapshot::{ReportMark, Snapshot};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Report)]
pub(super) struct ReportBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    status: &'static str,
    /// Which version of the document is published.
    version: i32,
    /// Whether it came from a file.
    imported: bool,
    /// Whether it was generated.
    synthetic: bool,
    /// The revision that published it.
    revision: i64,
    /// When the ward submitted it, where that is known.
    #[schema(required)]
    submitted_at: Option<DateTime<Utc>>,
    /// Whether that was by the deadline.
    #[schema(required)]
    in_time: Option<bool>,
    published_at: DateTime<Utc>,
    /// The whole document; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a ReportDocument>,
}

impl<'a> ReportBody<'a> {
    fn of(
        snapshot: &'a Snapshot,
        ward: AreaKey,
        quarter: Quarter,
        mark: ReportMark,
        document: Option<&'a ReportDocument>,
    ) -> Self {
        Self {
            area: AreaBody::on(snapshot, ward, snapshot.calendar().cut_off(quarter)),
            quarter: quarter.to_string(),
            status: "published",
            version: mark.version,
            imported: mark.imported,
            synthetic: mark.synthetic,
            revision: mark.revision,
            submitted_at: mark.submitted_at.map(|instant| instant.and_utc()),
            in_time: snapshot.in_time(quarter, mark),
            published_at: mark.published_at.and_utc(),
            document,
        }
    }
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::PublishedReportRead, |context, snapshot, mut params| {
        let when = params.take("quarter")?;
        params.word("status", |word| (word == "published").then_some(()), &["published"])?;
        let filter = format!("{when:?}");
        let wanted =
            when.map(|text| read_quarter(snapshot, context.app.clock.today(), "quarter", &text)).transpose()?;
        page(context, snapshot, params, reports(snapshot, wanted), &filter, |(ward, quarter, mark)| {
            ReportBody::of(snapshot, ward, quarter, mark, None)
        })
    })
    .await
}

/// The document is read from the database by key: with their texts, reports are too large to hold in memory.
pub(super) async fn published(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let snapshot = snapshot(&context, &mut params, Action::PublishedReportRead).await?;
    params.finish()?;
    let (code, when) = (context.path("code"), context.path("quarter"));
    let (ward, quarter, mark) = report(&snapshot, context.app.clock.today(), ("{code}", code), ("{quarter}", when))?;
    // Names and deadlines in it follow later revisions, so it is the snapshot's revision that counts, not the report's own.
    let (epoch, revision, version, language) =
        (&snapshot.epoch, snapshot.revision, mark.version, context.language.tag());
    let etag = format!("\"{epoch}.{revision}.{version}.{language}.{BUILD}\"");
    if matches(&context, &etag) {
        return Ok(not_modified(etag));
    }
    let found = documents(&context.app, &context.caller, snapshot.revision, vec![(ward, quarter)]).await?;
    let document =
        found.into_values().next().ok_or_else(|| Error::internal("a published report without a document"))?;
    let body = bytes(&ReportBody::of(&snapshot, ward, quarter, mark, Some(&document)))?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES));
    response.insert_header((CONTENT_LANGUAGE, context.language.tag()));
    Ok(response.body(body))
}
