//! One file to findings. Pure: nothing is read, printed or written.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use ruff_python_ast::visitor::{Visitor, walk_except_handler, walk_expr, walk_stmt};
use ruff_python_ast::{ExceptHandler, Expr, ModModule, Stmt};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::lint::registry::{RULES, triggered};
use crate::lint::rule::{Check, Context, Finding, Report, Rule, Severity};
use crate::lint::suppress::Suppressions;
use crate::lint::unseen::{self, BlindSpot};
use crate::lint::usage::{self, Usage};
use crate::project::Project;
use crate::python::questions::Note;
use crate::python::{Model, Relied};
use crate::target::{Declaration, Target};
use crate::text::depth;
use crate::text::source::Source;
use crate::websockets::contract::{self, Contract, Facts};

/// What a file says: the findings of the rules that look at one file, the suppressed ones too, and its part of what concerns the whole project.
#[derive(Debug, Default)]
pub struct Checked {
    /// In the order of the text.
    pub findings: Vec<Finding>,
    /// The WebSocket endpoints and clients of the file.
    pub facts: Facts,
    /// What comments say about the findings.
    pub suppressions: Suppressions,
    /// What the file asks of the installed websockets.
    pub usage: usage::UsageFacts,
    /// What could not be looked into.
    pub unseen: Vec<BlindSpot>,
    /// What all of it depends on besides the file.
    pub relied: Relied,
}

/// Checks one file with the rules for which `selected` is true.
pub fn check(source: &Arc<Source>, project: &Project, target: &Target, selected: &dyn Fn(&Rule) -> bool) -> Checked {
    let tree = project.tree_of(source);
    let suppressions = Suppressions::new(source, tree.tokens());
    if let Some(finding) = syntax_error(source, tree.parsed()) {
        return Checked { findings: vec![finding], suppressions, ..Checked::default() };
    }
    let module = tree.module();
    let model = Model::new(&tree, project);
    let config = project.config(source.path());
    let Some(first) = RULES.first() else { return Checked::default() };
    let context = Context {
        source,
        tokens: tree.tokens(),
        model: &model,
        target,
        options: &config.rules,
        module,
        words: OnceCell::new(),
        blocks: OnceCell::new(),
        findings: Report::with_target(first, target),
    };
    // Whether the code fits what is declared shows in what the other rules find.
    let judges = RULES.iter().any(|rule| matches!(rule.check, Check::Declaration(_)) && selected(rule));
    let wanted = |rule: &Rule| selected(rule) || judges && rule.meta.since == "14.0";
    let triggered = triggered(source.text()).filter(|rule| wanted(rule));
    let mut walk = Walk { rules: triggered.collect(), context };
    walk.module(module);
    let mut usage = usage::collect(&walk.context);
    let unseen = unseen::collect(&walk.context);
    let mut findings = walk.context.findings.into_findings();
    fit(&mut findings, source);
    sort(&mut findings);
    usage.legacy = usage::legacy(&findings, |offset| source.stored_position(offset).row);
    findings.retain(|finding| finding.rule.is_none_or(selected));
    let facts = contract::collect(source, module, &model);
    if model.names_library() {
        project.note(model.file(), Note::of(&model));
    }
    Checked { findings, facts, suppressions, usage, unseen, relied: model.relied() }
}

/// The findings of the selected rules about one declaration, with all code known that it applies to.
pub fn check_declaration(declaration: &Declaration, usage: &Usage, selected: &dyn Fn(&Rule) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| selected(rule)) {
        let Check::Declaration(check) = rule.check else { continue };
        let mut report = Report::new(rule);
        // `None` only says where the rule stopped looking.
        let _ = check(declaration, usage, &mut report);
        findings.extend(report.into_findings());
    }
    findings
}

/// The findings of the selected rules about the endpoints of one file, with all clients known.
pub fn check_endpoints(facts: &Facts, contract: &Contract, selected: &dyn Fn(&Rule) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| selected(rule)) {
        let mut report = Report::new(rule);
        ask(rule, &facts.path, contract, &mut report);
        findings.extend(report.into_findings());
    }
    sort(&mut findings);
    findings
}

/// Asks one rule about what the contract says of a file.
pub fn ask(rule: &Rule, path: &Path, contract: &Contract, report: &mut Report) {
    match rule.check {
        Check::Endpoint(check) => {
            for endpoint in contract.endpoints(path) {
                // `None` only says where the rule stopped looking.
                let _ = check(endpoint, contract, report);
            }
        }
        Check::FirstOffer(check) => {
            for first in contract.firsts(path) {
                let _ = check(first, report);
            }
        }
        _ => {}
    }
}

/// Takes the fixes away that the file cannot hold.
pub fn fit(findings: &mut [Finding], source: &Source) {
    for finding in findings {
        finding.fix.take_if(|fix| !fix.edits().iter().all(|edit| source.takes(edit)));
    }
}

/// Sorts findings by place, then code.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.range.start(), finding.range.end());
        key(a).cmp(&key(b)).then_with(|| a.code().cmp(b.code())).then_with(|| a.message.cmp(&b.message))
    });
}

/// The first syntax error, as a finding. A file that Python cannot read is never fixed.
fn syntax_error(source: &Source, parsed: &Parsed<ModModule>) -> Option<Finding> {
    if source.is_too_deep() {
        let most = depth::MOST;
        let what = format!("this file has an expression or block of more than {most} levels, which Python refuses");
        return Some(unreadable(TextRange::default(), what, "Split it up, or leave the file out of the run."));
    }
    let error = parsed.errors().first()?;
    let end = TextSize::of(source.text());
    let range = TextRange::new(error.range().start().min(end), error.range().end().min(end));
    let what = format!("this file is not valid Python, so nothing in it was checked: {}", error.error);
    Some(unreadable(range, what, "Correct the syntax error, then run wsupgrade again."))
}

fn unreadable(range: TextRange, what: String, help: &str) -> Finding {
    let mut finding = Finding::new(None, range, what, Severity::Error);
    finding.help(help);
    finding
}

/// The selected rules by the kind of node that they look at.
#[derive(Default)]
struct Rules {
    call: Vec<&'static Rule>,
    attribute: Vec<&'static Rule>,
    handler: Vec<&'static Rule>,
    try_: Vec<&'static Rule>,
    function: Vec<&'static Rule>,
    class: Vec<&'static Rule>,
    import: Vec<&'static Rule>,
    import_from: Vec<&'static Rule>,
    module: Vec<&'static Rule>,
}

impl FromIterator<&'static Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = &'static Rule>>(selected: I) -> Self {
        let mut rules = Self::default();
        for rule in selected {
            match rule.check {
                Check::Call(_) => rules.call.push(rule),
                Check::Attribute(_) => rules.attribute.push(rule),
                Check::Handler(_) => rules.handler.push(rule),
                Check::Try(_) => rules.try_.push(rule),
                Check::Function(_) => rules.function.push(rule),
                Check::Class(_) => rules.class.push(rule),
                Check::Import(_) => rules.import.push(rule),
                Check::ImportFrom(_) => rules.import_from.push(rule),
                Check::Module(_) => rules.module.push(rule),
                Check::Endpoint(_) | Check::FirstOffer(_) | Check::Unused(_) | Check::Declaration(_) => {}
            }
        }
        rules
    }
}

struct Walk<'a> {
    rules: Rules,
    context: Context<'a>,
}

/// Runs the rules of one kind on a node.
macro_rules! run {
    ($self:ident, $kind:ident, $variant:ident, $node:expr) => {
        for rule in &$self.rules.$kind {
            if let Check::$variant(check) = rule.check {
                $self.context.findings.by(rule);
                // `None` only says where the rule stopped looking.
                let _ = check($node, &mut $self.context);
            }
        }
    };
}

impl<'a> Walk<'a> {
    fn module(&mut self, module: &'a ModModule) {
        run!(self, module, Module, module);
        self.visit_body(&module.body);
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Try(node) => run!(self, try_, Try, node),
            Stmt::FunctionDef(node) => run!(self, function, Function, node),
            Stmt::ClassDef(node) => run!(self, class, Class, node),
            Stmt::Import(node) => run!(self, import, Import, node),
            Stmt::ImportFrom(node) => run!(self, import_from, ImportFrom, node),
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(node) = handler;
        run!(self, handler, Handler, node);
        walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(node) => run!(self, call, Call, node),
            Expr::Attribute(node) => run!(self, attribute, Attribute, node),
            _ => {}
        }
        walk_expr(self, expr);
    }
}
