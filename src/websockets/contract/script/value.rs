//! What expressions of a script are: texts with holes, and lists of them.

use std::cell::Cell;
use std::rc::Rc;

use oxc_ast::ast::{
    ArrayExpressionElement, ArrowFunctionBody, CallExpression, ConditionalExpression, Expression, FormalParameters,
    FunctionBody, NewExpression, Statement, TemplateLiteral,
};
use oxc_syntax::operator::BinaryOperator;
use rustc_hash::FxHashMap;

use super::blocks::MASK;
use super::names::{Names, ScriptBinding, called};
use crate::websockets::contract::path::HOLE;

/// Expressions that are nested deeper than this are unknown.
const DEPTH: u32 = 40;

/// Larger values than this many expressions are unknown.
const MOST: u32 = 2_000;

/// Once a script took so many, what is not spelled out in the call is unknown: each of many clients may use the same large value.
const MOST_IN_ALL: u32 = 200_000;

/// No URL and no subprotocol is longer.
const LONGEST: usize = 2_000;

/// Both arms of `tls ? ... : ...`: the path is the same.
const SCHEMES: &[(&str, &str)] =
    &[("wss://", "ws://"), ("wss:", "ws:"), ("wss", "ws"), ("s", ""), ("https://", "http://"), ("https:", "http:")];

/// Where an expression is evaluated.
#[derive(Debug, Clone, Default)]
pub(super) struct Spot {
    pub scope: usize,
    /// The parameters of the functions around, by where they are bound, and what they are called with.
    passed: Rc<FxHashMap<u32, String>>,
}

impl Spot {
    pub(super) fn new(scope: usize) -> Self {
        Self { scope, ..Self::default() }
    }
}

/// What is offered.
#[derive(Debug, Default)]
pub(super) struct Offered {
    pub values: Vec<String>,
    pub computed: bool,
    pub unknown: bool,
}

/// Evaluates expressions, as far as that goes.
pub(super) struct Evaluator<'n, 'a> {
    names: &'n Names<'a>,
    /// For the value at hand.
    left: Cell<u32>,
    /// For all others.
    left_in_all: Cell<u32>,
}

impl<'n, 'a> Evaluator<'n, 'a> {
    pub(super) fn new(names: &'n Names<'a>) -> Self {
        Self { names, left: Cell::new(0), left_in_all: Cell::new(MOST_IN_ALL) }
    }

    /// Begins with another client. The few steps of one that spells everything out are always there.
    fn begin(&self) {
        const FEW: u32 = 16;
        let taken = self.left_in_all.get().clamp(FEW, MOST);
        self.left.set(taken);
    }

    /// One more step, if it may be taken.
    fn step(&self) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        self.left_in_all.set(self.left_in_all.get().saturating_sub(1));
        Some(())
    }

    /// The text that an expression is, with a [`HOLE`] for each part that is computed.
    pub(super) fn text(&self, expr: &Expression<'a>, place: &Spot) -> String {
        self.begin();
        self.template(expr, place, DEPTH).unwrap_or_else(hole)
    }

    /// What an expression offers.
    pub(super) fn offered(&self, expr: &Expression<'a>, place: &Spot) -> Offered {
        self.begin();
        self.list(expr, place, DEPTH)
    }

    fn list(&self, expr: &Expression<'a>, place: &Spot, depth: u32) -> Offered {
        let unknown = || Offered { unknown: true, ..Offered::default() };
        let (Some(depth), Some(())) = (depth.checked_sub(1), self.step()) else { return unknown() };
        match expr.get_inner_expression() {
            Expression::ArrayExpression(array) => {
                let mut offered = Offered::default();
                for element in &array.elements {
                    if self.step().is_none() {
                        offered.unknown = true;
                        break;
                    }
                    self.element(element, place, &mut offered);
                }
                offered
            }
            Expression::Identifier(name) if name.name == "undefined" => Offered::default(),
            // The options of a library for node.
            Expression::ObjectExpression(_) | Expression::NullLiteral(_) => Offered::default(),
            Expression::Identifier(name) => match self.names.find(&name.name, place.scope) {
                Some(ScriptBinding::Value(value, scope)) => self.list(value, &Spot { scope, ..place.clone() }, depth),
                _ => unknown(),
            },
            Expression::ConditionalExpression(either) => {
                let mut offered = self.list(&either.consequent, place, depth);
                let other = self.list(&either.alternate, place, depth);
                offered.unknown |= other.unknown || offered.values.is_empty() || other.values.is_empty();
                offered.computed |= other.computed;
                offered.values.extend(other.values);
                offered
            }
            other => match self.template(other, place, depth) {
                Some(text) if !text.contains(HOLE) => Offered { values: vec![text], ..Offered::default() },
                Some(text) if text.chars().any(|c| c != HOLE) => Offered { computed: true, ..Offered::default() },
                _ => unknown(),
            },
        }
    }

    fn element(&self, element: &ArrayExpressionElement<'a>, place: &Spot, offered: &mut Offered) {
        match element.as_expression() {
            Some(value) => match self.template(value, place, DEPTH) {
                Some(text) if !text.contains(HOLE) => offered.values.push(text),
                _ => offered.computed = true,
            },
            None => offered.unknown = true,
        }
    }

    /// `None` for what is computed as a whole.
    fn template(&self, expr: &Expression<'a>, place: &Spot, depth: u32) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        self.step()?;
        match expr.get_inner_expression() {
            Expression::StringLiteral(text) => literal(&text.value),
            Expression::TemplateLiteral(template) => self.interpolated(template, place, depth),
            Expression::NumericLiteral(number) => number.raw.as_ref().and_then(|raw| literal(raw)),
            Expression::BinaryExpression(sum) if sum.operator == BinaryOperator::Addition => {
                let part = |side| self.template(side, place, depth).unwrap_or_else(hole);
                let sum = part(&sum.left) + &part(&sum.right);
                (sum.len() <= LONGEST).then_some(sum)
            }
            Expression::ConditionalExpression(either) => self.either(either, place, depth),
            Expression::Identifier(name) => match self.names.find(&name.name, place.scope)? {
                ScriptBinding::Value(value, scope) => self.template(value, &Spot { scope, ..place.clone() }, depth),
                ScriptBinding::Unknown(at) => place.passed.get(&at).cloned(),
                ScriptBinding::Function(_) => None,
            },
            Expression::NewExpression(new) => self.url(new, place, depth),
            // `new URL(...).href`
            Expression::StaticMemberExpression(member) if member.property.name == "href" => {
                match member.object.get_inner_expression() {
                    Expression::NewExpression(new) => self.url(new, place, depth),
                    Expression::Identifier(_) => {
                        self.template(&member.object, place, depth).filter(|text| text.starts_with('/'))
                    }
                    _ => None,
                }
            }
            Expression::CallExpression(call) => self.call(call, place, depth),
            _ => None,
        }
    }

    fn interpolated(&self, template: &TemplateLiteral<'a>, place: &Spot, depth: u32) -> Option<String> {
        let mut text = String::new();
        for (at, quasi) in template.quasis.iter().enumerate() {
            text.push_str(&literal(quasi.value.cooked.as_ref()?)?);
            if let Some(inner) = template.expressions.get(at) {
                text.push_str(&self.template(inner, place, depth).unwrap_or_else(hole));
            }
        }
        (text.len() <= LONGEST).then_some(text)
    }

    fn either(&self, either: &ConditionalExpression<'a>, place: &Spot, depth: u32) -> Option<String> {
        let yes = self.template(&either.consequent, place, depth)?;
        let no = self.template(&either.alternate, place, depth)?;
        let is_pair = |a: &str, b: &str| SCHEMES.contains(&(a, b));
        match () {
            () if yes == no || is_pair(&no, &yes) => Some(yes),
            () if is_pair(&yes, &no) => Some(no),
            () => None,
        }
    }

    /// `new URL("/path", base)`.
    fn url(&self, new: &NewExpression<'a>, place: &Spot, depth: u32) -> Option<String> {
        if called(&new.callee) != Some("URL") {
            return None;
        }
        let path = self.template(new.arguments.first()?.as_expression()?, place, depth)?;
        let Some(base) = new.arguments.get(1) else { return Some(path) };
        if path.contains("://") {
            return Some(path);
        }
        // The base says the host, and for a path that does not start with a slash the directory.
        let base = base.as_expression().and_then(|base| self.template(base, place, depth)).unwrap_or_else(hole);
        let (scheme, rest) = base.split_once("://").unwrap_or(("", &base));
        let host = rest.split('/').next().unwrap_or_default();
        match path.strip_prefix('/') {
            Some(_) if scheme.is_empty() => Some(path),
            Some(_) => Some(format!("{scheme}://{host}{path}")),
            None => Some(format!("{HOLE}/{}", path.trim_start_matches("./"))),
        }
    }

    fn call(&self, call: &CallExpression<'a>, place: &Spot, depth: u32) -> Option<String> {
        match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(method) => match method.property.name.as_str() {
                "toString" => self.template(&method.object, place, depth),
                // The scheme is replaced.
                "replace" if is_scheme(call.arguments.first()?.as_expression()?) => {
                    self.template(&method.object, place, depth)
                }
                _ => None,
            },
            Expression::Identifier(name) => {
                let (parameters, start, body) = match self.names.find(&name.name, place.scope)? {
                    ScriptBinding::Function(function) if !function.r#async && !function.generator => {
                        (&*function.params, function.span.start, returned(function.body.as_deref()?)?)
                    }
                    ScriptBinding::Value(Expression::ArrowFunctionExpression(arrow), _) if !arrow.r#async => {
                        let body = match &arrow.body {
                            ArrowFunctionBody::FunctionBody(body) => returned(body)?,
                            other => other.as_expression()?,
                        };
                        (&*arrow.params, arrow.span.start, body)
                    }
                    _ => return None,
                };
                let passed = self.passed(parameters, call, place, depth);
                self.template(body, &Spot { scope: self.names.inside(start)?, passed }, depth)
            }
            _ => None,
        }
    }

    /// What the parameters of a function are in a call.
    fn passed(
        &self,
        parameters: &FormalParameters<'a>,
        call: &CallExpression<'a>,
        place: &Spot,
        depth: u32,
    ) -> Rc<FxHashMap<u32, String>> {
        let mut passed = FxHashMap::default();
        for (parameter, argument) in parameters.items.iter().zip(&call.arguments) {
            let Some(value) = argument.as_expression() else { break };
            if let (Some(id), Some(text)) =
                (parameter.pattern.get_binding_identifier(), self.template(value, place, depth))
            {
                passed.insert(id.span.start, text);
            }
        }
        Rc::new(passed)
    }
}

fn hole() -> String {
    HOLE.to_string()
}

/// A text of the script. What a template of the page computes is a hole.
fn literal(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.replace(HOLE, "\u{fffd}");
    if !text.contains("$$$$") {
        return Some(text);
    }
    let mut holed = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("$$$$") {
        let (before, masked) = rest.split_at(at);
        holed.push_str(before);
        holed.push(HOLE);
        rest = masked.trim_start_matches(MASK);
    }
    holed.push_str(rest);
    Some(holed)
}

/// The one thing that a function returns, with nothing before it but declarations.
fn returned<'e, 'a>(body: &'e FunctionBody<'a>) -> Option<&'e Expression<'a>> {
    let (last, before) = body.statements.split_last()?;
    if !before.iter().all(|statement| matches!(statement, Statement::VariableDeclaration(_))) {
        return None;
    }
    let Statement::ReturnStatement(statement) = last else { return None };
    statement.argument.as_ref()
}

/// `"http"`, `/^http/`.
fn is_scheme(pattern: &Expression<'_>) -> bool {
    match pattern {
        Expression::StringLiteral(text) => text.value.starts_with("http"),
        Expression::RegExpLiteral(regex) => regex.regex.pattern.text.trim_start_matches(['^', '(']).starts_with("http"),
        _ => false,
    }
}
