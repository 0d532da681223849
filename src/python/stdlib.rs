//! What the standard library and pytest do with the values that pass through them.

use std::sync::Arc;

use ruff_python_ast::{Expr, ExprCall};

use super::{Model, Origin, Step};

/// Called with an awaitable, they give an awaitable of the same result.
const PASS_AWAITABLE: &[&str] = &[
    "asyncio.wait_for",
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.shield",
    "asyncio.tasks.wait_for",
    "anyio.fail_after",
];

/// Called with an awaitable, they give its result.
const RUN: &[&str] = &["asyncio.run", "anyio.run", "trio.run"];

/// Called with an iterable, they give an iterable of the same elements.
const PASS_ITERABLE: &[&str] = &[
    "builtins.list",
    "builtins.set",
    "builtins.tuple",
    "builtins.frozenset",
    "builtins.iter",
    "builtins.aiter",
    "builtins.sorted",
    "builtins.reversed",
    "builtins.filter",
    "collections.deque",
    "copy.copy",
];

/// Decorators that leave the result of a call as it is.
const TRANSPARENT: &[&str] = &[
    "builtins.staticmethod",
    "builtins.classmethod",
    "typing.override",
    "typing.overload",
    "typing.final",
    "typing.no_type_check",
    "typing_extensions.override",
    "abc.abstractmethod",
    "functools.lru_cache",
    "functools.cache",
    "functools.wraps",
    "pytest.mark.asyncio",
    "pytest.mark.anyio",
];

/// Built-in names that values pass through, and the exceptions that stand beside a library's own in a handler.
const BUILTINS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BrokenPipeError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "EOFError",
    "Exception",
    "IOError",
    "ImportError",
    "IndexError",
    "InterruptedError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "ModuleNotFoundError",
    "NameError",
    "NotImplementedError",
    "OSError",
    "PermissionError",
    "RuntimeError",
    "StopAsyncIteration",
    "SystemExit",
    "TimeoutError",
    "TypeError",
    "UnicodeDecodeError",
    "ValueError",
    "__import__",
    "aiter",
    "anext",
    "bool",
    "bytes",
    "classmethod",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "list",
    "next",
    "print",
    "property",
    "repr",
    "reversed",
    "set",
    "sorted",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];

/// A name that the file does not bind: a built-in, or nothing that is known.
pub(super) fn builtin(name: &str) -> Origin {
    match BUILTINS.binary_search(&name) {
        Ok(_) => Origin::library(&format!("builtins.{name}")),
        Err(_) => Origin::Unknown,
    }
}

/// Whether a decorator makes reading the attribute call the function.
pub(super) fn is_property(decorator: &Origin) -> bool {
    decorator.is_one_of(&["builtins.property", "functools.cached_property", "abc.abstractproperty"])
}

/// Whether a decorator makes a pytest fixture.
pub(super) fn is_fixture(decorator: &Origin) -> bool {
    decorator.is_one_of(&["pytest.fixture", "pytest_asyncio.fixture", "pytest.yield_fixture"])
}

/// The result of a call after a decorator.
pub(super) fn decorated(decorator: &Origin, result: Origin) -> Origin {
    let one_of = |names: &[&str]| decorator.is_one_of(names);
    if is_fixture(decorator) {
        // pytest awaits and iterates for the test.
        return match result {
            Origin::Awaitable(inner) | Origin::Iterable(inner) => (*inner).clone(),
            plain => plain,
        };
    }
    if one_of(&["contextlib.contextmanager", "contextlib.asynccontextmanager"]) {
        return match result {
            Origin::Iterable(inner) => Origin::Context(inner),
            _ => Origin::Unknown,
        };
    }
    if is_property(decorator) || one_of(TRANSPARENT) || is_setter(decorator) { result } else { Origin::Unknown }
}

/// Whether a function behaves after this decorator as it did before.
pub(super) fn is_transparent(decorator: &Origin) -> bool {
    decorator.is_one_of(TRANSPARENT)
}

/// `@name.setter`: the decorator is an attribute of a property of this class, which says nothing about reading it.
fn is_setter(decorator: &Origin) -> bool {
    matches!(decorator, Origin::Pending(_, Step::Attribute(name)) if matches!(&**name, "setter" | "deleter" | "getter"))
}

/// Calls whose result depends on their arguments.
pub(super) fn call(model: &Model<'_>, callee: &Origin, call: &ExprCall) -> Option<Origin> {
    let arguments = &call.arguments;
    let first = arguments.args.first();
    if let Expr::Attribute(method) = &*call.func
        && let Some(origin) = method_call(model, callee, &method.attr, call)
    {
        return Some(origin);
    }
    let name = callee.library_name()?;
    let argument = || first.map(|expr| model.local(expr));
    if PASS_AWAITABLE.contains(&name) {
        return Some(Origin::Awaitable(Arc::new(argument()?.step(Step::Await))));
    }
    if RUN.contains(&name) {
        return Some(argument()?.step(Step::Await));
    }
    if PASS_ITERABLE.contains(&name) {
        let index = usize::from(name == "builtins.filter");
        let inner = arguments.args.get(index).map_or(Origin::None, |expr| model.local(expr).step(Step::Iterate));
        return Some(Origin::Iterable(Arc::new(inner)));
    }
    match name {
        "builtins.dict" | "collections.defaultdict" | "weakref.WeakValueDictionary"
            if arguments.args.is_empty() || name != "builtins.dict" =>
        {
            Some(Origin::Mapping(Arc::new(Origin::None)))
        }
        "builtins.enumerate" => {
            let element = argument()?.step(Step::Iterate);
            Some(Origin::Iterable(Arc::new(Origin::Tuple([Origin::instance("builtins.int"), element].into()))))
        }
        "builtins.zip" => {
            let elements = arguments.args.iter().map(|iterable| model.local(iterable).step(Step::Iterate));
            Some(Origin::Iterable(Arc::new(Origin::Tuple(elements.collect()))))
        }
        "weakref.WeakSet" | "asyncio.Queue" | "asyncio.LifoQueue" => Some(Origin::Iterable(Arc::new(Origin::None))),
        "builtins.next" | "builtins.anext" => {
            let next = argument()?.step(Step::Iterate);
            Some(if name == "builtins.anext" { Origin::Awaitable(Arc::new(next)) } else { next })
        }
        // `return_exceptions=True` mixes exceptions into them.
        "asyncio.gather" if !arguments.keywords.is_empty() => Some(Origin::Unknown),
        "asyncio.gather" if arguments.args.iter().any(Expr::is_starred_expr) => Some(match &*arguments.args {
            [Expr::Starred(all)] => {
                let result = model.local(&all.value).step(Step::Iterate).step(Step::Await);
                Origin::Awaitable(Arc::new(Origin::Iterable(Arc::new(result))))
            }
            _ => Origin::Unknown,
        }),
        "asyncio.gather" => {
            let results = arguments.args.iter().map(|task| model.local(task).step(Step::Await));
            Some(Origin::Awaitable(Arc::new(Origin::Tuple(results.collect()))))
        }
        "builtins.staticmethod" => argument(),
        "typing.NewType" => Some(match model.annotation(arguments.args.get(1)?) {
            Origin::Unknown => Origin::Unknown,
            base => Origin::Type(Arc::new(base)),
        }),
        "functools.partial" => Some(Origin::Partial(Arc::new(argument()?))),
        "typing.cast" => Some(model.annotation(first?)),
        "importlib.import_module" | "builtins.__import__" => {
            let path = first.and_then(Expr::as_string_literal_expr).map(|path| path.value.to_str());
            let Some(path) = path.filter(|path| !path.starts_with('.')) else { return Some(Origin::Unknown) };
            let bound = if name == "builtins.__import__" { path.split('.').next()? } else { path };
            Some(model.module(bound))
        }
        "builtins.getattr" => {
            let Some(Expr::StringLiteral(attribute)) = arguments.args.get(1) else { return Some(Origin::Unknown) };
            let attribute = attribute.value.to_str();
            let read = argument()?.step(Step::Attribute(attribute.into()));
            Some(match arguments.args.get(2) {
                Some(default) => read.or(model.local(default)),
                None => read,
            })
        }
        "pytest.raises" => {
            let caught = Origin::Caught(Arc::new(model.raised(first?)));
            // `pytest.raises(E, function)` calls the function itself, and gives what was caught.
            Some(if arguments.args.len() > 1 { caught } else { Origin::Context(Arc::new(caught)) })
        }
        _ => None,
    }
}

/// Methods that are known by their name alone: nothing else in common use is called so.
fn method_call(model: &Model<'_>, callee: &Origin, method: &str, call: &ExprCall) -> Option<Origin> {
    let unknown = matches!(callee, Origin::Unknown | Origin::Pending(..) | Origin::Ref(_));
    let first = call.arguments.args.first();
    let receiver = |call: &ExprCall| Some(model.local(&call.func.as_attribute_expr()?.value));
    match method {
        "assertRaises" | "assertRaisesRegex" if unknown => {
            Some(Origin::Context(Arc::new(Origin::Caught(Arc::new(model.raised(first?))))))
        }
        "enter_async_context" if unknown => Some(Origin::Awaitable(Arc::new(model.local(first?).step(Step::Enter)))),
        "enter_context" if unknown => Some(model.local(first?).step(Step::Enter)),
        "__aenter__" => Some(Origin::Awaitable(Arc::new(receiver(call)?.step(Step::Enter)))),
        "__enter__" => Some(receiver(call)?.step(Step::Enter)),
        "run_until_complete" if unknown => Some(model.local(first?).step(Step::Await)),
        "create_task" if unknown => Some(Origin::Awaitable(Arc::new(model.local(first?).step(Step::Await)))),
        _ => None,
    }
}

/// Modules of types that take arguments.
const GENERIC: &[&str] =
    &["typing", "builtins", "collections.abc", "collections", "typing_extensions", "contextlib", "weakref", "asyncio"];

/// Whether it is a type of the standard library that takes arguments.
pub(super) fn is_generic(of: &Origin) -> bool {
    of.library_name().and_then(|name| name.rsplit_once('.')).is_some_and(|(module, _)| GENERIC.contains(&module))
}

/// A generic annotation.
pub(super) fn generic(model: &Model<'_>, of: &Origin, arguments: &[Expr]) -> Origin {
    let Some(name) = of.library_name() else { return of.clone().step(Step::Instantiate) };
    let (_, class) = name.rsplit_once('.').unwrap_or_default();
    if !is_generic(of) {
        return of.clone().step(Step::Instantiate);
    }
    let inner = |index: usize| arguments.get(index).map_or(Origin::Unknown, |expr| model.annotation(expr));
    match class {
        "Optional" | "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired" | "ReadOnly" => inner(0),
        "Union" => Origin::any(arguments.iter().map(|expr| model.annotation(expr))),
        "Type" | "type" => arguments.first().map_or(Origin::Unknown, |expr| model.local(expr)),
        "Awaitable" | "Future" | "Task" => Origin::Awaitable(Arc::new(inner(0))),
        "Coroutine" => Origin::Awaitable(Arc::new(inner(2))),
        "AsyncContextManager" | "ContextManager" | "AbstractAsyncContextManager" | "AbstractContextManager" => {
            Origin::Context(Arc::new(inner(0)))
        }
        "List" | "list" | "Set" | "set" | "FrozenSet" | "frozenset" | "Sequence" | "MutableSequence" | "Iterable"
        | "Iterator" | "Collection" | "Deque" | "deque" | "AbstractSet" | "MutableSet" | "AsyncIterator"
        | "AsyncIterable" | "Generator" | "AsyncGenerator" | "WeakSet" | "Queue" | "LifoQueue" => {
            Origin::Iterable(Arc::new(inner(0)))
        }
        "Dict"
        | "dict"
        | "Mapping"
        | "MutableMapping"
        | "DefaultDict"
        | "defaultdict"
        | "OrderedDict"
        | "WeakValueDictionary" => Origin::Mapping(Arc::new(inner(1))),
        "Tuple" | "tuple" => match arguments {
            [one, Expr::EllipsisLiteral(_)] => Origin::Iterable(Arc::new(model.annotation(one))),
            several => Origin::Tuple(several.iter().map(|expr| model.annotation(expr)).collect()),
        },
        _ => Origin::Unknown,
    }
}

/// Steps from instances of the standard library's classes.
pub(super) fn instance_step(class: &str, step: &Step) -> Origin {
    match (class, step) {
        // `self` of a context manager that gives itself.
        ("asyncio.TaskGroup" | "contextlib.AsyncExitStack" | "contextlib.ExitStack", Step::Enter) => {
            Origin::instance(class)
        }
        _ => Origin::Unknown,
    }
}
