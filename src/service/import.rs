//! Bulk files: rows in, published figures out, all or nothing, as one revision.
//!
//! A file is read once, row by row, while it arrives: each row is understood by itself and kept small. Then, in one
//! transaction, the rows of each report are put beside what is published of it. A dry run does all of this but publish, so
//! both say the same.

mod column;
mod csv_rows;
mod file;
mod format;
mod json_lines;
mod judge;
mod report;
mod row;
mod sdmx_csv;
mod text;
mod workbook;

use std::io::Read;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub(super) use self::text::{marked, unreadable, utf8};
pub use column::{COLUMN_COUNT, Column, REQUIRED};
pub use format::Format;
pub use report::{FigureCounts, ImportReport, Mode, Rejection, RowCounts};
pub use row::{neutralised, unneutralised};

use crate::clock::Clock;
use crate::db::head::take_head;
use crate::db::{Conn, Store};
use crate::domain::policy::{Action, Scope, authorize};
use crate::error::{Code, Error, Result};
use crate::service::idempotency::{Answered, Idempotent, once};
use crate::service::publish::{Batch, publish};
use crate::service::{Actor, App};
use crate::snapshot::{Current, Snapshot};
use crate::text;
use file::File;
use judge::{Judged, judge};

/// Bytes of a file, as they are when they are unpacked.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Rows of a file.
pub const MAX_ROWS: usize = 200_000;
/// Faults that are listed for one file; past this the rest is counted only.
pub const MAX_REJECTIONS: usize = 1_000;
/// Files that one replica reads at the same time: each takes memory by its rows.
pub const AT_ONCE: usize = 2;

/// What an account may import.
///
/// # Errors
/// What the policy table refuses; `forbidden` for a ward's people, whose files become drafts.
pub fn may_import(actor: &Actor) -> Result<Scope> {
    match authorize(&actor.caller, Action::FileImport)? {
        Scope::Own(_) => Err(Error::new(
            Code::Forbidden,
            text!(
                "Tệp nhập ở đây được công bố ngay, việc của thị xã. Phường, xã gửi tệp của mình qua POST /api/v1/wards/…/reports/…/file: số liệu vào bản nháp.",
                "Files imported here are published at once, which is the town's part. A ward sends its own to POST /api/v1/wards/…/reports/…/file, where they become its draft."
            ),
        )),
        scope => Ok(scope),
    }
}

/// A file to import.
pub struct Import<S> {
    /// Whether it is published.
    pub mode: Mode,
    /// How it is written.
    pub format: Format,
    /// Its bytes, unpacked.
    pub source: S,
    /// The key under which it is published once, however often it is sent.
    pub key: Option<String>,
}

/// What came of a file.
#[derive(Debug)]
pub enum Imported {
    /// It was judged, and nothing was changed.
    Judged(ImportReport),
    /// It was taken, now or under the same key before: what is answered, as `write` put it.
    Taken(Answered),
}

/// Judges a file, and publishes it where that is asked for and every row can be taken. `write` puts the report of a file
/// that was taken into the body that is answered, and kept for those who send it again.
///
/// # Errors
/// What the policy table refuses; `unavailable` where others import already; `notUtf8`, `payloadTooLarge` and `invalidFile`
/// for a file that cannot be told into rows; those of [`once`].
pub async fn import<S, W>(app: &App, actor: &Actor, file: Import<S>, write: W) -> Result<Imported>
where
    S: Read + Send + 'static,
    W: FnOnce(&ImportReport) -> Result<String> + Send + 'static,
{
    let imported = attempt(app, actor, file, write).await;
    app.counts.imports.add(outcome(&imported), 1);
    imported
}

const fn outcome(imported: &Result<Imported>) -> &'static str {
    match imported {
        Ok(Imported::Taken(answered)) if answered.replayed => "replayed",
        Ok(Imported::Taken(_)) => "published",
        Ok(Imported::Judged(report)) if matches!(report.mode, Mode::DryRun) => "judged",
        Ok(Imported::Judged(_)) => "refused",
        Err(_) => "failed",
    }
}

async fn attempt<S, W>(app: &App, actor: &Actor, file: Import<S>, write: W) -> Result<Imported>
where
    S: Read + Send + 'static,
    W: FnOnce(&ImportReport) -> Result<String> + Send + 'static,
{
    let Import { mode, format, source, key } = file;
    may_import(actor)?;
    let Ok(_slot) = Arc::clone(&app.importing).try_acquire_owned() else {
        return Err(Error::unavailable(5, "as many files as may be are being read"));
    };
    let snapshot = app.snapshots.read(&actor.caller, Action::FiguresRead)?;
    let (published, today) = (Arc::clone(&snapshot), actor.today());
    let said = key.is_some().then(|| Sha256::new_with_prefix(format.as_str()));
    let read = tokio::task::spawn_blocking(move || {
        let mut source = Digested { source, said };
        read(&published, today, format, &mut source).map(|file| (file, source.said))
    });
    let (file, said) = read.await.map_err(Error::internal)??;
    // A file that is refused for itself need not keep other writers waiting; one that was taken is not.
    if mode == Mode::DryRun || file.rejected > 0 && key.is_none() {
        let judged = move |conn: &mut Conn, scope: &Scope| judge(conn, &snapshot, scope, &file, mode);
        return Ok(Imported::Judged(app.store.read(&actor.caller, Action::FileImport, judged).await?.report));
    }
    let request = key.zip(said).map(|(key, said)| Idempotent::with_digest(actor, "POST /api/v1/imports", key, said));
    let (writer, rules) = (actor.clone(), Arc::clone(&app.rules));
    let work = move |conn: &mut Conn, scope: &Scope| {
        let report = commit(conn, &rules, &snapshot, scope, &file, &writer)?;
        if report.committed { Ok(Ok((200, write(&report)?))) } else { Ok(Err(report)) }
    };
    match once(app, actor, Action::FileImport, request, work).await? {
        Ok(answered) => {
            app.take_over().await;
            Ok(Imported::Taken(answered))
        }
        Err(report) => Ok(Imported::Judged(report)),
    }
}

/// A source, and a digest of what was read of it, where one is wanted.
struct Digested<S> {
    source: S,
    said: Option<Sha256>,
}

impl<S: Read> Read for Digested<S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        if let Some(said) = &mut self.said {
            said.update(buffer.get(..count).unwrap_or_default());
        }
        Ok(count)
    }
}

/// As [`import`], on the present thread and in the name of an account, for the command line.
///
/// # Errors
/// As [`import`], and `notMeaningful` where there is no such account.
pub fn import_as(
    store: &Store,
    snapshots: &Current,
    clock: &Clock,
    username: &str,
    mode: Mode,
    (format, source): (Format, impl Read),
) -> Result<ImportReport> {
    let actor = Actor::named(store, clock, username)?;
    let scope = may_import(&actor)?;
    let snapshot = snapshots.read(&actor.caller, Action::FiguresRead)?;
    let file = read(&snapshot, actor.today(), format, source)?;
    if mode == Mode::DryRun || file.rejected > 0 {
        return Ok(store.read_blocking(|conn| judge(conn, &snapshot, &scope, &file, mode))?.report);
    }
    let rules = super::seed::rules()?;
    store.write_blocking(|conn| commit(conn, &rules, &snapshot, &scope, &file, &actor))
}

/// Reads a file to its end.
fn read(snapshot: &Snapshot, today: chrono::NaiveDate, format: Format, source: impl Read) -> Result<File> {
    let source = text::Bounded::new(source);
    match format {
        Format::Csv => csv_rows::read(snapshot, today, source, false),
        Format::SdmxCsv => csv_rows::read(snapshot, today, source, true),
        Format::JsonLines => json_lines::read(snapshot, today, source),
        Format::Xlsx => workbook::read(snapshot, today, source),
    }
}

/// Publishes a file; with a rejected row, or where it says nothing new, there is no revision.
fn commit(
    conn: &mut Conn,
    rules: &crate::domain::validation::Rules,
    snapshot: &Snapshot,
    scope: &Scope,
    file: &File,
    actor: &Actor,
) -> Result<ImportReport> {
    take_head(conn)?;
    let Judged { documents, mut report } = judge(conn, snapshot, scope, file, Mode::Commit)?;
    if report.rows.rejected > 0 {
        return Ok(report);
    }
    report.committed = true;
    if documents.is_empty() {
        return Ok(report);
    }
    let summary = format!("{} rows for {} reports", report.rows.total, report.reports);
    let batch = Batch { kind: "import", summary: &summary, actor: Some(actor), now: actor.instant(), documents };
    (report.revision, _) = publish(conn, rules, snapshot, &batch)?;
    Ok(report)
}
