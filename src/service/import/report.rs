//! What became of a file, or would become of it: the same words for both.

use crate::domain::words::words;
use crate::error::{Code, Error, FieldError, Text};
use crate::text;

words! {
    /// Whether a file is published, or only judged.
    Mode {
        /// Judged only: nothing is written.
        DryRun = "dryRun",
        /// Published: all of it or nothing.
        Commit = "commit",
    }
}

/// Rows of a file by what becomes of them; each is one of the four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All of them, the header left out.
    pub total: usize,
    /// Those that bring a figure which is not published.
    pub created: usize,
    /// Those that bring no new figure and change one.
    pub updated: usize,
    /// Those that say what is published.
    pub unchanged: usize,
    /// Those at which something is wrong.
    pub rejected: usize,
}

/// Figures that the accepted rows bring, a rate's counts among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FigureCounts {
    /// Not published before.
    pub created: usize,
    /// Published otherwise before.
    pub updated: usize,
    /// Published so before.
    pub unchanged: usize,
}

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The line of the file, or the row of the sheet, from 1.
    pub line: u32,
    /// Where: `line:column`, `Sheet!C7`, or `line:/member`.
    pub pointer: String,
    /// The reason.
    pub code: Code,
    /// What is wrong and what to do.
    pub detail: Text,
    /// What belongs there.
    pub expected: Text,
    /// What stands there; nothing for an empty cell.
    pub got: Option<String>,
}

/// What became of a file. It is the same whether the file is only judged or published, but for the first three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// What was asked for.
    pub mode: Mode,
    /// Whether the file was taken: with a single rejected row it is not.
    pub committed: bool,
    /// The revision that published it; where nothing was published, the one that it was judged against.
    pub revision: i64,
    /// The line of revisions.
    pub epoch: String,
    /// The rows.
    pub rows: RowCounts,
    /// The figures of the rows that are not rejected.
    pub figures: FigureCounts,
    /// The reports (a ward's quarter each) that the rows are about.
    pub reports: usize,
    /// Those of them that change.
    pub changed_reports: usize,
    /// What is wrong, in the order of the file; past [`super::MAX_REJECTIONS`] it is counted only.
    pub rejections: Vec<Rejection>,
    /// How many more there are.
    pub more_rejections: usize,
}

impl ImportReport {
    /// The refusal of a file that has rejected rows.
    #[must_use]
    pub fn refusal(&self) -> Option<Error> {
        let rejected = self.rows.rejected;
        if rejected == 0 {
            return None;
        }
        let (total, more) = (self.rows.total, self.more_rejections);
        let detail = if more == 0 {
            text!(
                "{rejected} trong {total} dòng bị từ chối; không có gì được thay đổi. Sửa các dòng nêu dưới đây rồi nhập lại.",
                "{rejected} of {total} rows are rejected; nothing was changed. Correct the rows named below and import again."
            )
        } else {
            text!(
                "{rejected} trong {total} dòng bị từ chối; không có gì được thay đổi. Sửa các dòng nêu dưới đây rồi nhập lại; còn {more} lỗi nữa không nêu ra.",
                "{rejected} of {total} rows are rejected; nothing was changed. Correct the rows named below and import again; {more} more faults are not listed."
            )
        };
        let faults = self.rejections.iter().map(|rejection| FieldError {
            pointer: rejection.pointer.clone(),
            code: rejection.code,
            detail: rejection.detail.clone(),
        });
        Some(Error::new(Code::InvalidFile, detail).with_fields(faults.collect()))
    }
}
