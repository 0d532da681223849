//! The names that a file holds, told from its bytes alone.
//!
//! Nine of ten files of a project are never parsed: their vocabulary says that they know nothing of what is asked. It may say too
//! much, because strings and comments count, and never too little.

use memchr::memmem;
use rustc_hash::FxHashSet;

use crate::text::names::{Named, NamesIn, Word, is_part_of_name};
use crate::text::source::mentions_websockets;

const CLASS: Word = Word::new("class");
const AS: Word = Word::new("as");

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Each once, in no order.
    words: Box<[Word]>,
    /// Classes with what they derive from, and other names for what may be a class.
    derived: Box<[(Word, Word)]>,
    /// Whether it can be about `WebSockets`.
    pub(super) is_about_websockets: bool,
}

impl Vocabulary {
    /// What `bytes` hold; `seen` is empty, and is so again.
    pub fn of(bytes: &[u8], seen: &mut Seen) -> Self {
        let names = NamesIn::of(bytes);
        let mut reader = Reader { bytes, names, seen, derived: Vec::new(), aliases: Vec::new() };
        reader.read();
        let Reader { mut derived, aliases, .. } = reader;
        // `import hub as b` matters where something derives from `b`.
        let bases: FxHashSet<Word> = derived.iter().map(|(_, base)| *base).collect();
        derived.extend(aliases.into_iter().filter(|(alias, _)| bases.contains(alias)));
        Self { words: seen.take(), derived: derived.into(), is_about_websockets: mentions_websockets(bytes) }
    }

    /// The names.
    pub(super) fn words(&self) -> &[Word] {
        &self.words
    }

    /// Classes, each with a base, and other names for a class, each with that class.
    pub(super) fn derived(&self) -> &[(Word, Word)] {
        &self.derived
    }
}

/// The names of the file that is being read. Made once for many files.
#[derive(Debug)]
pub struct Seen {
    /// By its place, and those behind it: a number of a file and the word, so that nothing is cleared between two files.
    table: Box<[(u32, Word)]>,
    file: u32,
    words: Vec<Word>,
}

/// The places of the table at first.
const PLACES: usize = 1 << 12;

impl Default for Seen {
    fn default() -> Self {
        Self { table: vec![(0, Word::NONE); PLACES].into(), file: 1, words: Vec::new() }
    }
}

impl Seen {
    fn add(&mut self, word: Word) {
        let places = self.table.len();
        let mut place = word.place(places);
        loop {
            let (file, known) = self.table[place];
            if file != self.file {
                break;
            }
            if known == word {
                return;
            }
            place = (place + 1) & (places - 1);
        }
        self.table[place] = (self.file, word);
        self.words.push(word);
        if self.words.len() * 2 > places {
            self.grow();
        }
    }

    fn grow(&mut self) {
        self.table = vec![(0, Word::NONE); self.table.len() * 2].into();
        for word in std::mem::take(&mut self.words) {
            self.add(word);
        }
    }

    fn take(&mut self) -> Box<[Word]> {
        self.file = self.file.wrapping_add(1);
        if self.file == 0 {
            *self = Self { words: std::mem::take(&mut self.words), ..Self::default() };
        }
        let words = self.words.as_slice().into();
        self.words.clear();
        words
    }
}

/// Bytes that the bases of a class may take.
const LONGEST_BASES: usize = 1 << 13;

struct Reader<'b, 's> {
    bytes: &'b [u8],
    names: NamesIn<'b>,
    seen: &'s mut Seen,
    derived: Vec<(Word, Word)>,
    /// New names of what is imported, each with the old one.
    aliases: Vec<(Word, Word)>,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let mut before = Word::NONE;
        while let Some(named) = self.names.next() {
            let (start, word) = self.beginning(&named);
            self.seen.add(word);
            if word != named.word {
                self.seen.add(named.word);
            }
            match word {
                CLASS => self.class(),
                AS => {
                    if let Some(alias) = self.names.clone().next() {
                        self.aliases.push((alias.word, before));
                    }
                }
                _ if start == 0 || matches!(self.bytes[start - 1], b'\n' | b'\r') => self.assignment(named.end, word),
                _ => {}
            }
            before = word;
        }
    }

    /// Where a name begins, and which it is: in `"\nname"`, and so in every line of a notebook, behind the escape.
    fn beginning(&self, named: &Named) -> (usize, Word) {
        if named.start > 0 && self.bytes[named.start - 1] == b'\\' {
            return (named.start + 1, Word::of(&self.bytes[named.start + 1..named.end]));
        }
        (named.start, named.word)
    }

    /// Behind `class`: everything between the name and the colon may be a base.
    fn class(&mut self) {
        let mut names = self.names.clone();
        let Some(class) = names.next() else { return };
        if !self.has_bracket(class.end) {
            return;
        }
        let end = self.end_of_bases(class.end);
        for base in names.take_while(|base| base.start < end) {
            self.derived.push((class.word, self.beginning(&base).1));
        }
    }

    /// Whether bases follow, or the parameters of a generic class.
    fn has_bracket(&self, at: usize) -> bool {
        let rest = &self.bytes[at..];
        matches!(rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\\' | b'\n' | b'\r')), Some(b'(' | b'['))
    }

    /// Where the colon is that ends the bases, at most [`LONGEST_BASES`] away.
    fn end_of_bases(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for (at, byte) in self.bytes.iter().enumerate().skip(from).take(LONGEST_BASES) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b':' if depth == 0 => return at,
                _ => {}
            }
        }
        self.bytes.len().min(from + LONGEST_BASES)
    }

    /// `Name = other.Name` at the start of a line, behind the name.
    fn assignment(&mut self, at: usize, name: Word) {
        let rest = &self.bytes[at..];
        let Some(value) = rest.strip_prefix(b" = ").or_else(|| rest.strip_prefix(b"=")) else { return };
        let end = memchr::memchr2(b'\n', b'\r', value).unwrap_or(value.len());
        let line = &value[..end];
        let code = &line[..memmem::find(line, b"#").unwrap_or(line.len())];
        let code = code.trim_ascii_end();
        if code.is_empty() || !code.iter().all(|byte| is_part_of_name(*byte) || *byte == b'.') {
            return;
        }
        let last = code.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        self.derived.push((name, Word::of(last)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vocabulary {
        Vocabulary::of(text.as_bytes(), &mut Seen::default())
    }

    fn has(text: &str, name: &str) -> bool {
        of(text).words.contains(&Word::new(name))
    }

    fn derives(text: &str, class: &str, base: &str) -> bool {
        of(text).derived.contains(&(Word::new(class), Word::new(base)))
    }

    #[test]
    fn names_are_whole_words() {
        assert!(has("x.serve(étéserve, b_1)", "serve") && has("x", "x") && has("été = 1", "été") && has("a\r\nb", "b"));
        assert!(!has("server _serve serve2", "serve") && !has("", "serve"));
        assert!(has("'\\nserve'", "serve"), "behind an escape");
        assert!(has("# serve", "serve") && has("\"serve\"", "serve"), "text may be a name");
    }

    #[test]
    fn each_name_is_there_once_and_files_do_not_mix() {
        let mut seen = Seen::default();
        assert_eq!(Vocabulary::of(b"a b a", &mut seen).words.len(), 2);
        assert_eq!(*Vocabulary::of(b"c", &mut seen).words, [Word::new("c")]);
        let many: String = (0..30_000).map(|number| format!("n{number} ")).collect();
        assert_eq!(Vocabulary::of(many.as_bytes(), &mut seen).words.len(), 30_000);
        assert_eq!(*Vocabulary::of(b"c", &mut seen).words, [Word::new("c")]);
    }

    #[test]
    fn bases_of_classes_are_found() {
        assert!(derives("class A(B): pass", "A", "B"));
        assert!(derives("class A(hub.B, metaclass=M):\n", "A", "B"));
        assert!(derives("class A (\n    Generic[T],\n    B,\n):\n", "A", "B"));
        assert!(derives("class A[T](B[T]):\n", "A", "B"));
        assert!(derives("if x:\n    class A(made(B)): ...", "A", "B"));
        assert!(derives("class A(B): pass\nclass C(A): pass", "C", "A"));
        assert!(derives("Old = hub.New  # kept\n", "Old", "New") && derives("Old=New", "Old", "New"));
        assert!(derives("from m import B as C\nclass A(C): pass", "C", "B"));
    }

    #[test]
    fn a_text_that_looks_like_a_class_hides_none() {
        assert!(derives("\"\"\"a class of (its own\"\"\"\nclass A(B): pass\n", "A", "B"));
        assert!(derives("# class x (\nclass A(B): pass\n", "A", "B"));
    }

    #[test]
    fn what_is_no_base_is_none() {
        assert!(of("class A:\n    x = B(C)\n").derived.is_empty());
        assert!(of("with a(B) as c:\n    pass\n").derived.is_empty());
        assert!(of("value = made(B)\n").derived.is_empty());
        assert!(!derives("class A(B):\n    x = C\n", "A", "C"));
        assert!(of("class").derived.is_empty() && of("class A(").derived.is_empty());
    }
}
