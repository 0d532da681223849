//! What is looked up again and again in one file, and found without going through all of the file each time.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, StmtFunctionDef, StmtTry};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::Model;
use super::dictionaries::AttributeKeys;
use super::guard::{any, probe};
use super::references::Reference;
use crate::text::nested::{Covered, Nested, within};
use crate::text::words;

/// By the text of an object and the attribute that it is asked for.
type Probes<'a, T> = FxHashMap<(&'a str, &'a str), T>;

/// Each part is made when somebody asks for it.
#[derive(Default)]
pub(super) struct Lookup<'a> {
    calls: OnceCell<Vec<&'a ExprCall>>,
    called: OnceCell<FxHashMap<&'a str, Vec<&'a ExprCall>>>,
    choices: OnceCell<Nested>,
    tries: OnceCell<Nested>,
    functions: OnceCell<(Vec<&'a StmtFunctionDef>, Nested)>,
    /// How often each word is in the text.
    words: OnceCell<FxHashMap<&'a str, usize>>,
    probed: OnceCell<Probes<'a, Covered>>,
    probes: OnceCell<Probes<'a, Vec<TextRange>>>,
    references: RefCell<FxHashMap<String, Rc<[Reference<'a>]>>>,
    /// By the start of the statement, and of the handler.
    pub(super) chosen: RefCell<FxHashMap<(TextSize, Option<TextSize>), bool>>,
    pub(super) import_tries: RefCell<FxHashMap<TextSize, bool>>,
    pub(super) attribute_keys: OnceCell<AttributeKeys<'a>>,
}

impl<'a> Model<'a> {
    /// The calls in `range`, in the order of the text.
    pub fn calls_in(&self, range: TextRange) -> impl Iterator<Item = &'a ExprCall> + '_ {
        let calls = self.lookup.calls.get_or_init(|| {
            let mut calls = self.bound.calls.clone();
            calls.sort_by_key(Ranged::start);
            calls
        });
        within(calls, range, Ranged::range).copied()
    }

    /// The calls of what is called `name` where it is defined.
    pub(super) fn calls_named(&self, name: &str) -> &[&'a ExprCall] {
        let called = self.lookup.called.get_or_init(|| {
            let mut called: FxHashMap<&str, Vec<_>> = FxHashMap::default();
            for call in self.calls() {
                if let Some(name) = self.called_name(call) {
                    called.entry(name).or_default().push(*call);
                }
            }
            called
        });
        called.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// How often the text of the file has the word `name`.
    pub(super) fn times_spelled(&self, name: &str) -> usize {
        let words = self.lookup.words.get_or_init(|| {
            let mut words: FxHashMap<&str, usize> = FxHashMap::default();
            for (_, word) in words::all(self.source.text()) {
                *words.entry(word).or_default() += 1;
            }
            words
        });
        words.get(name).copied().unwrap_or_default()
    }

    /// The tests that choose whether the code at `offset` runs, inner before outer.
    pub(super) fn tests_around(&self, offset: TextSize) -> impl Iterator<Item = &'a Expr> + '_ {
        let choices = &self.bound.choices;
        let nested = self.lookup.choices.get_or_init(|| Nested::new(choices.iter().map(|choice| choice.range)));
        nested.around(offset).map(|at| choices[at].test)
    }

    /// The `try` statements around `offset`, outer before inner.
    pub(super) fn tries_around(&self, offset: TextSize) -> Vec<&'a StmtTry> {
        let tries = &self.bound.tries;
        let nested = self.lookup.tries.get_or_init(|| Nested::new(tries.iter().map(|one| one.range)));
        let mut around: Vec<_> = nested.around(offset).map(|at| tries[at]).collect();
        around.reverse();
        around
    }

    /// The innermost function around `range`, or the whole file.
    pub fn function_around(&self, range: TextRange) -> TextRange {
        let (functions, nested) = self.lookup.functions.get_or_init(|| {
            let functions: Vec<_> = self.functions().map(|function| function.def).collect();
            let nested = Nested::new(functions.iter().map(|def| def.range));
            (functions, nested)
        });
        let mut around = nested.around(range.start()).map(|at| functions[at].range);
        let whole = || TextRange::up_to(TextSize::of(self.source.text()));
        around.find(|def| def.contains_range(range)).unwrap_or_else(whole)
    }

    /// What runs only where a test has asked an object for an attribute.
    pub(super) fn probed(&self) -> &FxHashMap<(&'a str, &'a str), Covered> {
        self.lookup.probed.get_or_init(|| {
            let mut found: Probes<Vec<TextRange>> = Probes::default();
            for choice in &self.bound.choices {
                any(choice.test, &mut |part| {
                    let asked = part.as_call_expr().filter(|call| self.is_probe(call)).and_then(probe);
                    if let Some((object, attribute)) = asked {
                        let key = (self.source.slice(object.range()), attribute.value.to_str());
                        found.entry(key).or_default().push(choice.range);
                    }
                    false
                });
            }
            found.into_iter().map(|(key, ranges)| (key, ranges.into_iter().collect())).collect()
        })
    }

    /// Where an object is asked for an attribute.
    pub(super) fn probes(&self) -> &FxHashMap<(&'a str, &'a str), Vec<TextRange>> {
        self.lookup.probes.get_or_init(|| {
            let mut found: Probes<Vec<TextRange>> = Probes::default();
            for call in self.calls().iter().filter(|call| self.is_probe(call)) {
                if let Some((object, attribute)) = probe(call) {
                    let key = (self.source.slice(object.range()), attribute.value.to_str());
                    found.entry(key).or_default().push(call.range());
                }
            }
            for ranges in found.values_mut() {
                ranges.sort_by_key(Ranged::start);
            }
            found
        })
    }

    /// Every place that names one of `names` (dotted paths that end alike), in the order of the text.
    pub fn references(&self, names: &[&str]) -> Vec<Reference<'a>> {
        self.shared_references(names).to_vec()
    }

    fn shared_references(&self, names: &[&str]) -> Rc<[Reference<'a>]> {
        if !self.is_asked_from_outside() {
            return self.find_references(names).into();
        }
        let key = names.join(" ");
        if let Some(known) = self.lookup.references.borrow().get(&key) {
            return known.clone();
        }
        let found: Rc<[Reference<'a>]> = self.find_references(names).into();
        self.lookup.references.borrow_mut().insert(key, found.clone());
        found
    }

    /// Those of [`references`](Self::references) that lie in `range`.
    pub fn references_in(&self, names: &[&str], range: TextRange) -> Vec<Reference<'a>> {
        let all = self.shared_references(names);
        // They are sorted by their ends, and do not lie in one another.
        let first = all.partition_point(|it| it.expr.end() <= range.start());
        let found = all.iter().skip(first).take_while(|it| it.expr.end() <= range.end());
        found.filter(|it| range.contains_range(it.expr.range())).copied().collect()
    }
}
