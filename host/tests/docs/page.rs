//! Tables of a page in Markdown.

use std::fs;

use crate::source::root;

/// A page of `docs/`.
pub(crate) struct Page {
    rows: Vec<Vec<String>>,
}

impl Page {
    /// Reads it.
    pub(crate) fn read(name: &str) -> Self {
        Self::of(&fs::read_to_string(root().join("docs").join(name)).unwrap())
    }

    fn of(text: &str) -> Self {
        Self { rows: text.lines().filter_map(cells).collect() }
    }

    /// The rows of all its tables, headings left out.
    pub(crate) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The only row that begins with this cell.
    pub(crate) fn row(&self, first: &str) -> Option<&[String]> {
        let mut rows = self.rows.iter().filter(|row| row.first().is_some_and(|cell| cell == first));
        let row = rows.next();
        assert!(rows.next().is_none(), "there are two rows: | {first} |");
        row.map(Vec::as_slice)
    }
}

/// The cells of a row. The line below a heading is none.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let is_rule = inner.chars().all(|c| matches!(c, '-' | '|' | ':' | ' '));
    (!is_rule).then(|| inner.split('|').map(|cell| cell.trim().to_owned()).collect())
}

#[test]
fn rows_are_found_among_other_text() {
    let page =
        Page::of("# Title\n\n| what | how much |\n| --- | ---: |\n| a  | 1 |\n| `b` | |\n\nText | with a bar.\n");
    assert_eq!(page.rows(), [vec!["what", "how much"], vec!["a", "1"], vec!["`b`", ""]]);
    assert_eq!(page.row("`b`").unwrap(), ["`b`", ""]);
    assert!(page.row("c").is_none());
}
