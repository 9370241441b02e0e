//! Published reports.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, VARY};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{BUILD, VARIES, bytes, from_snapshot, matches, not_modified, page, snapshot};
use super::context::Context;
use super::finding::{ActionBody, FindingBody, OfferBody, RepairBody};
use super::params::Params;
use super::wire::AreaBody;
use crate::db::report::Readable;
use crate::db::version::tag;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::policy::{Action, authorize};
use crate::domain::quarter::Quarter;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::error::{Error, Language, Result};
use crate::service::read::quarter as read_quarter;
use crate::service::report::{documents, report, reports};
use crate::service::workflow::{Place, View, place, view};
use crate::snapshot::{ReportMark, Snapshot};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Report)]
pub(super) struct ReportBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    #[schema(value_type = ReportStatus)]
    status: &'static str,
    /// Which version of the document this is.
    version: i32,
    /// Whether it came from a file.
    imported: bool,
    /// Whether it was generated.
    synthetic: bool,
    /// The revision that published it.
    #[schema(required)]
    revision: Option<i64>,
    /// When the ward submitted it, where that is known.
    #[schema(required)]
    submitted_at: Option<DateTime<Utc>>,
    /// Whether that was by the deadline.
    #[schema(required)]
    in_time: Option<bool>,
    #[schema(required)]
    published_at: Option<DateTime<Utc>>,
    /// Why it was returned, reopened or retracted.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The whole document; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a ReportDocument>,
    /// What the rules say of it; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingBody<'a>>>,
    /// What would mend its failing balances, the best first; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    repairs: Option<Vec<RepairBody<'a>>>,
    /// For those who work on it: what the caller's role may do with it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<ActionBody<'a>>>,
    /// For those who work on it: last quarter's stocks that it lacks. A starting point, never copied by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    offers: Option<Vec<OfferBody<'a>>>,
    /// After an upload: headings of the file that mean nothing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored_columns: Option<&'a [String]>,
}

impl<'a> ReportBody<'a> {
    fn of(
        snapshot: &'a Snapshot,
        ward: AreaKey,
        quarter: Quarter,
        mark: ReportMark,
        readable: Option<(&'a Readable, Language)>,
    ) -> Self {
        Self {
            area: AreaBody::on(snapshot, ward, snapshot.calendar().cut_off(quarter)),
            quarter: quarter.to_string(),
            status: "published",
            version: mark.version,
            imported: mark.imported,
            synthetic: mark.synthetic,
            revision: Some(mark.revision),
            submitted_at: mark.submitted_at.map(|instant| instant.and_utc()),
            in_time: snapshot.in_time(ward, quarter, mark),
            published_at: Some(mark.published_at.and_utc()),
            reason: None,
            document: readable.map(|(readable, _)| &readable.document),
            findings: readable
                .map(|(readable, language)| FindingBody::all(&readable.validation, &readable.explanations, language)),
            repairs: readable.map(|(readable, language)| RepairBody::all(&readable.validation, language)),
            actions: None,
            offers: None,
            ignored_columns: None,
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

/// The newest version for those who work on the report, the published one for everybody else.
pub(super) async fn newest(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let published_only = params.word("version", |word| (word == "published").then_some(()), &["published"])?.is_some();
    let snapshot = snapshot(&context, &mut params, Action::PublishedReportRead).await?;
    params.finish()?;
    if published_only || authorize(&context.caller, Action::UnpublishedReportRead).is_err() {
        return published(context, &snapshot).await;
    }
    let place = place_of(&context, &snapshot)?;
    let view = view(&context.app, &snapshot, &context.actor(), &place).await?;
    let etag = etag(&context, &view);
    if matches(&context, &etag) {
        return Ok(not_modified(etag));
    }
    answer(&context, &view, &[], StatusCode::OK)
}

/// Which report the address means.
pub(super) fn place_of(context: &Context, snapshot: &Snapshot) -> Result<Place> {
    let (code, when) = (context.path("code"), context.path("quarter"));
    place(snapshot, context.app.clock.today(), ("{code}", code), ("{quarter}", when))
}

/// What the caller may do is part of the answer, and follows the revision; what names the state comes first.
pub(super) fn etag(context: &Context, view: &View) -> String {
    let (tag, snapshot, language) = (view.version.tag(), &view.snapshot, context.language.tag());
    let (epoch, revision, role) = (&snapshot.epoch, snapshot.revision, context.caller.role.as_str());
    format!("\"{tag}.{epoch}.{revision}.{role}.{language}.{BUILD}\"")
}

/// A report as its worker sees it, with the columns of what was uploaded that nothing was read from.
pub(super) fn answer(context: &Context, view: &View, ignored: &[String], status: StatusCode) -> Result<HttpResponse> {
    let mut body = ReportBody::worked_on(view, context.language);
    body.ignored_columns = (!ignored.is_empty()).then_some(ignored);
    let body = bytes(&body)?;
    let mut response = HttpResponse::build(status);
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag(context, view))).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    Ok(response.body(body))
}

impl<'a> ReportBody<'a> {
    fn worked_on(view: &'a View, language: Language) -> Self {
        let (version, snapshot, quarter) = (&view.version, &*view.snapshot, view.place.quarter);
        let submitted = version.submitted_at.map(|instant| instant.and_utc());
        Self {
            area: AreaBody::on(snapshot, view.place.ward, snapshot.calendar().cut_off(quarter)),
            quarter: quarter.to_string(),
            status: version.status.as_str(),
            version: version.number,
            imported: version.imported,
            synthetic: version.document.observations.iter().any(|figure| figure.synthetic),
            revision: version.from_revision,
            submitted_at: submitted,
            in_time: version.submitted_at.and_then(|instant| snapshot.came_in_time(view.place.ward, quarter, instant)),
            published_at: version.published_at.map(|instant| instant.and_utc()),
            reason: version.reason.as_deref(),
            document: Some(&version.document),
            findings: Some(FindingBody::all(&view.validation, &version.explanations, language)),
            repairs: Some(RepairBody::all(&view.validation, language)),
            actions: Some(view.actions.iter().map(|action| ActionBody::of(action, language)).collect()),
            offers: Some(view.offers.iter().map(OfferBody::from).collect()),
            ignored_columns: None,
        }
    }
}

/// The document is read from the database by key: with their texts, reports are too large to hold in memory.
async fn published(context: Context, snapshot: &Snapshot) -> Result<HttpResponse> {
    let (code, when) = (context.path("code"), context.path("quarter"));
    let (ward, quarter, mark) = report(snapshot, context.app.clock.today(), ("{code}", code), ("{quarter}", when))?;
    // Names and deadlines in it follow later revisions, so it is the snapshot's revision that counts, not the report's own.
    let (epoch, revision, language) = (&snapshot.epoch, snapshot.revision, context.language.tag());
    let etag = format!("\"{}.{epoch}.{revision}.{language}.{BUILD}\"", tag(mark.version, mark.edits));
    if matches(&context, &etag) {
        return Ok(not_modified(etag));
    }
    let found = documents(&context.app, &context.caller, snapshot.revision, vec![(ward, quarter)]).await?;
    let readable =
        found.into_values().next().ok_or_else(|| Error::internal("a published report without a document"))?;
    let body = bytes(&ReportBody::of(snapshot, ward, quarter, mark, Some((&readable, context.language))))?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES));
    response.insert_header((CONTENT_LANGUAGE, context.language.tag()));
    Ok(response.body(body))
}
