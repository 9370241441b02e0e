//! Published reports.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, HeaderValue, LINK, VARY};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::answer::{
    BUILD, List, VARIES, bytes, from_snapshot, is_of_the_past, limit_and_cursor, matches, next_link, not_modified,
    page, snapshot, snapshot_asked,
};
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
use crate::service::workflow::{Listed, Place, View, WorkingList, place, view, working_list};
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
    /// For those who work on it: what agencies sent that it does not state alike, and last quarter's stocks that it lacks.
    /// Never copied by the service: `POST …/offers` accepts what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    offers: Option<Vec<OfferBody<'a>>>,
    /// After an upload: headings of the file that mean nothing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored_columns: Option<&'a [String]>,
    /// In lists of reports at work: what `If-Match` takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

/// What the rules say of a report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportFindings)]
pub(super) struct FindingsBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    #[schema(value_type = ReportStatus)]
    status: &'static str,
    /// Which version of the document they are about.
    version: i32,
    findings: Vec<FindingBody<'a>>,
    /// What would mend its failing balances, the best first.
    repairs: Vec<RepairBody<'a>>,
}

impl<'a> From<ReportBody<'a>> for FindingsBody<'a> {
    fn from(report: ReportBody<'a>) -> Self {
        let ReportBody { area, quarter, status, version, findings, repairs, .. } = report;
        Self {
            area,
            quarter,
            status,
            version,
            findings: findings.unwrap_or_default(),
            repairs: repairs.unwrap_or_default(),
        }
    }
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
            etag: None,
        }
    }
}

/// The states that lists are asked for by.
pub(super) const LISTED: [ReportStatus; 5] = [
    ReportStatus::Draft,
    ReportStatus::Submitted,
    ReportStatus::Returned,
    ReportStatus::Approved,
    ReportStatus::Published,
];

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let known = LISTED.map(ReportStatus::as_str);
    let parse = |word: &str| LISTED.into_iter().find(|status| status.as_str() == word);
    match params.word("status", parse, &known)? {
        None | Some(ReportStatus::Published) => published_list(&context).await,
        Some(status) => at_work_list(&context, params, status).await,
    }
}

async fn published_list(context: &Context) -> Result<HttpResponse> {
    from_snapshot(context, Action::PublishedReportRead, |context, snapshot, mut params| {
        let when = params.take("quarter")?;
        params.take("status")?;
        let filter = format!("{when:?}");
        let wanted =
            when.map(|text| read_quarter(snapshot, context.app.clock.today(), "quarter", &text)).transpose()?;
        page(context, snapshot, params, reports(snapshot, wanted), &filter, |(ward, quarter, mark)| {
            ReportBody::of(snapshot, ward, quarter, mark, None)
        })
    })
    .await
}

/// As of now, whatever the revision.
async fn at_work_list(context: &Context, mut params: Params, status: ReportStatus) -> Result<HttpResponse> {
    authorize(&context.caller, Action::UnpublishedReportRead)?;
    let snapshot = snapshot(context, &mut params, Action::PublishedReportRead).await?;
    let today = context.app.clock.today();
    let quarter = params.take("quarter")?.map(|text| read_quarter(&snapshot, today, "quarter", &text)).transpose()?;
    let (limit, cursor) = limit_and_cursor(&mut params)?;
    params.finish()?;
    let wanted = WorkingList { status, quarter, limit, cursor };
    let (found, next) = working_list(&context.app, &snapshot, &context.actor(), &wanted).await?;
    let items = found.iter().map(|listed| ReportBody::at_work(&snapshot, listed)).collect();
    let body = List { epoch: &snapshot.epoch, revision: snapshot.revision, items, next_cursor: next.clone() };
    // What is worked on follows no revision, so its tag is made of what is answered.
    let body = bytes(&body)?;
    let digest = Sha256::digest(&body);
    let etag = format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()));
    if matches(context, &etag) {
        return Ok(not_modified(etag));
    }
    let mut response = response(context, etag, StatusCode::OK, body);
    if let Some(cursor) = next {
        let link = HeaderValue::from_str(&next_link(context, "cursor", &cursor)).map_err(Error::internal)?;
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// How much of a report is asked for.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Findings,
}

/// The newest version for those who work on the report, the published one for everybody else.
pub(super) async fn newest(context: Context) -> Result<HttpResponse> {
    shown(context, Part::Whole).await
}

/// What the rules say of that version.
pub(super) async fn findings(context: Context) -> Result<HttpResponse> {
    shown(context, Part::Findings).await
}

async fn shown(context: Context, part: Part) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let published_only = params.word("version", |word| (word == "published").then_some(()), &["published"])?.is_some();
    let snapshot = snapshot_asked(&context, &mut params, Action::PublishedReportRead).await?;
    params.finish()?;
    let published_only = published_only || is_of_the_past(&context);
    if published_only || authorize(&context.caller, Action::UnpublishedReportRead).is_err() {
        return published(context, &snapshot, part).await;
    }
    let place = place_of(&context, &snapshot)?;
    let view = view(&context.app, &snapshot, &context.actor(), &place).await?;
    let etag = etag(&context, &view);
    if matches(&context, &etag) {
        return Ok(not_modified(etag));
    }
    Ok(response(&context, etag, StatusCode::OK, written(ReportBody::worked_on(&view, context.language), part)?))
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
    Ok(response(context, etag(context, view), status, bytes(&body)?))
}

fn written(body: ReportBody<'_>, part: Part) -> Result<Vec<u8>> {
    match part {
        Part::Whole => bytes(&body),
        Part::Findings => bytes(&FindingsBody::from(body)),
    }
}

fn response(context: &Context, etag: String, status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type("application/json; charset=utf-8");
    response.insert_header((ETAG, etag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    response.insert_header((VARY, VARIES)).insert_header((CONTENT_LANGUAGE, context.language.tag()));
    response.body(body)
}

impl<'a> ReportBody<'a> {
    fn at_work(snapshot: &'a Snapshot, Listed { ward, working, synthetic }: &'a Listed) -> Self {
        let ward = *ward;
        let quarter = working.quarter;
        Self {
            area: AreaBody::on(snapshot, ward, snapshot.calendar().cut_off(quarter)),
            quarter: quarter.to_string(),
            status: working.status.as_str(),
            version: working.version,
            imported: working.imported,
            synthetic: *synthetic,
            revision: None,
            submitted_at: working.submitted_at.map(|instant| instant.and_utc()),
            in_time: working.submitted_at.and_then(|instant| snapshot.came_in_time(ward, quarter, instant)),
            published_at: None,
            reason: working.reason.as_deref(),
            document: None,
            findings: None,
            repairs: None,
            actions: None,
            offers: None,
            ignored_columns: None,
            etag: Some(format!("\"{}\"", tag(working.version, working.edits))),
        }
    }

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
            etag: None,
        }
    }
}

/// The document is read from the database by key: with their texts, reports are too large to hold in memory.
async fn published(context: Context, snapshot: &Snapshot, part: Part) -> Result<HttpResponse> {
    let (code, when) = (context.path("code"), context.path("quarter"));
    let (ward, quarter, mark) = report(snapshot, context.app.clock.today(), ("{code}", code), ("{quarter}", when))?;
    // Names and deadlines in it follow later revisions, so it is the snapshot's revision that counts, not the report's own.
    let (epoch, revision, language) = (&snapshot.epoch, snapshot.revision, context.language.tag());
    let names = snapshot.catalogue_revision;
    let etag = format!("\"{}.{epoch}.{revision}.{names}.{language}.{BUILD}\"", tag(mark.version, mark.edits));
    if matches(&context, &etag) {
        return Ok(not_modified(etag));
    }
    let found = documents(&context.app, &context.caller, snapshot.revision, vec![(ward, quarter)]).await?;
    let readable =
        found.into_values().next().ok_or_else(|| Error::internal("a published report without a document"))?;
    let body = ReportBody::of(snapshot, ward, quarter, mark, Some((&readable, context.language)));
    Ok(response(&context, etag, StatusCode::OK, written(body, part)?))
}
