//! What an expression is known to be.

use std::fmt;
use std::sync::Arc;

/// The dotted name of something that can be imported, or the name of something that the project defines.
///
/// A library's name is its dotted path, `websockets.connect`. A definition of the project is named by its file, so that no
/// guess about roots is in the name: `Client.open` of `/src/app/client.py`. The two never compare equal, and a package of the
/// project that is called `websockets` is never taken for the library.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// Of a definition of the project.
    file: Option<Arc<str>>,
    /// The dotted path of a library's name, the qualified name of a definition.
    path: Arc<str>,
}

impl Name {
    /// The name of a library's module, function or class.
    pub fn library(path: impl Into<Arc<str>>) -> Self {
        Self { file: None, path: path.into() }
    }

    /// A definition in a file of the project; the empty `qualname` is the module itself.
    pub fn project(file: &str, qualname: &str) -> Self {
        Self { file: Some(file.into()), path: qualname.into() }
    }

    /// The dotted path of a library's name; empty for a definition of the project, which is no library's.
    pub fn as_str(&self) -> &str {
        if self.file.is_some() { "" } else { &self.path }
    }

    /// File and qualified name, for a definition of the project.
    pub fn split_project(&self) -> Option<(&str, &str)> {
        Some((self.file.as_deref()?, &self.path))
    }

    /// The whole name as one text, for what outlives the model.
    pub fn key(&self) -> String {
        format!("{self:?}")
    }

    /// The name of something inside: a module's member, a class's attribute.
    pub fn join(&self, member: &str) -> Self {
        let path = if self.path.is_empty() { member.into() } else { format!("{}.{member}", self.path).into() };
        Self { file: self.file.clone(), path }
    }

    /// The last part.
    pub fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}::{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// What an expression is known to be. Anything that is not certain is [`Origin::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nothing is known, or what is known disagrees.
    #[default]
    Unknown,
    /// `None`. Joins with anything: whoever uses the value has to have something else in hand.
    None,
    /// A module, a function or a class itself.
    Ref(Name),
    /// An instance of a class.
    Instance(Name),
    /// Awaiting it gives the inner origin: a coroutine, a task, a future.
    Awaitable(Arc<Origin>),
    /// Iterating or indexing it gives the inner origin.
    Iterable(Arc<Origin>),
    /// Indexing it by any key gives the inner origin.
    Mapping(Arc<Origin>),
    /// A tuple, position by position.
    Tuple(Arc<[Origin]>),
    /// Entering it gives the inner origin.
    Context(Arc<Origin>),
    /// What `pytest.raises(...) as info` and `assertRaises(...) as cm` bind; `.value` and `.exception` give the inner origin.
    Caught(Arc<Origin>),
    /// Calling it calls the inner origin: `functools.partial`.
    Partial(Arc<Origin>),
    /// A type that is no class: `Optional[C]`, a `NewType`. What is annotated with it is the inner origin.
    Type(Arc<Origin>),
    /// One of several, all known: an exception caught by a tuple, a conditional expression.
    OneOf(Arc<[Origin]>),
    /// A step from something of the project, not looked up yet.
    Pending(Arc<Origin>, Step),
}

/// What is done with a value to get the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `f(...)`
    Call,
    /// `await x`
    Await,
    /// `with x as ...`, `async with x as ...`
    Enter,
    /// `for ... in x`, `async for ... in x`
    Iterate,
    /// `x[i]`, the index where it is a literal
    Item(Option<usize>),
    /// `x["key"]`
    Key(Arc<str>),
    /// `x.name`
    Attribute(Arc<str>),
    /// A class as an annotation: an instance of it
    Instantiate,
    /// A parameter of a test function in this file: what the fixture of that name gives
    Fixture(Arc<str>),
}

/// More alternatives than this are as good as unknown.
const MOST_ALTERNATIVES: usize = 6;

impl Origin {
    /// A library's name.
    pub fn library(path: &str) -> Self {
        Self::Ref(Name::library(path))
    }

    /// An instance of a library's class.
    pub fn instance(path: &str) -> Self {
        Self::Instance(Name::library(path))
    }

    /// The alternatives, a single one for anything but [`Origin::OneOf`].
    pub fn alternatives(&self) -> &[Origin] {
        match self {
            Self::OneOf(several) => several,
            one => std::slice::from_ref(one),
        }
    }

    /// What holds where one of two values arrives.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::None, other) | (other, Self::None) => other,
            (this, other) if this == other => this,
            (Self::Iterable(a), Self::Iterable(b)) => Self::Iterable(Arc::new((*a).clone().or((*b).clone()))),
            (Self::Mapping(a), Self::Mapping(b)) => Self::Mapping(Arc::new((*a).clone().or((*b).clone()))),
            (this, other) => {
                let mut all = this.alternatives().to_vec();
                for one in other.alternatives() {
                    if !all.contains(one) {
                        all.push(one.clone());
                    }
                }
                if all.len() > MOST_ALTERNATIVES { Self::Unknown } else { Self::OneOf(all.into()) }
            }
        }
    }

    /// What holds where one of several values arrives; nothing arriving is unknown.
    pub fn any(origins: impl IntoIterator<Item = Self>) -> Self {
        origins.into_iter().reduce(Self::or).unwrap_or_default()
    }

    /// Whether it is certainly one of these library names (the thing itself, not an instance).
    pub fn is_one_of(&self, names: &[&str]) -> bool {
        self.alternatives().iter().all(|one| matches!(one, Self::Ref(name) if names.contains(&name.as_str())))
    }

    /// Whether it is certainly an instance of one of these library classes.
    pub fn is_instance_of(&self, classes: &[&str]) -> bool {
        self.alternatives().iter().all(|one| matches!(one, Self::Instance(name) if classes.contains(&name.as_str())))
    }

    /// Whether one of the alternatives is an instance of one of these library classes.
    pub fn may_be_instance_of(&self, classes: &[&str]) -> bool {
        self.alternatives().iter().any(|one| matches!(one, Self::Instance(name) if classes.contains(&name.as_str())))
    }

    /// Whether what is declared as this turned out to be `held`: an instance of another class of the same library, for certain. Then
    /// the annotation was left behind when the code moved on.
    pub fn is_outdated_by(&self, held: &Self) -> bool {
        let Some(library) = self.alternatives().first().and_then(Self::library_of_class) else { return false };
        let is_of_it = |origin: &Self| origin.library_of_class() == Some(library);
        self.alternatives().iter().all(is_of_it)
            && held.alternatives().iter().all(|one| is_of_it(one) && !self.alternatives().contains(one))
    }

    /// Whether it comes from names of libraries alone, so that no other file has a say in what it is.
    pub fn begins_in_library(&self) -> bool {
        self.alternatives().iter().all(|one| match one {
            Self::Ref(name) | Self::Instance(name) => name.split_project().is_none(),
            Self::Pending(of, _) => of.begins_in_library(),
            Self::None => true,
            _ => false,
        })
    }

    /// Whether it is an instance of a class of some library.
    pub fn is_of_library(&self) -> bool {
        self.alternatives().iter().all(|one| one.library_of_class().is_some())
    }

    /// The library of the class that it is an instance of.
    fn library_of_class(&self) -> Option<&str> {
        match self {
            Self::Instance(name) if name.split_project().is_none() => name.as_str().split('.').next(),
            _ => None,
        }
    }

    /// The one library name it is, where it is one.
    pub fn library_name(&self) -> Option<&str> {
        match self {
            Self::Ref(name) if name.split_project().is_none() => Some(name.as_str()),
            _ => None,
        }
    }

    /// What `step` gives, as far as that can be told without the project's own definitions.
    #[must_use]
    pub fn step(self, step: Step) -> Self {
        use Step::{Attribute, Await, Call, Enter, Fixture, Instantiate, Item, Iterate, Key};
        match (self, step) {
            (Self::Unknown | Self::None, _) => Self::Unknown,
            (Self::OneOf(several), step) => Self::any(several.iter().map(|one| one.clone().step(step.clone()))),
            (Self::Awaitable(inner), Await) | (Self::Context(inner), Enter) => (*inner).clone(),
            (Self::Iterable(inner), Iterate | Item(_)) | (Self::Mapping(inner), Item(_) | Key(_)) => (*inner).clone(),
            (Self::Tuple(items), Item(Some(index))) => items.get(index).cloned().unwrap_or_default(),
            // `except ERRORS`, where `ERRORS` is a tuple of classes.
            (Self::Tuple(items), Instantiate) => Self::any(items.iter().map(|one| one.clone().step(Instantiate))),
            (Self::Tuple(items), Iterate | Item(None)) => Self::any(items.iter().cloned()),
            (Self::Caught(inner), Attribute(name)) if matches!(&*name, "value" | "exception") => (*inner).clone(),
            // `set[C]()`, `Connection(ws)`
            (Self::Type(inner), Instantiate | Call) => (*inner).clone(),
            (Self::Partial(inner), Call) => (*inner).clone().step(Call),
            (Self::Ref(name), Call | Instantiate) if name.split_project().is_none() => Self::Instance(name),
            (Self::Ref(name), Attribute(member)) if name.split_project().is_none() => Self::Ref(name.join(&member)),
            (Self::Mapping(inner), Attribute(name)) if matches!(&*name, "values" | "get" | "pop" | "setdefault") => {
                Self::Pending(Arc::new(Self::Mapping(inner)), Attribute(name))
            }
            (Self::Iterable(inner), Attribute(name))
                if matches!(&*name, "pop" | "popleft" | "copy" | "union" | "difference" | "get" | "get_nowait") =>
            {
                Self::Pending(Arc::new(Self::Iterable(inner)), Attribute(name))
            }
            (Self::Awaitable(inner), Attribute(name)) if &*name == "result" => {
                Self::Pending(Arc::new(Self::Awaitable(inner)), Attribute(name))
            }
            (Self::Mapping(inner), Attribute(name)) if &*name == "items" => {
                Self::Pending(Arc::new(Self::Mapping(inner)), Attribute(name))
            }
            (Self::Pending(of, Attribute(method)), Call)
                if matches!(&*of, Self::Mapping(_) | Self::Iterable(_) | Self::Awaitable(_)) =>
            {
                called_method(&of, &method)
            }
            (this @ (Self::Ref(_) | Self::Instance(_) | Self::Pending(..)), step) => {
                Self::Pending(Arc::new(this), step)
            }
            (_, Call | Await | Enter | Iterate | Item(_) | Key(_) | Attribute(_) | Instantiate | Fixture(_)) => {
                Self::Unknown
            }
        }
    }
}

fn called_method(container: &Origin, method: &str) -> Origin {
    match (container, method) {
        (Origin::Mapping(value), "values") => Origin::Iterable(value.clone()),
        (Origin::Mapping(value), "items") => {
            Origin::Iterable(Arc::new(Origin::Tuple(vec![Origin::Unknown, (**value).clone()].into())))
        }
        (Origin::Mapping(value), "get" | "pop" | "setdefault") => (**value).clone(),
        (Origin::Iterable(value), "pop" | "popleft" | "get_nowait") | (Origin::Awaitable(value), "result") => {
            (**value).clone()
        }
        // Of what can be iterated only queues have it.
        (Origin::Iterable(value), "get") => Origin::Awaitable(value.clone()),
        (Origin::Iterable(_), "copy" | "union" | "difference") => container.clone(),
        _ => Origin::Unknown,
    }
}

impl fmt::Display for Origin {
    /// As Python would spell it: `m.f` for a function, `m.C()` for an instance, `?` for the unknown. A definition of the
    /// project is shown by its file's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |name: &Name| match name.split_project() {
            Some((file, qualname)) => format!("{}::{qualname}", file.rsplit('/').next().unwrap_or(file)),
            None => name.as_str().to_owned(),
        };
        match self {
            Self::Unknown | Self::Pending(..) => f.write_str("?"),
            Self::None => f.write_str("None"),
            Self::Ref(name) => f.write_str(&short(name)),
            Self::Instance(name) => write!(f, "{}()", short(name)),
            Self::Awaitable(inner) => write!(f, "awaitable {inner}"),
            Self::Iterable(inner) => write!(f, "several {inner}"),
            Self::Mapping(inner) => write!(f, "mapping to {inner}"),
            Self::Context(inner) => write!(f, "context of {inner}"),
            Self::Caught(inner) => write!(f, "caught {inner}"),
            Self::Partial(inner) => write!(f, "partial {inner}"),
            Self::Type(inner) => write!(f, "type of {inner}"),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "({})", items.join(", "))
            }
            Self::OneOf(several) => {
                let mut several: Vec<String> = several.iter().map(ToString::to_string).collect();
                several.sort();
                f.write_str(&several.join(" | "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_join_and_unknown_wins() {
        let (a, b) = (Origin::instance("m.A"), Origin::instance("m.B"));
        assert_eq!(a.clone().or(a.clone()), a);
        assert_eq!(Origin::None.or(a.clone()), a);
        assert_eq!(a.clone().or(Origin::Unknown), Origin::Unknown);
        let both = a.or(b);
        assert!(both.is_instance_of(&["m.A", "m.B"]));
        assert!(both.may_be_instance_of(&["m.A"]) && !both.is_instance_of(&["m.A"]));
    }

    #[test]
    fn a_name_of_the_project_is_never_a_librarys() {
        let own = Origin::Ref(Name::project("/p/websockets.py", "connect"));
        assert!(!own.is_one_of(&["websockets.connect"]));
        assert_eq!(own.library_name(), None);
    }

    #[test]
    fn containers_hold_one_kind() {
        let clients = Origin::Iterable(Arc::new(Origin::None)).or(Origin::Iterable(Arc::new(Origin::instance("m.A"))));
        assert_eq!(clients.step(Step::Iterate), Origin::instance("m.A"));
        let rooms = Origin::Mapping(Arc::new(Origin::instance("m.A")));
        assert_eq!(rooms.clone().step(Step::Item(None)), Origin::instance("m.A"));
        assert_eq!(
            rooms.step(Step::Attribute("values".into())).step(Step::Call).step(Step::Iterate),
            Origin::instance("m.A")
        );
    }
}
