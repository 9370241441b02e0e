//! A file as it was read: its rows, told apart by whether something is wrong with them, and small in memory.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::column::{COLUMN_COUNT, Column, Layout};
use super::report::Rejection;
use super::row;
use super::{MAX_REJECTIONS, MAX_ROWS};
use crate::domain::area::AreaKey;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result, Text};
use crate::snapshot::Snapshot;
use crate::text;

/// The cells of a row; empty where there is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cells<'r>([&'r str; COLUMN_COUNT]);

impl<'r> Cells<'r> {
    pub fn get(&self, column: Column) -> &'r str {
        self.0.get(column.position()).copied().unwrap_or_default()
    }

    /// Puts a text into a cell, without the blanks around it.
    pub fn set(&mut self, column: Column, text: &'r str) {
        if let Some(cell) = self.0.get_mut(column.position()) {
            *cell = text.trim();
        }
    }
}

/// Between the cells of a row that is kept: no cell holds it.
const BETWEEN: &str = "\0";
/// Bytes of a cell that a rejection quotes.
const QUOTED: usize = 200;

/// A row that can be understood by itself.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub line: u32,
    cells: Box<str>,
}

impl Row {
    pub fn cells(&self) -> Cells<'_> {
        let mut cells = Cells::default();
        for (cell, text) in cells.0.iter_mut().zip(self.cells.split(BETWEEN)) {
            *cell = text;
        }
        cells
    }
}

/// Everything that is wrong with a file's rows, bounded.
#[derive(Debug, Clone, Default)]
pub(super) struct Rejections {
    pub listed: Vec<Rejection>,
    pub more: usize,
}

impl Rejections {
    pub fn add(&mut self, rejection: Rejection) {
        if self.listed.len() < MAX_REJECTIONS {
            self.listed.push(rejection);
        } else {
            self.more += 1;
        }
    }
}

/// What is wrong with a cell.
#[derive(Debug)]
pub(super) struct Fault {
    pub column: Column,
    pub code: Code,
    pub detail: Text,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub layout: Layout,
    /// The rows that can be understood, those of a ward's quarter together, each in the order of the file.
    pub rows: Vec<((AreaKey, Quarter), Row)>,
    /// How many rows there are.
    pub total: usize,
    /// How many of them are rejected.
    pub rejected: usize,
    pub rejections: Rejections,
}

/// A file while it is read.
pub(super) struct Reading<'s> {
    pub snapshot: &'s Snapshot,
    pub today: NaiveDate,
    file: File,
    /// Places that were understood before: a file names each of them many times.
    places: HashMap<(String, String), (AreaKey, Quarter)>,
}

impl<'s> Reading<'s> {
    pub fn new(snapshot: &'s Snapshot, today: NaiveDate, layout: Layout) -> Self {
        let file = File { layout, rows: Vec::new(), total: 0, rejected: 0, rejections: Rejections::default() };
        Self { snapshot, today, file, places: HashMap::new() }
    }

    /// Where the columns of a table stand; of objects there are none.
    pub const fn columns(&self) -> [Option<usize>; COLUMN_COUNT] {
        match &self.file.layout {
            Layout::Table { columns, .. } => **columns,
            Layout::Members => [None; COLUMN_COUNT],
        }
    }

    /// Takes a row, or notes what is wrong with it.
    ///
    /// # Errors
    /// Where the file has more rows than are read.
    pub fn take(&mut self, line: u64, cells: &Cells<'_>) -> Result<()> {
        let line = self.count(line)?;
        let mut faults = row::unfit(cells);
        if !faults.is_empty() {
            self.reject(line, cells, faults);
            return Ok(());
        }
        let place = self.place(cells).map_err(|fault| faults.push(fault));
        faults.extend(row::given(cells).err().into_iter().flatten());
        let indicator = cells.get(Column::Indicator);
        faults.extend(row::unknown(self.snapshot, indicator));
        match place {
            Ok(place) if faults.is_empty() => {
                let cells = cells.0.join(BETWEEN).into_boxed_str();
                self.file.rows.push((place, Row { line, cells }));
            }
            _ => self.reject(line, cells, faults),
        }
        Ok(())
    }

    /// Notes a row that cannot be told into cells.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn refuse(&mut self, line: u64, rejection: impl FnOnce(&Layout, u32) -> Rejection) -> Result<()> {
        let line = self.count(line)?;
        self.file.rejected += 1;
        let rejection = rejection(&self.file.layout, line);
        self.file.rejections.add(rejection);
        Ok(())
    }

    fn count(&mut self, line: u64) -> Result<u32> {
        self.file.total += 1;
        if self.file.total > MAX_ROWS {
            let detail = text!(
                "Tệp tối đa {MAX_ROWS} dòng. Hãy chia tệp, ví dụ theo quý; mỗi tệp là một lần công bố.",
                "The file may have at most {MAX_ROWS} rows. Divide it, by quarters for example; each file is one revision."
            );
            return Err(Error::new(Code::PayloadTooLarge, detail));
        }
        Ok(u32::try_from(line).unwrap_or(u32::MAX))
    }

    fn reject(&mut self, line: u32, cells: &Cells<'_>, faults: Vec<Fault>) {
        self.file.rejected += 1;
        for fault in faults {
            let rejection = rejection(&self.file.layout, line, cells, fault);
            self.file.rejections.add(rejection);
        }
    }

    fn place(&mut self, cells: &Cells<'_>) -> Result<(AreaKey, Quarter), Fault> {
        let named = (cells.get(Column::Ward).to_owned(), cells.get(Column::Quarter).to_owned());
        if let Some(place) = self.places.get(&named) {
            return Ok(*place);
        }
        let place = row::place(self.snapshot, self.today, &named.0, &named.1)?;
        self.places.insert(named, place);
        Ok(place)
    }

    /// The file, its rows put together by ward and quarter.
    ///
    /// # Errors
    /// `invalidFile` where it has no rows.
    pub fn finish(mut self) -> Result<File> {
        if self.file.total == 0 {
            let detail = text!("Tệp không có dòng dữ liệu nào.", "The file has no data rows.");
            return Err(Error::new(Code::InvalidFile, detail));
        }
        // Stable, so that the rows of a report stay in their order.
        self.file.rows.sort_by_key(|(place, _)| *place);
        Ok(self.file)
    }
}

/// What is said of a cell.
pub(super) fn rejection(layout: &Layout, line: u32, cells: &Cells<'_>, fault: Fault) -> Rejection {
    let Fault { column, code, detail } = fault;
    let got = cells.get(column);
    Rejection {
        line,
        pointer: layout.pointer(line, column),
        code,
        detail,
        expected: column.expected(),
        got: (!got.is_empty()).then(|| quoted(got)),
    }
}

/// The beginning of what a cell holds.
pub(super) fn quoted(text: &str) -> String {
    let end = text.floor_char_boundary(QUOTED);
    let mut quoted = text.get(..end).unwrap_or_default().to_owned();
    if end < text.len() {
        quoted.push('…');
    }
    quoted
}
