//! Which quotes a fix may write inside of f-strings, so that the result is valid for the oldest Python of the project.
//!
//! Since Python 3.12 any quote may stand in a replacement field. Before, the field ends with the f-string as the tokenizer saw it, so
//! the quotes of no f-string around may stand there; between triple quotes a single one may.

use ruff_python_ast::{FString, StringFlags};

/// The first Python in which quotes may be used again.
const NESTED: (u8, u8) = (3, 12);

/// The quotes to choose from, the preferred one first.
const QUOTES: [char; 2] = ['"', '\''];

/// The quotes of the f-strings around a place, in the order of [`QUOTES`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Around {
    plain: [bool; 2],
    triple: [bool; 2],
}

impl Around {
    /// The same inside of one more f-string.
    pub fn inside(self, f_string: &FString) -> Self {
        self.with(f_string.flags.quote_str())
    }

    fn with(mut self, quotes: &str) -> Self {
        let kind = if quotes.len() == 1 { &mut self.plain } else { &mut self.triple };
        for (quote, is_used) in QUOTES.iter().zip(kind) {
            *is_used |= quotes.starts_with(*quote);
        }
        self
    }

    /// The quote to write here, for code that runs on `oldest`, the oldest Python, where that is known; `None` where there is none.
    pub fn quote(self, oldest: Option<(u8, u8)>) -> Option<char> {
        let nests = oldest.is_some_and(|oldest| oldest >= NESTED);
        let quotes = || QUOTES.into_iter().zip(self.plain.into_iter().zip(self.triple));
        // What stands around nowhere is what people write inside, also where the same could stand there.
        let other = quotes().find(|(_, (plain, triple))| !plain && !triple);
        let allowed = || quotes().find(|(_, (plain, _))| nests || !plain);
        other.or_else(allowed).map(|(quote, _)| quote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(around: &[&'static str], python: Option<(u8, u8)>) -> Option<char> {
        let around = around.iter().fold(Around::default(), |around, quotes| around.with(quotes));
        around.quote(python)
    }

    #[test]
    fn no_quote_of_an_f_string_around_is_written() {
        for (around, old, new) in [
            (&[][..], Some('"'), Some('"')),
            (&["\""], Some('\''), Some('\'')),
            (&["'"], Some('"'), Some('"')),
            (&["\"\"\""], Some('\''), Some('\'')),
            (&["\"\"\"", "'"], Some('"'), Some('"')),
            (&["'''", "\""], Some('\''), Some('"')),
            (&["\"", "'"], None, Some('"')),
            (&["\"\"\"", "'''", "\"", "'"], None, Some('"')),
        ] {
            assert_eq!(quote(around, Some((3, 11))), old, "{around:?}");
            assert_eq!(quote(around, None), old, "{around:?}");
            assert_eq!(quote(around, Some((3, 12))), new, "{around:?}");
        }
    }
}
