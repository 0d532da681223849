//! Whether a script can be parsed: the parser calls itself for what is nested, so one that nests too deep would end the process, and
//! for some shapes it takes time that grows with the square of the depth.

use memchr::memmem;

/// Scripts that are longer were made by a bundler.
pub const MOST_BYTES: u64 = 1 << 20;

/// Bytes of stack that [`is_light`] relies on. They are only reserved, not used.
pub const STACK: usize = 256 << 20;

/// Bytes of stack that an opening bracket takes at most. Seen: 4,200 for the two of `function(){return`, 3,900 for `(a?(`.
const OPENING: usize = 4 << 10;

/// Bytes of stack that any other sign or word takes at most: `!`, `new`, `a=>`. Seen: less than 1,000.
const OTHER: usize = 1 << 10;

/// Brackets that are nested deeper than this take time. Nobody reads such code.
const MOST_NESTED: usize = 250;

/// Conditional functions, and signs that may open a list of types: the parser tries both readings of each.
const MOST_TRIED: usize = 1_000;

/// Whether a script can be parsed in [`STACK`] and in a moment.
pub(super) fn is_light(script: &str) -> bool {
    let count = |word: &str| memmem::find_iter(script.as_bytes(), word.as_bytes()).count();
    script.len() as u64 <= MOST_BYTES
        && stack(script.as_bytes()) <= STACK / 8 * 7
        && count("?").min(count("=>")) <= MOST_TRIED
        && count("<") <= 2 * MOST_TRIED
        && nested(script.as_bytes()) <= MOST_NESTED
}

/// The stack that is needed if everything is nested in everything before it. This does not rely on telling code from texts.
fn stack(script: &[u8]) -> usize {
    let mut needed = 0;
    let mut in_word = false;
    for byte in script {
        let is_word = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        needed += match byte {
            b'(' | b'[' | b'{' | b'<' => OPENING,
            _ if is_word && in_word || byte.is_ascii_whitespace() => 0,
            _ => OTHER,
        };
        in_word = is_word;
    }
    needed
}

/// How deep brackets are nested. A text or a regular expression with brackets can deceive it, which only costs time.
fn nested(script: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut at = 0;
    while let Some(byte) = script.get(at) {
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => at += text(script.get(at..).unwrap_or_default(), *byte),
            b'/' if script.get(at) == Some(&b'/') => at += line(script.get(at..).unwrap_or_default()),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The length of the rest of a text in quotes, which does not go beyond its line.
fn text(rest: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::websockets::contract::script::collect;

    /// Code that nests, without brackets that are seen to: as deep as may be parsed.
    #[test]
    fn what_is_parsed_fits_on_the_stack() {
        let shapes = [
            ("/\"/;x = ", "(", "1", ")//\"\n"),
            ("/\"/;x = ", "function(){return ", "1", "}//\"\n"),
            ("/\"/;", "(a?(", "", ""),
            ("/\"/;", "(a)=>{", "", ""),
            ("x = ", "!", "1", ""),
            ("x = ", "a=>", "1", ""),
            ("x = ", "new ", "a", ""),
            ("x = 1", "+1", "", ""),
            ("x = a", ".b", "", ""),
            ("x = a", "()", "", ""),
            ("", "if(a)b;else ", "b", ""),
            ("let x: ", "keyof ", "a", ""),
            ("x = ", "<a>", "b", "</a>"),
        ];
        for (before, part, inner, after) in shapes {
            // Some of these take time when they are as deep as the stack allows; how much stack a level takes shows sooner.
            let room = 16;
            let fits = |text: &str| stack(text.as_bytes()) <= STACK / room / 8 * 7;
            let text = |count: usize| {
                format!("{before}{}{inner}{};new WebSocket('/a')", part.repeat(count), after.repeat(count))
            };
            let mut count = 1;
            while fits(&text(count * 5 / 4 + 1)) {
                count = count * 5 / 4 + 1;
            }
            let text = text(count);
            let run = std::thread::Builder::new().stack_size(STACK / room);
            run.spawn(move || collect(Path::new("a.tsx"), text.as_bytes())).unwrap().join().unwrap();
        }
    }

    #[test]
    fn hostile_scripts_are_not_parsed() {
        for (part, many) in
            [("(", 100_000), ("[", 100_000), ("{", 100_000), ("a<", 5_000), ("a?(b):c=>", 5_000), ("!", 400_000)]
        {
            assert!(!is_light(&part.repeat(many)), "{part}");
        }
        let page = "function f(a) { return [a, ')', \"}\"].map((x) => ({ x })); } // (((\n".repeat(2_000);
        assert!(is_light(&page), "{}", stack(page.as_bytes()) >> 20);
    }
}
