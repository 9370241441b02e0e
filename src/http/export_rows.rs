//! `/exports/observations`: any selection of figures, in the forms that imports take.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::ACCEPT;
use actix_web::web::Bytes;
use futures_util::stream::{Stream, unfold};

use super::accept::quality;
use super::answer::{FileName, Made, represented, streamed};
use super::context::Context;
use super::params::Params;
use crate::domain::indicator::Nature;
use crate::domain::policy::{Action, authorize};
use crate::domain::text::fold;
use crate::error::{Code, Error, Result};
use crate::service::export::{Asked, Rows, Selection, TextFormat, workbook as make_workbook};
use crate::service::import::Format;
use crate::service::spreadsheet::MEDIA_TYPE;
use crate::text;

const CSV: &str = "text/csv; charset=utf-8";
const JSON_LINES: &str = "application/x-ndjson";

pub(super) async fn csv(context: Context) -> Result<HttpResponse> {
    rows(&context, Format::Csv).await
}

pub(super) async fn json_lines(context: Context) -> Result<HttpResponse> {
    rows(&context, Format::JsonLines).await
}

pub(super) async fn workbook(context: Context) -> Result<HttpResponse> {
    represented(&context, Action::FiguresRead, MEDIA_TYPE, async |snapshot, mut params| {
        let (asked, today, language) = (asked(&mut params)?, context.app.clock.today(), context.language);
        params.finish()?;
        let made = tokio::task::spawn_blocking(move || {
            make_workbook(&snapshot, || Selection::read(&snapshot, today, &asked), language)
        });
        let body = made.await.map_err(Error::internal)??;
        Ok(Made { body, next: None, file: Some(name(&context, "xlsx", MEDIA_TYPE)) })
    })
    .await
}

/// The form that the client would rather have; CSV where it does not say.
pub(super) async fn negotiated(context: Context) -> Result<HttpResponse> {
    authorize(&context.caller, Action::FiguresRead)?;
    let accept = context.header(ACCEPT).map(str::trim).filter(|accept| !accept.is_empty()).unwrap_or("*/*");
    let mut best = (0.0, None);
    for format in [Format::Csv, Format::JsonLines, Format::Xlsx] {
        let wished = format.media_types().iter().map(|media_type| quality(accept, media_type)).fold(0.0, f32::max);
        if wished > best.0 {
            best = (wished, Some(format));
        }
    }
    match best.1 {
        Some(Format::Xlsx) => workbook(context).await,
        Some(format) => rows(&context, format).await,
        None => {
            let detail = text!(
                "Có text/csv, {JSON_LINES} và {MEDIA_TYPE}.",
                "There are text/csv, {JSON_LINES} and {MEDIA_TYPE}."
            );
            Err(Error::new(Code::NotAcceptable, detail))
        }
    }
}

async fn rows(context: &Context, format: Format) -> Result<HttpResponse> {
    let (media_type, ending) = if format == Format::Csv { (CSV, "csv") } else { (JSON_LINES, "jsonl") };
    streamed(context, Action::FiguresRead, media_type, |snapshot, mut params| {
        let asked = asked(&mut params)?;
        // At the negotiated address the form is not part of the address.
        let marked = format == Format::Csv || !context.request.path().ends_with(ending);
        let bom = marked && params.word("bom", |word| word.parse::<bool>().ok(), &["true", "false"])?.unwrap_or(false);
        params.finish()?;
        let selection = Selection::read(&snapshot, context.app.clock.today(), &asked)?;
        let format = if format == Format::Csv { TextFormat::Csv { bom } } else { TextFormat::JsonLines };
        Ok((name(context, ending, media_type), parts(Rows::new(Arc::clone(&snapshot), selection, format))))
    })
    .await
}

fn parts(rows: Rows) -> impl Stream<Item = Result<Bytes>> {
    unfold(rows, |mut rows| async move {
        let part = rows.next_bytes().transpose()?;
        Some((part.map(Bytes::from), rows))
    })
}

fn asked(params: &mut Params) -> Result<Asked> {
    Ok(Asked {
        ward: params.take("ward")?,
        area: params.take("area")?,
        quarter: params.take("quarter")?,
        from: params.take("from")?,
        to: params.take("to")?,
        indicator: params.take("indicator")?,
        nature: params.choice::<Nature>("nature")?,
    })
}

fn name(context: &Context, ending: &str, media_type: &'static str) -> FileName {
    let full = text!("Số liệu", "Figures").get(context.language).to_owned();
    FileName { media_type, inline: false, plain: format!("{}.{ending}", fold(&full)), full: format!("{full}.{ending}") }
}
