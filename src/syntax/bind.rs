//! One walk over the tree that fills the tables: scopes, blocks, bindings, definitions, attributes of `self`.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprCall, ExprLambda, ModModule, Operator, Parameters, Stmt, StmtClassDef,
    StmtFunctionDef, StmtTry,
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use super::scope::{
    Binding, BindingId, Block, BlockId, BlockKind, Container, Content, ParameterOf, Scope, ScopeId, ScopeKind, Scopes,
    Value,
};

/// Everything that one walk over a file collects. Nothing is evaluated yet.
#[derive(Debug, Default)]
pub struct Bound<'a> {
    /// Scopes, blocks and bindings.
    pub scopes: Scopes<'a>,
    /// Functions by qualified name; several where a name is defined in both arms of an `if`, or overloaded.
    pub functions: FxHashMap<String, Vec<Function<'a>>>,
    /// Classes by qualified name.
    pub classes: FxHashMap<String, Class<'a>>,
    /// Qualified names by the offset of the `def` or `class` statement.
    pub qualnames: FxHashMap<TextSize, String>,
    /// All calls, in source order of their callee.
    pub calls: Vec<&'a ExprCall>,
    /// Code that runs only where a test holds, or only where it does not.
    pub choices: Vec<Choice<'a>>,
    /// All `try` statements, outer before inner.
    pub tries: Vec<&'a StmtTry>,
    /// What is assigned to attributes of other objects than `self`, by the attribute's name.
    pub assigned_from_outside: FxHashMap<&'a str, Vec<(&'a Expr, Value<'a>)>>,
    /// `from m import *`
    pub star_imports: Vec<&'a ruff_python_ast::StmtImportFrom>,
}

/// Code that a test chooses.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// The code: an arm of the `if`, or what follows an arm that leaves.
    pub range: TextRange,
    /// The test.
    pub test: &'a Expr,
}

/// A function of the file.
#[derive(Debug)]
pub struct Function<'a> {
    /// Its statement.
    pub def: &'a StmtFunctionDef,
    /// The class whose method it is.
    pub class: Option<&'a StmtClassDef>,
    /// Expressions that it returns.
    pub returns: Vec<&'a Expr>,
    /// Expressions that it yields.
    pub yields: Vec<&'a Expr>,
}

/// A class of the file.
#[derive(Debug)]
pub struct Class<'a> {
    /// Its statement.
    pub def: &'a StmtClassDef,
    /// The scope of its body.
    pub scope: ScopeId,
    /// What is assigned to `self.name` in its methods.
    pub attributes: FxHashMap<&'a str, Vec<Value<'a>>>,
    /// What is put into the containers that `self.name` holds.
    pub contents: FxHashMap<&'a str, Vec<Content<'a>>>,
    /// Calls of `self.name.update(...)` and the like.
    pub changes: FxHashMap<&'a str, Vec<(&'a str, &'a ExprCall)>>,
}

/// Walks the module.
pub fn bind(module: &ModModule) -> Bound<'_> {
    let mut binder = Binder { bound: Bound::default(), block: BlockId(0), qualname: Vec::new(), owners: Vec::new() };
    let range = TextRange::new(TextSize::default(), module.range.end());
    let scope = binder.open_scope(ScopeKind::Module);
    binder.in_block(range, scope, BlockKind::Body, false, |binder| binder.visit_body(&module.body));
    binder.bound.scopes.finish();
    binder.bound
}

/// What the statement being visited is inside of.
pub(super) enum Owner<'a> {
    Class(String, &'a StmtClassDef),
    Function(String, &'a StmtFunctionDef),
    Lambda,
}

pub(super) struct Binder<'a> {
    pub(super) bound: Bound<'a>,
    pub(super) block: BlockId,
    qualname: Vec<String>,
    pub(super) owners: Vec<Owner<'a>>,
}

impl<'a> Binder<'a> {
    pub(super) fn scope(&self) -> ScopeId {
        self.bound.scopes.blocks.get(self.block.0 as usize).map_or(ScopeId(0), |block| block.scope)
    }

    fn open_scope(&mut self, kind: ScopeKind<'a>) -> ScopeId {
        let parent = (!self.bound.scopes.scopes.is_empty()).then(|| self.scope());
        let id = ScopeId(u32::try_from(self.bound.scopes.scopes.len()).unwrap_or(u32::MAX));
        self.bound.scopes.scopes.push(Scope {
            kind,
            parent,
            bindings: FxHashMap::default(),
            foreign: FxHashMap::default(),
            narrowings: FxHashMap::default(),
            contents: FxHashMap::default(),
            elsewhere: FxHashMap::default(),
        });
        id
    }

    fn in_block(
        &mut self,
        range: TextRange,
        scope: ScopeId,
        kind: BlockKind,
        exits: bool,
        visit: impl FnOnce(&mut Self),
    ) {
        let outer = self.block;
        let parent = (!self.bound.scopes.blocks.is_empty()).then_some(outer);
        self.block = BlockId(u32::try_from(self.bound.scopes.blocks.len()).unwrap_or(u32::MAX));
        self.bound.scopes.blocks.push(Block { range, parent, enclosing: parent, scope, kind, exits });
        visit(self);
        self.block = outer;
    }

    /// A suite of the current scope.
    pub(super) fn in_suite(
        &mut self,
        body: &'a [Stmt],
        start: TextSize,
        kind: BlockKind,
        before: impl FnOnce(&mut Self),
    ) {
        let Some(last) = body.last() else { return };
        let exits = matches!(last, Stmt::Return(_) | Stmt::Raise(_));
        let scope = self.scope();
        self.in_block(TextRange::new(start, last.end()), scope, kind, exits, |binder| {
            before(binder);
            binder.visit_body(body);
        });
    }

    pub(super) fn suite(&mut self, body: &'a [Stmt], kind: BlockKind) {
        if let Some(first) = body.first() {
            self.in_suite(body, first.start(), kind, |_| {});
        }
    }

    pub(super) fn bind(&mut self, name: &'a str, range: TextRange, from: TextSize, value: Value<'a>) {
        let own = self.scope();
        let scope = self.bound.scopes.scope(own).elsewhere.get(name).copied().unwrap_or(own);
        self.bind_in(scope, name, range, from, value);
    }

    fn bind_in(&mut self, scope: ScopeId, name: &'a str, range: TextRange, from: TextSize, value: Value<'a>) {
        let id = self.record(range, from, value);
        if scope != self.scope() && !self.is_inside_comprehension_of(scope) {
            self.scope_mut(scope).foreign.entry(name).or_default().push(id);
        }
        self.scope_mut(scope).bindings.entry(name).or_default().push(id);
    }

    /// Whether the current scope is a comprehension, at any depth, right inside `scope`: it runs where it stands.
    fn is_inside_comprehension_of(&self, scope: ScopeId) -> bool {
        let mut current = self.scope();
        while let (ScopeKind::Comprehension, Some(outer)) =
            (self.bound.scopes.scope(current).kind, self.bound.scopes.scope(current).parent)
        {
            current = outer;
        }
        current == scope
    }

    pub(super) fn record(&mut self, range: TextRange, from: TextSize, value: Value<'a>) -> BindingId {
        let bindings = &mut self.bound.scopes.bindings;
        let id = BindingId(u32::try_from(bindings.len()).unwrap_or(u32::MAX));
        bindings.push(Binding { range, from, block: self.block, value });
        id
    }

    pub(super) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope<'a> {
        &mut self.bound.scopes.scopes[id.0 as usize]
    }

    /// Binds whatever `target` is: a name, an attribute of `self`, a tuple of them.
    fn bind_target(&mut self, target: &'a Expr, from: TextSize, value: &Value<'a>) {
        match target {
            Expr::Name(name) => self.bind(&name.id, name.range, from, value.clone()),
            Expr::Attribute(attribute) => self.bind_attribute(attribute, value.clone()),
            Expr::Subscript(subscript) => {
                if let Value::Expr(element) = value {
                    let key = Some(&*subscript.slice);
                    self.put_into(&subscript.value, Content { element, container: Container::Mapping, key });
                }
                self.visit_expr(&subscript.value);
                self.visit_expr(&subscript.slice);
            }
            Expr::Starred(starred) => self.bind_target(&starred.value, from, value),
            Expr::Tuple(tuple) => self.bind_elements(&tuple.elts, from, value),
            Expr::List(list) => self.bind_elements(&list.elts, from, value),
            other => self.visit_expr(other),
        }
    }

    fn bind_elements(&mut self, targets: &'a [Expr], from: TextSize, value: &Value<'a>) {
        let star = targets.iter().position(Expr::is_starred_expr);
        for (index, target) in targets.iter().enumerate() {
            if let Expr::Starred(rest) = target {
                self.bind_target(&rest.value, from, &Value::Opaque);
                continue;
            }
            let known = star.is_none_or(|star| index < star);
            self.bind_target(target, from, &Value::Element(Box::new(value.clone()), known.then_some(index)));
        }
    }

    fn bind_parameters(&mut self, parameters: &'a Parameters, function: Option<&'a StmtFunctionDef>, from: TextSize) {
        let class = match self.owners.iter().rev().nth(1) {
            Some(Owner::Class(_, def)) if function.is_some() => Some(*def),
            _ => None,
        };
        let positional = parameters.posonlyargs.iter().chain(&parameters.args).enumerate();
        let keyword_only = parameters.kwonlyargs.iter().map(|parameter| (usize::MAX, parameter));
        for (index, with_default) in positional.chain(keyword_only) {
            let parameter = &with_default.parameter;
            let index = (index != usize::MAX).then_some(index);
            let value = Value::Parameter(ParameterOf { parameter, function, class, index, starred: false });
            self.bind(&parameter.name, parameter.name.range, from, value);
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            let value = Value::Parameter(ParameterOf { parameter, function, class, index: None, starred: true });
            self.bind(&parameter.name, parameter.name.range, from, value);
        }
    }

    /// What the parts of a signature say is evaluated outside of the function.
    fn visit_signature(&mut self, parameters: &'a Parameters) {
        for with_default in parameters.iter_non_variadic_params() {
            if let Some(annotation) = &with_default.parameter.annotation {
                self.visit_expr(annotation);
            }
            if let Some(default) = &with_default.default {
                self.visit_expr(default);
            }
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            if let Some(annotation) = &parameter.annotation {
                self.visit_expr(annotation);
            }
        }
    }

    fn visit_function(&mut self, def: &'a StmtFunctionDef) {
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.visit_signature(&def.parameters);
        if let Some(returns) = &def.returns {
            self.visit_expr(returns);
        }
        let qualname = self.enter_qualname(&def.name, def.start());
        let class = match self.owners.last() {
            Some(Owner::Class(_, class)) => Some(*class),
            _ => None,
        };
        self.bind(&def.name, def.name.range, def.end(), Value::Function(def));
        self.bound.functions.entry(qualname.clone()).or_default().push(Function {
            def,
            class,
            returns: Vec::new(),
            yields: Vec::new(),
        });
        self.owners.push(Owner::Function(qualname, def));
        self.qualname.push("<locals>".to_owned());
        let scope = self.open_scope(ScopeKind::Function(def));
        let start = def.body.first().map_or(def.end(), Ranged::start);
        self.in_block(TextRange::new(start, def.end()), scope, BlockKind::Body, false, |binder| {
            for parameter in def.type_params.iter().flat_map(|parameters| &parameters.type_params) {
                let name = parameter.name();
                binder.bind(name, name.range, start, Value::Opaque);
            }
            binder.bind_parameters(&def.parameters, Some(def), start);
            binder.visit_body(&def.body);
        });
        self.qualname.truncate(self.qualname.len().saturating_sub(2));
        self.owners.pop();
    }

    fn visit_class(&mut self, def: &'a StmtClassDef) {
        for decorator in &def.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        if let Some(arguments) = &def.arguments {
            self.visit_arguments(arguments);
        }
        let qualname = self.enter_qualname(&def.name, def.start());
        self.bind(&def.name, def.name.range, def.end(), Value::Class(def));
        let scope = self.open_scope(ScopeKind::Class(def));
        self.bound.classes.insert(
            qualname.clone(),
            Class {
                def,
                scope,
                attributes: FxHashMap::default(),
                contents: FxHashMap::default(),
                changes: FxHashMap::default(),
            },
        );
        self.owners.push(Owner::Class(qualname, def));
        let start = def.body.first().map_or(def.end(), Ranged::start);
        self.in_block(TextRange::new(start, def.end()), scope, BlockKind::Body, false, |binder| {
            binder.visit_body(&def.body);
        });
        self.qualname.pop();
        self.owners.pop();
    }

    fn enter_qualname(&mut self, name: &str, start: TextSize) -> String {
        self.qualname.push(name.to_owned());
        let qualname = self.qualname.join(".");
        self.bound.qualnames.insert(start, qualname.clone());
        qualname
    }

    fn visit_lambda(&mut self, lambda: &'a ExprLambda) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_signature(parameters);
        }
        let scope = self.open_scope(ScopeKind::Lambda);
        self.owners.push(Owner::Lambda);
        self.in_block(lambda.body.range(), scope, BlockKind::Body, false, |binder| {
            if let Some(parameters) = &lambda.parameters {
                binder.bind_parameters(parameters, None, lambda.body.start());
            }
            binder.visit_expr(&lambda.body);
        });
        self.owners.pop();
    }

    fn visit_comprehension_parts(&mut self, range: TextRange, generators: &'a [Comprehension], elements: &[&'a Expr]) {
        let outer = self.block;
        let scope = self.open_scope(ScopeKind::Comprehension);
        let outer_scope = self.scope();
        self.in_block(range, scope, BlockKind::Body, false, |binder| {
            for (index, generator) in generators.iter().enumerate() {
                if index == 0 {
                    let inner = binder.block;
                    binder.block = BlockId(u32::try_from(binder.bound.scopes.blocks.len()).unwrap_or(u32::MAX));
                    binder.bound.scopes.blocks.push(Block {
                        range: generator.iter.range(),
                        parent: Some(outer),
                        enclosing: Some(inner),
                        scope: outer_scope,
                        kind: BlockKind::Optional,
                        exits: false,
                    });
                    binder.visit_expr(&generator.iter);
                    binder.block = inner;
                } else {
                    binder.visit_expr(&generator.iter);
                }
                binder.bind_target(&generator.target, range.start(), &Value::Iterate(&generator.iter));
                for condition in &generator.ifs {
                    binder.visit_expr(condition);
                    binder.narrow(condition, range.start(), true);
                }
            }
            for element in elements {
                binder.visit_expr(element);
            }
        });
    }

    /// The function around, lambdas not counted.
    fn function_around(&mut self) -> Option<&mut Function<'a>> {
        match self.owners.last()? {
            Owner::Function(qualname, _) => self.bound.functions.get_mut(qualname)?.last_mut(),
            _ => None,
        }
    }
}

impl<'a> Visitor<'a> for Binder<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.visit_function(def),
            Stmt::ClassDef(def) => self.visit_class(def),
            Stmt::Assign(assign) => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.bind_target(target, assign.end(), &Value::Expr(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                self.visit_expr(&assign.annotation);
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
                let value = Value::Annotated(&assign.annotation, assign.value.as_deref());
                self.bind_target(&assign.target, assign.end(), &value);
            }
            Stmt::AugAssign(assign) => {
                self.visit_expr(&assign.value);
                let merged = Content { element: &assign.value, container: Container::Merged, key: None };
                let merges = matches!(assign.op, Operator::BitOr | Operator::Add);
                if !(merges && self.put_into(&assign.target, merged)) {
                    self.bind_target(&assign.target, assign.end(), &Value::Opaque);
                }
            }
            Stmt::TypeAlias(alias) => {
                self.bind_target(&alias.name, alias.end(), &Value::Expr(&alias.value));
                self.visit_expr(&alias.value);
            }
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    match target {
                        Expr::Name(name) => self.bind(&name.id, name.range, delete.end(), Value::Opaque),
                        other => self.visit_expr(other),
                    }
                }
            }
            Stmt::For(statement) => {
                self.visit_expr(&statement.iter);
                if let Some(first) = statement.body.first() {
                    let start = statement.target.start();
                    self.in_suite(&statement.body, start, BlockKind::Loop, |binder| {
                        binder.bind_target(&statement.target, first.start(), &Value::Iterate(&statement.iter));
                    });
                }
                self.suite(&statement.orelse, BlockKind::Optional);
            }
            Stmt::While(statement) => {
                self.visit_expr(&statement.test);
                if let Some(first) = statement.body.first() {
                    self.in_suite(&statement.body, first.start(), BlockKind::Loop, |binder| {
                        binder.narrow(&statement.test, first.start(), true);
                    });
                }
                self.suite(&statement.orelse, BlockKind::Optional);
            }
            Stmt::If(statement) => self.visit_if(statement),
            Stmt::With(with) => {
                for item in &with.items {
                    self.visit_expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bind_target(target, item.end(), &Value::Enter(&item.context_expr));
                    }
                }
                self.visit_body(&with.body);
            }
            Stmt::Match(statement) => self.visit_match(statement),
            Stmt::Assert(statement) => {
                walk_stmt(self, stmt);
                self.narrow(&statement.test, statement.end(), true);
            }
            Stmt::Try(statement) => {
                self.bound.tries.push(statement);
                self.suite(&statement.body, BlockKind::Try);
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    if let Some(class) = &handler.type_ {
                        self.visit_expr(class);
                    }
                    if let Some(first) = handler.body.first() {
                        self.in_suite(&handler.body, first.start(), BlockKind::Optional, |binder| {
                            if let Some(name) = &handler.name {
                                binder.bind(name, name.range, first.start(), Value::Exception(handler));
                            }
                        });
                    }
                }
                self.suite(&statement.orelse, BlockKind::Optional);
                self.visit_body(&statement.finalbody);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let path = alias.name.as_str();
                    let (name, bound) = match &alias.asname {
                        Some(asname) => (asname.as_str(), path),
                        None => {
                            let top = path.split('.').next().unwrap_or(path);
                            (top, top)
                        }
                    };
                    self.bind(name, alias.range, import.end(), Value::Import(bound));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.bound.star_imports.push(import);
                    } else {
                        let name = alias.asname.as_ref().unwrap_or(&alias.name);
                        self.bind(name, alias.range, import.end(), Value::ImportFrom(import, alias));
                    }
                }
            }
            Stmt::Global(global) => {
                let own = self.scope();
                for name in &global.names {
                    self.scope_mut(own).elsewhere.insert(name, ScopeId(0));
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                let own = self.scope();
                for name in &nonlocal.names {
                    let mut scope = self.bound.scopes.scope(own).parent;
                    while let Some(id) = scope {
                        let outer = self.bound.scopes.scope(id);
                        if outer.bindings.contains_key(name.as_str()) && !matches!(outer.kind, ScopeKind::Class(_)) {
                            self.scope_mut(own).elsewhere.insert(name, id);
                            break;
                        }
                        scope = outer.parent;
                    }
                }
            }
            Stmt::Return(statement) => {
                if let (Some(value), Some(function)) = (&statement.value, self.function_around()) {
                    function.returns.push(value);
                }
                walk_stmt(self, stmt);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(lambda) => self.visit_lambda(lambda),
            Expr::ListComp(comp) => self.visit_comprehension_parts(comp.range, &comp.generators, &[&comp.elt]),
            Expr::SetComp(comp) => self.visit_comprehension_parts(comp.range, &comp.generators, &[&comp.elt]),
            Expr::Generator(comp) => self.visit_comprehension_parts(comp.range, &comp.generators, &[&comp.elt]),
            Expr::DictComp(comp) => {
                let elements: Vec<&Expr> = comp.key.as_deref().into_iter().chain(Some(&*comp.value)).collect();
                self.visit_comprehension_parts(comp.range, &comp.generators, &elements);
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                if let Expr::Name(name) = &*named.target {
                    // A walrus in a comprehension binds in the scope around.
                    let mut scope = self.scope();
                    while let (ScopeKind::Comprehension, Some(outer)) =
                        (self.bound.scopes.scope(scope).kind, self.bound.scopes.scope(scope).parent)
                    {
                        scope = outer;
                    }
                    self.bind_in(scope, &name.id, name.range, named.end(), Value::Expr(&named.value));
                }
            }
            Expr::BoolOp(chain) => {
                let outer = self.block;
                self.visit_chain(&chain.values, chain.range, chain.op == ruff_python_ast::BoolOp::And);
                self.block = outer;
            }
            Expr::If(conditional) => {
                self.choice(conditional.range, &conditional.test);
                self.visit_expr(&conditional.test);
                let scope = self.scope();
                self.in_block(conditional.body.range(), scope, BlockKind::Optional, false, |binder| {
                    binder.narrow(&conditional.test, conditional.body.start(), true);
                    binder.visit_expr(&conditional.body);
                });
                self.in_block(conditional.orelse.range(), scope, BlockKind::Optional, false, |binder| {
                    binder.narrow(&conditional.test, conditional.orelse.start(), false);
                    binder.visit_expr(&conditional.orelse);
                });
            }
            Expr::Call(call) => {
                self.bound.calls.push(call);
                self.grow(call);
                walk_expr(self, expr);
            }
            Expr::Yield(inner) => {
                if let (Some(value), Some(function)) = (&inner.value, self.function_around()) {
                    function.yields.push(value);
                }
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}
