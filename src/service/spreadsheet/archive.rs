//! What a spreadsheet file is before anything reads it: a zip of modest size whose parts are plain XML.
//!
//! Sizes are checked twice, as the central directory declares them and as they come out, because a directory may lie.
//! What the reading library would take on trust is refused here: it sets memory aside for as many strings as a file says
//! that it has, and follows the encoding that a part names.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::MAX_BYTES;
use crate::error::{Code, Error, Result, Text};
use crate::text;

/// Bytes of all parts together, inflated.
const MAX_INFLATED: u64 = 50 * 1024 * 1024;
/// How many times larger a part may be than it is in the file.
const MAX_RATIO: u64 = 100;
/// Parts up to this size may be as dense as they like.
const SMALL: u64 = 64 * 1024;
/// Parts in a file; a workbook of a few sheets has a dozen.
const MAX_PARTS: usize = 1_000;

/// Refuses a file that is too large, no zip, or made to harm.
///
/// # Errors
/// `payloadTooLarge` or `invalidFile`.
pub(super) fn inspect(bytes: &[u8]) -> Result<()> {
    if bytes.len() > MAX_BYTES {
        let mebibytes = MAX_BYTES.div_euclid(1024 * 1024);
        let detail = text!("Tệp tối đa {mebibytes} MiB.", "The file may have at most {mebibytes} MiB.");
        return Err(Error::new(Code::PayloadTooLarge, detail));
    }
    // The compound file of Excel 97–2003, and of workbooks under a password.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(refuse(text!(
            "Đây là tệp Excel kiểu cũ (.xls) hoặc có mật khẩu: hãy lưu lại dạng .xlsx, không đặt mật khẩu.",
            "This is an old Excel file (.xls) or has a password: save it again as .xlsx, without a password."
        )));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    let overlapping = archive.has_overlapping_entries().unwrap_or(true);
    if archive.len() > MAX_PARTS || archive.has_duplicate_names() || overlapping {
        return Err(bomb());
    }
    let mut declared = 0_u64;
    for position in 0..archive.len() {
        let part = archive.by_index_raw(position).map_err(|_| no_workbook())?;
        if part.encrypted() {
            return Err(no_workbook());
        }
        declared = declared.saturating_add(part.size());
        let dense = part.size() > SMALL && part.size() > part.compressed_size().saturating_mul(MAX_RATIO);
        if dense || declared > MAX_INFLATED {
            return Err(bomb());
        }
    }
    let mut left = MAX_INFLATED;
    for position in 0..archive.len() {
        let part = archive.by_index(position).map_err(|_| no_workbook())?;
        let (name, size) = (part.name().map_err(|_| no_workbook())?.into_owned(), part.size());
        let mut content = Vec::new();
        // One byte more than declared is enough to know that more would come.
        let read = part.take(size.saturating_add(1).min(left.saturating_add(1))).read_to_end(&mut content);
        let inflated = u64::try_from(content.len()).unwrap_or(u64::MAX);
        if inflated > size || inflated > left {
            return Err(bomb());
        }
        read.map_err(|_| no_workbook())?;
        left -= inflated;
        if is_xml(&name) && !is_plain(&content) {
            return Err(refuse(text!(
                "Phần {name} của tệp không phải XML thông thường của bảng tính.",
                "The part {name} of the file is not the plain XML of a spreadsheet."
            )));
        }
    }
    Ok(())
}

fn is_xml(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ending.eq_ignore_ascii_case("xml") || ending.eq_ignore_ascii_case("rels")
}

/// UTF-8, without a document type, and without a promise of more strings than its bytes can hold.
fn is_plain(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let beginning = text.get(..text.floor_char_boundary(200)).unwrap_or_default();
    let declaration = beginning.split_once("?>").map_or("", |(declaration, _)| declaration).to_ascii_lowercase();
    if declaration.contains("encoding") && !declaration.contains("utf-8") {
        return false;
    }
    // No office program writes one, and entities are declared nowhere else.
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
        return false;
    }
    text.split("uniqueCount").skip(1).all(|after| {
        let number = after.trim_start().strip_prefix('=').map(|rest| rest.trim_start().trim_start_matches(['"', '\'']));
        let digits: String =
            number.unwrap_or_default().trim_start().chars().take_while(|digit| digit.is_ascii_digit()).collect();
        digits.is_empty() || digits.parse::<usize>().is_ok_and(|promised| promised <= content.len())
    })
}

fn refuse(detail: Text) -> Error {
    Error::new(Code::InvalidFile, detail)
}

/// What is said of a file that nobody can read as a workbook.
pub(super) fn no_workbook() -> Error {
    refuse(text!(
        "Không đọc được tệp dạng .xlsx: hãy mở tệp bằng Excel hoặc LibreOffice và lưu lại dạng .xlsx.",
        "The file cannot be read as .xlsx: open it in Excel or LibreOffice and save it again as .xlsx."
    ))
}

fn bomb() -> Error {
    let mebibytes = MAX_INFLATED.div_euclid(1024 * 1024);
    refuse(text!(
        "Nội dung nén của tệp quá lớn (tối đa {mebibytes} MiB khi giải nén) hoặc bất thường; tệp không được đọc.",
        "What the file unpacks to is too large (at most {mebibytes} MiB) or abnormal; it was not read."
    ))
}
