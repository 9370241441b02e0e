//! The change feed: what changed, in commit order, and where in it a reader stands.

use super::words::words;
use crate::error::{Code, Error, Result};
use crate::text;

words! {
    /// What a change is about.
    ChangeKind {
        /// Areas, indicators or reporting windows; read them again.
        Catalogue = "catalogue",
        /// A ward's report for a quarter.
        Report = "report",
        /// A target that an area set for a year.
        Target = "target",
        /// A date that an area set for a quarter.
        Deadline = "deadline",
        /// A quarter that an area locked.
        Lock = "lock",
        /// A published figure.
        Observation = "observation",
    }
}

words! {
    /// What became of it.
    ChangeVerb {
        /// It is there from this revision on, in place of what had the same key.
        Set = "set",
        /// Nothing has this key from this revision on.
        Withdrawn = "withdrawn",
    }
}

/// Where a change stands in the feed. Changes are ordered by revision; within one, by what they are about and the row that
/// keeps them, so that a page is read from an index wherever it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The revision.
    pub revision: i64,
    /// The stretch of the revision: see [`Section`].
    pub section: u8,
    /// The row.
    pub row: i64,
}

/// The kinds of changes and what becomes of them, in the order in which a revision tells them.
pub type Section = (ChangeKind, ChangeVerb);

/// Every section, in order.
pub const SECTIONS: [Section; 11] = [
    (ChangeKind::Catalogue, ChangeVerb::Set),
    (ChangeKind::Report, ChangeVerb::Withdrawn),
    (ChangeKind::Report, ChangeVerb::Set),
    (ChangeKind::Target, ChangeVerb::Withdrawn),
    (ChangeKind::Target, ChangeVerb::Set),
    (ChangeKind::Deadline, ChangeVerb::Withdrawn),
    (ChangeKind::Deadline, ChangeVerb::Set),
    (ChangeKind::Lock, ChangeVerb::Withdrawn),
    (ChangeKind::Lock, ChangeVerb::Set),
    (ChangeKind::Observation, ChangeVerb::Withdrawn),
    (ChangeKind::Observation, ChangeVerb::Set),
];

impl Position {
    /// Behind everything of a revision.
    #[must_use]
    pub const fn behind(revision: i64) -> Self {
        Self { revision, section: u8::MAX, row: i64::MAX }
    }

    /// Whether it is behind everything of its revision.
    #[must_use]
    pub const fn is_behind(self) -> bool {
        self.section == u8::MAX
    }
}

/// A position as readers keep it: `0` before anything, `12` behind revision 12, `k3v9a1b2.12` with its epoch, and
/// `k3v9a1b2.12.10.431` within the revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCursor {
    /// The epoch; nothing for the present one.
    pub epoch: Option<String>,
    /// Behind which change.
    pub position: Position,
}

impl FeedCursor {
    /// Before anything.
    #[must_use]
    pub const fn start() -> Self {
        Self { epoch: None, position: Position::behind(0) }
    }

    /// Reads what [`Self::text`] wrote, or the number of a revision.
    ///
    /// # Errors
    /// `invalidCursor`.
    pub fn read(parameter: &str, text: &str) -> Result<Self> {
        let refuse = || {
            let detail = text!(
                "{parameter} là nextCursor của trang trước, số của một lần công bố, hoặc 0 để lấy từ đầu; “{text}” không phải.",
                "{parameter} is the nextCursor of the page before, the number of a revision, or 0 for the beginning, which \
                 “{text}” is not."
            );
            Error::parameter(Code::InvalidCursor, parameter, detail)
        };
        let number = |text: &str| {
            let plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i64>().ok().filter(|_| plain).ok_or_else(refuse)
        };
        let parts: Vec<&str> = text.split('.').collect();
        let (epoch, position) = match parts.as_slice() {
            [revision] => (None, Position::behind(number(revision)?)),
            [epoch, revision] => (Some(*epoch), Position::behind(number(revision)?)),
            [epoch, revision, section, row] => {
                let (revision, row) = (number(revision)?, number(row)?);
                let section =
                    u8::try_from(number(section)?).ok().filter(|section| usize::from(*section) < SECTIONS.len());
                (Some(*epoch), Position { revision, section: section.ok_or_else(refuse)?, row })
            }
            _ => return Err(refuse()),
        };
        let named = epoch.is_none_or(|epoch| {
            (1..=32).contains(&epoch.len()) && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if named { Ok(Self { epoch: epoch.map(ToOwned::to_owned), position }) } else { Err(refuse()) }
    }

    /// The cursor of a position in an epoch.
    #[must_use]
    pub fn text(epoch: &str, position: Position) -> String {
        let Position { revision, section, row } = position;
        if position.is_behind() { format!("{epoch}.{revision}") } else { format!("{epoch}.{revision}.{section}.{row}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for position in [Position::behind(0), Position::behind(12), Position { revision: 12, section: 10, row: 431 }] {
            let text = FeedCursor::text("k3v9a1b2", position);
            let read = FeedCursor::read("after", &text).unwrap();
            assert_eq!((read.epoch.as_deref(), read.position), (Some("k3v9a1b2"), position), "{text}");
        }
        assert_eq!(FeedCursor::read("after", "0").unwrap(), FeedCursor::start());
        for text in ["", "-1", "x", "e.", ".1", "e.1.2", "e.1.11.1", "e.1.-1.1", "e.1.1.1.1", "e é.1", "1e3"] {
            assert_eq!(FeedCursor::read("after", text).unwrap_err().code(), Code::InvalidCursor, "{text}");
        }
    }

    #[test]
    fn what_is_within_a_revision_comes_before_its_end() {
        let within = Position { revision: 3, section: 10, row: i64::MAX };
        assert!(Position::behind(2) < within && within < Position::behind(3));
    }
}
