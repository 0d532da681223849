//! Words of their own in a text: what is spelled there and is no part of a longer name.

/// Whether a name may have this character.
pub fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The offsets at which `word` is a word of its own.
pub fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// All words, with their offsets.
pub fn all(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = text.split(|character| !is_part(character)).filter(|word| !word.is_empty());
    words.map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

/// Whether `word` is a word of its own somewhere.
pub fn has(text: &str, word: &str) -> bool {
    places(text, word).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_longer_name_is_no_word() {
        assert_eq!(places("serve server _serve serve() observe étéserve", "serve").collect::<Vec<_>>(), [0, 20]);
        assert_eq!(all("a.b_c, \u{e9}t\u{e9}(").collect::<Vec<_>>(), [(0, "a"), (2, "b_c"), (7, "\u{e9}t\u{e9}")]);
        assert!(has("x.serve(", "serve") && !has("reserved", "serve"));
    }
}
