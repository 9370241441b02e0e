//! Reading the rows of a CSV file: every fault is found, each with its line and column.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::row::Row;
use crate::domain::area::AreaKey;
use crate::domain::indicator::Catalogue;
use crate::domain::observation::{FigureKey, Observation};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::service::figure_input::{Field, Figures, Place, excesses};
use crate::snapshot::Snapshot;
use crate::text;

/// The columns that a file may have; the first seven it must have.
pub const COLUMNS: [&str; 13] = [
    "ward",
    "quarter",
    "indicator",
    "nature",
    "numerator",
    "denominator",
    "value",
    "operator",
    "span",
    "referencePeriod",
    "project",
    "quote",
    "method",
];
const REQUIRED: usize = 7;
/// Faults reported for one file; past this the rest is counted only.
const MAX_FAULTS: usize = 1_000;

/// The figures of one ward's quarter, with the ward's code.
pub(super) type WardFigures = (String, Vec<Observation>);

/// A file that can be published.
#[derive(Debug)]
pub struct Parsed {
    /// Data rows.
    pub rows: usize,
    /// The figures by ward and quarter.
    pub figures: BTreeMap<(AreaKey, Quarter), WardFigures>,
    /// Where each figure stands in the file.
    places: HashMap<(AreaKey, Quarter), HashMap<FigureKey, String>>,
}

impl Parsed {
    /// The figures of the file that put a numerator above its denominator in the document that they become part of,
    /// whichever of the two the file brings.
    pub fn excesses(
        &self,
        catalogue: &Catalogue,
        place: (AreaKey, Quarter),
        document: &ReportDocument,
    ) -> Vec<FieldError> {
        let seen = |figure: &Observation| self.places.get(&place)?.get(&FigureKey::from(figure)).cloned();
        excesses(catalogue, &document.observations, seen)
    }
}

/// The text of a file: UTF-8, with or without byte order mark.
///
/// # Errors
/// `notUtf8`, with the line.
pub fn utf8(bytes: &[u8]) -> Result<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes.get(..at).map_or(1, |before| before.split(|byte| *byte == b'\n').count());
        let detail = text!(
            "Tệp không phải UTF-8 (dòng {line}). Hãy lưu lại dạng CSV UTF-8.",
            "The file is not UTF-8 (line {line}). Save it again as CSV UTF-8."
        );
        Error::new(Code::NotUtf8, detail.clone()).at(format!("{line}:1"), Code::NotUtf8, detail)
    })
}

/// Reads a file, its lines ended by LF or CRLF.
///
/// # Errors
/// `notUtf8`, or `invalidFile` with every fault.
pub fn parse(snapshot: &Snapshot, bytes: &[u8], today: NaiveDate) -> Result<Parsed> {
    let text = utf8(bytes)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let columns = header_columns(&header)?;
    let mut file = File { snapshot, today, faults: Vec::new(), hidden: 0, figures: BTreeMap::new() };
    let mut rows = 0;
    let mut lines = Lines::new(text);
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        rows += 1;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        let line = Line { line, columns: &columns };
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            file.fault(
                format!("{}:1", line.line),
                Code::InvalidFile,
                text!("Dòng có {found} cột, cần {expected}.", "The row has {found} columns, {expected} are needed."),
            );
            continue;
        }
        Row { file: &mut file, record: &record, line }.take();
    }
    if file.faults.is_empty() {
        let (mut figures, mut places) = (BTreeMap::new(), HashMap::new());
        for (place, (ward, given)) in file.figures {
            let (observations, found) = given.finish();
            figures.insert(place, (ward, observations));
            places.insert(place, found);
        }
        return Ok(Parsed { rows, figures, places });
    }
    let count = file.fault_count();
    let detail = text!(
        "Tệp có {count} lỗi; không có gì được thay đổi. Sửa các dòng nêu dưới đây rồi nhập lại.",
        "The file has {count} faults; nothing was changed. Correct the rows named below and import again."
    );
    Err(Error::new(Code::InvalidFile, detail).with_fields(file.faults))
}

/// Tells the line of a record by where it begins. The library counts the end of a CRLF line and blank lines to the record
/// that follows them.
pub struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// The lines of a text, from its first.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of the record that begins at or after that byte. Records are asked for in order.
    pub fn of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut begins = usize::try_from(byte).unwrap_or(bytes.len());
        while matches!(bytes.get(begins), Some(b'\r' | b'\n')) {
            begins += 1;
        }
        let passed = self.text.get(self.at..begins).unwrap_or_default().matches('\n').count();
        self.line += u64::try_from(passed).unwrap_or_default();
        self.at = begins;
        self.line
    }
}

/// What is said of a file that is no CSV.
pub fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let detail = text!("Không đọc được dòng {line} theo dạng CSV.", "Line {line} cannot be read as CSV.");
    Error::new(Code::InvalidFile, detail.clone()).at(format!("{line}:1"), Code::InvalidFile, detail)
}

/// Where each known column stands in the file.
fn header_columns(header: &csv::StringRecord) -> Result<HashMap<&'static str, usize>> {
    let mut columns = HashMap::new();
    let mut faults = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let fault = |detail| FieldError { pointer: format!("1:{}", at + 1), code: Code::InvalidFile, detail };
        match COLUMNS.iter().find(|known| **known == name.trim()) {
            Some(known) if columns.insert(*known, at).is_some() => {
                faults.push(fault(text!("Cột {known} lặp lại.", "The column {known} is given twice.")));
            }
            Some(_) => {}
            None => faults.push(fault(text!("Không có cột {name}.", "There is no column {name}."))),
        }
    }
    for name in COLUMNS.iter().take(REQUIRED).filter(|name| !columns.contains_key(**name)) {
        let detail = text!("Thiếu cột {name}.", "The column {name} is missing.");
        faults.push(FieldError { pointer: "1:1".to_owned(), code: Code::InvalidFile, detail });
    }
    if faults.is_empty() {
        return Ok(columns);
    }
    let expected = COLUMNS.join(",");
    let detail = text!("Dòng tiêu đề phải gồm: {expected}.", "The header must be made of: {expected}.");
    Err(Error::new(Code::InvalidFile, detail).with_fields(faults))
}

/// A row of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub line: u64,
    pub columns: &'a HashMap<&'static str, usize>,
}

impl Line<'_> {
    /// The place of a column in the row.
    pub fn column(&self, name: &str) -> String {
        format!("{}:{}", self.line, self.columns.get(name).map_or(1, |at| at + 1))
    }
}

impl Place for Line<'_> {
    fn pointer(&self, field: Field) -> String {
        self.column(field.as_str())
    }

    fn name(&self) -> Text {
        let line = self.line;
        text!("dòng {line}", "line {line}")
    }
}

/// A file while it is read.
pub(super) struct File<'a> {
    pub snapshot: &'a Snapshot,
    pub today: NaiveDate,
    faults: Vec<FieldError>,
    hidden: usize,
    /// The figures so far, by ward and quarter, with the ward's code.
    pub figures: BTreeMap<(AreaKey, Quarter), (String, Figures<'a, Line<'a>>)>,
}

impl File<'_> {
    /// How many faults were found, those past the limit included.
    pub fn fault_count(&self) -> usize {
        self.faults.len() + self.hidden
    }

    pub fn fault(&mut self, pointer: String, code: Code, detail: Text) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(FieldError { pointer, code, detail });
        } else {
            self.hidden += 1;
        }
    }
}
