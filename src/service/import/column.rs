//! What a row of a file may say, and where in its file it says it.

use std::sync::Arc;

use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Operator, Origin, SurveyMethod};
use crate::error::Text;
use crate::text;

macro_rules! columns {
    ($($at:literal $variant:ident = $name:literal,)*) => {
        /// What a cell of a row is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names say it, and `expected` says the rest")]
        pub enum Column { $($variant,)* }

        impl Column {
            /// Every column, in the order in which files are written.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the header of a file, and of the member in JSON Lines.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// Where it stands in [`Self::ALL`].
            #[must_use]
            pub const fn position(self) -> usize { match self { $(Self::$variant => $at,)* } }
        }
    };
}

columns! {
    0 Ward = "ward",
    1 Quarter = "quarter",
    2 Indicator = "indicator",
    3 Nature = "nature",
    4 Numerator = "numerator",
    5 Denominator = "denominator",
    6 Value = "value",
    7 Operator = "operator",
    8 Span = "span",
    9 ReferencePeriod = "referencePeriod",
    10 Project = "project",
    11 Quote = "quote",
    12 Method = "method",
    13 Origin = "origin",
    14 Synthetic = "synthetic",
    15 Instruction = "instruction",
    16 Section = "section",
    17 Printed = "printed",
    18 Note = "note",
    19 Mentions = "mentions",
}

/// How many columns there are.
pub const COLUMN_COUNT: usize = 20;
/// How many of them, from the first, every table must have.
pub const REQUIRED: usize = 7;

fn words(words: impl Iterator<Item = &'static str>) -> Text {
    let words = words.collect::<Vec<_>>().join(", ");
    text!("một trong: {words}", "one of: {words}")
}

impl Column {
    /// The column with that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.as_str() == name)
    }

    /// What belongs there.
    #[must_use]
    pub fn expected(self) -> Text {
        match self {
            Self::Ward => text!(
                "mã phường, xã vào ngày chốt của quý, trong phạm vi tài khoản, như 07792",
                "the code of a ward at the quarter's cut-off, within the account's area, such as 07792"
            ),
            Self::Quarter => text!(
                "quý đã bắt đầu và chưa khóa, viết như 2024-Q1",
                "a quarter that has begun and is not locked, written like 2024-Q1"
            ),
            Self::Indicator => text!(
                "mã một chỉ tiêu được nhập của danh mục, mỗi số liệu một dòng",
                "the code of an indicator of the catalogue that is entered, a figure a row"
            ),
            Self::Nature => words(Nature::ALL.iter().map(|word| word.as_str())),
            Self::Numerator => text!(
                "số nguyên từ 0 đến mẫu số, chỉ cho tỷ lệ",
                "a whole number from 0 to the denominator, of rates only"
            ),
            Self::Denominator => text!(
                "số nguyên không nhỏ hơn tử số, chỉ cho tỷ lệ",
                "a whole number not below the numerator, of rates only"
            ),
            Self::Value => text!(
                "số không âm, tối đa 9007199254740991 và bốn chữ số thập phân; số đếm là số nguyên, tỷ lệ từ 0 đến 100",
                "a number from 0 to 9007199254740991 with at most four decimals; counts are whole, rates from 0 to 100"
            ),
            Self::Operator => words(Operator::ALL.iter().map(|word| word.as_str())),
            Self::Span => words(Span::ALL.iter().map(|word| word.as_str())),
            Self::Method => words(SurveyMethod::ALL.iter().map(|word| word.as_str())),
            Self::Origin => words(Origin::ALL.iter().map(|word| word.as_str())),
            Self::Synthetic | Self::Instruction => words(["true", "false"].into_iter()),
            Self::Mentions => text!(
                "danh sách JSON các đối tượng có section, quote, printed",
                "a JSON list of objects with section, quote and printed"
            ),
            Self::ReferencePeriod | Self::Project | Self::Quote | Self::Section | Self::Printed | Self::Note => {
                text!(
                    "chữ, tối đa 2000 byte, không có ký tự NUL",
                    "text of at most 2000 bytes without the character NUL"
                )
            }
        }
    }
}

/// Where cells stand in a file.
#[derive(Debug, Clone)]
pub enum Layout {
    /// In columns, of a sheet or of lines of text.
    Table {
        /// The name of the sheet; nothing for lines.
        sheet: Option<Arc<str>>,
        /// The position of each column, from 0.
        columns: Box<[Option<usize>; COLUMN_COUNT]>,
    },
    /// In members of one object a line.
    Members,
}

impl Layout {
    /// The place of a cell, as a refusal names it: `line:column`, `Sheet!C7`, or `line:/member`.
    #[must_use]
    pub fn pointer(&self, line: u32, column: Column) -> String {
        match self {
            Self::Table { sheet, columns } => {
                let at = columns.get(column.position()).copied().flatten().unwrap_or_default();
                crate::service::spreadsheet::place(sheet.as_deref(), u64::from(line), at)
            }
            Self::Members => format!("{line}:/{}", column.as_str()),
        }
    }

    /// The place of a whole row.
    #[must_use]
    pub fn row(&self, line: u32) -> String {
        match self {
            Self::Table { sheet, .. } => crate::service::spreadsheet::place(sheet.as_deref(), u64::from(line), 0),
            Self::Members => format!("{line}:/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted() {
        assert_eq!(Column::ALL.len(), COLUMN_COUNT);
        for column in Column::ALL {
            assert_eq!(Column::parse(column.as_str()), Some(*column));
            assert_eq!(Column::ALL[column.position()], *column);
        }
    }
}
