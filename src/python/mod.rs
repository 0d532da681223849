//! The semantic model: what is every name?
//!
//! [`bind`] walks a file once and fills tables ([`scope`]); nothing is evaluated then. A rule asks for the [`Origin`] of an
//! expression, and only what that answer needs is evaluated ([`eval`]), each binding once. What other files of the project
//! define is looked up through [`crate::project::Project`]. Wherever bindings disagree, something is not understood, or a
//! chain gets too long, the answer is [`Origin::Unknown`], and rules are silent.
//!
//! Positions are the only handle: the scope and the block of an expression are found from its offset, so that a rule can ask
//! about any expression at any time.

mod classes;
mod define;
mod dictionaries;
mod eval;
pub mod expectations;
pub mod forwarding;
pub mod guard;
pub mod handlers;
pub mod keywords;
pub mod literal;
mod lookup;
pub mod mentions;
pub mod mocks;
pub mod origin;
mod passed;
pub mod questions;
pub mod quoted;
pub mod references;
mod stdlib;
pub mod uses;
mod wrappers;

use std::cell::{Cell, OnceCell, RefCell};
use std::mem::Discriminant;
use std::sync::Arc;

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef, StmtImportFrom, StmtTry};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

pub use define::Definition;
pub use origin::{Name, Origin, Step};
pub use passed::Arrivals;
use questions::{Answer, Question};

use crate::project::{Project, file_key};
use crate::run::config::Config;
use crate::syntax::bind::{Bound, Class, Function};
use crate::syntax::places::Places;
use crate::syntax::scope::{BindingId, Scopes, Value};
use crate::syntax::tree::Tree;
use crate::text::source::Source;

/// One question may take this many steps. Real code needs a few dozen; large classes that refer to each other in circles would
/// need exponentially many.
const STEPS: u32 = 5_000;

/// Longer chains of names, calls and attributes than this are unknown.
const DEPTH: u32 = 150;

/// Classes whose fields are keys.
const TYPED_DICT: &[&str] = &["typing.TypedDict", "typing_extensions.TypedDict"];

/// Classes whose fields have places.
const NAMED_TUPLE: &[&str] = &["typing.NamedTuple"];

/// One file, ready to be asked.
pub struct Model<'a> {
    file: Arc<str>,
    tree: &'a Tree,
    source: &'a Source,
    body: &'a [Stmt],
    bound: &'a Bound<'a>,
    project: &'a Project,
    memo: RefCell<FxHashMap<BindingId, Memo>>,
    /// Answered questions. Where many places are compared with many others, each would be asked about once for every other one.
    origins: RefCell<FxHashMap<(TextRange, Discriminant<Expr>), Origin>>,
    /// What is put into containers, by its place.
    elements: RefCell<FxHashMap<TextRange, Memo>>,
    /// What this file defines, by qualified name; `None` while it is being found out, and for what it does not define.
    defined: RefCell<FxHashMap<String, Option<Definition>>>,
    /// Connections that arrive as the parameter of a function that this file hands to a server, or another one does.
    handlers: OnceCell<handlers::Arriving>,
    handlers_elsewhere: OnceCell<handlers::Arriving>,
    places: OnceCell<Places<'a>>,
    names_library: OnceCell<bool>,
    dictionary_uses: OnceCell<dictionaries::DictionaryUses<'a>>,
    keyword_calls: OnceCell<dictionaries::KeywordCalls<'a>>,
    mentions: OnceCell<mentions::Mentions<'a>>,
    handed_places: OnceCell<mentions::HandedPlaces>,
    /// By their place: whether tests ask for the version.
    version_checks: RefCell<FxHashMap<TextRange, bool>>,
    /// What stands in for something that only some versions of the library have.
    fallbacks: OnceCell<Vec<(&'a Expr, TextRange)>>,
    depth: Cell<u32>,
    /// Steps left for the question that is being answered.
    steps: Cell<u32>,
    evaluated: Cell<usize>,
    attributes: RefCell<FxHashMap<Name, Option<Origin>>>,
    /// What attributes of instances are, derived classes counted.
    held_by_instances: RefCell<FxHashMap<Name, Origin>>,
    /// What holds for the file, once somebody asks.
    config: OnceCell<Arc<Config>>,
    /// Whether a function of the project is configured to stand for `connect()`, and does.
    wrappers: RefCell<FxHashMap<Name, bool>>,
    /// How far questions lead.
    reach: Reach,
    /// What the answers so far depend on.
    relied: RefCell<Relied>,
    /// The function whose callers are being looked for.
    answering: RefCell<Option<Name>>,
    /// The same file, asked only where its imports lead.
    quiet: OnceCell<Box<Model<'a>>>,
    lookup: lookup::Lookup<'a>,
}

/// How far the questions lead that a model asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Nowhere: while the definitions of a file are made for others, no other file's are asked for. Two files that import each
    /// other would ask each other for ever.
    File,
    /// Where imports lead.
    Imports,
    /// To everything that the project knows.
    Project,
}

/// What the answers of a model depend on, besides its own file.
#[derive(Debug, Clone, Default)]
pub struct Relied {
    /// Files that were asked for definitions.
    pub files: FxHashSet<Arc<str>>,
    /// What the project was asked.
    pub questions: FxHashSet<Question>,
    /// Whether the project could not say it yet: everything has to be asked again.
    pub is_waiting: bool,
    /// How many expressions were looked into: the work, which grows with the file.
    pub evaluated: usize,
}

impl Relied {
    /// What the answers of two models depend on.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.questions.extend(other.questions);
        self.is_waiting |= other.is_waiting;
        self.evaluated += other.evaluated;
        self
    }
}

#[derive(Clone)]
enum Memo {
    InProgress,
    Done(Origin),
}

impl<'a> Model<'a> {
    /// A file that may ask everything.
    pub fn new(tree: &'a Tree, project: &'a Project) -> Self {
        Self::with(tree, project, Reach::Project)
    }

    /// A model that asks the files that it imports, and not who uses them: this is how the project learns what its files say.
    pub fn forward(tree: &'a Tree, project: &'a Project) -> Self {
        Self::with(tree, project, Reach::Imports)
    }

    /// A model that asks no other file: this is how a file's definitions are listed.
    pub fn of_file(tree: &'a Tree, project: &'a Project) -> Self {
        Self::with(tree, project, Reach::File)
    }

    fn with(tree: &'a Tree, project: &'a Project, reach: Reach) -> Self {
        Self {
            file: file_key(tree.source().path()),
            tree,
            source: tree.source(),
            body: &tree.module().body,
            bound: tree.bound(),
            project,
            memo: RefCell::default(),
            origins: RefCell::default(),
            elements: RefCell::default(),
            defined: RefCell::default(),
            handlers: OnceCell::new(),
            handlers_elsewhere: OnceCell::new(),
            places: OnceCell::new(),
            names_library: OnceCell::new(),
            dictionary_uses: OnceCell::new(),
            keyword_calls: OnceCell::new(),
            mentions: OnceCell::new(),
            handed_places: OnceCell::new(),
            version_checks: RefCell::default(),
            fallbacks: OnceCell::new(),
            depth: Cell::new(0),
            steps: Cell::new(STEPS),
            evaluated: Cell::new(0),
            attributes: RefCell::default(),
            held_by_instances: RefCell::default(),
            config: OnceCell::new(),
            wrappers: RefCell::default(),
            reach,
            relied: RefCell::default(),
            answering: RefCell::default(),
            quiet: OnceCell::new(),
            lookup: lookup::Lookup::default(),
        }
    }

    /// The same file, asked only where its imports lead: which function is called shows without asking who calls whom.
    fn quiet(&self) -> &Model<'a> {
        match self.reach {
            Reach::Project => self.quiet.get_or_init(|| Box::new(Self::forward(self.tree, self.project))),
            _ => self,
        }
    }

    /// Asks what this file says to a question of the project; `None` where that depends on another question, which is noted.
    pub fn say(&self, question: &Question) -> Option<Answer> {
        let about = match question {
            Question::Passed(function) => Some(function.clone()),
            _ => None,
        };
        self.answering.replace(about);
        let answer = question.ask(self);
        (!self.relied.borrow().is_waiting).then_some(answer)
    }

    /// What the answers so far depend on.
    pub fn relied(&self) -> Relied {
        Relied { evaluated: self.evaluated.get(), ..self.relied.borrow().clone() }
    }

    /// What the rest of the project says; `None` where that is not known, so that the answer to anything that depends on it is
    /// a guess.
    fn answer(&self, question: Question) -> Option<Answer> {
        if self.reach < Reach::Project {
            return None;
        }
        let answer = self.project.answer_to(&self.file, question.clone());
        let mut relied = self.relied.borrow_mut();
        relied.questions.insert(question);
        relied.is_waiting |= answer.is_none();
        answer
    }

    /// Notes that an answer depends on another file.
    fn rely_on(&self, file: &str) {
        if self.reach == Reach::Project && !self.relied.borrow().files.contains(file) {
            self.relied.borrow_mut().files.insert(file.into());
        }
    }

    /// What `expr` is known to be, other files of the project included.
    pub fn origin(&self, expr: &Expr) -> Origin {
        if !self.is_asked_from_outside() {
            return self.resolve(self.local(expr));
        }
        let key = (expr.range(), std::mem::discriminant(expr));
        if let Some(known) = self.origins.borrow().get(&key) {
            return known.clone();
        }
        let origin = self.resolve(self.local(expr));
        self.origins.borrow_mut().insert(key, origin.clone());
        origin
    }

    /// Whether an answer can be kept: within another question there may be too few steps left for the whole of it.
    fn is_asked_from_outside(&self) -> bool {
        self.depth.get() == 0 && self.answering.borrow().is_none()
    }

    /// What a value with this annotation is.
    pub fn annotated(&self, annotation: &Expr) -> Origin {
        self.resolve(self.annotation(annotation))
    }

    /// What a binding binds.
    pub fn bound(&self, id: BindingId) -> Origin {
        self.resolve(self.bound_value(id))
    }

    /// The scopes, blocks and bindings.
    pub fn scopes(&self) -> &Scopes<'a> {
        &self.bound.scopes
    }

    /// Every place that reads a name or an attribute.
    pub fn places(&self) -> &Places<'a> {
        let has_star = !self.bound.star_imports.is_empty();
        self.places.get_or_init(|| Places::new(self.body, &self.bound.scopes, has_star))
    }

    /// Whether the file names the library at all.
    pub fn names_library(&self) -> bool {
        *self.names_library.get_or_init(|| self.source.text().contains("websockets"))
    }

    /// All calls of the file.
    pub fn calls(&self) -> &[&'a ExprCall] {
        &self.bound.calls
    }

    /// The functions of the file by qualified name.
    pub fn functions(&self) -> impl Iterator<Item = &Function<'a>> {
        self.bound.functions.values().flatten()
    }

    /// How many functions of the file have this name.
    pub fn functions_named(&self, name: &Name) -> usize {
        name.split_project().and_then(|(_, qualname)| self.bound.functions.get(qualname)).map_or(0, Vec::len)
    }

    /// The classes of the file.
    pub fn classes(&self) -> impl Iterator<Item = &Class<'a>> {
        self.bound.classes.values()
    }

    /// The class that a `class` statement defines.
    pub fn class(&self, def: &StmtClassDef) -> Option<&Class<'a>> {
        self.bound.classes.get(self.bound.qualnames.get(&def.start())?)
    }

    /// A class of this file by its name.
    pub fn class_named(&self, name: &Name) -> Option<&Class<'a>> {
        let (file, qualname) = name.split_project()?;
        (*file == *self.file).then(|| self.bound.classes.get(qualname))?
    }

    /// What `from m import name` imports.
    pub fn imports(&self, import: &StmtImportFrom, name: &str) -> Origin {
        self.resolve(self.imported(import, name))
    }

    /// All `try` statements, outer before inner.
    pub fn tries(&self) -> &[&'a StmtTry] {
        &self.bound.tries
    }

    /// The file of the project that `from m import ...` imports from.
    pub fn module_of(&self, import: &StmtImportFrom) -> Option<String> {
        let module = import.module.as_deref().unwrap_or_default();
        match import.level {
            0 => self.project.module(&self.file, module),
            level => self.project.relative_module(&self.file, level, module),
        }
    }

    /// The file of the project that `import path` imports.
    pub fn module_file(&self, path: &str) -> Option<String> {
        self.project.module(&self.file, path)
    }

    /// The name of a variable at the top level of this file.
    pub fn key_of(&self, name: &str) -> String {
        Name::project(&self.file, name).key()
    }

    /// The name of what the project's file `file` binds to `name`, or imports under it from another one of the project.
    pub fn exported(&self, file: &str, name: &str) -> String {
        let (file, name) = self.project.exported(file, name);
        Name::project(&file, &name).key()
    }

    /// Whether another file of the project takes `name` from this one, or a part of it that is not checked may, so that it has to
    /// stay.
    pub fn is_taken(&self, name: &str) -> bool {
        if self.source.may_use(name) {
            return true;
        }
        match self.answer(Question::Taken(name.into())) {
            Some(Answer::Files(files)) => files.contains(&self.file),
            _ => true,
        }
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// How the file is named in a [`Name`].
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Asks the model of another file of the project.
    pub fn ask<T>(&self, file: &str, question: impl FnOnce(&Model) -> T) -> Option<T> {
        self.rely_on(file);
        self.project.ask(file, question)
    }

    /// The statements of the file.
    pub fn body(&self) -> &'a [Stmt] {
        self.body
    }

    /// The name of a function or class that a statement of this file defines.
    pub fn name_of(&self, def: &impl Ranged) -> Option<Name> {
        self.bound.qualnames.get(&def.start()).map(|qualname| Name::project(&self.file, qualname))
    }

    /// The expressions that the bindings of `name` reaching `offset` assign, when all of them are plain assignments.
    pub fn assigned(&self, name: &str, offset: TextSize) -> Option<Vec<&'a Expr>> {
        self.bound
            .scopes
            .reaching(name, offset)?
            .into_iter()
            .map(|id| match self.bound.scopes.binding(id).value {
                Value::Expr(expr) => Some(expr),
                _ => None,
            })
            .collect()
    }

    /// Whether `name` at `offset` is the built-in of that name: nothing in the file binds it.
    pub fn is_builtin(&self, expr: &Expr, name: &str) -> bool {
        expr.as_name_expr()
            .is_some_and(|it| it.id == name && self.bound.scopes.reaching(name, it.range.start()).is_none())
    }

    /// The decorators' origins of a function.
    pub fn decorators(&self, def: &StmtFunctionDef) -> Vec<Origin> {
        def.decorator_list.iter().map(|decorator| self.decorator(&decorator.expression)).collect()
    }

    /// Runs `evaluate` unless the chain is too long already.
    fn deeper(&self, evaluate: impl FnOnce() -> Origin) -> Origin {
        if self.depth.get() == 0 {
            self.steps.set(STEPS);
        }
        if self.depth.get() >= DEPTH || self.steps.get() == 0 {
            return Origin::Unknown;
        }
        self.steps.set(self.steps.get() - 1);
        self.evaluated.set(self.evaluated.get() + 1);
        self.depth.set(self.depth.get() + 1);
        let origin = evaluate();
        self.depth.set(self.depth.get() - 1);
        origin
    }

    /// Finishes what is pending: looks up the project's own functions and classes. A function that is configured to stand for
    /// `connect()` is that function.
    pub fn resolve(&self, origin: Origin) -> Origin {
        match origin {
            Origin::Pending(of, step) => self.deeper(|| {
                let of = self.resolve((*of).clone());
                self.unwrapped(self.take(of, step))
            }),
            Origin::Ref(name) if self.is_own_function_or_class(&name) => self.unwrapped(Origin::Ref(name)),
            Origin::Ref(name) if name.split_project().is_some_and(|(_, qualname)| !qualname.is_empty()) => {
                self.deeper(|| match self.definition(&name) {
                    Some(Definition::Alias(target)) => self.resolve(target),
                    Some(_) => self.unwrapped(Origin::Ref(name)),
                    None => name
                        .split_project()
                        .and_then(|(file, qualname)| self.project.submodule(file, qualname))
                        .map_or(Origin::Unknown, |file| Origin::Ref(Name::project(&file, ""))),
                })
            }
            Origin::OneOf(several) => Origin::any(several.iter().map(|one| self.resolve(one.clone()))),
            other => self.unwrapped(other),
        }
    }

    /// What a step from a resolved origin gives.
    fn take(&self, of: Origin, step: Step) -> Origin {
        match (of, step) {
            (Origin::OneOf(several), step) => {
                Origin::any(several.iter().map(|one| self.take(one.clone(), step.clone())))
            }
            (Origin::Instance(class), step) if class.split_project().is_none() => {
                let known = crate::websockets::names::instance_step(class.as_str(), &step);
                if known == Origin::Unknown { stdlib::instance_step(class.as_str(), &step) } else { known }
            }
            (Origin::Instance(class), Step::Attribute(name)) => self.attribute_of_instance(&class, &name),
            (Origin::Instance(class), Step::Key(key)) if self.is_derived(&class, TYPED_DICT) => {
                self.attribute_of(&class, &key).unwrap_or_default()
            }
            (Origin::Instance(class), Step::Item(Some(place))) if self.is_derived(&class, NAMED_TUPLE) => {
                match self.definition(&class.join(&format!("<{place}>"))) {
                    Some(Definition::Alias(field)) => self.resolve(field),
                    _ => Origin::Unknown,
                }
            }
            (Origin::Instance(class), Step::Enter) => {
                let enter = ["__aenter__", "__enter__"].iter().find_map(|method| self.attribute_of(&class, method));
                let entered = self.take(enter.unwrap_or_default(), Step::Call);
                match entered {
                    Origin::Awaitable(inner) => self.resolve((*inner).clone()),
                    other => other,
                }
            }
            (Origin::Instance(class), Step::Call) => {
                let call = self.attribute_of(&class, "__call__").unwrap_or_default();
                self.take(call, Step::Call)
            }
            (Origin::Ref(name), Step::Fixture(fixture)) => self.fixture(&name, &fixture),
            (Origin::Ref(name), step) if name.split_project().is_some() => match (self.definition(&name), step) {
                (Some(Definition::Function { result, .. }), Step::Call) => self.resolve(result),
                (Some(Definition::Class { .. }), Step::Call | Step::Instantiate) => Origin::Instance(name),
                (Some(Definition::Class { .. }), Step::Attribute(member)) => {
                    self.attribute_of(&name, &member).unwrap_or_default()
                }
                (None, Step::Attribute(member)) => self.resolve(Origin::Ref(name.join(&member))),
                _ => Origin::Unknown,
            },
            (Origin::Ref(name), step @ (Step::Call | Step::Attribute(_) | Step::Instantiate)) => {
                Origin::Ref(name).step(step)
            }
            // `self.clients.values()`: the container is known by now.
            (method @ Origin::Pending(..), Step::Call) => match method.clone().step(Step::Call) {
                Origin::Pending(of, _) if *of == method => Origin::Unknown,
                given => self.resolve(given),
            },
            (Origin::Ref(_) | Origin::Pending(..), _) => Origin::Unknown,
            (container, step) => match container.clone().step(step) {
                // A method of a container that has not been called yet.
                method @ Origin::Pending(..) if matches!(&method, Origin::Pending(of, _) if **of == container) => {
                    method
                }
                inner => self.resolve(inner),
            },
        }
    }

    /// A definition of this file, made once: those that need each other would be made again for every way from one to the other.
    fn defined(&self, qualname: &str) -> Option<Definition> {
        if let Some(known) = self.defined.borrow().get(qualname) {
            return known.clone();
        }
        self.defined.borrow_mut().insert(qualname.to_owned(), None);
        let definition = self.define(qualname);
        self.defined.borrow_mut().insert(qualname.to_owned(), definition.clone());
        definition
    }

    /// A definition of this file or of another one of the project.
    fn definition(&self, name: &Name) -> Option<Definition> {
        let (file, qualname) = name.split_project()?;
        if qualname.is_empty() {
            return None;
        }
        if *file == *self.file {
            return self.defined(qualname);
        }
        if self.reach == Reach::File {
            return None;
        }
        self.rely_on(file);
        self.project.definition(file, qualname)
    }

    /// What the fixture `name` gives to a test of this file: its own fixture, or one of a `conftest.py` up the tree.
    fn fixture(&self, around: &Name, name: &str) -> Origin {
        let Some((file, _)) = around.split_project() else { return Origin::Unknown };
        let class = Some(around.clone())
            .filter(|around| around.split_project().is_some_and(|(_, qualname)| !qualname.is_empty()));
        let conftests = self.project.conftests(file);
        let modules = std::iter::once(file).chain(conftests.iter().map(String::as_str));
        let places = class.into_iter().chain(modules.map(|file| Name::project(file, "")));
        let given = places.into_iter().find_map(|around| {
            if let Some(Definition::Fixture(given)) = self.definition(&define::fixture_in(&around, name)) {
                return Some(given);
            }
            // Imported from where it is defined.
            let Some(Definition::Alias(imported)) = self.definition(&around.join(name)) else { return None };
            match self.resolve(imported) {
                Origin::Ref(fixture) => match self.definition(&fixture) {
                    Some(Definition::Fixture(given)) => Some(given),
                    _ => None,
                },
                _ => None,
            }
        });
        given.map_or(Origin::Unknown, |given| self.resolve(given))
    }
}

/// Whether an origin leads to something of the library whose migration this is.
fn is_of_library(origin: &Origin) -> bool {
    match origin {
        Origin::Ref(name) | Origin::Instance(name) => name.as_str().starts_with(crate::websockets::names::LIBRARY),
        Origin::Awaitable(inner)
        | Origin::Iterable(inner)
        | Origin::Mapping(inner)
        | Origin::Context(inner)
        | Origin::Partial(inner)
        | Origin::Pending(inner, _) => is_of_library(inner),
        Origin::Tuple(items) | Origin::OneOf(items) => items.iter().any(is_of_library),
        _ => false,
    }
}
