//! The cells of a file, whichever kind it is, before anybody knows what they mean.

use std::collections::HashSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};

use super::archive::{inspect, no_workbook};
use super::{Kind, MAX_BYTES, MAX_COLUMNS, MAX_ROWS};
use crate::error::{Code, Error, Result};
use crate::service::import::{marked, unneutralised, unreadable, utf8};
use crate::text;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Text, without blanks around it, never empty.
    Text(String),
    /// A number, and whether it is shown in hundredths.
    Number { value: f64, percent: bool },
    /// A date or a time, which spreadsheets make of `5/5`.
    Date,
    /// True or false.
    Truth(bool),
    /// What a formula failed with, such as `#DIV/0!`.
    Failed(String),
    /// A formula that was never computed.
    Uncomputed,
}

/// A row with something in it.
#[derive(Debug)]
pub(super) struct GridRow {
    /// The row of the sheet or the line of the file, from 1.
    pub number: u64,
    /// The cells that hold something, by column from 0.
    pub cells: Vec<(usize, Cell)>,
    /// How many cells a CSV file writes, empty ones counted.
    pub width: Option<usize>,
}

impl GridRow {
    pub fn cell(&self, column: usize) -> Option<&Cell> {
        self.cells.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell)
    }
}

/// Cells that were merged: rows from 1, columns from 0, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merged {
    pub rows: (u64, u64),
    pub columns: (usize, usize),
}

/// Sheets of a workbook that are read.
const MAX_SHEETS: usize = 20;
/// Cells of a workbook that say something.
const MAX_CELLS: usize = 200_000;
/// Bytes of the texts of all cells: a string may be named by every one of them.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// Merged areas of a workbook.
const MAX_MERGED: usize = 1_000;

/// What may still be made of a file, which says little of that by its own size.
struct Budget {
    cells: usize,
    text: usize,
    merged: usize,
}

impl Budget {
    const fn whole() -> Self {
        Self { cells: MAX_CELLS, text: MAX_TEXT, merged: MAX_MERGED }
    }

    fn spend(left: &mut usize, count: usize) -> Result<()> {
        *left = left.checked_sub(count).ok_or_else(too_much)?;
        Ok(())
    }
}

fn too_much() -> Error {
    let mebibytes = MAX_TEXT.div_euclid(1024 * 1024);
    let detail = text!(
        "Tệp tối đa {MAX_SHEETS} trang tính, {MAX_CELLS} ô có nội dung, {mebibytes} MiB chữ và {MAX_MERGED} vùng ô gộp.",
        "The file may have at most {MAX_SHEETS} sheets, {MAX_CELLS} cells, {mebibytes} MiB of text and {MAX_MERGED} merged areas."
    );
    Error::new(Code::InvalidFile, detail)
}

/// A sheet, or a whole CSV file.
#[derive(Debug)]
pub(super) struct Grid {
    /// The name of the sheet; nothing for a CSV file.
    pub sheet: Option<Arc<str>>,
    pub rows: Vec<GridRow>,
    pub merged: Vec<Merged>,
}

/// Reads every sheet that can be seen.
///
/// # Errors
/// `payloadTooLarge`, `notUtf8`, or `invalidFile` for what cannot be read.
pub(super) fn read(bytes: &[u8], kind: Kind) -> Result<Vec<Grid>> {
    match kind {
        Kind::Csv => csv(bytes).map(|grid| vec![grid]),
        Kind::Xlsx => {
            inspect(bytes)?;
            // The library reads what strangers send; where it gives up by a panic, the file is at fault all the same.
            catch_unwind(AssertUnwindSafe(|| workbook(bytes))).unwrap_or_else(|_| Err(no_workbook()))
        }
    }
}

/// The sheets that people see, in their order.
pub(super) fn visible_sheets(book: &Xlsx<Cursor<&[u8]>>) -> Vec<String> {
    let visible =
        |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
    book.sheets_metadata().iter().filter(visible).map(|sheet| sheet.name.clone()).collect()
}

fn workbook(bytes: &[u8]) -> Result<Vec<Grid>> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    let names = visible_sheets(&book);
    // A workbook may name the same part by any number of sheets.
    if names.len() > MAX_SHEETS {
        return Err(too_much());
    }
    let mut budget = Budget::whole();
    names.iter().map(|name| sheet(&mut book, name, &mut budget)).collect()
}

/// The cells that a sheet shows in hundredths.
pub(super) fn percentages(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<HashSet<(u32, u32)>> {
    let broken = |_| no_workbook();
    let mut percent = HashSet::new();
    let mut cells = book.worksheet_cells_reader(name).map_err(broken)?;
    let shown_so: Vec<_> = cells
        .styles()
        .iter()
        .map(|style| style.number_format.as_ref().is_some_and(|format| format.format_code.contains('%')))
        .collect();
    while let Some((row, column, style)) = cells.next_style_id().map_err(broken)? {
        if shown_so.get(style).copied().unwrap_or_default() {
            percent.insert((row, column));
        }
    }
    Ok(percent)
}

fn sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, budget: &mut Budget) -> Result<Grid> {
    let broken = |_| no_workbook();
    let merged = book.merge_cells_by_sheet_name(name).map_err(broken)?;
    Budget::spend(&mut budget.merged, merged.len())?;
    let percent = percentages(book, name)?;
    let mut rows: Vec<GridRow> = Vec::new();
    let mut cells = book.worksheet_cells_reader(name).map_err(broken)?;
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let cell = match (found.value, found.formula) {
            (DataRef::Empty, Some(_)) => Cell::Uncomputed,
            (value, _) => match cell(value, percent.contains(&found.pos)) {
                Some(cell) => cell,
                None => continue,
            },
        };
        Budget::spend(&mut budget.cells, 1)?;
        if let Cell::Text(text) = &cell {
            Budget::spend(&mut budget.text, text.len())?;
        }
        let (row, column) = found.pos;
        let number = u64::from(row) + 1;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        check(Some(name), number, column)?;
        match rows.last_mut() {
            Some(last) if last.number == number => last.cells.push((column, cell)),
            Some(last) if last.number > number => return Err(no_workbook()),
            _ => rows.push(GridRow { number, cells: vec![(column, cell)], width: None }),
        }
    }
    let merged = merged.iter().map(|area| Merged {
        rows: (u64::from(area.start.0) + 1, u64::from(area.end.0) + 1),
        columns: (
            usize::try_from(area.start.1).unwrap_or(usize::MAX),
            usize::try_from(area.end.1).unwrap_or(usize::MAX),
        ),
    });
    Ok(Grid { sheet: Some(name.into()), rows, merged: merged.collect() })
}

pub(super) fn cell(value: DataRef<'_>, percent: bool) -> Option<Cell> {
    let text = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Cell::Text(text.to_owned()));
    match value {
        DataRef::Empty => None,
        DataRef::String(found) => text(&found),
        DataRef::SharedString(found) => text(found),
        DataRef::Int(value) => text(&value.to_string()),
        DataRef::Float(value) => Some(Cell::Number { value, percent }),
        DataRef::Bool(truth) => Some(Cell::Truth(truth)),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => Some(Cell::Date),
        DataRef::Error(error) => Some(Cell::Failed(error.to_string())),
    }
}

/// Holds a cell that says something to the bounds of a file.
fn check(sheet: Option<&str>, row: u64, column: usize) -> Result<()> {
    if row <= MAX_ROWS && column < MAX_COLUMNS {
        return Ok(());
    }
    let detail = text!(
        "Tệp tối đa {MAX_ROWS} dòng và {MAX_COLUMNS} cột.",
        "The file may have at most {MAX_ROWS} rows and {MAX_COLUMNS} columns."
    );
    let pointer = super::place(sheet, row, column);
    Err(Error::new(Code::InvalidFile, detail.clone()).at(pointer, Code::InvalidFile, detail))
}

fn csv(bytes: &[u8]) -> Result<Grid> {
    if bytes.len() > MAX_BYTES {
        let mebibytes = MAX_BYTES.div_euclid(1024 * 1024);
        let detail = text!("Tệp tối đa {mebibytes} MiB.", "The file may have at most {mebibytes} MiB.");
        return Err(Error::new(Code::PayloadTooLarge, detail));
    }
    let text = utf8(bytes)?;
    // Where a comma is the decimal mark, spreadsheets part columns by semicolons.
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |mark: char| first.matches(mark).count();
    let delimiter = [(b',', ','), (b';', ';'), (b'\t', '\t')].into_iter().rev().max_by_key(|(_, mark)| count(*mark));
    let (source, lines) = marked(text.as_bytes());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.map_or(b',', |(byte, _)| byte))
        .from_reader(source);
    let mut rows: Vec<GridRow> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let number = lines.of(record.position().map_or(0, csv::Position::byte));
        let mut cells = Vec::new();
        for (column, text) in record.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            check(None, number, column)?;
            cells.push((column, Cell::Text(unneutralised(text.trim()).to_owned())));
        }
        if !cells.is_empty() {
            rows.push(GridRow { number, cells, width: Some(record.len()) });
        }
    }
    Ok(Grid { sheet: None, rows, merged: Vec::new() })
}
