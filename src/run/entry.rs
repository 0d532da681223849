//! One file of a run: what was found in it, and what fixes make of it in memory.

use std::sync::Arc;

use ruff_text_size::TextRange;

use crate::fixes::imports::sorted;
use crate::lint::check::{self, Checked};
use crate::lint::registry;
use crate::lint::rule::{Check, Finding, Rule};
use crate::lint::select::Selection;
use crate::lint::suppress::{Split, Suppressions};
use crate::project::Project;
use crate::run::baseline::{Baseline, Expired, Review};
use crate::run::config::{Config, Configs};
use crate::run::handshakes;
use crate::run::session::{FileFindings, Settings};
use crate::target::{Goal, Target, Targets};
use crate::text::edit::{self, Applicability, Fix};
use crate::text::panics;
use crate::text::problem::Problem;
use crate::text::source::{Source, Unwritable};

/// One file of a run.
pub(crate) struct Entry {
    pub(crate) source: Arc<Source>,
    /// `None` for metadata, which is judged by what the code asks for and not checked itself.
    pub(crate) target: Option<Arc<Target>>,
    pub(crate) config: Arc<Config>,
    /// The versions to support, where somebody asked for them, whatever the metadata says.
    pub(crate) asked: Option<Arc<Target>>,
    goal: Option<Goal>,
    /// The rules that are on in this file.
    pub(crate) selection: Arc<Selection>,
    pub(crate) checked: Checked,
    /// The findings of the rules that see the whole project.
    pub(crate) linked: Vec<Finding>,
    /// Findings of the file alone whose fix would break a client, and why.
    pub(crate) held_back: Vec<(TextRange, String)>,
    /// To be checked again.
    pub(crate) dirty: bool,
    /// The file before its first fix.
    pub(crate) before: Option<FileFindings>,
    pub(crate) rules: Vec<&'static Rule>,
    pub(crate) unsafe_rules: Vec<&'static Rule>,
    /// A bug showed here; nothing more is done to the file.
    pub(crate) abandoned: bool,
    /// Metadata that is not to be changed, because nobody gave it or what is around it.
    pub(crate) is_outside: bool,
}

impl Entry {
    pub(crate) fn new(source: Arc<Source>, target: Option<Arc<Target>>, configs: &Configs) -> Self {
        let config = configs.for_path(source.path());
        let selection = config.selection_for(&configs.absolute(source.path()));
        let mut entry = Self {
            dirty: target.is_some(),
            source,
            target,
            asked: config.target.clone(),
            goal: configs.goal(),
            config,
            selection,
            checked: Checked::default(),
            linked: Vec::new(),
            held_back: Vec::new(),
            before: None,
            rules: Vec::new(),
            unsafe_rules: Vec::new(),
            abandoned: false,
            is_outside: false,
        };
        entry.read_comments();
        entry
    }

    /// Goes on as another configuration says.
    pub(crate) fn go_on(&mut self, configs: &Configs) {
        self.config = configs.for_path(self.source.path());
        self.goal = configs.goal();
        self.config.settle(&mut self.checked.findings);
    }

    /// What comments of metadata say; those of code are read when it is checked.
    fn read_comments(&mut self) {
        if self.target.is_none() {
            self.checked.suppressions = Suppressions::of_text(&self.source);
        }
    }

    /// Code is written for what it is configured for, or else for what the metadata around it says.
    pub(crate) fn find_target(&mut self, targets: &Targets) {
        if self.target.is_some() && !self.abandoned {
            self.asked = self.config.target.clone().or_else(|| {
                let declared = targets.for_source(&self.source);
                self.goal.and_then(|goal| goal.target(&declared)).map(Arc::new)
            });
            let target = self.asked.clone().unwrap_or_else(|| targets.for_source(&self.source));
            self.dirty |= self.target.as_ref() != Some(&target);
            self.target = Some(target);
        }
    }

    /// Takes what was found by looking at several files, as far as the rules are on here.
    pub(crate) fn link(&mut self, findings: Vec<Finding>) {
        if !self.abandoned {
            let is_on = |finding: &Finding| finding.rule.is_some_and(|rule| self.selection.contains(rule));
            // Metadata is read byte by byte, code in the encoding that it declares.
            let is_here = |range: TextRange| self.source.text().get(range.start().into()..range.end().into()).is_some();
            let findings = findings.into_iter().filter(|finding| is_on(finding) && is_here(finding.range));
            let judged = findings.map(|finding| if self.is_outside { out_of_reach(finding) } else { finding });
            self.linked.extend(judged);
        }
    }

    /// What is found, told apart by what the baseline says, and how many findings comments suppress.
    pub(crate) fn review(&self, settings: &Settings) -> (Review, usize) {
        let mut findings = [self.checked.findings.as_slice(), &self.linked].concat();
        for finding in &mut findings {
            let held_back = self.held_back.iter().find(|(range, _)| *range == finding.range);
            if let Some((_, why)) = held_back.filter(|_| finding.rule.is_some_and(handshakes::starts_to_answer)) {
                finding.no_fix_because(why.clone());
            }
        }
        if !self.linked.is_empty() {
            check::sort(&mut findings);
        }
        let suppressions = &self.checked.suppressions;
        let Split { mut kept, suppressed } = if settings.ignore_noqa {
            Split { kept: findings, suppressed: Vec::new() }
        } else {
            suppressions.split(&self.source, findings)
        };
        if self.config.unused_ignores && self.is_complete() && !settings.ignore_noqa {
            let on = |rule: &Rule| self.selection.contains(rule);
            let mut unused = suppressions.unused(&self.source, &suppressed, &on);
            self.config.settle(&mut unused);
            kept.append(&mut unused);
            check::sort(&mut kept);
        }
        let mut review = match &settings.baseline {
            Some(baseline) => baseline.review(&self.source, kept),
            None => Review { new: kept, known: Vec::new() },
        };
        if let Some(least) = settings.min_severity {
            review.new.retain(|finding| finding.severity >= least);
        }
        (review, suppressed.len())
    }

    /// Whether the file was checked to its end, so that what is not found is not there.
    pub(crate) fn is_complete(&self) -> bool {
        !self.abandoned && self.checked.findings.iter().all(|finding| finding.rule.is_some())
    }

    /// What the baseline has of the file and nobody finds any more.
    pub(crate) fn expired(&self, baseline: &Baseline, known: &[Finding]) -> Vec<Expired> {
        let on = |code: &str| registry::find(code).is_none_or(|rule| self.selection.contains(rule));
        if self.is_complete() { baseline.expired(&self.source, known, &on) } else { Vec::new() }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = Problem> {
        self.checked.suppressions.mistakes().map(|(at, message)| {
            let place = self.source.position(at);
            Problem::new(self.source.path(), format!("{place}: {message}."))
        })
    }

    /// What could not be looked into.
    pub(crate) fn unseen(&self) -> impl Iterator<Item = Problem> {
        self.checked.unseen.iter().map(|unseen| {
            let place = self.source.position(unseen.at);
            Problem::new(self.source.path(), format!("{place}: {}.", unseen.why))
        })
    }

    /// Back to the text on the disk, for good.
    pub(crate) fn abandon(&mut self, what: &str) -> Problem {
        let codes: Vec<&str> = self.rules.iter().map(|rule| rule.meta.code).collect();
        let problem = match unique(codes) {
            codes if codes.is_empty() => Problem::bug(self.source.path(), what),
            codes => Problem::bug(self.source.path(), &format!("{what} (rules applied: {})", codes.join(", "))),
        };
        self.take_back();
        problem
    }

    fn take_back(&mut self) {
        if let Some(FileFindings { source, findings }) = self.before.take() {
            self.source = source;
            self.checked.findings = findings;
            self.linked.clear();
            self.read_comments();
        }
        self.rules.clear();
        self.unsafe_rules.clear();
        self.dirty = false;
        self.abandoned = true;
    }

    /// Back to the text on the disk: the file cannot hold what the fixes make of it.
    fn refuse(&mut self, reason: &Unwritable) -> Problem {
        match reason {
            Unwritable::Notebook(what) => self.abandon(what),
            Unwritable::Markdown => self.abandon("a fence would not be valid Python after its fixes"),
            Unwritable::Lacking(encoding, character) => {
                self.take_back();
                let what = format!(
                    "not fixed: its encoding, {encoding}, does not have the character `{character}`, which the fix needs. \
                     Convert the file to UTF-8 and run again."
                );
                Problem::new(self.source.path(), what)
            }
        }
    }

    pub(crate) fn check(&mut self, project: &Project) -> Option<Problem> {
        self.dirty = false;
        let target = self.target.as_ref()?;
        let selected = |rule: &Rule| self.selection.contains(rule);
        let checked = panics::catch(|| check::check(&self.source, project, target, &selected));
        match checked {
            Ok(checked) if self.before.is_some() && checked.findings.iter().any(|finding| finding.rule.is_none()) => {
                Some(self.abandon("the fixed text would not be valid Python"))
            }
            Ok(mut checked) => {
                self.config.settle(&mut checked.findings);
                self.checked = checked;
                None
            }
            Err(message) => Some(self.abandon(&message)),
        }
    }

    /// Applies the fixes of `wanted` rules that go together. Whether the text changed.
    pub(crate) fn apply(&mut self, settings: &Settings, wanted: impl Fn(&Rule) -> bool) -> Result<bool, Problem> {
        let findings = self.review(settings).0.new;
        let allowed =
            |finding: &Finding| finding.rule.is_some_and(&wanted) && finding.fix.as_ref().is_some_and(Fix::is_allowed);
        // A comment may be about what another fix uncovers: comments go last.
        let is_last = |finding: &Finding| finding.rule.is_some_and(|rule| matches!(rule.check, Check::Unused(_)));
        let only_comments = findings.iter().all(|finding| is_last(finding) || !allowed(finding));
        let fixes = || {
            let now = findings.iter().filter(|finding| allowed(finding) && is_last(finding) == only_comments);
            now.filter_map(|finding| Some((finding.rule?, finding.fix.as_ref()?)))
        };
        let (edits, applied) = edit::choose(self.source.text().len(), fixes().map(|(_, fix)| fix));
        // A file that is not valid Python keeps its metadata, too.
        if !self.is_complete() || edits.is_empty() {
            return Ok(false);
        }
        let after = self.source.edited(&edits).map_err(|reason| self.refuse(&reason))?;
        if after.text() == self.source.text() {
            return Ok(false);
        }
        for ((rule, fix), _) in fixes().zip(applied).filter(|(_, applied)| *applied) {
            self.rules.push(rule);
            if fix.applicability() == Applicability::Unsafe {
                self.unsafe_rules.push(rule);
            }
        }
        let source = std::mem::replace(&mut self.source, after);
        self.read_comments();
        if self.before.is_none() {
            self.before = Some(FileFindings { source, findings });
        }
        self.dirty = self.target.is_some();
        Ok(true)
    }

    /// Puts imports in order that were in order before the first fix. Whether the text changed.
    pub(crate) fn sort_imports(&mut self) -> bool {
        let Some(before) = self.before.as_ref().filter(|_| self.target.is_some() && !self.abandoned) else {
            return false;
        };
        let edits = sorted::edits(&before.source, &self.source);
        let Ok(after) = self.source.edited(&edits.iter().collect::<Vec<_>>()) else { return false };
        if after.text() == self.source.text() {
            return false;
        }
        self.source = after;
        self.read_comments();
        self.dirty = true;
        true
    }
}

/// What is found in a file that is not to be changed.
fn out_of_reach(mut finding: Finding) -> Finding {
    if let Some(fix) = finding.fix.take() {
        let help = finding.help.take().unwrap_or_default();
        finding.help(
            format!("{help} This file lies outside of what was given, so it is not changed: name it as well.")
                .trim_start(),
        );
        finding.fix = Some(fix.as_suggestion());
    }
    finding
}

/// Each once, sorted.
fn unique(mut items: Vec<&'static str>) -> Vec<&'static str> {
    items.sort_unstable();
    items.dedup();
    items
}
