//! Spreadsheets as officers use them: a sheet to fill in, reports and quarters to take away, and the way back.
//!
//! What is written holds real numbers and dates, so that a spreadsheet shows them as its reader's language does, and no
//! formula. What is read is taken at its word: formulas by the value that was computed, nothing evaluated.

mod archive;
mod book;
pub(super) mod bulk;
mod grid;
mod guide;
mod header;
pub(super) mod label;
mod matching;
mod reader;
mod report;
mod row;
mod template;
mod template_row;
mod town;
mod town_family;

pub use header::CellPlace;
pub use reader::{SheetFigures, read_figures};
pub use report::ReportBook;
pub use template::Template;
pub use town::QuarterBook;

/// The media type of workbooks.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Bytes of a file.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;
/// Rows of a sheet, or lines of a file.
pub const MAX_ROWS: u64 = 10_000;
/// Columns of a sheet or a file.
pub const MAX_COLUMNS: usize = 64;

/// The kinds of files that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An Office Open XML workbook.
    Xlsx,
    /// Comma-separated values, by semicolons where a spreadsheet wrote them so.
    Csv,
}

impl Kind {
    /// The kind that a media type names.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(MEDIA_TYPE) {
            return Some(Self::Xlsx);
        }
        essence.eq_ignore_ascii_case("text/csv").then_some(Self::Csv)
    }
}

/// Where a cell stands: `Sheet!C7`, the sheet in apostrophes where spreadsheets write it so, or `line:column`. Rows count
/// from 1, columns from 0.
pub(super) fn place(sheet: Option<&str>, row: u64, column: usize) -> String {
    let Some(sheet) = sheet else { return format!("{row}:{}", column + 1) };
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u32::try_from((rest - 1).rem_euclid(26)).unwrap_or_default();
        letters.push(char::from_u32(u32::from('A') + digit).unwrap_or('?'));
        rest = (rest - 1).div_euclid(26);
    }
    let column: String = letters.into_iter().rev().collect();
    let plain = sheet.chars().all(|mark| mark.is_alphanumeric() || mark == '_');
    if plain { format!("{sheet}!{column}{row}") } else { format!("'{}'!{column}{row}", sheet.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        assert_eq!(place(Some("Sheet1"), 7, 2), "Sheet1!C7");
        assert_eq!(place(Some("Số liệu"), 1, 25), "'Số liệu'!Z1");
        assert_eq!(place(Some("it's"), 10, 26), "'it''s'!AA10");
        assert_eq!(place(Some("a"), 1, 701), "a!ZZ1");
        assert_eq!(place(Some("a"), 1, 702), "a!AAA1");
        assert_eq!(place(None, 3, 0), "3:1");
    }

    #[test]
    fn kinds_are_known_by_their_media_types() {
        assert_eq!(Kind::of_media_type(MEDIA_TYPE), Some(Kind::Xlsx));
        assert_eq!(Kind::of_media_type("Text/CSV; charset=utf-8"), Some(Kind::Csv));
        assert_eq!(Kind::of_media_type("application/json"), None);
    }
}
