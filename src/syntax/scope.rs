//! Scopes, blocks and bindings: which assignments can reach a use of a name.

use ruff_python_ast::{
    Alias, ExceptHandlerExceptHandler, Expr, Parameter, StmtClassDef, StmtFunctionDef, StmtImportFrom,
};
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashMap;

/// Index of a [`Block`] in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockId(pub u32);

/// Index of a [`Scope`] in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

/// Index of a [`Binding`] in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BindingId(pub u32);

/// A run of statements (or a comprehension, a lambda's body) that is entered and left as one.
#[derive(Debug)]
pub struct Block {
    /// The bytes it covers.
    pub range: TextRange,
    /// The block around it, as control flows.
    pub parent: Option<BlockId>,
    /// The block around it, as the text nests. Differs from `parent` for the first iterable of a comprehension only.
    pub enclosing: Option<BlockId>,
    /// Whose names are bound here.
    pub scope: ScopeId,
    /// How it is entered.
    pub kind: BlockKind,
    /// Whether control never falls out of its end: it ends with `return` or `raise`.
    pub exits: bool,
}

/// How a block is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// The body of a module, a class, a function, a lambda or a comprehension.
    Body,
    /// Zero, one or many times.
    Loop,
    /// One of several exclusive arms of the statement that starts at the offset.
    Arm(TextSize),
    /// The body of a `try`, left at any point.
    Try,
    /// A handler of the `try` that starts at the offset, or anything else that may be skipped.
    Optional,
}

/// A namespace of the file.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What opens it.
    pub kind: ScopeKind<'a>,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Its names, each with its bindings in the order of the text.
    pub bindings: FxHashMap<&'a str, Vec<BindingId>>,
    /// Those of its names that other scopes bind, through `global` or `nonlocal`.
    pub foreign: FxHashMap<&'a str, Vec<BindingId>>,
    /// What `isinstance` says about names in some of its blocks.
    pub narrowings: FxHashMap<&'a str, Vec<BindingId>>,
    /// What is put into the containers that its names hold.
    pub contents: FxHashMap<&'a str, Vec<Content<'a>>>,
    /// Names that a `global` or `nonlocal` statement sends elsewhere.
    pub elsewhere: FxHashMap<&'a str, ScopeId>,
}

/// What opens a scope.
#[derive(Debug, Clone, Copy)]
pub enum ScopeKind<'a> {
    /// The file.
    Module,
    /// A class body; invisible from the functions inside.
    Class(&'a StmtClassDef),
    /// A function.
    Function(&'a StmtFunctionDef),
    /// A lambda.
    Lambda,
    /// A comprehension or a generator expression: runs where it stands.
    Comprehension,
}

/// One assignment to a name, of whatever form.
#[derive(Debug)]
pub struct Binding<'a> {
    /// The name in the text.
    pub range: TextRange,
    /// From this offset on the value is there.
    pub from: TextSize,
    /// Where it happens.
    pub block: BlockId,
    /// What is bound.
    pub value: Value<'a>,
}

/// What a binding binds.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// `import a.b` binds `a`, `import a.b as c` binds `a.b`.
    Import(&'a str),
    /// `from m import name`
    ImportFrom(&'a StmtImportFrom, &'a Alias),
    /// `x = expr`, `(x := expr)`
    Expr(&'a Expr),
    /// `x: annotation = expr`
    Annotated(&'a Expr, Option<&'a Expr>),
    /// `with expr as x`
    Enter(&'a Expr),
    /// `for x in expr`
    Iterate(&'a Expr),
    /// One element of what is unpacked; `None` for a starred rest.
    Element(Box<Value<'a>>, Option<usize>),
    /// A parameter.
    Parameter(ParameterOf<'a>),
    /// `def x`
    Function(&'a StmtFunctionDef),
    /// `class x`
    Class(&'a StmtClassDef),
    /// `except ... as x`
    Exception(&'a ExceptHandlerExceptHandler),
    /// `isinstance(x, expr)` holds here.
    Narrowed(&'a Expr),
    /// `del x`, and everything that binds what nobody can tell.
    Opaque,
}

/// Something that is put into a container.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// What is put in.
    pub element: &'a Expr,
    /// Into what.
    pub container: Container,
    /// Under which key: `x[key] = element`.
    pub key: Option<&'a Expr>,
}

/// The kind of a container that grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Lists, sets and their kin.
    Iterable,
    /// Dictionaries.
    Mapping,
    /// Any; all elements of another container of the same kind are put in.
    Others,
    /// `x |= y`, `x += y`: what is no container becomes something else.
    Merged,
}

/// A parameter and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct ParameterOf<'a> {
    /// The parameter.
    pub parameter: &'a Parameter,
    /// The function; `None` for a lambda's.
    pub function: Option<&'a StmtFunctionDef>,
    /// The class whose method the function is.
    pub class: Option<&'a StmtClassDef>,
    /// Position from 0, `self` included; `None` for keyword-only and starred ones.
    pub index: Option<usize>,
    /// Whether it is `*args` or `**kwargs`.
    pub starred: bool,
}

impl Value<'_> {
    /// Whether the binding ends with its block: the name of a handler is deleted there.
    pub fn ends_with_block(&self) -> bool {
        matches!(self, Self::Exception(_))
    }
}

/// The tables of one file, filled by [`super::bind`].
#[derive(Debug, Default)]
pub struct Scopes<'a> {
    /// In the order of creation; the first is the module's.
    pub blocks: Vec<Block>,
    /// The first is the module's.
    pub scopes: Vec<Scope<'a>>,
    /// In the order of the walk.
    pub bindings: Vec<Binding<'a>>,
    /// Blocks by start, outer before inner.
    pub by_start: Vec<BlockId>,
    /// Whether a name of the file is bound inside of a function, a class or a comprehension too.
    names: FxHashMap<&'a str, bool>,
}

impl<'a> Scopes<'a> {
    /// The block of an id.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    /// The scope of an id.
    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    /// The binding of an id.
    pub fn binding(&self, id: BindingId) -> &Binding<'a> {
        &self.bindings[id.0 as usize]
    }

    /// Whether any scope of the file binds `name`.
    pub fn is_bound(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether a scope inside of the module's binds `name`.
    pub fn is_bound_inside(&self, name: &str) -> bool {
        self.names.get(name).copied().unwrap_or_default()
    }

    /// Fills what only the whole file can say, when the walk is done.
    pub(super) fn finish(&mut self) {
        let mut by_start: Vec<BlockId> =
            (0..u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)).map(BlockId).collect();
        by_start.sort_by_key(|id| {
            let range = self.block(*id).range;
            (range.start(), std::cmp::Reverse(range.end()), id.0)
        });
        self.by_start = by_start;
        for (index, scope) in self.scopes.iter().enumerate() {
            scope.elsewhere.keys().for_each(|name| *self.names.entry(*name).or_default() |= false);
            scope.bindings.keys().for_each(|name| *self.names.entry(*name).or_default() |= index > 0);
        }
    }

    /// The innermost block around `offset`.
    pub fn block_at(&self, offset: TextSize) -> BlockId {
        let after = self.by_start.partition_point(|id| self.block(*id).range.start() <= offset);
        let mut found = after.checked_sub(1).map_or(BlockId(0), |at| self.by_start[at]);
        while !self.block(found).range.contains_inclusive(offset) {
            match self.block(found).enclosing {
                Some(outer) => found = outer,
                None => break,
            }
        }
        found
    }

    /// Whether what stands in `first` has run whenever code in `second`, behind it, does.
    pub fn always_runs_before(&self, first: BlockId, second: BlockId) -> bool {
        self.within_scope(second).any(|block| block == first)
    }

    /// `block` and those around it within its scope, innermost first.
    fn within_scope(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        let scope = self.block(block).scope;
        std::iter::successors(Some(block), |id| self.block(*id).parent)
            .take_while(move |id| self.block(*id).scope == scope)
    }

    /// The bindings of `name` that can reach a use of it at `offset`; `None` for a name that the file does not bind.
    pub fn reaching(&self, name: &str, offset: TextSize) -> Option<Vec<BindingId>> {
        let innermost = self.block_at(offset);
        if let Some(narrowing) = self.narrowing(name, innermost, offset) {
            return Some(vec![narrowing]);
        }
        let mut block = Some(innermost);
        let mut first = true;
        // Whether the use runs where it stands, so that the order of the text is the order of time.
        let mut runs_here = true;
        while let Some(id) = block {
            let scope_id = self.block(id).scope;
            let scope = self.scope(scope_id);
            if let Some(target) = scope.elsewhere.get(name) {
                return Some(self.bindings_of(*target, name));
            }
            let visible = first || !matches!(scope.kind, ScopeKind::Class(_));
            if visible && let Some(bindings) = scope.bindings.get(name) {
                return Some(if runs_here { self.flow(name, id, offset) } else { bindings.clone() });
            }
            first = false;
            runs_here &= matches!(scope.kind, ScopeKind::Comprehension);
            block = self.within_scope(id).last().and_then(|outermost| self.block(outermost).parent);
        }
        None
    }

    /// The `isinstance` test that holds at the use, unless the name was bound again since.
    fn narrowing(&self, name: &str, block: BlockId, offset: TextSize) -> Option<BindingId> {
        let scope = self.scope(self.block(block).scope);
        let narrowings = scope.narrowings.get(name)?;
        let around: Vec<BlockId> = self.within_scope(block).collect();
        let found = narrowings.iter().rev().copied().find(|id| {
            let binding = self.binding(*id);
            binding.from <= offset && around.contains(&binding.block)
        })?;
        let since = self.binding(found).from;
        let rebound = scope.bindings.get(name).into_iter().flatten().any(|id| {
            let from = self.binding(*id).from;
            from > since && from <= offset
        });
        (!rebound).then_some(found)
    }

    /// What is put into the container that `name` holds at `offset`.
    pub fn contents(&self, name: &str, offset: TextSize) -> &[Content<'a>] {
        let mut scope = Some(self.block(self.block_at(offset)).scope);
        while let Some(id) = scope {
            if let Some(contents) = self.scope(id).contents.get(name) {
                return contents;
            }
            scope = self.scope(id).parent;
        }
        &[]
    }

    /// All bindings of `name` in one scope, those made through `global` included.
    pub fn bindings_of(&self, scope: ScopeId, name: &str) -> Vec<BindingId> {
        self.scope(scope).bindings.get(name).cloned().unwrap_or_default()
    }

    /// Walks back from the use to the binding that is always executed before it.
    fn flow(&self, name: &str, block: BlockId, offset: TextSize) -> Vec<BindingId> {
        let scope = self.scope(self.block(block).scope);
        let bindings = scope.bindings.get(name).map_or(&[][..], Vec::as_slice);
        let foreign = scope.foreign.get(name).map_or(&[][..], Vec::as_slice);
        let around: Vec<BlockId> = self.within_scope(block).collect();
        // What other scopes bind reaches at any time.
        let mut reaching = foreign.to_vec();
        let mut killed_in = None;
        let before = bindings.partition_point(|id| self.binding(*id).from <= offset);
        for id in bindings.iter().take(before).rev().filter(|id| !foreign.contains(id)) {
            let binding = self.binding(*id);
            let dominates = around.contains(&binding.block);
            if !dominates && (binding.value.ends_with_block() || self.cannot_fall_through(binding.block, &around)) {
                continue;
            }
            reaching.push(*id);
            if dominates {
                killed_in = Some(binding.block);
                break;
            }
        }
        // Bindings after the use reach it on the next round of a loop, unless the dominating binding is inside that loop.
        let killer = killed_in.and_then(|block| around.iter().position(|id| *id == block)).unwrap_or(around.len());
        let outermost_loop = around
            .iter()
            .take(killer)
            .rfind(|id| self.block(**id).kind == BlockKind::Loop)
            .map(|id| self.block(*id).range);
        if let Some(range) = outermost_loop {
            let later = bindings.iter().skip(before).filter(|id| {
                let binding = self.binding(**id);
                !binding.value.ends_with_block() && range.contains(binding.range.start()) && !foreign.contains(id)
            });
            reaching.extend(later);
        }
        reaching
    }

    /// Whether what is bound in `block` never arrives at the use inside the blocks `around`: another arm of the same
    /// statement, or a block that ends with `return` or `raise`.
    fn cannot_fall_through(&self, block: BlockId, around: &[BlockId]) -> bool {
        let in_loop = around.iter().any(|id| self.block(*id).kind == BlockKind::Loop);
        for id in self.within_scope(block).take_while(|id| !around.contains(id)) {
            let one = self.block(id);
            if one.exits && !self.inside_try(id) {
                return true;
            }
            if let BlockKind::Arm(statement) = one.kind
                && !in_loop
                && around.iter().any(|other| self.block(*other).kind == BlockKind::Arm(statement))
            {
                return true;
            }
        }
        false
    }

    fn inside_try(&self, block: BlockId) -> bool {
        self.within_scope(block).any(|id| self.block(id).kind == BlockKind::Try)
    }
}
