//! What a project declares about websockets, one declaration at a time, to be judged by what its code needs.

use pep440_rs::Version;
use ruff_text_size::{TextRange, TextSize};

use super::directory::{Decision, combine};
use super::document::{Mention, Rank};
use super::{Evidence, Kind, Range, Side};
use crate::text::edit::Edit;

/// What the metadata that decides about a file declares.
#[derive(Debug, Default)]
pub struct Declared {
    /// Declarations that can be judged and locked versions, in the order in which they count.
    pub declarations: Vec<Declaration>,
}

/// One declaration of websockets, or one locked version.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Where it is.
    pub evidence: Evidence,
    /// What it allows alone; for a locked version, that version.
    pub own: Range,
    /// What it allows together with what is always installed beside it; for a locked version, what is declared.
    pub together: Range,
    /// Whether it only limits what others ask for.
    pub is_constraint: bool,
    /// The oldest Python that the project supports.
    pub python: Option<(u8, u8)>,
    /// Where it is in the text of the file.
    pub range: TextRange,
    specifier: String,
    /// Whether another specifier may be written there without asking: no other declaration of the same environment has a say, and no
    /// hashes follow.
    is_movable: bool,
}

impl Declaration {
    /// Whether it is a version that a tool wrote down.
    pub fn is_locked(&self) -> bool {
        self.evidence.kind == Kind::Lock
    }

    /// The edit that leaves nothing below `floor`, and goes up to `cap` where the old upper bound was in the way. `None` where a person
    /// has to decide, or where it does not stand in the file letter by letter.
    pub fn raised(&self, floor: &Version, cap: Option<&str>) -> Option<Edit> {
        let range = self.evidence.range.clone().filter(|_| self.is_movable).and_then(text_range)?;
        let raised = super::raise::raise(&self.specifier, self.evidence.kind.dialect()?, floor, cap)?;
        Some(Edit::replace(range, raised))
    }

    /// Whether it is a declaration that keeps all versions from 14.0 on out.
    pub fn excludes_modern(&self) -> bool {
        !self.is_locked() && self.own.side() == Some(Side::Legacy)
    }

    /// The edit that lets 14.0 and newer in beside what is allowed already. `None` as for [`Self::raised`].
    pub fn opened(&self) -> Option<Edit> {
        let range = self.evidence.range.clone().filter(|_| self.is_movable).and_then(text_range)?;
        let opened = super::raise::open(&self.specifier, self.evidence.kind.dialect()?)?;
        Some(Edit::replace(range, opened))
    }
}

fn text_range(range: std::ops::Range<usize>) -> Option<TextRange> {
    Some(TextRange::new(TextSize::try_from(range.start).ok()?, TextSize::try_from(range.end).ok()?))
}

/// Puts together what the mentions of one project say about each other.
pub(super) fn declared(mentions: &[Mention], locks: &[Mention], python: Option<(u8, u8)>) -> Declared {
    let mut mentions: Vec<&Mention> = mentions.iter().filter(|mention| mention.rank < Rank::Lock).collect();
    mentions.sort_by_key(|mention| (mention.rank, mention.source, mention.environment));
    let limits = |mention: &&&Mention| mention.range.as_ref().is_some_and(|range| !range.is_any());
    let is_limited = mentions.iter().any(|mention| limits(&mention));
    let highest = mentions.first().map(|mention| mention.rank);
    let sources = mentions.chunk_by(|a, b| (a.rank, a.source) == (b.rank, b.source));
    let mut runtime = sources.filter(|group| group.first().is_some_and(|first| first.rank == Rank::Runtime));
    let runtime = runtime.find_map(combine);
    let mut declarations = Vec::new();
    for environment in mentions.chunk_by(|a, b| (a.source, a.environment) == (b.source, b.environment)) {
        let limited = environment.iter().filter(limits).count();
        let always = environment.iter().filter(|mention| !mention.marked).filter(limits);
        let always = always.filter_map(|mention| mention.range.clone()).reduce(|left, right| left.and(&right));
        for mention in environment {
            let Some(own) = mention.range.clone() else { continue };
            // A plain name says nothing where something else does.
            if own.is_any() && (is_limited || Some(mention.rank) != highest) {
                continue;
            }
            let around = if mention.rank == Rank::Runtime { None } else { runtime.as_ref() };
            let mut together = own.clone();
            for other in always.iter().chain(around) {
                together = together.and(other);
            }
            declarations.push(Declaration {
                evidence: mention.evidence.clone(),
                own,
                together,
                is_constraint: mention.rank == Rank::Constraint,
                python,
                range: text_range(mention.place.clone()).unwrap_or_default(),
                specifier: mention.specifier.clone(),
                is_movable: limited <= 1 && !mention.is_hashed,
            });
        }
    }
    let decided = Decision::of(&mentions.into_iter().cloned().collect::<Vec<_>>(), &mut Vec::new());
    if let Some(Decision::Limited(range, _)) = decided {
        declarations.extend(locks.iter().filter_map(|lock| {
            Some(Declaration {
                evidence: lock.evidence.clone(),
                own: locks.iter().filter_map(|lock| lock.range.clone()).reduce(Range::or)?,
                together: range.clone(),
                is_constraint: false,
                python,
                range: text_range(lock.place.clone()).unwrap_or_default(),
                specifier: lock.specifier.clone(),
                is_movable: false,
            })
        }));
    }
    Declared { declarations }
}
