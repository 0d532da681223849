//! What the project said to questions, on what it depends, and what changed texts make of it.

use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{lock, read, write};
use crate::python::Relied;
use crate::python::questions::{Answer, Question};

/// A question with the root of the project that it is asked in.
pub(super) type Asked = (Arc<Path>, Question);

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    /// The files that said it, each with what it relied on.
    pub(super) said_by: Vec<(Arc<str>, Arc<Relied>)>,
}

/// The questions of a run and their answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    known: RwLock<FxHashMap<Asked, Reply>>,
    /// The questions that nobody answered yet.
    asked: Mutex<FxHashSet<Asked>>,
    /// Answers that may be others since texts changed.
    stale: FxHashMap<Asked, Answer>,
}

impl Answers {
    /// The answer to a question; one that has none is noted, unless it is `plain` without asking anybody.
    pub(super) fn get(&self, asked: Asked, plain: impl FnOnce(&Asked) -> Option<Answer>) -> Option<Answer> {
        if let Some(known) = read(&self.known).get(&asked) {
            return Some(known.answer.clone());
        }
        let Some(answer) = plain(&asked) else {
            lock(&self.asked).insert(asked);
            return None;
        };
        self.insert(asked, Reply { answer: answer.clone(), said_by: Vec::new() });
        Some(answer)
    }

    /// Takes the answer to a question.
    pub(super) fn insert(&self, asked: Asked, known: Reply) {
        write(&self.known).insert(asked, known);
    }

    /// Notes a question that has to wait for the answer to another one.
    pub(super) fn put_off(&self, asked: Asked) {
        lock(&self.asked).insert(asked);
    }

    /// The questions that were noted, in order.
    pub(super) fn take_asked(&self) -> Vec<Asked> {
        let mut asked: Vec<Asked> = std::mem::take(&mut *lock(&self.asked)).into_iter().collect();
        asked.sort();
        asked
    }

    /// Forgets what may be different since the text of `file` changed: what it said, what others said that relied on it, and what it
    /// `may_know` by now.
    pub(super) fn doubt(&mut self, file: &str, may_know: &dyn Fn(&Question) -> bool) {
        let known = self.known.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let depends = |(asked, known): &(&Asked, &Reply)| {
            may_know(&asked.1) || known.said_by.iter().any(|(by, relied)| &**by == file || relied.files.contains(file))
        };
        let mut doubtful: Vec<Asked> = known.iter().filter(depends).map(|(asked, _)| asked.clone()).collect();
        while !doubtful.is_empty() {
            let questions: FxHashSet<Question> = doubtful.iter().map(|(_, question)| question.clone()).collect();
            for asked in doubtful {
                let Some(Reply { answer, .. }) = known.remove(&asked) else { continue };
                self.stale.entry(asked).or_insert(answer);
            }
            let rests_on =
                |known: &Reply| known.said_by.iter().any(|(_, relied)| !relied.questions.is_disjoint(&questions));
            doubtful = known.iter().filter(|(_, known)| rests_on(known)).map(|(asked, _)| asked.clone()).collect();
        }
    }

    /// Notes the questions whose answers are doubtful and that nobody asked since.
    pub(super) fn ask_again(&self) {
        let known = read(&self.known);
        lock(&self.asked).extend(self.stale.keys().filter(|asked| !known.contains_key(*asked)).cloned());
    }

    /// The doubtful questions that have another answer now.
    pub(super) fn take_changed(&mut self) -> FxHashSet<Question> {
        let known = read(&self.known);
        let is_same = |asked: &Asked, before: &Answer| known.get(asked).is_some_and(|now| now.answer.is_like(before));
        let stale = std::mem::take(&mut self.stale).into_iter();
        stale.filter(|(asked, before)| !is_same(asked, before)).map(|((_, question), _)| question).collect()
    }
}
