//! A workbook as one long table: the first sheet that people see, row by row, none of which is kept.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader as _, Xlsx};

use super::archive::{inspect, no_workbook};
use super::grid::{Cell, cell, percentages, visible_sheets};
use super::{MAX_COLUMNS, place};
use crate::domain::indicator::Unit;
use crate::domain::printed_number::read_binary;
use crate::error::{Code, Error, Result, Text};
use crate::text;

/// Rows of the table.
pub(in crate::service) const MAX_ROWS: u64 = 50_000;

/// A row: its number, and what its cells say by column from 0, or why one of them says nothing.
pub(in crate::service) struct BulkRow {
    pub number: u64,
    pub cells: Vec<(usize, Result<String, Text>)>,
}

/// Hands every row of the table on that has something in it, with the name of its sheet.
///
/// # Errors
/// `payloadTooLarge`, `invalidFile` for what cannot be read or goes beyond its bounds, and what `take` refuses.
pub(in crate::service) fn rows(bytes: &[u8], take: &mut dyn FnMut(&str, BulkRow) -> Result<()>) -> Result<()> {
    inspect(bytes)?;
    // The library reads what strangers send; where it gives up by a panic, the file is at fault all the same.
    catch_unwind(AssertUnwindSafe(|| read(bytes, take))).unwrap_or_else(|_| Err(no_workbook()))
}

fn read(bytes: &[u8], take: &mut dyn FnMut(&str, BulkRow) -> Result<()>) -> Result<()> {
    let broken = |_| no_workbook();
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    let Some(name) = visible_sheets(&book).into_iter().next() else { return Err(no_workbook()) };
    let percent = percentages(&mut book, &name)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let mut row: Option<BulkRow> = None;
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let value = match (found.value, found.formula) {
            (DataRef::Empty, Some(_)) => Cell::Uncomputed,
            (value, _) => match cell(value, percent.contains(&found.pos)) {
                Some(cell) => cell,
                None => continue,
            },
        };
        let (number, column) = (u64::from(found.pos.0) + 1, usize::try_from(found.pos.1).unwrap_or(usize::MAX));
        if number > MAX_ROWS + 1 || column >= MAX_COLUMNS {
            let detail = text!(
                "Sổ tính tối đa {MAX_ROWS} dòng và {MAX_COLUMNS} cột; nhiều hơn thì gửi CSV hoặc JSON Lines.",
                "A workbook may have at most {MAX_ROWS} rows and {MAX_COLUMNS} columns; send more as CSV or JSON Lines."
            );
            let pointer = place(Some(&name), number, column);
            return Err(Error::new(Code::InvalidFile, detail.clone()).at(pointer, Code::InvalidFile, detail));
        }
        match &mut row {
            Some(row) if row.number == number => row.cells.push((column, written(&value))),
            Some(last) if last.number > number => return Err(no_workbook()),
            _ => {
                let next = BulkRow { number, cells: vec![(column, written(&value))] };
                if let Some(whole) = row.replace(next) {
                    take(&name, whole)?;
                }
            }
        }
    }
    row.map_or(Ok(()), |last| take(&name, last))
}

/// What a cell says, in the words of the files: a number with a point.
fn written(cell: &Cell) -> Result<String, Text> {
    match cell {
        Cell::Text(text) => Ok(text.clone()),
        Cell::Number { value, percent } => {
            let number = if *percent { value * 100.0 } else { *value };
            // A number that no figure may be is refused by whoever reads the row, in its own words.
            Ok(read_binary(number, Unit::PerWeek).map_or_else(|_| number.to_string(), |decimal| decimal.to_string()))
        }
        Cell::Truth(truth) => Ok(truth.to_string()),
        Cell::Failed(error) => Err(text!(
            "Công thức ở ô này báo lỗi {error}: sửa công thức hoặc ghi số.",
            "The formula of this cell fails with {error}: mend it, or write the value."
        )),
        Cell::Uncomputed => Err(text!(
            "Công thức ở ô này chưa được tính: mở tệp bằng Excel hoặc LibreOffice, lưu lại rồi gửi.",
            "The formula of this cell was never computed: open the file in Excel or LibreOffice, save and send again."
        )),
        Cell::Date => {
            Err(text!("Ô này là ngày tháng: đặt định dạng ô là Văn bản.", "This cell is a date: format it as text."))
        }
    }
}
