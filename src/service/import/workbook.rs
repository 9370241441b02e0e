//! Rows of a workbook: the first sheet that people see, by the names in its first row.

use std::io::Read;
use std::sync::Arc;

use super::column::{Column, Layout};
use super::csv_rows::named;
use super::file::{Cells, File, Reading};
use super::report::Rejection;
use super::text::broken;
use crate::error::{Code, Error, Result};
use crate::service::spreadsheet::MAX_BYTES;
use crate::service::spreadsheet::bulk::{BulkRow, rows};
use crate::snapshot::Snapshot;
use crate::text;

/// Digits of a ward's code, which a spreadsheet takes for a number and shortens.
const WARD_DIGITS: usize = 5;

/// Reads a workbook.
///
/// # Errors
/// `payloadTooLarge`, `invalidFile` for what is no workbook or has no such header, and where the source fails.
pub(super) fn read(snapshot: &Snapshot, today: chrono::NaiveDate, source: impl Read) -> Result<File> {
    let mut bytes = Vec::new();
    let longest = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    source.take(longest).read_to_end(&mut bytes).map_err(broken)?;
    let mut reading: Option<Reading<'_>> = None;
    rows(&bytes, &mut |sheet, row| {
        if let Some(reading) = &mut reading {
            take(reading, &row)
        } else {
            let names = header(&row);
            let layout = Layout::Table { sheet: Some(Arc::from(sheet)), columns: Box::new(named(&names)?) };
            reading = Some(Reading::new(snapshot, today, layout));
            Ok(())
        }
    })?;
    let empty = || {
        let detail = text!("Trang tính đầu tiên trống.", "The first sheet is empty.");
        Error::new(Code::InvalidFile, detail)
    };
    reading.ok_or_else(empty)?.finish()
}

fn header(row: &BulkRow) -> Vec<String> {
    let width = row.cells.last().map_or(0, |(column, _)| column + 1);
    let mut names = vec![String::new(); width];
    for (column, text) in &row.cells {
        if let (Some(name), Ok(text)) = (names.get_mut(*column), text) {
            name.clone_from(text);
        }
    }
    names
}

fn take(reading: &mut Reading<'_>, row: &BulkRow) -> Result<()> {
    let columns = reading.columns();
    let mut ward = String::new();
    let mut cells = Cells::default();
    let mut read = false;
    for (column, at) in Column::ALL.iter().zip(columns) {
        let Some((_, found)) = at.and_then(|at| row.cells.iter().find(|(column, _)| *column == at)) else { continue };
        read = true;
        match found {
            Ok(text) if *column == Column::Ward => {
                let digits = text.len() < WARD_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
                ward = if digits { format!("{text:0>WARD_DIGITS$}") } else { text.clone() };
            }
            Ok(text) => cells.set(*column, text),
            Err(detail) => {
                return reading.refuse(row.number, |layout, line| Rejection {
                    line,
                    pointer: layout.pointer(line, *column),
                    code: Code::InvalidFile,
                    detail: detail.clone(),
                    expected: column.expected(),
                    got: None,
                });
            }
        }
    }
    // What stands beside the table is none of its rows.
    if !read {
        return Ok(());
    }
    cells.set(Column::Ward, &ward);
    reading.take(row.number, &cells)
}
