//! `/exports/…`: workbooks to fill in and to take away.

use std::sync::Arc;

use actix_web::HttpResponse;

use super::answer::{FileName, Made, answered, is_of_the_past, matches, not_modified, snapshot_asked, tagged_file};
use super::context::Context;
use super::params::{Params, required};
use super::report::etag;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::policy::{Action, authorize};
use crate::domain::quarter::Quarter;
use crate::domain::text::fold;
use crate::error::{Code, Error, Result, Text};
use crate::service::read::{area, quarter as read_quarter};
use crate::service::report::{documents, report};
use crate::service::spreadsheet::{MEDIA_TYPE, QuarterBook, ReportBook, Template};
use crate::service::workflow;
use crate::snapshot::Snapshot;
use crate::text;

/// The sheet that a ward fills in, with the figures of its report: those of the version at work for those who work on it,
/// those that are published for others who may read them.
pub(super) async fn template(context: Context) -> Result<HttpResponse> {
    if !is_of_the_past(&context)
        && authorize(&context.caller, Action::UnpublishedReportRead).is_ok()
        && let Some(answer) = template_at_work(&context).await?
    {
        return Ok(answer);
    }
    answered(&context, Action::FiguresRead, async |snapshot, params| {
        let (code, when) = named(params, "ward")?;
        let (ward, quarter) = place(&context, &snapshot, "ward", &code, &when)?;
        let may_read = authorize(&context.caller, Action::PublishedReportRead).is_ok();
        let found = if may_read && snapshot.report(ward, quarter).is_some() {
            documents(&context.app, &context.caller, snapshot.revision, vec![(ward, quarter)]).await?
        } else {
            std::collections::HashMap::new()
        };
        let (readable, language, published) =
            (found.get(&(ward, quarter)).cloned(), context.language, Arc::clone(&snapshot));
        let body = made(move || {
            let document = readable.as_deref().map(|readable| &readable.document);
            let validation = readable.as_deref().map(|readable| &readable.validation);
            Template { snapshot: &published, ward, quarter, language, document, validation }.write()
        });
        let name = text!("Biểu nhập", "Template");
        Ok(file(body.await?, &context, &snapshot, ward, quarter, &name))
    })
    .await
}

/// Nothing where no version of the report is at work for this caller.
async fn template_at_work(context: &Context) -> Result<Option<HttpResponse>> {
    let mut params = Params::parse(context.request.query_string())?;
    let snapshot = snapshot_asked(context, &mut params, Action::FiguresRead).await?;
    let (code, when) = named(params, "ward")?;
    let place = workflow::place(&snapshot, context.app.clock.today(), ("ward", &code), ("quarter", &when))?;
    let view = match workflow::view(&context.app, &snapshot, &context.actor(), &place).await {
        Ok(view) if view.version.status.is_at_work() => view,
        Ok(_) => return Ok(None),
        Err(error) if error.code() == Code::ReportNotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let etag = etag(context, &view);
    if matches(context, &etag) {
        return Ok(Some(not_modified(etag)));
    }
    let (ward, quarter, language, published) = (place.ward, place.quarter, context.language, Arc::clone(&snapshot));
    let body = made(move || {
        let (document, validation) = (Some(&view.version.document), Some(&view.validation));
        Template { snapshot: &published, ward, quarter, language, document, validation }.write()
    });
    let name = text!("Biểu nhập", "Template");
    Ok(Some(tagged_file(context, etag, body.await?, &file_name(context, &snapshot, ward, quarter, &name))))
}

/// A published report.
pub(super) async fn published(context: Context) -> Result<HttpResponse> {
    answered(&context, Action::PublishedReportRead, async |snapshot, params| {
        let (code, when) = named(params, "ward")?;
        let (ward, quarter, mark) = report(&snapshot, context.app.clock.today(), ("ward", &code), ("quarter", &when))?;
        let found = documents(&context.app, &context.caller, snapshot.revision, vec![(ward, quarter)]).await?;
        let readable = found.into_values().next();
        let readable = readable.ok_or_else(|| Error::internal("a published report without a document"))?;
        let (language, published) = (context.language, Arc::clone(&snapshot));
        let body = made(move || {
            let document = &readable.document;
            ReportBook { snapshot: &published, ward, quarter, language, mark, document }.write()
        });
        let name = text!("Báo cáo", "Report");
        Ok(file(body.await?, &context, &snapshot, ward, quarter, &name))
    })
    .await
}

/// A whole quarter of an area.
pub(super) async fn quarter(context: Context) -> Result<HttpResponse> {
    answered(&context, Action::FiguresRead, async |snapshot, params| {
        let (code, when) = named(params, "area")?;
        let (area, quarter) = place(&context, &snapshot, "area", &code, &when)?;
        let (language, published) = (context.language, Arc::clone(&snapshot));
        let body = made(move || QuarterBook { snapshot: &published, area, quarter, language }.write());
        let name = text!("Số liệu quý", "Quarter");
        Ok(file(body.await?, &context, &snapshot, area, quarter, &name))
    })
    .await
}

/// Makes a workbook on a thread that may block: it is work, which other requests need not wait for.
async fn made(work: impl FnOnce() -> Result<Vec<u8>> + Send + 'static) -> Result<Vec<u8>> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The two parameters of every export: an area's code and a quarter.
fn named(mut params: Params, area: &'static str) -> Result<(String, String)> {
    let (code, quarter) = (params.take(area)?, params.take("quarter")?);
    params.finish()?;
    Ok((required(area, code)?, required("quarter", quarter)?))
}

fn place(
    context: &Context,
    snapshot: &Snapshot,
    parameter: &str,
    code: &str,
    when: &str,
) -> Result<(AreaKey, Quarter)> {
    let quarter = read_quarter(snapshot, context.app.clock.today(), "quarter", when)?;
    let (_, key) = area(snapshot, parameter, code, Some(snapshot.calendar().cut_off(quarter)))?;
    Ok((key, quarter))
}

fn file(
    body: Vec<u8>,
    context: &Context,
    snapshot: &Snapshot,
    key: AreaKey,
    quarter: Quarter,
    name: &Text,
) -> Made<Vec<u8>> {
    Made { body, next: None, file: Some(file_name(context, snapshot, key, quarter, name)) }
}

fn file_name(context: &Context, snapshot: &Snapshot, key: AreaKey, quarter: Quarter, name: &Text) -> FileName {
    let version = snapshot.areas().get(key).and_then(|area| area.on(snapshot.calendar().cut_off(quarter)));
    let area = version.map_or("", |version| &version.name);
    let full = format!("{} {area} {quarter}.xlsx", name.get(context.language));
    // Folding has no capitals, which a quarter does.
    let plain = format!("{} {quarter}.xlsx", fold(&format!("{} {area}", name.get(context.language))));
    FileName { media_type: MEDIA_TYPE, inline: false, plain, full }
}
