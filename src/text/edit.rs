//! Edits: the smallest changes to a text, and how several of them become one new text.

use std::collections::BTreeMap;
use std::sync::Arc;

use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

/// Replace the bytes of `range` with `content`. An empty range inserts, an empty content deletes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes that go.
    pub range: (TextSize, TextSize),
    /// The text that comes.
    pub content: String,
}

impl Edit {
    /// Puts `content` in the place of `node`.
    pub fn replace(node: impl Ranged, content: impl Into<String>) -> Self {
        let range = node.range();
        Self { range: (range.start(), range.end()), content: content.into() }
    }

    /// Puts `content` before the byte at `offset`.
    pub fn insert(offset: TextSize, content: impl Into<String>) -> Self {
        Self { range: (offset, offset), content: content.into() }
    }

    /// Removes `range`.
    pub fn delete(range: TextRange) -> Self {
        Self::replace(range, "")
    }

    /// The bytes that go.
    pub fn range(&self) -> TextRange {
        TextRange::new(self.range.0, self.range.1)
    }

    /// Whether both cannot be applied to one text. Two insertions at one place conflict too: their order would be a guess.
    fn conflicts(&self, other: &Self) -> bool {
        self.range.0 < other.range.1 && other.range.0 < self.range.1 || self.range.0 == other.range.0
    }

    /// Whether one takes away what the other one is put beside: `, b` behind an `a` that goes would follow nothing. Who makes both knows
    /// what is left; who makes one does not.
    fn strands(&self, other: &Self) -> bool {
        let is_beside = |new: &Self, gone: &Self| {
            let is_one_of_each = new.range.0 == new.range.1 && gone.range.0 < gone.range.1 && gone.content.is_empty();
            is_one_of_each && (new.range.0 == gone.range.0 || new.range.0 == gone.range.1)
        };
        is_beside(self, other) || is_beside(other, self)
    }
}

/// How sure a fix is, in Ruff's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Shown for a person to judge, never applied.
    #[serde(rename = "display-only")]
    DisplayOnly,
    /// Meaning may shift: applied with `--unsafe-fixes` only.
    Unsafe,
    /// The result behaves as before, or a certain crash becomes what was meant.
    Safe,
}

impl Applicability {
    /// Whether such a fix is applied, with or without `--unsafe-fixes`.
    pub fn is_allowed(self, unsafe_fixes: bool) -> bool {
        self == Self::Safe || self == Self::Unsafe && unsafe_fixes
    }
}

/// Edits that belong together: all are applied, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Shared: in a file with many places that change together, each of their findings has the whole fix.
    edits: Arc<[Edit]>,
    applicability: Applicability,
    /// Whether it is made.
    allowed: bool,
}

impl Fix {
    /// Sorts the edits and drops repeated ones. `None` where two of them conflict, or there is nothing to do: a rule that asks
    /// for both at once has no fix, it has a bug that must not reach a file.
    pub fn new(mut edits: Vec<Edit>, applicability: Applicability) -> Option<Self> {
        edits.sort();
        edits.dedup();
        let disjoint = edits.windows(2).all(|pair| !pair[0].conflicts(&pair[1]));
        let allowed = applicability.is_allowed(false);
        (disjoint && !edits.is_empty()).then(|| Self { edits: edits.into(), applicability, allowed })
    }

    /// The edits, sorted and disjoint.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// What the same fix has wherever it is offered, and no other that is held at the same time.
    pub fn identity(&self) -> usize {
        self.edits.as_ptr().addr()
    }

    /// The same, shown and never applied.
    pub fn as_suggestion(&self) -> Self {
        Self { edits: self.edits.clone(), applicability: Applicability::DisplayOnly, allowed: false }
    }

    /// How sure it is.
    pub fn applicability(&self) -> Applicability {
        self.applicability
    }

    /// Whether it is made with the configuration of its file.
    pub fn is_allowed(&self) -> bool {
        self.allowed
    }

    /// Takes it for as sure as the configuration of its file says.
    pub fn settle(&mut self, applicability: Applicability, unsafe_fixes: bool) {
        self.applicability = applicability;
        self.allowed = applicability.is_allowed(unsafe_fixes);
    }
}

/// Places that are to stay as they are, whatever fixes are made elsewhere.
#[derive(Debug, Default)]
pub struct Untouched {
    /// Sorted and apart.
    ranges: Vec<TextRange>,
    /// Where an insertion touches a place from outside.
    edges: FxHashSet<TextSize>,
    /// Whether a fix touches them. Fixes are shared, so each is looked at once.
    known: FxHashMap<*const Edit, bool>,
}

impl Untouched {
    /// `places`, and the text that `fixes` would take away.
    pub fn new<'a>(places: Vec<TextRange>, fixes: impl Iterator<Item = &'a Fix>) -> Self {
        let edges = places.iter().flat_map(|place| [place.start(), place.end()]).collect();
        let mut untouched = Self { edges, ..Self::default() };
        let mut ranges = places;
        for fix in fixes {
            if untouched.known.insert(fix.edits.as_ptr(), true).is_none() {
                ranges.extend(fix.edits.iter().map(Edit::range));
            }
        }
        ranges.retain(|range| !range.is_empty());
        ranges.sort_by_key(|range| (range.start(), range.end()));
        for range in ranges {
            match untouched.ranges.last_mut().filter(|last| range.start() < last.end()) {
                Some(last) => *last = last.cover(range),
                None => untouched.ranges.push(range),
            }
        }
        untouched
    }

    /// Whether `fix` would change one of the places, or is the fix of one of them.
    pub fn is_touched_by(&mut self, fix: &Fix) -> bool {
        let (ranges, edges) = (&self.ranges, &self.edges);
        let touches = |edit: &Edit| {
            let (start, end) = edit.range;
            let at = ranges.partition_point(|range| range.end() <= start);
            let inside = ranges.get(at).is_some_and(|range| range.start() < end);
            inside || start == end && edges.contains(&start)
        };
        *self.known.entry(fix.edits.as_ptr()).or_insert_with(|| fix.edits.iter().any(touches))
    }
}

/// The edits of as many of `fixes` as go together, first come first served, each whole or not at all, sorted; and for each fix,
/// whether it is among them. An edit that two fixes share (both add the same import) is there once.
pub fn choose<'a>(length: usize, fixes: impl IntoIterator<Item = &'a Fix>) -> (Vec<&'a Edit>, Vec<bool>) {
    // Accepted edits are disjoint and start at different places, so only neighbours can conflict.
    let mut accepted: BTreeMap<TextSize, &Edit> = BTreeMap::new();
    let mut applied = Vec::new();
    // A fix that several findings share is looked at once.
    let mut seen: FxHashMap<*const Edit, bool> = FxHashMap::default();
    for fix in fixes {
        if let Some(known) = seen.get(&fix.edits.as_ptr()) {
            applied.push(*known);
            continue;
        }
        let fits = fix.edits.iter().all(|edit| {
            let before = accepted.range(..=edit.range.0).next_back();
            let after = accepted.range(edit.range.0..).next();
            let fits_beside = |other: Option<(&TextSize, &&Edit)>| {
                other.is_none_or(|(_, other)| *other == edit || !other.conflicts(edit) && !other.strands(edit))
            };
            edit.range.1.to_usize() <= length && fits_beside(before) && fits_beside(after)
        });
        if fits {
            accepted.extend(fix.edits.iter().map(|edit| (edit.range.0, edit)));
        }
        seen.insert(fix.edits.as_ptr(), fits);
        applied.push(fits);
    }
    (accepted.into_values().collect(), applied)
}

/// `text` after `edits`, which are sorted and disjoint.
pub fn rewrite(text: &str, edits: &[&Edit]) -> String {
    let mut output = String::with_capacity(text.len() + 64);
    let mut position = 0;
    for edit in edits {
        let (start, end) = (edit.range.0.to_usize(), edit.range.1.to_usize());
        output.push_str(text.get(position..start).unwrap_or_default());
        output.push_str(&edit.content);
        position = end;
    }
    output.push_str(text.get(position..).unwrap_or_default());
    output
}

/// Applies as many of `fixes` as go together; see [`choose`]. Returns the new text and, for each fix, whether it is in it.
pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, Vec<bool>) {
    let (edits, applied) = choose(text.len(), fixes);
    (rewrite(text, &edits), applied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, content: &str) -> Edit {
        Edit { range: (start.into(), end.into()), content: content.into() }
    }

    fn fix(edits: &[Edit]) -> Fix {
        Fix::new(edits.to_vec(), Applicability::Safe).unwrap()
    }

    #[test]
    fn nothing_is_put_beside_what_another_fix_takes_away() {
        let [gone, behind, before, apart] = [edit(2, 5, ""), edit(5, 5, ", x"), edit(2, 2, "x, "), edit(6, 6, "y")];
        for new in [&behind, &before] {
            for pair in [[&gone, new], [new, &gone]] {
                let fixes = pair.map(|one| fix(std::slice::from_ref(one)));
                assert_eq!(apply("f(a=b)", &fixes).1, [true, false], "{pair:?}");
            }
        }
        assert_eq!(
            apply("f(a=b)", &[fix(std::slice::from_ref(&gone)), fix(&[apart])]),
            ("f()y".to_owned(), vec![true, true])
        );
        // One fix knows what it does, and what is exchanged is still there.
        assert_eq!(apply("f(a=b)", &[fix(&[gone, behind.clone()])]).0, "f(, x)");
        assert_eq!(apply("f(a=b)", &[fix(&[edit(2, 5, "c")]), fix(&[behind])]).0, "f(c, x)");
    }

    #[test]
    fn a_fix_whose_edits_overlap_is_no_fix() {
        assert_eq!(Fix::new(vec![edit(0, 3, "a"), edit(2, 4, "b")], Applicability::Safe), None);
        assert_eq!(Fix::new(vec![edit(2, 2, "a"), edit(2, 2, "b")], Applicability::Safe), None);
        assert_eq!(Fix::new(vec![], Applicability::Safe), None);
    }

    #[test]
    fn a_fix_is_applied_whole_or_not_at_all() {
        let first = fix(&[edit(0, 1, "A")]);
        let second = fix(&[edit(0, 1, "X"), edit(2, 3, "C")]);
        assert_eq!(apply("abc", [&first, &second]), ("Abc".into(), vec![true, false]));
        assert_eq!(apply("abc", [&second, &first]), ("XbC".into(), vec![true, false]));
    }

    #[test]
    fn a_shared_edit_is_applied_once() {
        let first = fix(&[edit(0, 0, "import x\n"), edit(1, 2, "B")]);
        let second = fix(&[edit(0, 0, "import x\n"), edit(2, 3, "C")]);
        assert_eq!(apply("abc", [&first, &second]), ("import x\naBC".into(), vec![true, true]));
    }
}
