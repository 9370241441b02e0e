//! The row of headings, wherever it stands, and what is said above it.

use std::collections::HashMap;
use std::sync::Arc;

use super::grid::{Cell, Grid, GridRow};
use super::label::Column;
use super::place;
use crate::domain::quarter::Quarter;
use crate::domain::text::fold;
use crate::error::{Code, FieldError, Text};
use crate::service::figure_input::{Field, Place};
use crate::text;

/// Rows with something in them above the headings: titles, the name of the office, the motto.
const MAX_ABOVE: usize = 50;

/// The headings of a sheet.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// The row or line of the headings.
    pub number: u64,
    /// How many cells a CSV file's heading has.
    pub width: Option<usize>,
    /// The headings that are not known, as written.
    pub ignored: Vec<String>,
    sheet: Option<Arc<str>>,
    columns: Arc<HashMap<Column, usize>>,
}

/// Where a figure stands in a sheet or a file.
#[derive(Debug, Clone)]
pub struct CellPlace {
    sheet: Option<Arc<str>>,
    row: u64,
    columns: Arc<HashMap<Column, usize>>,
}

impl CellPlace {
    /// The cell of a column in this row, or the row's first.
    pub(super) fn cell(&self, column: Column) -> String {
        place(self.sheet.as_deref(), self.row, self.columns.get(&column).copied().unwrap_or_default())
    }
}

impl Place for CellPlace {
    fn pointer(&self, field: Field) -> String {
        self.cell(match field {
            Field::Indicator if self.columns.contains_key(&Column::Code) => Column::Code,
            Field::Indicator => Column::Name,
            Field::Value => Column::Value,
            Field::Numerator => Column::Numerator,
            Field::Denominator => Column::Denominator,
            Field::ReferencePeriod => Column::ReferencePeriod,
            Field::Project => Column::Project,
            Field::Note => Column::Note,
            Field::Quote => Column::Quote,
        })
    }

    fn name(&self) -> Text {
        let row = self.row;
        match &self.sheet {
            Some(sheet) => text!("dòng {row} của trang “{sheet}”", "row {row} of the sheet “{sheet}”"),
            None => text!("dòng {row}", "line {row}"),
        }
    }
}

impl Header {
    /// Finds the headings: the row that names the most columns, one of indicators and one of figures among them.
    ///
    /// # Errors
    /// Where a column is named twice.
    pub fn find(grid: &Grid) -> Result<Option<Self>, Vec<FieldError>> {
        let named = |row: &GridRow| -> Vec<(usize, Column)> {
            row.cells.iter().filter_map(|(at, cell)| Some((*at, Column::read(text_of(cell)?)?))).collect()
        };
        let best = grid
            .rows
            .iter()
            .take(MAX_ABOVE)
            .map(|row| (row, named(row)))
            .filter(|(_, columns)| {
                let indicators = columns.iter().any(|(_, column)| matches!(column, Column::Code | Column::Name));
                indicators && columns.iter().any(|(_, column)| column.is_figure())
            })
            // Of rows that name as many, the first.
            .rev()
            .max_by_key(|(_, columns)| columns.len());
        let Some((row, found)) = best else { return Ok(None) };
        let mut columns = HashMap::new();
        let mut faults = Vec::new();
        for (at, column) in found {
            if columns.insert(column, at).is_some() {
                let name = row.cell(at).and_then(text_of).unwrap_or_default();
                let detail = text!("Cột “{name}” lặp lại.", "The column “{name}” is given twice.");
                let pointer = place(grid.sheet.as_deref(), row.number, at);
                faults.push(FieldError { pointer, code: Code::InvalidFile, detail });
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let unknown = |(at, cell): &(usize, Cell)| {
            let known = columns.values().any(|column| column == at);
            text_of(cell).filter(|_| !known).map(str::to_owned)
        };
        let ignored = row.cells.iter().filter_map(unknown).collect();
        let (number, width, sheet) = (row.number, row.width, grid.sheet.clone());
        Ok(Some(Self { number, width, ignored, sheet, columns: Arc::new(columns) }))
    }

    /// The place of a row.
    pub fn place(&self, row: u64) -> CellPlace {
        CellPlace { sheet: self.sheet.clone(), row, columns: Arc::clone(&self.columns) }
    }

    /// Where a column stands.
    pub fn column(&self, column: Column) -> Option<usize> {
        self.columns.get(&column).copied()
    }

    /// The columns that are read, from left to right.
    pub fn read_columns(&self) -> impl Iterator<Item = (Column, usize)> {
        let aside =
            |column: &Column| matches!(column, Column::Section | Column::Unit | Column::Printed | Column::Before);
        self.columns.iter().filter(move |(column, _)| !aside(column)).map(|(column, at)| (*column, *at))
    }
}

/// What the rows above the headings say of ward or quarter: a label, and what stands to the right of it.
pub(super) fn said_above(grid: &Grid, header: &Header, wanted: Column) -> Option<(String, String)> {
    let above = grid.rows.iter().take_while(|row| row.number < header.number);
    above.into_iter().find_map(|row| {
        let label = row.cells.iter().position(|(_, cell)| text_of(cell).and_then(Column::read) == Some(wanted))?;
        let (at, cell) = row.cells.get(label + 1)?;
        Some((place(grid.sheet.as_deref(), row.number, *at), written(cell)?))
    })
}

fn text_of(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

/// What a cell shows, where it shows something definite.
pub(super) fn written(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        Cell::Number { value, .. } => Some(value.to_string()),
        Cell::Truth(truth) => Some(if *truth { "TRUE" } else { "FALSE" }.to_owned()),
        Cell::Date | Cell::Failed(_) | Cell::Uncomputed => None,
    }
}

/// The quarter that a text means: `2024-Q1`, `Quý I/2024`, `Quý 1 năm 2024`.
pub(super) fn quarter(text: &str) -> Option<Quarter> {
    let folded = fold(text);
    if let Ok(quarter) = folded.to_uppercase().parse() {
        return Some(quarter);
    }
    let mut parts =
        folded.split(|mark: char| !mark.is_alphanumeric()).filter(|part| !matches!(*part, "" | "quy" | "nam"));
    let (index, year) = (parts.next()?, parts.next()?);
    let index = match index.trim_start_matches('q') {
        "1" | "i" => 1,
        "2" | "ii" => 2,
        "3" | "iii" => 3,
        "4" | "iv" => 4,
        _ => return None,
    };
    parts.next().is_none().then(|| Quarter::new(year.parse().ok()?, index)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_read_as_people_write_them() {
        for text in ["2024-Q1", "2024-q1", "Quý I/2024", "quý 1 năm 2024", "Quý I năm 2024", "Q1/2024", "1/2024"] {
            assert_eq!(quarter(text).map(|quarter| quarter.to_string()).as_deref(), Some("2024-Q1"), "{text}");
        }
        for text in ["2024", "Quý V/2024", "Quý I", "6 tháng 2024", "Quý I, II/2024"] {
            assert_eq!(quarter(text), None, "{text}");
        }
    }
}
