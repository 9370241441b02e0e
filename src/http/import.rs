//! `POST /imports`: bulk files, judged or published.

use std::io::Read;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::bytes;
use super::body::{Arriving, arriving};
use super::context::{Context, request_id};
use super::idempotency::{key, replayable};
use super::params::{Params, required};
use super::problem::problem_with;
use crate::domain::policy::{Action, authorize};
use crate::error::{Code, Error, Language, Result};
use crate::service::import::{
    Format, Import, ImportReport, Imported, MAX_BYTES, Mode, Rejection, import as import_file, may_import,
};
use crate::text;

/// What became of a file, or would become of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportReport)]
pub(super) struct ReportBody<'a> {
    mode: Mode,
    /// Whether the file was taken. One rejected row, and nothing is; a dry run takes nothing.
    committed: bool,
    /// The revision that published it; where nothing was published, the one that it was judged against.
    revision: i64,
    epoch: &'a str,
    rows: RowsBody,
    figures: FiguresBody,
    /// The reports (a ward's quarter each) that the rows are about.
    reports: usize,
    /// Those of them that change.
    changed_reports: usize,
    /// What is wrong with rows, in the order of the file.
    rejections: Vec<RejectionBody<'a>>,
    /// How many more faults there are that are not listed.
    more_rejections: usize,
}

/// Rows by what becomes of them: the last four add up to the first.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportRows)]
struct RowsBody {
    /// All of them, the header left out.
    total: usize,
    /// Rows that bring a figure which is not published.
    created: usize,
    /// Rows that bring no new figure and change one.
    updated: usize,
    /// Rows that say what is published.
    unchanged: usize,
    /// Rows at which something is wrong.
    rejected: usize,
}

/// Figures of the rows that are not rejected, a rate's counts among them.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportFigures)]
struct FiguresBody {
    created: usize,
    updated: usize,
    unchanged: usize,
}

/// Something wrong with a row.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportRejection)]
struct RejectionBody<'a> {
    /// The line of the file or row of the sheet, from 1.
    line: u32,
    /// `line:column` of text, `Sheet!C7` of a workbook, `line:/member` of JSON Lines.
    pointer: &'a str,
    code: &'a str,
    /// What is wrong and what to do.
    detail: &'a str,
    /// What belongs there.
    expected: &'a str,
    /// What stands there; null for an empty cell.
    #[schema(required)]
    got: Option<&'a str>,
}

impl<'a> ReportBody<'a> {
    fn of(report: &'a ImportReport, language: Language) -> Self {
        let rejection = |rejection: &'a Rejection| RejectionBody {
            line: rejection.line,
            pointer: &rejection.pointer,
            code: rejection.code.as_str(),
            detail: rejection.detail.get(language),
            expected: rejection.expected.get(language),
            got: rejection.got.as_deref(),
        };
        let (rows, figures) = (report.rows, report.figures);
        Self {
            mode: report.mode,
            committed: report.committed,
            revision: report.revision,
            epoch: &report.epoch,
            rows: RowsBody {
                total: rows.total,
                created: rows.created,
                updated: rows.updated,
                unchanged: rows.unchanged,
                rejected: rows.rejected,
            },
            figures: FiguresBody { created: figures.created, updated: figures.updated, unchanged: figures.unchanged },
            reports: report.reports,
            changed_reports: report.changed_reports,
            rejections: report.rejections.iter().map(rejection).collect(),
            more_rejections: report.more_rejections,
        }
    }
}

pub(super) async fn post(mut context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let mode = params.choice::<Mode>("mode")?;
    params.finish()?;
    authorize(&context.caller, Action::FileImport)?;
    required("mode", mode.map(|mode| mode.as_str().to_owned()))?;
    let mode = mode.unwrap_or(Mode::DryRun);
    let format = format(&context)?;
    let packed = packed(&context)?;
    may_import(&context.actor())?;
    let announced = context.header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > u64::try_from(MAX_BYTES).unwrap_or(u64::MAX)) {
        let detail = text!("Tệp tối đa {MAX_BYTES} byte.", "The file may have at most {MAX_BYTES} bytes.");
        return Err(Error::new(Code::PayloadTooLarge, detail));
    }
    let key = key(&context)?;
    let (app, actor, language) = (context.app.clone(), context.actor(), context.language);
    let imported = arriving(&mut context, |body: Arriving| async move {
        let source: Box<dyn Read + Send> = if packed { Box::new(Unpacked::Not(Some(body))) } else { Box::new(body) };
        // What was taken has no rejections, so its report has no words in any language.
        let write = move |report: &ImportReport| {
            serde_json::to_string(&ReportBody::of(report, language)).map_err(Error::internal)
        };
        import_file(&app, &actor, Import { mode, format, source, key }, write).await
    })
    .await?;
    match imported {
        Imported::Taken(answered) => replayable(answered),
        Imported::Judged(report) => answer(&context, &report),
    }
}

/// A dry run answers its report whatever is in it, for that is what was asked; a file that was to be published and could
/// not be is a problem, with the same report.
fn answer(context: &Context, report: &ImportReport) -> Result<HttpResponse> {
    let body = ReportBody::of(report, context.language);
    if let Some(refusal) = report.refusal().filter(|_| report.mode == Mode::Commit) {
        let report = serde_json::to_value(&body).map_err(Error::internal)?;
        return Ok(problem_with(&refusal, context.language, &request_id(&context.request), Some(("report", report))));
    }
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(bytes(&body)?))
}

/// The format that the body says it is in.
fn format(context: &Context) -> Result<Format> {
    let given = context.header(CONTENT_TYPE).unwrap_or_default();
    let charset = given.split(';').skip(1).filter_map(|part| part.trim().split_once('=')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    let utf8 = charset.is_none_or(|charset| matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii"));
    Format::of_media_type(given).filter(|_| utf8).ok_or_else(|| {
        let known = Format::ALL.iter().filter_map(|format| format.media_types().first().copied());
        let known = known.collect::<Vec<_>>().join(", ");
        let detail = text!(
            "Content-Type phải là một trong: {known}; văn bản dùng bảng mã UTF-8.",
            "Content-Type must be one of: {known}; text in UTF-8."
        );
        Error::new(Code::UnsupportedMediaType, detail)
    })
}

/// Whether the body is packed by gzip, the only coding that is taken.
fn packed(context: &Context) -> Result<bool> {
    match context.header(CONTENT_ENCODING).map(str::trim) {
        None | Some("" | "identity") => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case("gzip") => Ok(true),
        Some(coding) => {
            let detail = text!(
                "Không nhận nén {coding}; hãy nén bằng gzip hoặc gửi không nén.",
                "The coding {coding} is not taken; pack the file with gzip or send it as it is."
            );
            Err(Error::new(Code::UnsupportedMediaType, detail))
        }
    }
}

/// A packed body, whose faults are its sender's. The decoder reads as soon as it is made, which only whoever reads may do.
enum Unpacked<R> {
    Not(Option<R>),
    Yes(Box<MultiGzDecoder<R>>),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if let Self::Not(body) = self
            && let Some(body) = body.take()
        {
            *self = Self::Yes(Box::new(MultiGzDecoder::new(body)));
        }
        let Self::Yes(decoder) = self else { return Ok(0) };
        decoder.read(buffer).map_err(|error| {
            if error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
                return error;
            }
            let detail = text!("Nội dung không giải nén được bằng gzip.", "The body cannot be unpacked by gzip.");
            std::io::Error::other(Error::new(Code::MalformedRequest, detail))
        })
    }
}
