//! Pages of lists: a limit and an opaque cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result};
use crate::text;

/// The longest page.
pub const MAX_LIMIT: usize = 200;
/// The length of a page where the client does not say.
pub const DEFAULT_LIMIT: usize = 50;

/// What a list request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// How many items of the list at that revision to pass over.
    pub after: usize,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many items of the list come before this page.
    pub offset: usize,
    /// How many items the whole list has.
    pub total: usize,
}

impl<T> Page<T> {
    /// Cuts a page out of a whole list.
    pub fn cut(list: impl ExactSizeIterator<Item = T>, request: PageRequest) -> Self {
        let total = list.len();
        let items = list.skip(request.after).take(request.limit).collect();
        Self { items, offset: request.after.min(total), total }
    }

    /// The position after the last item, if there are more.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        let end = self.offset + self.items.len();
        (end < self.total).then_some(end)
    }
}

/// Where in which list a reader stands. Lists are immutable at their revision, so a position in one is exact; the
/// cursor names epoch, revision and a digest of the filters, and is refused with any others.
#[derive(Debug, Clone, Copy)]
pub struct CursorContext<'a> {
    /// The epoch of the snapshot.
    pub epoch: &'a str,
    /// The revision of the snapshot.
    pub revision: i64,
    /// The list and its filters, in one canonical text.
    pub filter: &'a str,
}

impl CursorContext<'_> {
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.epoch, &self.revision.to_string(), self.filter] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let hash = hash.finalize();
        URL_SAFE_NO_PAD.encode(hash.get(..9).unwrap_or_default())
    }

    /// The cursor that stands after `position` items.
    #[must_use]
    pub fn encode(&self, position: usize) -> String {
        let text = format!("{}.{}.{position}.{}", self.epoch, self.revision, self.digest());
        URL_SAFE_NO_PAD.encode(text)
    }

    /// The position of a cursor made by [`Self::encode`] in this same context.
    ///
    /// # Errors
    /// `invalidCursor` where it was made for other filters or is no cursor; `resyncRequired` where it was made in
    /// another epoch or at another revision.
    pub fn decode(&self, cursor: &str) -> Result<usize> {
        let invalid = || {
            let detail = text!(
                "Con trỏ không đúng với danh sách và bộ lọc này. Hãy lấy lại từ trang đầu.",
                "The cursor does not belong to this list with these filters. Start again from the first page."
            );
            Error::parameter(Code::InvalidCursor, "cursor", detail)
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let text = String::from_utf8(bytes).map_err(|_| invalid())?;
        let mut parts = text.split('.');
        let (Some(epoch), Some(revision), Some(position), Some(digest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let position: usize = position.parse().map_err(|_| invalid())?;
        let revision: i64 = revision.parse().map_err(|_| invalid())?;
        if epoch != self.epoch || revision != self.revision {
            let issued = CursorContext { epoch, revision, filter: self.filter };
            if issued.digest() != digest {
                return Err(invalid());
            }
            let current = self.revision;
            let detail = text!(
                "Con trỏ thuộc lần công bố {revision}, nay đã là lần {current}. Hãy lấy lại danh sách từ trang đầu.",
                "The cursor belongs to revision {revision}; the current one is {current}. Read the list again from its first page."
            );
            return Err(Error::parameter(Code::ResyncRequired, "cursor", detail));
        }
        if self.digest() == digest { Ok(position) } else { Err(invalid()) }
    }
}
