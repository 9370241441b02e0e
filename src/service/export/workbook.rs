//! Figures as a workbook: the header that imports take, numbers as numbers.

use std::sync::Arc;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::csv_rows::Cells;
use super::selection::{Selection, Walk};
use crate::error::{Code, Error, Language, Result};
use crate::service::import::Column;
use crate::service::spreadsheet::bulk::MAX_ROWS;
use crate::snapshot::Snapshot;
use crate::text;

/// Makes a workbook of a selection. Rows leave the memory as they are written; what is made of them is packed.
///
/// # Errors
/// `queryTooExpensive` where it would have more rows than a workbook that is imported.
pub fn workbook(
    snapshot: &Arc<Snapshot>,
    select: impl Fn() -> Result<Selection>,
    language: Language,
) -> Result<Vec<u8>> {
    let count = u64::try_from(Walk::new(Arc::clone(snapshot), select()?).count()).unwrap_or(u64::MAX);
    if count > MAX_ROWS {
        let detail = text!(
            "Lựa chọn này có {count} số liệu; một sổ tính tối đa {MAX_ROWS}. Hãy thu hẹp, hoặc lấy dạng CSV hay JSON Lines.",
            "This selection has {count} figures; a workbook may have at most {MAX_ROWS}. Narrow it, or take CSV or JSON Lines."
        );
        return Err(Error::new(Code::QueryTooExpensive, detail));
    }
    let broken = |error: XlsxError| Error::internal(error);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().map_err(broken)?;
    sheet.set_name(text!("Số liệu", "Figures").get(language)).map_err(broken)?;
    sheet.set_freeze_panes(1, 0).map_err(broken)?;
    for (column, name) in (0..).zip(Column::ALL) {
        sheet.write_string(0, column, name.as_str()).map_err(broken)?;
    }
    let mut row = 0;
    let mut walk = Walk::new(Arc::clone(snapshot), select()?);
    while let Some((ward, quarter)) = walk.next() {
        let code = walk.ward(ward, quarter).map_or("", |version| &version.code);
        let when = quarter.to_string();
        for figure in walk.figures(ward, quarter) {
            row += 1;
            let cells = Cells::of(walk.snapshot(), code, &when, figure)?;
            for (column, (name, text)) in (0..).zip(cells.iter()).filter(|(_, (_, text))| !text.is_empty()) {
                if name == Column::Value {
                    sheet.write_number(row, column, figure.value.to_f64()).map_err(broken)?;
                } else {
                    sheet.write_string(row, column, text).map_err(broken)?;
                }
            }
        }
    }
    book.save_to_buffer().map_err(broken)
}
