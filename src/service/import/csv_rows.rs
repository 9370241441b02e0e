//! Rows of CSV, by the names in the first line: ours, or those of SDMX-CSV.

use std::io::Read;

use super::column::{COLUMN_COUNT, Column, Layout, REQUIRED};
use super::file::{Cells, File, Reading, quoted};
use super::report::Rejection;
use super::row::unneutralised;
use super::sdmx_csv::Sdmx;
use super::text::{broken, first_line, marked, not_utf8, unreadable};
use crate::error::{Code, Error, FieldError, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// How the rows of a table are understood.
pub(super) enum Dialect {
    /// By our own names.
    Own,
    /// By those of SDMX-CSV.
    Sdmx(Sdmx),
}

/// Reads a file of lines.
///
/// # Errors
/// `notUtf8`, `invalidFile` for a header that names no table, and where the source fails.
pub(super) fn read(snapshot: &Snapshot, today: chrono::NaiveDate, source: impl Read, sdmx: bool) -> Result<File> {
    let (line, source) = first_line(source)?;
    // Where a comma is the decimal mark, spreadsheets part columns by semicolons.
    let semicolons = !line.contains(&b',') && line.contains(&b';');
    let (source, lines) = marked(source);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if semicolons { b';' } else { b',' })
        .from_reader(source);
    let mut record = csv::StringRecord::new();
    let mut next = |record: &mut csv::StringRecord| {
        let found = reader.read_record(record).map_err(|error| failed(error, &lines))?;
        let line = record.position().map_or(0, |position| lines.of(position.byte()));
        Ok::<_, Error>(found.then_some(line))
    };
    if next(&mut record)?.is_none() {
        return Err(no_header(vec![FieldError {
            pointer: "1:1".to_owned(),
            code: Code::InvalidFile,
            detail: text!("Tệp trống.", "The file is empty."),
        }]));
    }
    let names: Vec<_> = record.iter().map(|name| name.trim().to_owned()).collect();
    let (columns, dialect) = if sdmx {
        let (columns, found) = Sdmx::new(&names)?;
        (columns, Dialect::Sdmx(found))
    } else {
        (named(&names)?, Dialect::Own)
    };
    let mut reading = Reading::new(snapshot, today, Layout::Table { sheet: None, columns: Box::new(columns) });
    while let Some(line) = next(&mut record)? {
        let (expected, found) = (names.len(), record.len());
        if found != expected {
            reading.refuse(line, |layout, line| Rejection {
                line,
                pointer: layout.row(line),
                code: Code::InvalidFile,
                detail: text!(
                    "Dòng có {found} cột, cần {expected}.",
                    "The row has {found} columns, {expected} are needed."
                ),
                expected: text!("{expected} cột", "{expected} columns"),
                got: Some(found.to_string()),
            })?;
            continue;
        }
        let mut cells = Cells::default();
        for (column, at) in Column::ALL.iter().zip(columns) {
            if let Some(text) = at.and_then(|at| record.get(at)) {
                cells.set(*column, unneutralised(text.trim()));
            }
        }
        match &dialect {
            Dialect::Own => reading.take(line, &cells)?,
            Dialect::Sdmx(sdmx) => match sdmx.understand(snapshot, &record, &mut cells) {
                Ok(()) => reading.take(line, &cells)?,
                Err(fault) => reading.refuse(line, |_, line| Rejection {
                    line,
                    pointer: format!("{line}:{}", fault.at + 1),
                    code: fault.code,
                    detail: fault.detail,
                    expected: fault.expected,
                    got: record.get(fault.at).filter(|got| !got.is_empty()).map(quoted),
                })?,
            },
        }
    }
    reading.finish()
}

/// Where each column stands, by a header of our names.
///
/// # Errors
/// `invalidFile` with every name that is unknown, given twice or missing.
pub(super) fn named(names: &[String]) -> Result<[Option<usize>; COLUMN_COUNT]> {
    let mut columns = [None; COLUMN_COUNT];
    let mut faults = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let fault = |detail| FieldError { pointer: format!("1:{}", at + 1), code: Code::InvalidFile, detail };
        let Some(column) = Column::parse(name) else {
            faults.push(fault(text!("Không có cột {name}.", "There is no column {name}.")));
            continue;
        };
        match columns.get_mut(column.position()) {
            Some(place @ None) => *place = Some(at),
            _ => faults.push(fault(text!("Cột {name} lặp lại.", "The column {name} is given twice."))),
        }
    }
    for (column, _) in Column::ALL.iter().zip(columns).take(REQUIRED).filter(|(_, at)| at.is_none()) {
        let name = column.as_str();
        let detail = text!("Thiếu cột {name}.", "The column {name} is missing.");
        faults.push(FieldError { pointer: "1:1".to_owned(), code: Code::InvalidFile, detail });
    }
    if faults.is_empty() { Ok(columns) } else { Err(no_header(faults)) }
}

fn no_header(faults: Vec<FieldError>) -> Error {
    let expected = Column::ALL.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(",");
    let detail = text!(
        "Dòng tiêu đề phải gồm: {expected} (bắt buộc {REQUIRED} cột đầu).",
        "The header must be made of: {expected} (the first {REQUIRED} are required)."
    );
    Error::new(Code::InvalidFile, detail).with_fields(faults)
}

fn failed(error: csv::Error, lines: &super::text::Lines) -> Error {
    match error.kind() {
        csv::ErrorKind::Io(_) => match error.into_kind() {
            csv::ErrorKind::Io(error) => broken(error),
            _ => Error::internal("an error of another kind"),
        },
        csv::ErrorKind::Utf8 { pos, .. } => not_utf8(pos.as_ref().map_or(1, |position| lines.of(position.byte()))),
        _ => unreadable(&error),
    }
}
