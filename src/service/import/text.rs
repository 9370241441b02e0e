//! Text that comes in bit by bit: bounded, its lines counted as an editor counts them, and whole or not at all.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use super::MAX_BYTES;
use crate::error::{Code, Error, Result};
use crate::text;

/// Bytes of one row, or of the header.
pub(super) const MAX_ROW: usize = 1024 * 1024;

/// What a failed read means: a refusal that whoever reads for us has made, or a source that broke off.
pub(super) fn broken(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| {
        let detail = text!("Không đọc hết được tệp.", "The file cannot be read to its end.");
        Error::new(Code::MalformedRequest, detail).caused_by(error)
    })
}

/// The text of a file: UTF-8, with or without byte order mark.
///
/// # Errors
/// `notUtf8`, with the line.
pub fn utf8(bytes: &[u8]) -> Result<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        not_utf8(bytes.get(..at).map_or(1, |before| before.split(|byte| *byte == b'\n').count()))
    })
}

/// The refusal of a line that is not UTF-8.
pub(super) fn not_utf8(line: impl std::fmt::Display) -> Error {
    let detail = text!(
        "Tệp không phải UTF-8 (dòng {line}). Hãy lưu lại dạng CSV UTF-8.",
        "The file is not UTF-8 (line {line}). Save it again as CSV UTF-8."
    );
    Error::new(Code::NotUtf8, detail.clone()).at(format!("{line}:1"), Code::NotUtf8, detail)
}

/// What is said of a file that is no CSV.
pub fn unreadable(error: &csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let detail = text!("Không đọc được dòng {line} theo dạng CSV.", "Line {line} cannot be read as CSV.");
    Error::new(Code::InvalidFile, detail.clone()).at(format!("{line}:1"), Code::InvalidFile, detail)
}

fn too_large() -> Error {
    let mebibytes = MAX_BYTES.div_euclid(1024 * 1024);
    let detail = text!("Tệp tối đa {mebibytes} MiB.", "The file may have at most {mebibytes} MiB.");
    Error::new(Code::PayloadTooLarge, detail)
}

/// A source that is refused where it goes on beyond the bound of a file.
pub(super) struct Bounded<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Bounded<R> {
    pub const fn new(inner: R) -> Self {
        Self { inner, left: MAX_BYTES }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read).ok_or_else(|| io::Error::other(too_large()))?;
        Ok(read)
    }
}

/// The first line of a source, the byte order mark left out, with its end; and the source from its beginning.
///
/// # Errors
/// Where the source fails, or has no line within [`MAX_ROW`].
pub(super) fn first_line<R: Read>(mut source: R) -> Result<(Vec<u8>, impl Read)> {
    let mut beginning = Vec::new();
    let mut buffer = [0; 4096];
    while !beginning.contains(&b'\n') && beginning.len() <= MAX_ROW {
        let read = source.read(&mut buffer).map_err(broken)?;
        if read == 0 {
            break;
        }
        beginning.extend(buffer.iter().take(read));
    }
    if beginning.starts_with(b"\xef\xbb\xbf") {
        beginning.drain(..3);
    }
    let line = beginning.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    if line.len() > MAX_ROW {
        return Err(row_too_long());
    }
    Ok((line, io::Cursor::new(beginning).chain(source)))
}

pub(super) fn row_too_long() -> Error {
    let kibibytes = MAX_ROW.div_euclid(1024);
    let detail = text!(
        "Một dòng tối đa {kibibytes} KiB; có thể thiếu dấu nháy đóng.",
        "A row may have at most {kibibytes} KiB; a closing quotation mark may be missing."
    );
    Error::new(Code::InvalidFile, detail)
}

#[derive(Default)]
struct Marks {
    /// Where lines end or may end that no row has been asked for beyond; whether it is a line feed.
    ends: VecDeque<(u64, bool)>,
    passed: u64,
    /// Where the row begins that is being read.
    row: u64,
    line: u64,
}

/// A source that remembers where its lines end.
pub struct Marked<R> {
    inner: R,
    marks: Rc<RefCell<Marks>>,
}

/// Tells the line of a row by where it begins.
pub struct Lines(Rc<RefCell<Marks>>);

/// A source with its lines.
pub fn marked<R: Read>(inner: R) -> (Marked<R>, Lines) {
    let marks = Rc::new(RefCell::new(Marks { line: 1, ..Marks::default() }));
    (Marked { inner, marks: Rc::clone(&marks) }, Lines(marks))
}

impl<R: Read> Read for Marked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut marks = self.marks.borrow_mut();
        let mut at = marks.passed;
        for byte in buffer.iter().take(read) {
            if matches!(byte, b'\n' | b'\r') {
                marks.ends.push_back((at, *byte == b'\n'));
            }
            at += 1;
        }
        marks.passed = at;
        let long = usize::try_from(at - marks.row).unwrap_or(usize::MAX);
        if long > MAX_ROW.saturating_add(buffer.len()) {
            return Err(io::Error::other(row_too_long()));
        }
        Ok(read)
    }
}

impl Lines {
    /// The line of the row that begins at or after that byte; rows are asked for in order. The CSV library counts the end of
    /// a CRLF line and blank lines to the row that follows them.
    pub fn of(&self, byte: u64) -> u64 {
        let mut marks = self.0.borrow_mut();
        let mut begins = byte;
        while let Some((at, feeds)) = marks.ends.front().copied().filter(|(at, _)| *at <= begins) {
            marks.ends.pop_front();
            marks.line += u64::from(feeds);
            if at == begins {
                begins += 1;
            }
        }
        marks.row = begins;
        marks.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_however_the_bytes_come() {
        struct Slowly<'a>(&'a [u8]);
        impl Read for Slowly<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
                buffer[0] = *first;
                self.0 = rest;
                Ok(1)
            }
        }
        let text = b"a,b\r\n1,2\r\n\r\n\n3,\"4\n5\"\n6,7\n";
        let (source, lines) = marked(Slowly(text));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(source);
        let found: Vec<_> =
            reader.records().map(|record| lines.of(record.unwrap().position().unwrap().byte())).collect();
        assert_eq!(found, [1, 2, 5, 7]);
    }

    #[test]
    fn a_row_without_end_is_not_read_to_its_end() {
        let endless = (&b"a,b\n\""[..]).chain(io::repeat(b'x'));
        let (source, _) = marked(endless);
        let mut reader = csv::Reader::from_reader(source);
        let failed = reader.records().next().unwrap().unwrap_err();
        let csv::ErrorKind::Io(error) = failed.into_kind() else { panic!("another error") };
        assert_eq!(broken(error).code(), Code::InvalidFile);
    }
}
