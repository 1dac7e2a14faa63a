//! Text that comes from plugins, on its way into messages.

/// The beginning of a text: `most` characters of it, and a sign if there are more. What a plugin says, or is called, can
/// be as long as the plugin.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// The same, in quotes, with what cannot be seen made visible.
pub(super) fn quoted(text: &str, most: usize) -> String {
    format!("\"{}\"", shortened(text, most).escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_texts_are_cut() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöü", 2), "äö…");
        assert_eq!(shortened("", 0), "");
        assert_eq!(quoted("a\0\"b", 80), r#""a\0\"b""#);
    }
}
