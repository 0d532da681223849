//! What a file may ask about the rest of its project: who else names, takes, overrides, hands over.
//!
//! Nobody answers while files are still being looked at. A question is written down, what depends on it waits, and all
//! questions are answered in one pass over the files that can know. So no file is read for one question alone, and what is
//! found does not depend on the order of threads.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::handlers::{Handed, SERVERS};
use super::{Arrivals, Model, Name, Origin};

/// A question to all files of a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// From which files others take the name: `from app.errors import name`, `errors.name`.
    Taken(Arc<str>),
    /// Whether another file than the one that defines it names the function without handing it to a server.
    NamedBesides(Name),
    /// Whether another file has a method of this name in a class that is derived from something.
    Overridden(Name),
    /// What is handed to servers.
    Handed,
    /// Which implementations of the library are called.
    Implementations,
    /// What other files than the one that defines it pass to the function.
    Passed(Name),
    /// What the attribute of a class is in the classes that derive from it in other files.
    Redefined(Name),
}

/// The files of a project by what they hand to servers of each.
pub type HandedByFile = FxHashMap<Arc<str>, Vec<Handed>>;

/// What a file, or all files together, say to a question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Question::Taken`].
    Files(Arc<FxHashSet<Arc<str>>>),
    /// To a question of yes or no.
    Is(bool),
    /// To [`Question::Handed`].
    Handed(Arc<HandedByFile>),
    /// To [`Question::Implementations`].
    Implementations(Implementations),
    /// To [`Question::Passed`].
    Passed(Arc<Arrivals>),
    /// To [`Question::Redefined`]; `Origin::None` where nothing else than in the class itself.
    Held(Origin),
}

/// What a file says to the questions that it is certainly asked.
#[derive(Debug, Clone, Default)]
pub struct Note {
    handed: Option<Answer>,
    implementations: Option<Answer>,
}

impl Note {
    /// What the file of `model` says.
    pub fn of(model: &Model<'_>) -> Self {
        Self { implementations: Some(Question::Implementations.ask(model)), ..Self::handed(model) }
    }

    /// What the file of `model` hands to servers.
    pub fn handed(model: &Model<'_>) -> Self {
        Self { handed: Some(Question::Handed.ask(model)), ..Self::default() }
    }

    /// The answer to a question, if it is one of those.
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        match question {
            Question::Handed => self.handed.clone(),
            Question::Implementations => self.implementations.clone(),
            _ => None,
        }
    }
}

/// Which implementations of the library some code calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Implementations {
    /// The new one: the top level since 14.0, or under its own path.
    pub new: bool,
    /// The legacy one, under its own path.
    pub legacy: bool,
}

impl Implementations {
    /// Those of two pieces of code.
    pub fn or(self, other: Self) -> Self {
        Self { new: self.new || other.new, legacy: self.legacy || other.legacy }
    }
}

impl Question {
    /// The names that a file has to have in it, all of them, to know something.
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Taken(name) => vec![name],
            Self::NamedBesides(name) | Self::Overridden(name) | Self::Redefined(name) => vec![name.last()],
            Self::Passed(name) => vec![called(name)],
            Self::Handed | Self::Implementations => vec!["websockets"],
        }
    }

    /// The names of which a file has to have one in it, if there are any.
    pub fn any_of(&self) -> &'static [&'static str] {
        match self {
            Self::Handed => SERVERS,
            _ => &[],
        }
    }

    /// The class from which one of the file has to derive, by its name.
    pub fn base(&self) -> Option<&str> {
        match self {
            Self::Overridden(member) | Self::Redefined(member) => {
                member.split_project()?.1.rsplit_once('.').map(|(class, _)| last_of(class))
            }
            _ => None,
        }
    }

    /// More files than this that have the words in them are too many to ask: then the name is one that everybody uses.
    pub fn most_files(&self) -> Option<usize> {
        match self {
            Self::Passed(_) => Some(40),
            _ => None,
        }
    }

    /// The file that need not be asked, because it asks.
    pub fn asker(&self) -> Option<&str> {
        match self {
            Self::NamedBesides(name) | Self::Overridden(name) | Self::Passed(name) | Self::Redefined(name) => {
                name.split_project().map(|(file, _)| file)
            }
            _ => None,
        }
    }

    /// What is answered where no file knows anything.
    pub fn nothing(&self) -> Answer {
        match self {
            Self::Taken(_) => Answer::Files(Arc::default()),
            Self::NamedBesides(_) | Self::Overridden(_) => Answer::Is(false),
            Self::Handed => Answer::Handed(Arc::default()),
            Self::Implementations => Answer::Implementations(Implementations::default()),
            Self::Passed(_) => Answer::Passed(Arc::default()),
            Self::Redefined(_) => Answer::Held(Origin::None),
        }
    }

    /// What the file of `model` says.
    pub fn ask(&self, model: &Model) -> Answer {
        match self {
            Self::Taken(name) => Answer::Files(Arc::new(model.takes(name).into_iter().map(Arc::from).collect())),
            Self::NamedBesides(function) => Answer::Is(model.names_besides(function)),
            Self::Overridden(method) => Answer::Is(model.overrides(method.last())),
            Self::Handed => {
                let mut handed = HandedByFile::default();
                for one in model.handed_to_servers() {
                    handed.entry(one.file.as_str().into()).or_default().push(one);
                }
                Answer::Handed(Arc::new(handed))
            }
            Self::Implementations => Answer::Implementations(model.own_implementations()),
            Self::Passed(function) => Answer::Passed(Arc::new(model.passed_to(function))),
            Self::Redefined(member) => Answer::Held(model.redefined(member)),
        }
    }
}

/// The word that a caller of a function has in it: its name, or for `__init__` that of its class.
fn called(function: &Name) -> &str {
    let qualname = function.split_project().map_or("", |(_, qualname)| qualname);
    let path = qualname.strip_suffix(".__init__").unwrap_or(qualname);
    last_of(path)
}

fn last_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl Answer {
    /// What is answered where files wait for each other in a circle.
    pub fn unknown(question: &Question) -> Self {
        match question {
            Question::NamedBesides(_) | Question::Overridden(_) => Self::Is(true),
            Question::Passed(_) => Self::Passed(Arc::new(Arrivals::anything())),
            Question::Redefined(_) => Self::Held(Origin::Unknown),
            other => other.nothing(),
        }
    }

    /// Whether somebody who was told one of two answers need not be told the other. Where in a file a function is handed to a server is
    /// asked by that file alone.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Files(one), Self::Files(other)) => one == other,
            (Self::Is(one), Self::Is(other)) => one == other,
            (Self::Implementations(one), Self::Implementations(other)) => one == other,
            (Self::Passed(one), Self::Passed(other)) => one == other,
            (Self::Held(one), Self::Held(other)) => one == other,
            (Self::Handed(one), Self::Handed(other)) => {
                let is_like = |one: &[Handed], other: &[Handed]| {
                    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_like(other))
                };
                one.len() == other.len()
                    && one.iter().all(|(file, handed)| other.get(file).is_some_and(|other| is_like(handed, other)))
            }
            _ => false,
        }
    }

    /// What two files say together. The order of files is that of their paths.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Files(mut all), Self::Files(other)) => {
                if !other.is_empty() {
                    Arc::make_mut(&mut all).extend(other.iter().cloned());
                }
                Self::Files(all)
            }
            (Self::Is(one), Self::Is(other)) => Self::Is(one || other),
            (Self::Handed(mut all), Self::Handed(other)) => {
                for (file, handed) in other.iter() {
                    Arc::make_mut(&mut all).entry(file.clone()).or_default().extend(handed.iter().cloned());
                }
                Self::Handed(all)
            }
            (Self::Implementations(one), Self::Implementations(other)) => Self::Implementations(one.or(other)),
            (Self::Passed(one), Self::Passed(other)) => Self::Passed(Arc::new(Arrivals::clone(&one).and(&other))),
            (Self::Held(one), Self::Held(other)) => Self::Held(one.or(other)),
            (this, _) => this,
        }
    }
}
