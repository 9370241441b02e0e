//! Bulk files: CSV in, published figures out, all or nothing, as one revision.

mod row;
mod rows;

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

pub use rows::{COLUMNS, Parsed, parse};
pub(super) use rows::{Lines, unreadable, utf8};

use crate::clock::Clock;
use crate::db::account::Account;
use crate::db::head::{current_head, take_head};
use crate::db::publication::Difference;
use crate::db::{Conn, Store};
use crate::domain::aggregate::Published;
use crate::error::{Code, Error, Result};
use crate::service::actor::ensure_reaches;
use crate::service::lock::ensure_open;
use crate::service::publish::{Batch, Merged, merged, publish};
use crate::snapshot::{Current, Snapshot};
use crate::text;

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportReport {
    /// Data rows of the file.
    pub rows: usize,
    /// Reports that it touched.
    pub reports: usize,
    /// The revision that published it; where it says nothing new, the one that holds.
    pub revision: i64,
    /// What became of the figures.
    pub figures: Difference,
}

/// Publishes a file that was read, in the name of an account. What says nothing new makes no revision.
///
/// # Errors
/// `invalidFile` with every bad row, `line:column`; nothing is changed then.
pub fn import(
    conn: &mut Conn,
    snapshot: &Snapshot,
    parsed: &Parsed,
    account: Option<&Account>,
    now: NaiveDateTime,
) -> Result<ImportReport> {
    if parsed.rows == 0 {
        let detail = text!("Tệp không có dòng dữ liệu nào.", "The file has no data rows.");
        return Err(Error::new(Code::InvalidFile, detail));
    }
    take_head(conn)?;
    for (ward, quarter) in parsed.figures.keys() {
        ensure_open(conn, snapshot, *ward, *quarter)?;
    }
    let (mut documents, mut unchanged) = (BTreeMap::new(), 0);
    let mut faults = Vec::new();
    for ((ward, quarter), (code, figures)) in &parsed.figures {
        let Merged { document, changed } = merged(conn, *ward, code, *quarter, figures)?;
        faults.extend(parsed.excesses(snapshot.catalogue(), (*ward, *quarter), &document));
        if changed {
            documents.insert((*ward, *quarter), document.into());
        } else {
            unchanged += document.observations.len();
        }
    }
    if !faults.is_empty() {
        let count = faults.len();
        let detail = text!(
            "{count} tử số lớn hơn mẫu số của chúng; không có gì được thay đổi.",
            "{count} numerators are above their denominators; nothing was changed."
        );
        return Err(Error::new(Code::InvalidFile, detail).with_fields(faults));
    }
    let reports = parsed.figures.len();
    if documents.is_empty() {
        let revision = current_head(conn)?.revision;
        let figures = Difference { unchanged, ..Difference::default() };
        return Ok(ImportReport { rows: parsed.rows, reports, revision, figures });
    }
    let summary = format!("{} rows for {reports} reports", parsed.rows);
    let batch = Batch { kind: "import", summary: &summary, account, now, documents };
    let (revision, mut figures) = publish(conn, &super::seed::rules()?, snapshot, &batch)?;
    figures.unchanged += unchanged;
    Ok(ImportReport { rows: parsed.rows, reports, revision, figures })
}

/// Imports in the name of an account that may import for the whole of its area.
///
/// # Errors
/// `forbidden` where the account may not publish every ward of the file; as [`import`] otherwise.
pub fn import_as(
    store: &Store,
    snapshots: &Current,
    clock: &Clock,
    username: &str,
    bytes: &[u8],
) -> Result<ImportReport> {
    use crate::db::account::find_by_username;
    use crate::domain::policy::{Action, Caller, authorize};

    let account = store.read_blocking(|conn| find_by_username(conn, username))?;
    let account = account.filter(|account| !account.disabled).ok_or_else(|| {
        Error::new(Code::NotMeaningful, text!("Không có tài khoản {username}.", "There is no account {username}."))
    })?;
    let caller = Caller {
        role: account.role,
        area: account.area.as_deref().map(Into::into),
        subject: Some(account.id.clone()),
        ..Caller::public()
    };
    let scope = authorize(&caller, Action::ReportDecide)?;
    let snapshot = snapshots.read(&caller, Action::FiguresRead)?;
    let (today, now) = (clock.today(), clock.now().naive_utc());
    let parsed = parse(&snapshot, bytes, today)?;
    for (ward, quarter) in parsed.figures.keys() {
        ensure_reaches(&snapshot, &scope, *ward, *quarter)?;
    }
    store.write_blocking(|conn| import(conn, &snapshot, &parsed, Some(&account), now))
}
