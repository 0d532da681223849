//! Text from files and names, as it may be shown: on one line, and without anything that a terminal would obey.

use std::borrow::Cow;

/// Whether a terminal does something at this character instead of showing it: control characters, the eight-bit ones too, and what
/// turns the direction of the text around.
pub fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` with such characters made visible.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_command) {
        return text.into();
    }
    text.chars().map(|c| if is_command(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// The same for a text at hand, which stays where it is when nothing is wrong with it.
pub fn into_printable(text: String) -> String {
    if text.chars().any(is_command) { printable(&text).into_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(printable("caf\u{e9} \"x\" \\"), "caf\u{e9} \"x\" \\");
        assert_eq!(printable("\u{1b}]52;c;eA==\u{7}"), "\\u{1b}]52;c;eA==\\u{7}");
        assert_eq!(printable("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(printable("\u{9b}31m \u{7f} \u{202e}x"), "\\u{9b}31m \\u{7f} \\u{202e}x");
    }
}
