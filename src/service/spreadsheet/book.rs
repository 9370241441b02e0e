//! Workbooks as this service writes them: one look, real numbers and dates, and nothing that computes.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, DocProperties, Format, FormatAlign, FormatBorder, Note, Workbook, Worksheet, XlsxError};

use crate::domain::decimal::Decimal;
use crate::domain::statistics::Fixed4;
use crate::error::{Error, Result};

/// Characters that a cell can hold.
const MAX_CELL: usize = 32_767;
/// Characters of a comment; more is not read anyway.
const MAX_NOTE: usize = 2_000;
/// The height of a line, in points, and how many lines a row can have.
const LINE: f64 = 15.0;
const MAX_LINES: usize = 27;
const INK: u32 = 0x1f_3864;
const PAPER: u32 = 0xd9_e2f3;
const INPUT: u32 = 0xff_f9e5;
const BAND: u32 = 0xee_eeee;

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The name of the sheet's content, once on top.
    Title,
    /// A sentence about the sheet.
    Remark,
    /// A heading of a column.
    Head,
    /// The name of a group of rows.
    Band,
    /// What is read only.
    Plain,
    /// What sums up the rows above.
    Sum,
    /// What somebody fills in.
    Input,
}

/// What a cell holds.
#[derive(Debug, Clone)]
pub(super) enum Value<'v> {
    /// Nothing, in the look of its neighbours.
    Blank,
    /// Text, which is never a formula.
    Text(Cow<'v, str>),
    /// A number, and how many decimals are shown.
    Number(f64, u8),
    /// A day.
    Day(NaiveDate),
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Self::Number(u32::try_from(count).map_or(f64::NAN, f64::from), 0)
    }
}

impl From<NaiveDate> for Value<'_> {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<Decimal> for Value<'_> {
    fn from(value: Decimal) -> Self {
        Self::Number(value.to_f64(), value.scale())
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Blank, Into::into)
    }
}

impl Value<'_> {
    /// A result with its four decimals, of which so many are shown.
    pub fn result(value: Fixed4, decimals: u8) -> Self {
        Self::Number(value.to_f64(), decimals)
    }
}

/// The format of numbers with so many decimals; which marks they are shown with is the reader's language.
pub(super) const fn number_format(decimals: u8) -> &'static str {
    match decimals {
        0 => "#,##0",
        1 => "#,##0.0",
        2 => "#,##0.00",
        3 => "#,##0.000",
        _ => "#,##0.0000",
    }
}

/// A look as the library takes it.
pub(super) fn format(look: Look) -> Format {
    let format = Format::new().set_font_name("Times New Roman").set_font_size(11).set_align(FormatAlign::Top);
    let bordered = |format: Format| format.set_border(FormatBorder::Thin).set_border_color(Color::RGB(0xbf_bfbf));
    match look {
        Look::Title => format.set_bold().set_font_size(14).set_font_color(Color::RGB(INK)),
        Look::Remark => format.set_italic(),
        Look::Head => bordered(format.set_bold().set_background_color(Color::RGB(PAPER)).set_text_wrap())
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter),
        Look::Band => bordered(format.set_bold().set_background_color(Color::RGB(BAND))),
        Look::Plain => bordered(format.set_text_wrap()),
        Look::Sum => bordered(format.set_bold().set_text_wrap().set_background_color(Color::RGB(BAND))),
        Look::Input => bordered(format.set_text_wrap().set_background_color(Color::RGB(INPUT)).set_unlocked()),
    }
}

fn wrong(error: XlsxError) -> Error {
    Error::internal(error)
}

/// A workbook while it is written.
pub(super) struct Book {
    workbook: Workbook,
}

impl Book {
    /// An empty one. It is dated by what it is about, so that every replica writes the same bytes.
    pub fn new(title: &str, dated: NaiveDate) -> Self {
        let mut workbook = Workbook::new();
        let properties = DocProperties::new().set_title(title).set_author("danbiet").set_creation_datetime(&dated);
        workbook.set_properties(&properties);
        Self { workbook }
    }

    /// Adds a sheet; `widths` are those of its columns, in characters.
    ///
    /// # Errors
    /// Where a name is none that spreadsheets take, which is a bug of ours.
    pub fn sheet(&mut self, name: &str, widths: &[u16]) -> Result<Sheet<'_>> {
        let inner = self.workbook.add_worksheet();
        inner.set_name(name).map_err(wrong)?;
        for (column, width) in (0_u16..).zip(widths) {
            inner.set_column_width(column, f64::from(*width)).map_err(wrong)?;
        }
        // A4, or A3 for what would be too small to read on it.
        let paper = if widths.iter().sum::<u16>() > 160 { 8 } else { 9 };
        inner.set_landscape().set_paper_size(paper).set_print_fit_to_pages(1, 0);
        Ok(Sheet { inner, next: 0, widths: widths.to_vec(), lines: HashMap::new() })
    }

    /// The file.
    ///
    /// # Errors
    /// Where the library fails.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        self.workbook.save_to_buffer().map_err(wrong)
    }
}

/// A sheet while it is written, row after row.
pub(super) struct Sheet<'b> {
    inner: &'b mut Worksheet,
    next: u32,
    widths: Vec<u16>,
    /// The lines of the rows that have more than one.
    lines: HashMap<u32, usize>,
}

impl Sheet<'_> {
    /// The row that comes next, from 0.
    pub const fn row(&self) -> u32 {
        self.next
    }

    /// Leaves a row out.
    pub const fn skip(&mut self) {
        self.next += 1;
    }

    /// Writes a line that is not cut by its column's width.
    pub fn line(&mut self, look: Look, text: &str) -> Result<()> {
        self.cells(look, vec![text.into()])
    }

    /// Writes a row from the first column on.
    pub fn cells(&mut self, look: Look, values: Vec<Value<'_>>) -> Result<()> {
        let row = self.next;
        self.next += 1;
        for (column, value) in (0_u16..).zip(values) {
            self.put((row, column), look, &value)?;
        }
        Ok(())
    }

    /// Writes the headings, which stay in view together with so many columns, and are repeated in print.
    pub fn head(&mut self, headings: Vec<Value<'_>>, columns_kept: u16) -> Result<()> {
        let row = self.next;
        self.cells(Look::Head, headings)?;
        self.keep(row, columns_kept)
    }

    /// Keeps everything down to that row, and so many columns, in view; repeats the row in print.
    pub fn keep(&mut self, row: u32, columns: u16) -> Result<()> {
        self.inner.set_freeze_panes(row + 1, columns).map_err(wrong)?;
        self.inner.set_repeat_rows(row, row).map_err(wrong)?;
        Ok(())
    }

    /// Writes one cell.
    pub fn put(&mut self, at: (u32, u16), look: Look, value: &Value<'_>) -> Result<()> {
        // Titles, remarks and names of groups run on over their neighbours.
        if matches!(look, Look::Title | Look::Remark | Look::Band) {
            return self.write(at, &format(look), value);
        }
        self.put_as(at, &format(look), value)
    }

    /// Writes one cell in a format of its own.
    pub fn put_as(&mut self, at: (u32, u16), format: &Format, value: &Value<'_>) -> Result<()> {
        if let Value::Text(text) = value {
            self.make_room(text, (at.0, at.0), (at.1, at.1))?;
        }
        self.write(at, format, value)
    }

    fn write(&mut self, (row, column): (u32, u16), format: &Format, value: &Value<'_>) -> Result<()> {
        let written = match value {
            Value::Blank => self.inner.write_blank(row, column, format),
            Value::Text(text) => self.inner.write_string_with_format(row, column, cut(text, MAX_CELL), format),
            Value::Number(number, decimals) => {
                let format = format.clone().set_num_format(number_format(*decimals));
                self.inner.write_number_with_format(row, column, *number, &format)
            }
            Value::Day(day) => {
                let format = format.clone().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Left);
                self.inner.write_date_with_format(row, column, day, &format)
            }
        };
        written.map(|_| ()).map_err(wrong)
    }

    /// Writes one heading over several cells.
    pub fn merged(&mut self, from: (u32, u16), to: (u32, u16), look: Look, text: &str) -> Result<()> {
        if from == to {
            return self.put(from, look, &text.into());
        }
        self.make_room(text, (from.0, to.0), (from.1, to.1))?;
        self.inner.merge_range(from.0, from.1, to.0, to.1, &cut(text, MAX_CELL), &format(look)).map_err(wrong)?;
        Ok(())
    }

    /// Makes rows as high as a text needs in these cells: not every spreadsheet does that when it opens a file.
    fn make_room(&mut self, text: &str, rows: (u32, u32), columns: (u16, u16)) -> Result<()> {
        let widths = self.widths.iter().skip(usize::from(columns.0)).take(usize::from(columns.1 - columns.0) + 1);
        let width = usize::from(widths.sum::<u16>()).max(1);
        let lines: usize = text.lines().map(|line| line.chars().count().div_ceil(width).max(1)).sum();
        let count = usize::try_from(rows.1 - rows.0).unwrap_or_default() + 1;
        let each = lines.div_ceil(count).min(MAX_LINES);
        for row in rows.0..=rows.1 {
            let known = self.lines.entry(row).or_insert(1);
            if each > *known {
                *known = each;
                let height = u32::try_from(each).map_or(LINE, |lines| f64::from(lines) * LINE);
                self.inner.set_row_height(row, height).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// Puts a comment on a cell.
    pub fn note(&mut self, (row, column): (u32, u16), text: &str) -> Result<()> {
        let note = Note::new(cut(text, MAX_NOTE)).set_author("danbiet").add_author_prefix(false);
        let note = note.set_width(320).set_height(160);
        self.inner.insert_note(row, column, &note).map_err(wrong)?;
        Ok(())
    }

    /// The sheet as the library has it, for what only one of ours needs.
    pub fn with(&mut self, change: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>) -> Result<()> {
        change(self.inner).map_err(wrong)
    }
}

/// The beginning of a text that is longer than a cell can hold.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(most - 1).chain(['…']).collect()),
    }
}
