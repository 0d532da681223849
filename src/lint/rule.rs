//! The shape of a rule, what a rule sees, and what it reports.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use ruff_python_ast::token::Tokens;
use ruff_python_ast::{
    ExceptHandlerExceptHandler, Expr, ExprAttribute, ExprCall, ModModule, StmtClassDef, StmtFunctionDef, StmtImport,
    StmtImportFrom, StmtTry,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::lint::options::RuleOptions;
use crate::lint::suppress::Unused;
use crate::lint::usage::Usage;
use crate::python::{Model, Origin};
use crate::syntax::blocks::Blocks;
use crate::target::{Declaration, Side, Target};
use crate::text::edit::{Applicability, Edit, Fix};
use crate::text::printable::{into_printable, printable};
use crate::text::source::Source;
use crate::websockets::contract::{Contract, Endpoint, FirstOffer};

/// What a rule says about itself, next to its documentation.
#[derive(Debug)]
pub struct Meta {
    /// `WS` and three digits; the first names the family.
    pub code: &'static str,
    /// The websockets version in which the code stops working, or starts to behave differently; `any` where
    /// none of them makes a difference.
    pub since: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// The surest fix that the rule has.
    pub fix: Applicability,
    /// Words without one of which in a file the rule finds nothing there, so that most files need not be parsed.
    pub triggers: &'static [&'static str],
}

/// How bad it is to leave a finding alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing breaks today.
    Info,
    /// The code behaves differently, or is deprecated.
    Warning,
    /// The code breaks.
    Error,
}

/// One rule of the registry, which the build script writes from the files under `rules/`.
pub struct Rule {
    /// The file's name, with hyphens.
    pub name: &'static str,
    /// The folder's name.
    pub family: &'static str,
    /// The documentation of the file, as Markdown. Its first line is the summary.
    pub docs: &'static str,
    /// See [`Meta`].
    pub meta: &'static Meta,
    /// What it looks at.
    pub check: Check,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.meta.code, self.name)
    }
}

impl Rule {
    /// The summary.
    pub fn summary(&self) -> &'static str {
        self.docs.lines().next().unwrap_or_default()
    }

    /// The first paragraph below a heading of the documentation, as one line.
    pub fn section(&self, heading: &str) -> Option<String> {
        let mut lines = self.docs.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading).skip(1);
        let paragraph: Vec<&str> = lines
            .by_ref()
            .skip_while(|line| line.trim().is_empty())
            .take_while(|line| !line.trim().is_empty())
            .collect();
        (!paragraph.is_empty()).then(|| paragraph.join(" "))
    }

    /// Why a finding may be without a fix.
    pub fn no_fix(&self) -> Option<String> {
        self.section("When there is no fix")
    }

    /// Where the rule is documented.
    pub fn url(&self) -> String {
        format!("{}/blob/main/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), self.name)
    }
}

/// The kind of node that a rule looks at, and the function that does. The build script reads it off the function's signature.
#[derive(Debug)]
pub enum Check {
    /// Every call.
    Call(for<'a> fn(&'a ExprCall, &mut Context<'a>) -> Option<()>),
    /// Every attribute, read or written.
    Attribute(for<'a> fn(&'a ExprAttribute, &mut Context<'a>) -> Option<()>),
    /// Every handler of a `try`.
    Handler(for<'a> fn(&'a ExceptHandlerExceptHandler, &mut Context<'a>) -> Option<()>),
    /// Every `try`.
    Try(for<'a> fn(&'a StmtTry, &mut Context<'a>) -> Option<()>),
    /// Every function.
    Function(for<'a> fn(&'a StmtFunctionDef, &mut Context<'a>) -> Option<()>),
    /// Every class.
    Class(for<'a> fn(&'a StmtClassDef, &mut Context<'a>) -> Option<()>),
    /// Every `import ...`.
    Import(for<'a> fn(&'a StmtImport, &mut Context<'a>) -> Option<()>),
    /// Every `from ... import`.
    ImportFrom(for<'a> fn(&'a StmtImportFrom, &mut Context<'a>) -> Option<()>),
    /// The file as a whole.
    Module(for<'a> fn(&'a ModModule, &mut Context<'a>) -> Option<()>),
    /// Every WebSocket endpoint of the project, with all clients known.
    Endpoint(fn(&Endpoint, &Contract, &mut Report) -> Option<()>),
    /// Every place that takes the first of an offer that may be empty, with the whole way of the handshake known.
    FirstOffer(fn(&FirstOffer, &mut Report) -> Option<()>),
    /// Every comment that suppresses nothing, when it is asked for.
    Unused(fn(&Unused, &mut Report) -> Option<()>),
    /// Everything that the project's metadata declares about websockets, with all code known that it applies to.
    Declaration(fn(&Declaration, &Usage, &mut Report) -> Option<()>),
}

/// A place that is named in a finding, besides the place of the finding itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// In the same file.
    pub range: TextRange,
    /// A few words.
    pub text: String,
}

/// A place in another file that is named in a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The line as it is, on one line and without anything that a terminal would obey.
    pub code: String,
    /// A few words.
    pub text: String,
}

/// Something that a person would want to know.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule; `None` for a file that could not be parsed.
    pub rule: Option<&'static Rule>,
    /// The place.
    pub range: TextRange,
    /// What is wrong, since when, in one sentence. Like all words of a finding on one line, and nothing that a terminal would obey.
    pub message: String,
    /// Words at the place itself.
    pub here: Option<String>,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// Places of other files that explain it.
    pub elsewhere: Vec<Elsewhere>,
    /// What to do.
    pub help: Option<String>,
    /// How bad it is here.
    pub severity: Severity,
    /// The change, if there is one.
    pub fix: Option<Fix>,
    /// Why there is no change, where that is known.
    pub no_fix: Option<String>,
    /// The side of 14.0 on which the code at hand is; see [`Finding::on`].
    side: Side,
}

impl Finding {
    /// A finding that is the same for every target.
    pub fn new(rule: Option<&'static Rule>, range: TextRange, message: impl Into<String>, severity: Severity) -> Self {
        let message = into_printable(message.into());
        let (here, labels, elsewhere, help, fix, no_fix) = (None, Vec::new(), Vec::new(), None, None, None);
        Self { rule, range, message, here, labels, elsewhere, help, severity, fix, no_fix, side: Side::Modern }
    }

    /// Words at the place of the finding.
    pub fn here(&mut self, text: impl Into<String>) -> &mut Self {
        self.here = Some(into_printable(text.into()));
        self
    }

    /// Names another place.
    pub fn label(&mut self, node: impl Ranged, text: impl Into<String>) -> &mut Self {
        self.labels.push(Label { range: node.range(), text: into_printable(text.into()) });
        self
    }

    /// Names a place in another file.
    pub fn label_elsewhere(&mut self, path: &Path, line: usize, code: &str, text: impl Into<String>) -> &mut Self {
        let (code, text) = (printable(&code.replace('\t', " ")).into_owned(), into_printable(text.into()));
        self.elsewhere.push(Elsewhere { path: path.to_owned(), line, code, text });
        self
    }

    /// Says what to do.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(into_printable(text.into()));
        self
    }

    /// Lowers or raises the severity of this one.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Offers a change; edits that conflict with each other are none.
    pub fn fix(&mut self, applicability: Applicability, edits: Vec<Edit>) -> &mut Self {
        self.fix = Fix::new(edits, applicability);
        self
    }

    /// Offers no change, and records why.
    pub fn no_fix_because(&mut self, reason: impl Into<String>) -> &mut Self {
        self.fix = None;
        self.no_fix = Some(reason.into());
        self
    }

    /// Says on which side of 14.0 the code at hand is, where that is not the side of the whole project: what has a path of its own
    /// (`websockets.asyncio.client.connect`) is [`Side::Modern`] under every version.
    pub fn on(&mut self, side: Side) -> &mut Self {
        self.side = side;
        self
    }

    /// The policy for targets. A change that lies beyond every supported version is information without a fix.
    pub fn apply(&mut self, target: &Target) {
        if self.side != Side::Legacy {
            return;
        }
        let keeps = format!("{target} keeps it working");
        let later = self.help.take().unwrap_or_default();
        self.help =
            Some(format!("{keeps}; `--websockets '>=14.2'` shows the change now. When you move to 14: {later}"));
        self.severity = Severity::Info;
        self.no_fix_because(keeps);
    }

    /// Why there is no change: for this place, or else for every place without one.
    pub fn reason(&self) -> Option<String> {
        match &self.fix {
            Some(_) => None,
            None => self.no_fix.clone().or_else(|| self.rule?.no_fix()),
        }
    }

    /// The code, `syntax-error` without a rule.
    pub fn code(&self) -> &'static str {
        self.rule.map_or("syntax-error", |rule| rule.meta.code)
    }

    /// The name of the rule, `syntax-error` without one.
    pub fn name(&self) -> &'static str {
        self.rule.map_or("syntax-error", |rule| rule.name)
    }
}

/// Collects the findings of one rule after the other.
pub struct Report {
    findings: Vec<Finding>,
    /// Which of them are where.
    places: FxHashMap<TextRange, Vec<usize>>,
    rule: &'static Rule,
    target: Option<Target>,
}

impl Report {
    /// An empty report for `rule`, which looks at what no single target holds for.
    pub fn new(rule: &'static Rule) -> Self {
        Self { findings: Vec::new(), places: FxHashMap::default(), rule, target: None }
    }

    /// The same for code that has a target.
    pub fn with_target(rule: &'static Rule, target: &Target) -> Self {
        Self { findings: Vec::new(), places: FxHashMap::default(), rule, target: Some(target.clone()) }
    }

    /// The next findings are this rule's.
    pub fn by(&mut self, rule: &'static Rule) {
        self.rule = rule;
    }

    /// A finding at `node`.
    pub fn report(&mut self, node: impl Ranged, message: impl Into<String>) -> &mut Finding {
        let at = self.findings.len();
        let mut finding = Finding::new(Some(self.rule), node.range(), message, self.rule.meta.severity);
        if let Some(target) = &self.target
            && self.rule.meta.since.starts_with("14.")
        {
            finding.side = target.side;
        }
        self.places.entry(finding.range).or_default().push(at);
        self.findings.push(finding);
        &mut self.findings[at]
    }

    /// Whether this rule has said so of that place already.
    pub fn has(&self, range: TextRange, message: &str) -> bool {
        let here = self.places.get(&range).into_iter().flatten().filter_map(|at| self.findings.get(*at));
        let mut own = here.filter(|finding| finding.rule.is_some_and(|rule| rule.meta.code == self.rule.meta.code));
        own.any(|finding| finding.message == message)
    }

    /// What was found, the policy for targets applied.
    pub fn into_findings(mut self) -> Vec<Finding> {
        if let Some(target) = &self.target {
            self.findings.iter_mut().for_each(|finding| finding.apply(target));
        }
        self.findings
    }
}

/// Attributes of a connection, or of an exception about one, that code asks for to find out which API it has.
const PROBES: &[&str] = &["state", "request", "response", "connections", "protocol", "rcvd"];

/// What a rule of one file sees.
pub struct Context<'a> {
    /// The file.
    pub source: &'a Source,
    /// Its tokens, comments included.
    pub tokens: &'a Tokens,
    /// What every name is.
    pub model: &'a Model<'a>,
    /// The supported websockets versions.
    pub target: &'a Target,
    /// What the configuration says to rules.
    pub options: &'a RuleOptions,
    /// The tree.
    pub module: &'a ModModule,
    /// Where each word stands that may be a use of a name, once somebody asks.
    pub words: OnceCell<FxHashMap<&'a str, Vec<TextRange>>>,
    /// Which statements stand together, once somebody asks.
    pub blocks: OnceCell<Blocks<'a>>,
    /// Where the findings go.
    pub findings: Report,
}

impl<'a> Context<'a> {
    /// Which statements stand together.
    pub fn blocks(&self) -> &Blocks<'a> {
        self.blocks.get_or_init(|| Blocks::of(self.module))
    }

    /// What an expression is known to be.
    pub fn origin(&self, expr: &Expr) -> Origin {
        self.model.origin(expr)
    }

    /// What a call calls: for `functools.partial(f, ...)`, and for a call of the result, that is `f`.
    pub fn callee(&self, call: &ExprCall) -> Origin {
        let callee = match self.origin(&call.func) {
            Origin::Partial(inner) => self.model.resolve((*inner).clone()),
            other => other,
        };
        match call.arguments.args.first() {
            Some(first) if callee.is_one_of(&["functools.partial"]) => self.origin(first),
            _ => callee,
        }
    }

    /// What the keyword arguments `names` of a call arrive at: what it calls, or what a wrapper in another file passes them on to.
    pub fn receiver(&self, call: &ExprCall, names: &[&str]) -> Origin {
        self.model.receiver(self.callee(call), names)
    }

    /// Whether the code at `object` runs only on one kind of object, because something around it has asked: for the attribute `name`, for
    /// one of the new ones, or for the version.
    pub fn is_asked_before(&self, object: &Expr, name: &str) -> bool {
        self.model.is_version_guarded(object.start())
            || self.model.is_chosen(object.start())
            || PROBES.iter().chain([&name]).any(|asked| self.model.is_probed_for(object, asked))
    }

    /// The text of a node.
    pub fn text(&self, node: impl Ranged) -> &str {
        self.source.slice(node.range())
    }

    /// A finding at `node`. The message is one sentence: what is wrong, since which version.
    pub fn report(&mut self, node: impl Ranged, message: impl Into<String>) -> &mut Finding {
        self.findings.report(node, message)
    }
}
