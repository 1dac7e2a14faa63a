//! What a page says that is printed, against what is.

/// What a page writes for what is different each time, or too long.
const ANYTHING: char = '…';

/// Whether a text is as a page says. `…` stands for anything within a line, and alone on a line for any lines, or none.
/// Spaces at the end of a line do not count.
pub(crate) fn is_as_said(page: &str, text: &str) -> bool {
    lines_match(&page.lines().collect::<Vec<_>>(), &text.lines().collect::<Vec<_>>())
}

fn lines_match(page: &[&str], text: &[&str]) -> bool {
    let Some((first, rest)) = page.split_first() else { return text.is_empty() };
    if first.trim() == ANYTHING.to_string() {
        return (0..=text.len()).any(|skipped| lines_match(rest, &text[skipped..]));
    }
    text.split_first().is_some_and(|(line, after)| line_matches(first, line) && lines_match(rest, after))
}

fn line_matches(page: &str, line: &str) -> bool {
    let (page, mut line) = (page.trim_end(), line.trim_end());
    let mut parts = page.split(ANYTHING);
    let Some(rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    line = rest;
    let Some(last) = parts.next_back() else { return line.is_empty() };
    for part in parts {
        let Some((_, rest)) = line.split_once(part) else { return false };
        line = rest;
    }
    line.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    for (page, text) in [
        ("a\nb\n", "a\nb\n"),
        ("a…\n", "a\n"),
        ("{\"id\":\"…\",\"score\":80,…}\n", "{\"id\":\"x\",\"score\":80,\"version\":2}\n"),
        ("…\nb\n…\n", "a\nb\n"),
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        ("a  \n", "a\n"),
    ] {
        assert!(is_as_said(page, text), "{page:?} {text:?}");
    }
    for (page, text) in [
        ("a\n", "a\nb\n"),
        ("a\nb\n", "a\n"),
        ("…\"score\":80,…\n", "{\"id\":\"x\",\"score\":800}\n"),
        ("…\nb\n", "a\nb\nc\n"),
        ("a…a\n", "a\n"),
        ("", "a\n"),
    ] {
        assert!(!is_as_said(page, text), "{page:?} {text:?}");
    }
}
