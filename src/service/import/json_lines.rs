//! Rows of JSON Lines: an object a line, whose members have the names of the columns.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::column::{COLUMN_COUNT, Column, Layout};
use super::file::{Cells, File, Reading, quoted};
use super::report::Rejection;
use super::text::{MAX_ROW, broken, not_utf8, row_too_long};
use crate::error::{Code, Result, Text};
use crate::snapshot::Snapshot;
use crate::text;

/// Reads a file of objects.
///
/// # Errors
/// `notUtf8`, and where the source fails.
pub(super) fn read(snapshot: &Snapshot, today: chrono::NaiveDate, source: impl Read) -> Result<File> {
    let mut reading = Reading::new(snapshot, today, Layout::Members);
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let (mut bytes, mut line) = (Vec::new(), 0);
    loop {
        bytes.clear();
        line += 1;
        let longest = u64::try_from(MAX_ROW).unwrap_or(u64::MAX).saturating_add(1);
        if source.by_ref().take(longest).read_until(b'\n', &mut bytes).map_err(broken)? == 0 {
            return reading.finish();
        }
        if bytes.len() > MAX_ROW {
            return Err(row_too_long());
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| line == 1).unwrap_or(&bytes);
        let text = std::str::from_utf8(text).map_err(|_| not_utf8(line))?;
        if text.trim().is_empty() {
            continue;
        }
        match object(text) {
            Ok(members) => {
                let mut cells = Cells::default();
                for (column, member) in Column::ALL.iter().zip(&members) {
                    cells.set(*column, member);
                }
                reading.take(line, &cells)?;
            }
            Err(fault) => reading.refuse(line, |layout, line| Rejection {
                line,
                pointer: fault.member.map_or_else(|| layout.row(line), |member| format!("{line}:/{member}")),
                code: fault.code,
                detail: fault.detail,
                expected: fault.expected,
                got: Some(quoted(text.trim())),
            })?,
        }
    }
}

struct Unread {
    member: Option<String>,
    code: Code,
    detail: Text,
    expected: Text,
}

/// The members of a line by column: texts, and numbers as they are written.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(COLUMN_COUNT);
                while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Take)
    }
}

#[derive(serde::Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

fn object(text: &str) -> Result<Vec<Cow<'_, str>>, Box<Unread>> {
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        let column = error.column();
        Box::new(Unread {
            member: None,
            code: if error.is_data() { Code::InvalidBody } else { Code::MalformedJson },
            detail: text!("JSON viết sai ở cột {column}.", "The JSON is malformed at column {column}."),
            expected: text!("một đối tượng JSON trên một dòng", "one JSON object on one line"),
        })
    })?;
    let mut cells = vec![Cow::Borrowed(""); COLUMN_COUNT];
    let mut given = [false; COLUMN_COUNT];
    for (name, raw) in members {
        let escaped = || name.replace('~', "~0").replace('/', "~1");
        let Some(column) = Column::parse(&name) else {
            let known = Column::ALL.iter().map(|column| column.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Box::new(Unread {
                member: Some(escaped()),
                code: Code::InvalidBody,
                detail: text!("Không có thành phần {name}.", "There is no member {name}."),
                expected: text!("một trong: {known}", "one of: {known}"),
            }));
        };
        let (Some(cell), Some(seen)) = (cells.get_mut(column.position()), given.get_mut(column.position())) else {
            continue;
        };
        if std::mem::replace(seen, true) {
            return Err(Box::new(Unread {
                member: Some(escaped()),
                code: Code::InvalidBody,
                detail: text!("{name} chỉ được viết một lần.", "{name} may be given once only."),
                expected: column.expected(),
            }));
        }
        *cell = written(column, raw.get()).ok_or_else(|| {
            Box::new(Unread {
                member: Some(escaped()),
                code: Code::InvalidBody,
                detail: text!("{name} sai kiểu.", "{name} has the wrong type."),
                expected: column.expected(),
            })
        })?;
    }
    Ok(cells)
}

/// A member as a cell: texts without their quotation marks, everything else as written.
fn written(column: Column, raw: &str) -> Option<Cow<'_, str>> {
    let truth = matches!(column, Column::Synthetic | Column::Instruction);
    match raw.as_bytes().first()? {
        b'n' => Some(Cow::Borrowed("")),
        b'"' => serde_json::from_str::<Name<'_>>(raw).ok().map(|Name(text)| text),
        b'[' if column == Column::Mentions => Some(Cow::Borrowed(raw)),
        b't' | b'f' if truth => Some(Cow::Borrowed(raw)),
        b'0'..=b'9' | b'-' if !truth && column != Column::Mentions => Some(Cow::Borrowed(raw)),
        _ => None,
    }
}
