//! The names in a text, as numbers: all that look like one, wherever they stand.
//!
//! This is what every byte of a tree goes through, so it goes by blocks: which of 64 bytes belong to names is one number, and a name
//! of eight bytes is one multiplication.

/// A name as a number. Two names that share one are rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(u32);

impl Word {
    /// No name.
    pub const NONE: Self = Self(0);

    /// The number of a name.
    pub const fn new(name: &str) -> Self {
        Self::of(name.as_bytes())
    }

    /// The number of a name in bytes.
    pub const fn of(name: &[u8]) -> Self {
        let mut hash = START;
        let mut at = 0;
        while at < name.len() {
            let mut eight = 0_u64;
            let mut byte = 0;
            while byte < 8 && at + byte < name.len() {
                eight |= (name[at + byte] as u64) << (8 * byte);
                byte += 1;
            }
            hash = then(hash, eight);
            at += 8;
        }
        folded(hash)
    }

    /// Its place in a table with a power of two of places.
    pub const fn place(self, places: usize) -> usize {
        self.0 as usize & (places - 1)
    }
}

const START: u64 = 0x5bd1_e995;

/// The hash with the next eight bytes of a name, of which the last ones may be missing.
const fn then(hash: u64, eight: u64) -> u64 {
    (hash.rotate_left(23) ^ eight).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const fn folded(hash: u64) -> Word {
    // The multiplication mixes upwards.
    #[expect(clippy::cast_possible_truncation, reason = "the upper half")]
    Word((hash >> 32) as u32 ^ (hash >> 20) as u32)
}

/// A name where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its number.
    pub word: Word,
}

/// The names of a text, in their order. A clone goes on from the same place.
#[derive(Debug, Clone)]
pub struct NamesIn<'b> {
    bytes: &'b [u8],
    /// Where the block begins.
    block: usize,
    /// Which bytes of the block belong to names that are still to come.
    parts: u64,
}

/// Bytes of a block.
const BLOCK: usize = 64;

impl<'b> NamesIn<'b> {
    /// Those of `bytes`.
    pub fn of(bytes: &'b [u8]) -> Self {
        let mut names = Self { bytes, block: 0, parts: 0 };
        names.look();
        names
    }

    /// Looks at the block.
    fn look(&mut self) {
        let rest = self.bytes.get(self.block..).unwrap_or_default();
        self.parts = match rest.first_chunk() {
            Some(block) => parts(block),
            None => {
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                parts(&block)
            }
        };
    }

    /// The number of the name from `start` to `end`.
    fn word(&self, start: usize, end: usize) -> Word {
        let mut hash = START;
        let mut at = start;
        while at < end {
            // Near the end of the text there may be no eight bytes.
            let Some(eight) = self.bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
                return self.bytes.get(start..end).map_or(Word::NONE, Word::of);
            };
            let missing = 8_usize.saturating_sub(end - at);
            hash = then(hash, u64::from_le_bytes(*eight) & (u64::MAX >> (8 * missing)));
            at += 8;
        }
        folded(hash)
    }
}

impl Iterator for NamesIn<'_> {
    type Item = Named;

    fn next(&mut self) -> Option<Named> {
        while self.parts == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return None;
            }
            self.look();
        }
        let first = self.parts.trailing_zeros() as usize;
        let start = self.block + first;
        let mut end = start + (self.parts >> first).trailing_ones() as usize;
        // To the end of the block, and maybe on in the next one.
        while end == self.block + BLOCK {
            self.block += BLOCK;
            self.look();
            end += self.parts.trailing_ones() as usize;
        }
        self.parts &= u64::MAX << (end - self.block);
        Some(Named { start, end, word: self.word(start, end) })
    }
}

/// Which of these bytes names are made of, the first one in the lowest bit.
fn parts(block: &[u8; BLOCK]) -> u64 {
    let mut is_part = [0_u8; BLOCK];
    for (is_part, byte) in is_part.iter_mut().zip(block) {
        *is_part = u8::from(is_part_of_name(*byte));
    }
    let (eights, _) = is_part.as_chunks();
    // The multiplication brings the lowest bits of eight bytes together in the highest byte.
    let bits = eights.iter().map(|eight| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56);
    bits.enumerate().fold(0, |parts, (at, bits)| parts | bits << (8 * at))
}

/// Whether names are made of such bytes.
pub const fn is_part_of_name(byte: u8) -> bool {
    // Without short cuts, so that many bytes are looked at together.
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10 || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Vec<&[u8]> {
        NamesIn::of(text).map(|named| &text[named.start..named.end]).collect()
    }

    /// As one would write it.
    fn plain(text: &[u8]) -> Vec<&[u8]> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        text.split(|byte| !is_part(byte)).filter(|name| !name.is_empty()).collect()
    }

    #[test]
    fn names_are_found_wherever_blocks_end() {
        for length in 1..200 {
            for before in [0, 1, 7, 8, 55, 62, 63, 64, 65, 127] {
                let text = format!("{}{} b", " ".repeat(before), "n".repeat(length)).into_bytes();
                assert_eq!(of(&text), plain(&text), "{before} {length}");
                let first = NamesIn::of(&text).next().map(|named| named.word);
                assert_eq!(first, Some(Word::new(&"n".repeat(length))), "{before} {length}");
            }
        }
    }

    #[test]
    fn every_byte_is_part_of_a_name_or_not() {
        for byte in 0..=u8::MAX {
            let text = [b'a', byte, b'b'];
            assert_eq!(of(&text), plain(&text), "{byte}");
        }
        assert!(of(b"").is_empty() && of(b" ").is_empty());
        assert_eq!(of("été = x_1".as_bytes()).len(), 2);
    }

    #[test]
    fn other_names_have_other_numbers() {
        let names = ["a", "b", "aa", "ab", "ba", "abcdefgh", "abcdefghi", "abcdefghij", "abcdefghabcdefgh", "_a", "a_"];
        let words: std::collections::BTreeSet<Word> = names.iter().map(|name| Word::new(name)).collect();
        assert_eq!(words.len(), names.len());
        let many: std::collections::BTreeSet<Word> = (0..50_000).map(|n| Word::new(&format!("name_{n}"))).collect();
        assert!(many.len() > 49_990, "{}", many.len());
    }
}
