//! Pages of lists: by offset for the first few, by cursor for depth.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where a page ended: the sort key of its last row, opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<K>(pub K);

/// A cursor that no page gave out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the nextCursor of an earlier page of the same list")]
pub struct CursorError;

impl<K: Serialize + DeserializeOwned> Cursor<K> {
    /// The text that clients pass around.
    #[must_use]
    pub fn encode(&self) -> String {
        // Keys are times, ids and texts, which are always writable as JSON.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default())
    }

    /// Reads a cursor that a page gave out.
    ///
    /// # Errors
    /// The text is not one.
    pub fn decode(text: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| CursorError)
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct PageRequest<K> {
    /// At most how many rows.
    pub limit: u32,
    /// How many rows to pass over, after the cursor if there is one.
    pub offset: u32,
    /// Only rows behind this one.
    pub after: Option<Cursor<K>>,
}

impl<K> PageRequest<K> {
    /// One row more than asked for, to see whether there is a next page.
    pub(super) fn probe(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// How many rows to pass over, as PostgreSQL wants it.
    pub(super) fn skip(&self) -> i64 {
        i64::from(self.offset)
    }

    /// Makes the page out of the rows that the probe gave.
    pub(super) fn page<T>(&self, mut items: Vec<T>, total: i64, key: impl Fn(&T) -> K) -> Page<T, K> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|item| Cursor(key(item))) } else { None };
        Page { items, total, next }
    }
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Page<T, K> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows the whole list has.
    pub total: i64,
    /// Where the next page goes on; absent on the last page.
    pub next: Option<Cursor<K>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were() {
        let cursor = Cursor(("2026-01-01".to_owned(), 7));
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        assert_eq!(Cursor::<(String, i32)>::decode("no cursor"), Err(CursorError));
    }

    #[test]
    fn the_probed_row_only_tells_that_there_is_more() {
        let request = PageRequest { limit: 2, offset: 0, after: None };
        let page = request.page(vec![1, 2, 3], 5, |n| *n);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(Cursor(2))));
        let last = request.page(vec![4, 5], 5, |n| *n);
        assert_eq!(last.next, None);
    }
}
