//! A filled sheet becomes figures, or a list of everything that is wrong with it.

use std::collections::HashSet;

use super::Kind;
use super::grid::{Grid, GridRow, Merged, read};
use super::header::{CellPlace, Header, quarter as read_quarter, said_above};
use super::label::Column;
use super::matching::{Names, is_area};
use super::place;
use super::row::Row;
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::indicator::Catalogue;
use crate::domain::observation::Observation;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, FieldError, Result, Text};
use crate::service::figure_input::{Figures, GivenFigure};
use crate::snapshot::Snapshot;
use crate::text;

/// Faults told of one file; past this the rest is counted only.
const MAX_FAULTS: usize = 1_000;

/// The figures of a file.
#[derive(Debug, Clone)]
pub struct SheetFigures {
    /// The figures as given, each with its place.
    pub figures: Vec<(GivenFigure, CellPlace)>,
    /// The observations that they become.
    pub observations: Vec<Observation>,
    /// Headings that mean nothing here, so that whoever sent the file can be told.
    pub ignored_columns: Vec<String>,
}

/// Whose figures are expected.
pub(super) struct Wanted<'a> {
    pub catalogue: &'a Catalogue,
    pub names: Names<'a>,
    pub ward: &'a AreaVersion,
    pub quarter: Quarter,
}

impl Wanted<'_> {
    pub fn other_ward(&self, text: &str) -> Text {
        let AreaVersion { code, name, .. } = self.ward;
        text!(
            "Tệp ghi đơn vị “{text}”, không phải {name} ({code}).",
            "The file is of “{text}”, not of {name} ({code})."
        )
    }

    pub fn other_quarter(&self, text: &str) -> Text {
        let quarter = self.quarter;
        text!("Tệp ghi quý “{text}”, không phải {quarter}.", "The file is of the quarter “{text}”, not of {quarter}.")
    }
}

/// Reads the figures of a ward and a quarter from a file: every sheet that has a row of headings, rows known by code or
/// by name. Reading a large file takes a second of a processor, so it belongs on a thread that may block.
///
/// # Errors
/// `payloadTooLarge`, `notUtf8`, `areaNotFound` where the ward did not exist at the quarter's cut-off, or `invalidFile`
/// with every fault and its cell (`Sheet!C7`, or `line:column`).
pub fn read_figures(
    bytes: &[u8],
    kind: Kind,
    snapshot: &Snapshot,
    ward: AreaKey,
    quarter: Quarter,
) -> Result<SheetFigures> {
    let cut_off = snapshot.calendar().cut_off(quarter);
    let version = snapshot.areas().get(ward).and_then(|area| area.on(cut_off)).ok_or_else(|| {
        let detail = text!("Đơn vị này không tồn tại ngày {cut_off}.", "The ward did not exist on {cut_off}.");
        Error::new(Code::AreaNotFound, detail)
    })?;
    let wanted =
        Wanted { catalogue: snapshot.catalogue(), names: Names::of(snapshot.catalogue()), ward: version, quarter };
    let mut file = File {
        wanted: &wanted,
        faults: Vec::new(),
        hidden: 0,
        figures: Figures::of_report(wanted.catalogue),
        given: Vec::new(),
        ignored: Vec::new(),
    };
    let mut headed = false;
    for grid in read(bytes, kind)? {
        match Header::find(&grid) {
            Ok(Some(header)) => {
                headed = true;
                file.sheet(&grid, &header);
            }
            Ok(None) => {}
            Err(faults) => {
                headed = true;
                file.told(faults);
            }
        }
    }
    if !headed {
        return Err(no_header());
    }
    file.finish()
}

fn no_header() -> Error {
    let names = |language| {
        [Column::Code, Column::Name, Column::Value, Column::Numerator, Column::Denominator]
            .map(|column| format!("“{}”", column.heading(language)))
    };
    let ([code, name, value, above, below], english) =
        (names(crate::error::Language::Vi), names(crate::error::Language::En));
    let [code_en, name_en, value_en, above_en, below_en] = english;
    let detail = text!(
        "Không tìm thấy dòng tiêu đề: cần cột {code} hoặc {name}, và cột {value} hoặc {above} và {below}.",
        "No row of headings was found: it needs {code_en} or {name_en}, and {value_en} or {above_en} and {below_en}."
    );
    Error::new(Code::InvalidFile, detail)
}

/// A file while it is read.
struct File<'a> {
    wanted: &'a Wanted<'a>,
    faults: Vec<FieldError>,
    hidden: usize,
    figures: Figures<'a, CellPlace>,
    given: Vec<(GivenFigure, CellPlace)>,
    ignored: Vec<String>,
}

impl File<'_> {
    fn told(&mut self, faults: Vec<FieldError>) {
        for fault in faults {
            if self.faults.len() < MAX_FAULTS {
                self.faults.push(fault);
            } else {
                self.hidden += 1;
            }
        }
    }

    fn fault(&mut self, pointer: String, code: Code, detail: Text) {
        self.told(vec![FieldError { pointer, code, detail }]);
    }

    fn sheet(&mut self, grid: &Grid, header: &Header) {
        self.ignored.extend(header.ignored.iter().cloned());
        if let Some((pointer, said)) = said_above(grid, header, Column::Ward)
            && !is_area(self.wanted.ward, &said)
        {
            self.fault(pointer, Code::InvalidFile, self.wanted.other_ward(&said));
        }
        if let Some((pointer, said)) = said_above(grid, header, Column::Quarter)
            && read_quarter(&said) != Some(self.wanted.quarter)
        {
            self.fault(pointer, Code::InvalidFile, self.wanted.other_quarter(&said));
        }
        let mut told = HashSet::new();
        for row in grid.rows.iter().filter(|row| row.number > header.number) {
            self.row(grid, header, row, &mut told);
        }
    }

    fn row(&mut self, grid: &Grid, header: &Header, row: &GridRow, told: &mut HashSet<(u64, usize)>) {
        if let (Some(width), Some(expected)) = (row.width, header.width)
            && width != expected
            && !row.cells.is_empty()
        {
            let detail =
                text!("Dòng có {width} cột, cần {expected}.", "The row has {width} columns, {expected} are needed.");
            return self.fault(place(None, row.number, 0), Code::InvalidFile, detail);
        }
        let place_of_row = header.place(row.number);
        let mut read = Row { wanted: self.wanted, header, cells: row, place: place_of_row.clone(), faults: Vec::new() };
        if !read.has_figure() {
            return;
        }
        if let Some(merged) = grid.merged.iter().find(|merged| spans_figures(merged, header, row.number)) {
            let at = (merged.rows.0, merged.columns.0);
            if told.insert(at) {
                let detail = text!(
                    "Ô gộp này trùm lên nhiều ô số liệu: hãy bỏ gộp ô và ghi số vào từng ô.",
                    "These merged cells cover several cells of figures: unmerge them and write each figure in its own."
                );
                self.fault(place(grid.sheet.as_deref(), at.0, at.1), Code::InvalidFile, detail);
            }
            return;
        }
        let figure = read.figure();
        let faults = read.faults;
        if let Some(figure) = figure {
            let mut found = Vec::new();
            self.figures.add(figure.clone(), place_of_row.clone(), &mut found);
            self.told(found);
            self.given.push((figure, place_of_row));
        }
        self.told(faults);
    }

    fn finish(self) -> Result<SheetFigures> {
        if !self.faults.is_empty() {
            let count = self.faults.len() + self.hidden;
            let detail = text!(
                "Tệp có {count} lỗi; không có gì được thay đổi. Sửa các ô nêu dưới đây rồi gửi lại.",
                "The file has {count} faults; nothing was changed. Correct the cells named below and send it again."
            );
            return Err(Error::new(Code::InvalidFile, detail).with_fields(self.faults));
        }
        if self.given.is_empty() {
            let detail = text!("Tệp không có số liệu nào.", "The file has no figures.");
            return Err(Error::new(Code::InvalidFile, detail));
        }
        let observations = self.figures.into_observations();
        Ok(SheetFigures { figures: self.given, observations, ignored_columns: self.ignored })
    }
}

/// Whether merged cells hide which row or which column a figure belongs to.
fn spans_figures(merged: &Merged, header: &Header, row: u64) -> bool {
    if !(merged.rows.0..=merged.rows.1).contains(&row) {
        return false;
    }
    let covered = header.read_columns().filter(|(_, at)| (merged.columns.0..=merged.columns.1).contains(at));
    let covered: Vec<_> = covered.map(|(column, _)| column).collect();
    let several_rows = merged.rows.0 < merged.rows.1 && !covered.is_empty();
    several_rows || covered.len() > 1 && covered.iter().any(|column| column.is_figure())
}
