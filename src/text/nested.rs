//! Which of many ranges contain a place, without asking each of them: a file has as many places as ranges, and each would be asked
//! about each.

use ruff_text_size::{TextRange, TextSize};

/// Ranges that lie in one another or apart, as the nodes of a tree do.
#[derive(Debug, Default)]
pub struct Nested {
    /// Outer before inner, with the place of the range in what it was made from, and that of the range around it here.
    ranges: Vec<(TextRange, usize, Option<usize>)>,
}

impl Nested {
    /// Ranges in any order.
    pub fn new(ranges: impl Iterator<Item = TextRange>) -> Self {
        let mut ranges: Vec<_> = ranges.enumerate().map(|(at, range)| (range, at, None)).collect();
        ranges.sort_by_key(|(range, at, _)| (range.start(), std::cmp::Reverse(range.end()), *at));
        let mut open: Vec<usize> = Vec::new();
        for at in 0..ranges.len() {
            let start = ranges[at].0.start();
            while open.last().is_some_and(|last| ranges[*last].0.end() <= start) {
                open.pop();
            }
            ranges[at].2 = open.last().copied();
            open.push(at);
        }
        Self { ranges }
    }

    /// The places of the ranges around `offset`, inner before outer.
    pub fn around(&self, offset: TextSize) -> impl Iterator<Item = usize> + '_ {
        let after = self.ranges.partition_point(|(range, ..)| range.start() <= offset);
        let chain = std::iter::successors(after.checked_sub(1), |at| self.ranges[*at].2);
        chain.map(|at| self.ranges[at]).filter(move |(range, ..)| range.contains(offset)).map(|(_, at, _)| at)
    }
}

/// A part of a text: what some ranges cover together.
#[derive(Debug, Default)]
pub struct Covered(Vec<TextRange>);

impl FromIterator<TextRange> for Covered {
    fn from_iter<T: IntoIterator<Item = TextRange>>(ranges: T) -> Self {
        let mut ranges: Vec<TextRange> = ranges.into_iter().collect();
        ranges.sort_by_key(|range| range.start());
        let mut merged: Vec<TextRange> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start() <= last.end() => *last = last.cover(range),
                _ => merged.push(range),
            }
        }
        Self(merged)
    }
}

impl Covered {
    /// Whether one of the ranges contains `offset`.
    pub fn contains(&self, offset: TextSize) -> bool {
        let after = self.0.partition_point(|range| range.start() <= offset);
        after.checked_sub(1).is_some_and(|at| self.0[at].contains(offset))
    }
}

/// Those of `items`, sorted by where they start, that lie in `range`.
pub fn within<T>(items: &[T], range: TextRange, place: impl Fn(&T) -> TextRange) -> impl Iterator<Item = &T> {
    let first = items.partition_point(|item| place(item).start() < range.start());
    let after = items.partition_point(|item| place(item).start() < range.end());
    let found = items.get(first..after.max(first)).unwrap_or_default();
    found.iter().filter(move |item| range.contains_range(place(item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    #[test]
    fn the_same_as_asking_each() {
        let ranges = [range(20, 30), range(0, 10), range(2, 5), range(2, 4), range(12, 13), range(10, 40), range(2, 5)];
        let nested = Nested::new(ranges.into_iter());
        let covered: Covered = ranges[..3].iter().copied().collect();
        for offset in (0..45).map(TextSize::new) {
            let mut found: Vec<usize> = nested.around(offset).collect();
            assert!(found.windows(2).all(|pair| ranges[pair[1]].contains_range(ranges[pair[0]])), "{found:?}");
            found.sort_unstable();
            let each: Vec<usize> = (0..ranges.len()).filter(|at| ranges[*at].contains(offset)).collect();
            assert_eq!(found, each, "{offset:?}");
            assert_eq!(covered.contains(offset), ranges[..3].iter().any(|it| it.contains(offset)));
        }
        let mut sorted = ranges;
        sorted.sort_by_key(|range| range.start());
        for (start, end) in [(0, 45), (2, 5), (3, 4), (11, 31), (44, 45)] {
            let whole = range(start, end);
            let each: Vec<_> = sorted.iter().filter(|it| whole.contains_range(**it)).collect();
            assert_eq!(within(&sorted, whole, |it| *it).collect::<Vec<_>>(), each);
        }
    }
}
