//! Pages of lists: a limit and an opaque cursor, forward as REST asks or either way as GraphQL connections do.

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

/// A stretch of a list as a connection asks for it, with Relay's four arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WindowRequest {
    /// How many items from the beginning of the stretch, 1 to [`MAX_LIMIT`].
    pub first: Option<i32>,
    /// The cursor of the item before the stretch.
    pub after: Option<String>,
    /// How many items from the end of the stretch, 1 to [`MAX_LIMIT`].
    pub last: Option<i32>,
    /// The cursor of the item behind the stretch.
    pub before: Option<String>,
}

/// The stretch of a list that a connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The position of its first item.
    pub start: usize,
    /// The position behind its last item.
    pub end: usize,
    /// How many items the whole list has.
    pub total: usize,
}

impl Window {
    /// Finds the stretch of a list of `total` items that a connection asks for.
    ///
    /// # Errors
    /// `invalidLimit` for a size outside 1 to [`MAX_LIMIT`] or two sizes at once, and what is wrong with a cursor.
    pub fn of(total: usize, request: &WindowRequest, cursors: &CursorContext<'_>) -> Result<Self> {
        let (first, last) = (size("first", request.first)?, size("last", request.last)?);
        let position =
            |name, cursor: &Option<String>| cursor.as_deref().map(|cursor| cursors.read(name, cursor)).transpose();
        let from = position("after", &request.after)?.unwrap_or(0).min(total);
        // A cursor stands after its own item, which "before" leaves out as well.
        let to = position("before", &request.before)?.map_or(total, |position| position.saturating_sub(1));
        let to = to.min(total).max(from);
        let (start, end) = match (first, last) {
            (Some(_), Some(_)) => {
                let detail = text!("Chỉ dùng một trong first và last.", "Give either first or last, not both.");
                return Err(Error::parameter(Code::InvalidLimit, "last", detail));
            }
            (None, Some(last)) => (to.saturating_sub(last).max(from), to),
            (first, None) => (from, from.saturating_add(first.unwrap_or(DEFAULT_LIMIT)).min(to)),
        };
        Ok(Self { start, end, total })
    }

    /// Whether the list has items before this stretch.
    #[must_use]
    pub const fn has_previous(&self) -> bool {
        self.start > 0
    }

    /// Whether the list has items behind this stretch.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.end < self.total
    }
}

/// Reads the size of a page that an argument gives.
///
/// # Errors
/// `invalidLimit` for a size outside 1 to [`MAX_LIMIT`].
pub fn size(name: &str, given: Option<i32>) -> Result<Option<usize>> {
    let Some(given) = given else { return Ok(None) };
    let size = usize::try_from(given).ok().filter(|size| (1..=MAX_LIMIT).contains(size));
    size.map(Some).ok_or_else(|| outside(name))
}

/// The refusal of a size that is no size of a page.
#[must_use]
pub fn outside(name: &str) -> Error {
    let detail =
        text!("{name} phải là số nguyên từ 1 đến {MAX_LIMIT}.", "{name} must be a whole number from 1 to {MAX_LIMIT}.");
    Error::parameter(Code::InvalidLimit, name, detail)
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
        self.read("cursor", cursor)
    }

    /// As [`Self::decode`], of a cursor that a parameter of that name holds.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn read(&self, parameter: &str, cursor: &str) -> Result<usize> {
        let invalid = || {
            let detail = text!(
                "Con trỏ không đúng với danh sách và bộ lọc này. Hãy lấy lại từ trang đầu.",
                "The cursor does not belong to this list with these filters. Start again from the first page."
            );
            Error::parameter(Code::InvalidCursor, parameter, detail)
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
            let (current, line) = (self.revision, self.epoch);
            // A restore begins another epoch, in which the same number means another revision.
            let detail = if epoch == line {
                text!(
                    "Con trỏ thuộc lần công bố {revision}, nay đã là lần {current}. Hãy lấy lại danh sách từ trang đầu.",
                    "The cursor belongs to revision {revision}; the current one is {current}. Read the list again from its first page."
                )
            } else {
                text!(
                    "Con trỏ thuộc dòng công bố {epoch}, nay là dòng {line}. Hãy lấy lại danh sách từ trang đầu.",
                    "The cursor belongs to epoch {epoch}; the current one is {line}. Read the list again from its first page."
                )
            };
            return Err(Error::parameter(Code::ResyncRequired, parameter, detail));
        }
        if self.digest() == digest { Ok(position) } else { Err(invalid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: CursorContext<'_> = CursorContext { epoch: "e1", revision: 7, filter: "wards" };

    /// The positions shown of a list of ten, with whether there is more on either side.
    fn shown(request: &WindowRequest) -> (Vec<usize>, bool, bool) {
        let window = Window::of(10, request, &HERE).unwrap();
        ((window.start..window.end).collect(), window.has_previous(), window.has_next())
    }

    fn code(request: &WindowRequest) -> Code {
        Window::of(10, request, &HERE).unwrap_err().code()
    }

    /// The cursor of the item at a position.
    fn cursor(position: usize) -> Option<String> {
        Some(HERE.encode(position + 1))
    }

    #[test]
    fn a_list_is_read_forward_page_by_page() {
        let mut request = WindowRequest { first: Some(4), ..WindowRequest::default() };
        assert_eq!(shown(&request), (vec![0, 1, 2, 3], false, true));
        request.after = cursor(3);
        assert_eq!(shown(&request), (vec![4, 5, 6, 7], true, true));
        request.after = cursor(7);
        assert_eq!(shown(&request), (vec![8, 9], true, false));
        request.after = cursor(9);
        assert_eq!(shown(&request), (vec![], true, false));
    }

    #[test]
    fn a_list_is_read_backward_page_by_page() {
        let mut request = WindowRequest { last: Some(4), ..WindowRequest::default() };
        assert_eq!(shown(&request), (vec![6, 7, 8, 9], true, false));
        request.before = cursor(6);
        assert_eq!(shown(&request), (vec![2, 3, 4, 5], true, true));
        request.before = cursor(2);
        assert_eq!(shown(&request), (vec![0, 1], false, true));
        request.before = cursor(0);
        assert_eq!(shown(&request), (vec![], false, true));
    }

    #[test]
    fn both_cursors_bound_a_stretch() {
        let between = WindowRequest { after: cursor(2), before: cursor(7), ..WindowRequest::default() };
        assert_eq!(shown(&between), (vec![3, 4, 5, 6], true, true));
        assert_eq!(shown(&WindowRequest { first: Some(2), ..between.clone() }).0, [3, 4]);
        assert_eq!(shown(&WindowRequest { last: Some(2), ..between }).0, [5, 6]);
        let crossed = WindowRequest { after: cursor(7), before: cursor(2), ..WindowRequest::default() };
        assert_eq!(shown(&crossed).0, Vec::<usize>::new());
    }

    #[test]
    fn a_page_has_fifty_items_unless_asked() {
        let window = Window::of(60, &WindowRequest::default(), &HERE).unwrap();
        assert_eq!((window.start, window.end, window.has_next()), (0, 50, true));
        assert_eq!(Window::of(0, &WindowRequest::default(), &HERE).unwrap(), Window { start: 0, end: 0, total: 0 });
    }

    #[test]
    fn sizes_out_of_bounds_are_refused() {
        for size in [-1, 0, 201, i32::MAX] {
            assert_eq!(code(&WindowRequest { first: Some(size), ..WindowRequest::default() }), Code::InvalidLimit);
            assert_eq!(code(&WindowRequest { last: Some(size), ..WindowRequest::default() }), Code::InvalidLimit);
        }
        let both = WindowRequest { first: Some(1), last: Some(1), ..WindowRequest::default() };
        assert_eq!(code(&both), Code::InvalidLimit);
    }

    #[test]
    fn a_cursor_of_another_list_or_revision_is_refused() {
        let with = |cursor: String| WindowRequest { after: Some(cursor), ..WindowRequest::default() };
        let other = CursorContext { filter: "areas", ..HERE };
        assert_eq!(code(&with(other.encode(3))), Code::InvalidCursor);
        let later = CursorContext { revision: 8, ..HERE };
        assert_eq!(code(&with(later.encode(3))), Code::ResyncRequired);
        let restored = CursorContext { epoch: "e2", ..HERE };
        assert_eq!(code(&with(restored.encode(3))), Code::ResyncRequired);
        let told = |cursor: String| HERE.decode(&cursor).unwrap_err().detail().en.clone();
        assert!(told(later.encode(3)).contains("revision 8; the current one is 7"));
        assert!(told(restored.encode(3)).contains("epoch e2; the current one is e1"));
        for nonsense in ["", "3", "Zm9v", "\u{fc}"] {
            assert_eq!(code(&with(nonsense.to_owned())), Code::InvalidCursor, "{nonsense}");
        }
    }
}
