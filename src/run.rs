//! One run over many files: the files of a session, checked in parallel, linked, and fixed in memory.
//!
//! Each file is checked alone first, with what other files define looked up in the [`Project`]. What concerns several files
//! at once comes second: [`link`] joins the facts of all files and runs the rules that look at endpoints. Fixes are made in
//! memory, all files a round at a time, so that every file sees the others as they will be; see [`crate::fix`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::FxHashSet;

use crate::baseline::{Baseline, Expired, Review};
use crate::check::{self, Checked};
use crate::config::{Config, Configs};
use crate::contract::{Contract, Facts};
use crate::edit::{self, Fix};
use crate::panics;
use crate::project::{self, Project};
use crate::report::progress::Progress;
use crate::rule::{Check, Finding, Report, Rule, Severity};
use crate::rules::{self, RULES};
use crate::select::Selection;
use crate::source::{Source, Undecodable, Unwritable};
use crate::suppress::Split;
use crate::target::{BadMetadata, Target, Targets};
use crate::walk::{Found, Walked, walk};

/// Visitors recurse as deep as the code nests; generated code nests deep. The memory is only reserved, not used.
const STACK: usize = 64 << 20;

/// What a run is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What holds for which file.
    pub configs: Arc<Configs>,
    /// How many threads work. At least one does.
    pub threads: usize,
    /// The findings that are known.
    pub baseline: Option<Arc<Baseline>>,
    /// Who wants to know how far the work is.
    pub progress: Progress,
}

/// The findings of one file, with the text that they point into.
#[derive(Debug)]
pub struct FileFindings {
    /// The file.
    pub source: Arc<Source>,
    /// In the order of the text.
    pub findings: Vec<Finding>,
}

/// A file that fixes changed.
#[derive(Debug)]
pub struct Change {
    /// As it was, with what was found then.
    pub before: FileFindings,
    /// As it is now.
    pub after: Arc<Source>,
    /// The rule of each applied fix.
    pub rules: Vec<&'static Rule>,
}

/// A file that could not be dealt with. Printed on stderr; the exit code is 2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or directory.
    pub path: PathBuf,
    /// What went wrong, and what to do.
    pub message: String,
}

impl Problem {
    /// Something is wrong with `path`.
    pub fn new(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    fn undecodable(path: &Path, reason: &Undecodable) -> Self {
        Self::new(path, format!("cannot be read as Python: {reason}."))
    }

    fn bug(path: &Path, what: &str) -> Self {
        let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
        Self::new(path, format!("left alone: internal error, {what}. Please report it at {issues}."))
    }
}

impl From<BadMetadata> for Problem {
    fn from(bad: BadMetadata) -> Self {
        Self::new(bad.path, format!("line {}: {}. Correct it, or say `--websockets`.", bad.line, bad.message))
    }
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Files with findings, sorted by path.
    pub files: Vec<FileFindings>,
    /// Files that fixes changed, in memory so far, sorted by path.
    pub changes: Vec<Change>,
    /// Sorted by path.
    pub problems: Vec<Problem>,
    /// What is wrong and stops nothing, such as a comment that names no rule. Sorted by path.
    pub warnings: Vec<Problem>,
    /// How many findings comments suppress.
    pub suppressed: usize,
    /// How many findings are in the baseline.
    pub known: usize,
    /// What the baseline has and nobody finds any more, sorted by file.
    pub expired: Vec<Expired>,
    /// How many Python files were looked at.
    pub checked: usize,
    /// The supported websockets versions, and where that is written, of the files that were parsed.
    pub targets: BTreeSet<String>,
}

impl Outcome {
    /// Whether something is left to do. What is only good to know, such as what waits behind a pin below 14.0, is not.
    pub fn has_work_left(&self) -> bool {
        self.files.iter().flat_map(|file| &file.findings).any(|finding| finding.severity > Severity::Info)
    }
}

/// Checks what a walk found.
pub fn check(walked: Walked, settings: &Settings) -> Outcome {
    let mut session = Session::open(walked, settings);
    session.check();
    session.close()
}

/// The files of a run.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    project: Project,
    targets: Targets,
    /// `None` where there is nothing to do, or the system has no threads left.
    pool: Option<ThreadPool>,
    entries: Vec<Entry>,
    /// What the rest of the project says about the contract, once somebody asks.
    around: Option<Vec<Facts>>,
    directories: Vec<PathBuf>,
    named: Vec<PathBuf>,
    problems: Vec<Problem>,
    checked: usize,
}

/// One file of a run.
struct Entry {
    source: Arc<Source>,
    target: Arc<Target>,
    config: Arc<Config>,
    /// The rules that are on in this file.
    selection: Arc<Selection>,
    checked: Checked,
    /// The findings of the rules that see the whole project.
    linked: Vec<Finding>,
    /// To be checked again.
    dirty: bool,
    /// The file before its first fix.
    before: Option<FileFindings>,
    rules: Vec<&'static Rule>,
    /// A bug showed here; nothing more is done to the file.
    abandoned: bool,
}

impl Entry {
    fn new(source: Arc<Source>, target: Arc<Target>, config: Arc<Config>, selection: Arc<Selection>) -> Self {
        Self {
            source,
            target,
            config,
            selection,
            checked: Checked::default(),
            linked: Vec::new(),
            dirty: true,
            before: None,
            rules: Vec::new(),
            abandoned: false,
        }
    }

    /// What is found, told apart by what the baseline says, and how many findings comments suppress.
    fn review(&self, settings: &Settings) -> (Review, usize) {
        let mut findings = [self.checked.findings.as_slice(), &self.linked].concat();
        if !self.linked.is_empty() {
            check::sort(&mut findings);
        }
        let suppressions = &self.checked.suppressions;
        let Split { mut kept, suppressed } = suppressions.split(&self.source, findings);
        if self.config.unused_ignores && self.is_complete() {
            let on = |rule: &Rule| self.selection.contains(rule);
            let mut unused = suppressions.unused(&self.source, &suppressed, &on);
            self.config.settle(&mut unused);
            kept.append(&mut unused);
            check::sort(&mut kept);
        }
        let review = match &settings.baseline {
            Some(baseline) => baseline.review(&self.source, kept),
            None => Review { new: kept, known: Vec::new() },
        };
        (review, suppressed.len())
    }

    /// Whether the file was checked to its end, so that what is not found is not there.
    fn is_complete(&self) -> bool {
        !self.abandoned && self.checked.findings.iter().all(|finding| finding.rule.is_some())
    }

    /// What the baseline has of the file and nobody finds any more.
    fn expired(&self, baseline: &Baseline, known: &[Finding]) -> Vec<Expired> {
        let on = |code: &str| rules::find(code).is_none_or(|rule| self.selection.contains(rule));
        if self.is_complete() { baseline.expired(&self.source, known, &on) } else { Vec::new() }
    }

    fn warnings(&self) -> impl Iterator<Item = Problem> {
        self.checked.suppressions.mistakes().map(|(at, message)| {
            let place = self.source.position(at);
            Problem::new(self.source.path(), format!("{}:{}: {message}.", place.row, place.column))
        })
    }

    /// Back to the text on the disk, for good.
    fn abandon(&mut self, what: &str) -> Problem {
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
        }
        self.rules.clear();
        self.dirty = false;
        self.abandoned = true;
    }

    /// Back to the text on the disk: the file cannot hold what the fixes make of it.
    fn refuse(&mut self, reason: &Unwritable) -> Problem {
        match reason {
            Unwritable::Notebook(what) => self.abandon(what),
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

    fn check(&mut self, project: &Project) -> Option<Problem> {
        self.dirty = false;
        let selected = |rule: &Rule| self.selection.contains(rule);
        let checked = panics::catch(|| check::check(&self.source, project, &self.target, &selected));
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

    /// Applies the fixes that go together. Whether the text changed.
    fn apply(&mut self, settings: &Settings) -> Result<bool, Problem> {
        let findings = self.review(settings).0.new;
        let allowed = |finding: &Finding| finding.fix.as_ref().is_some_and(Fix::is_allowed);
        // A comment may be about what another fix uncovers: comments go last.
        let is_last = |finding: &Finding| finding.rule.is_some_and(|rule| matches!(rule.check, Check::Unused(_)));
        let only_comments = findings.iter().all(|finding| is_last(finding) || !allowed(finding));
        let fixes = || {
            let now = findings.iter().filter(|finding| allowed(finding) && is_last(finding) == only_comments);
            now.filter_map(|finding| Some((finding.rule?, finding.fix.as_ref()?)))
        };
        let (edits, applied) = edit::choose(self.source.text().len(), fixes().map(|(_, fix)| fix));
        if self.abandoned || edits.is_empty() {
            return Ok(false);
        }
        let after = self.source.edited(&edits).map_err(|reason| self.refuse(&reason))?;
        if after.text() == self.source.text() {
            return Ok(false);
        }
        self.rules.extend(fixes().zip(applied).filter_map(|((rule, _), applied)| applied.then_some(rule)));
        let source = std::mem::replace(&mut self.source, after);
        if self.before.is_none() {
            self.before = Some(FileFindings { source, findings });
        }
        self.dirty = true;
        Ok(true)
    }
}

impl<'a> Session<'a> {
    pub(crate) fn open(walked: Walked, settings: &'a Settings) -> Self {
        let Walked { files, directories, named, checked, problems } = walked;
        let threads = settings.threads.clamp(1, files.len().max(1));
        let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
        let pool = pool.ok().filter(|_| !files.is_empty());
        let targets = Targets::new();
        let project = Project::new(settings.configs.clone());
        let (entries, around) = (Vec::new(), None);
        let mut session =
            Self { settings, project, targets, pool, entries, around, directories, named, problems, checked };
        let targets = &session.targets;
        let opened = each(session.pool.as_ref(), files, |Found { path, bytes, saved }| {
            let source = Source::decode(path.clone(), bytes).map_err(|error| Problem::undecodable(&path, &error))?;
            let config = settings.configs.for_path(&path);
            let target = config.target.clone().unwrap_or_else(|| targets.for_source(&source));
            let selection = config.selection_for(&settings.configs.absolute(&path));
            Ok((Entry::new(source, target, config, selection), saved))
        });
        for result in opened {
            match result {
                Ok((entry, saved)) => {
                    if !saved {
                        session.project.overlay(entry.source.clone());
                    }
                    session.entries.push(entry);
                }
                Err(problem) => session.problems.push(problem),
            }
        }
        session
    }

    /// Checks the files that changed, then what concerns all of them.
    pub(crate) fn check(&mut self) {
        let (project, progress) = (&self.project, &self.settings.progress);
        let dirty: Vec<&mut Entry> = self.entries.iter_mut().filter(|entry| entry.dirty).collect();
        progress.start(dirty.len());
        let problems: Vec<Option<Problem>> = each(self.pool.as_ref(), dirty, |entry| {
            let problem = entry.check(project);
            progress.advance();
            problem
        });
        self.problems.extend(problems.into_iter().flatten());
        let rules = endpoint_rules(&self.entries);
        if rules.is_empty() || self.entries.iter().all(|entry| entry.checked.facts.is_empty()) {
            self.entries.iter_mut().for_each(|entry| entry.linked.clear());
            return;
        }
        let around = self.around.take().unwrap_or_else(|| self.look_around());
        link(&mut self.entries, &around, &rules);
        self.around = Some(around);
    }

    /// What the other files of the same projects say, for files that were asked for by name: a hook passes the changed files only,
    /// and an endpoint is right or wrong by what its clients do elsewhere. Who asks for a directory has said what belongs together.
    fn look_around(&self) -> Vec<Facts> {
        let involved = self.entries.iter().filter(|entry| !entry.checked.facts.is_empty());
        let mut roots: Vec<PathBuf> = involved
            .filter(|entry| {
                let path = entry.source.path().canonicalize();
                !path.is_ok_and(|path| self.directories.iter().any(|asked| path.starts_with(asked)))
            })
            .filter_map(|entry| project::nearest(entry.source.path())?.canonicalize().ok())
            .collect();
        roots.sort();
        roots.dedup();
        if roots.is_empty() {
            return Vec::new();
        }
        let asked: FxHashSet<PathBuf> =
            self.entries.iter().filter_map(|entry| entry.source.path().canonicalize().ok()).collect();
        let mut files = walk(&roots, self.settings.threads, &self.settings.configs).files;
        files.retain(|found| !asked.contains(&found.path));
        let facts = each(self.pool.as_ref(), files, |Found { path, bytes, .. }| {
            let source = Source::decode(path, bytes).ok()?;
            let checked = panics::catch(|| check::check(&source, &self.project, &Target::default(), &|_| false));
            checked.ok().map(|checked| checked.facts)
        });
        facts.into_iter().flatten().collect()
    }

    /// Applies in every file the fixes that go together there. Whether any text changed.
    pub(crate) fn apply(&mut self) -> bool {
        let mut any = false;
        for entry in &mut self.entries {
            match entry.apply(self.settings) {
                Ok(false) => {}
                Ok(true) => {
                    any = true;
                    self.project.overlay(entry.source.clone());
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        any
    }

    /// Checks every file again beside the changed ones, with nothing remembered. Where nothing changed, nothing is to be
    /// done.
    pub(crate) fn check_all(&mut self) {
        let changed: Vec<_> = self.entries.iter().filter(|entry| entry.before.is_some()).collect();
        if changed.is_empty() {
            return;
        }
        self.project = Project::new(self.settings.configs.clone());
        for entry in &changed {
            self.project.overlay(entry.source.clone());
        }
        for entry in self.entries.iter_mut().filter(|entry| !entry.abandoned) {
            entry.dirty = true;
        }
        self.check();
    }

    /// Gives up on the files that would change yet again.
    pub(crate) fn abandon_unsettled(&mut self, rounds: usize) {
        for entry in &mut self.entries {
            match entry.apply(self.settings) {
                Ok(false) => {}
                Ok(true) => {
                    let problem = entry.abandon(&format!("its fixes did not settle in {rounds} rounds"));
                    self.problems.push(problem);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    pub(crate) fn close(self) -> Outcome {
        let mut outcome = Outcome { problems: self.problems, checked: self.checked, ..Outcome::default() };
        outcome.problems.extend(self.targets.problems().into_iter().map(Problem::from));
        if let Some(baseline) = &self.settings.baseline {
            let parsed: Vec<&Path> = self.entries.iter().map(|entry| entry.source.path()).collect();
            let is_below = |path: &Path| self.directories.iter().any(|directory| path.starts_with(directory));
            let asked = |path: &Path| is_below(path) || self.named.iter().any(|named| named == path);
            outcome.expired = baseline.expired_elsewhere(&parsed, &asked, &rules::can_matter);
        }
        for entry in self.entries {
            outcome.targets.insert(entry.target.to_string());
            outcome.warnings.extend(entry.warnings());
            let (Review { new, known }, suppressed) = entry.review(self.settings);
            outcome.suppressed += suppressed;
            outcome.known += known.len();
            if let Some(baseline) = &self.settings.baseline {
                outcome.expired.extend(entry.expired(baseline, &known));
            }
            if !new.is_empty() {
                outcome.files.push(FileFindings { source: entry.source.clone(), findings: new });
            }
            // Fixes can undo each other; a file that is as before was not changed.
            if let Some(before) = entry.before.filter(|before| before.source.text() != entry.source.text()) {
                outcome.changes.push(Change { before, after: entry.source, rules: entry.rules });
            }
        }
        outcome.problems.sort();
        outcome.expired.sort();
        outcome
    }
}

/// The rules that look at endpoints and are on in some file.
fn endpoint_rules(entries: &[Entry]) -> Vec<&'static Rule> {
    let is_on = |rule: &&Rule| entries.iter().any(|entry| entry.selection.contains(rule));
    RULES.iter().filter(|rule| matches!(rule.check, Check::Endpoint(_))).filter(is_on).collect()
}

/// What concerns all files at once: joins their facts and runs the rules that look at endpoints.
fn link(entries: &mut [Entry], around: &[Facts], rules: &[&'static Rule]) {
    let Some(first) = rules.first() else { return };
    let contract = Contract::link(entries.iter().map(|entry| &entry.checked.facts).chain(around));
    for entry in entries.iter_mut().filter(|entry| !entry.abandoned) {
        let mut report = Report::new(first);
        for rule in rules.iter().filter(|rule| entry.selection.contains(rule)) {
            let Check::Endpoint(check) = rule.check else { continue };
            report.by(rule);
            for endpoint in &entry.checked.facts.endpoints {
                // `None` only says where the rule stopped looking.
                let _ = check(endpoint, &contract, &mut report);
            }
        }
        entry.linked = report.into_findings();
        check::fit(&mut entry.linked, &entry.source);
        entry.config.settle(&mut entry.linked);
    }
}

/// Does `work` for each item, on all threads, and keeps the order.
fn each<T: Send, R: Send>(pool: Option<&ThreadPool>, items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    match pool {
        Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        None => items.into_iter().map(work).collect(),
    }
}

/// Each once, sorted.
fn unique(mut items: Vec<&'static str>) -> Vec<&'static str> {
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use ruff_text_size::TextRange;

    use super::*;
    use crate::edit::{Applicability, Edit};

    const TEXT: &str = "import websockets\n";

    fn session(settings: &Settings) -> Session<'_> {
        let found = ["a.py", "b.py"].map(|path| Found { path: path.into(), bytes: TEXT.into(), saved: false });
        let mut session = Session::open(Walked { files: found.into(), ..Walked::default() }, settings);
        session.check();
        session
    }

    /// A rule's mistake: what it would write in the place of the file's first word.
    fn plant(session: &mut Session<'_>, content: &str) {
        let range = TextRange::new(0.into(), 6.into());
        session.entries[0].checked.findings = vec![Finding {
            rule: RULES.first(),
            range,
            message: String::new(),
            here: None,
            labels: Vec::new(),
            help: None,
            severity: Severity::Error,
            fix: edit::Fix::new(vec![Edit::replace(range, content)], Applicability::Safe),
        }];
    }

    #[test]
    fn a_fix_that_breaks_a_file_is_taken_back_and_reported() {
        let settings = Settings::default();
        let mut session = session(&settings);
        plant(&mut session, "import (");
        assert!(session.apply());
        session.check();
        assert_eq!(session.entries[0].source.text(), TEXT);
        assert!(!session.apply(), "it is not tried again");
        let outcome = session.close();
        assert!(outcome.changes.is_empty());
        assert_eq!(outcome.files.len(), 1, "the finding stays");
        let [problem] = outcome.problems.as_slice() else { panic!("{:?}", outcome.problems) };
        assert!(problem.message.contains("would not be valid Python (rules applied: WS"), "{}", problem.message);
    }

    #[test]
    fn a_fix_that_the_encoding_cannot_hold_is_refused() {
        let settings = Settings::default();
        let found = Found { path: "a.py".into(), bytes: b"# coding: latin-1\n".into(), saved: false };
        let mut session = Session::open(Walked { files: vec![found], ..Walked::default() }, &settings);
        session.check();
        plant(&mut session, "# \u{20ac}");
        assert!(!session.apply());
        let outcome = session.close();
        assert!(outcome.changes.is_empty());
        let [problem] = outcome.problems.as_slice() else { panic!("{:?}", outcome.problems) };
        assert!(problem.message.starts_with("not fixed: its encoding, Latin-1, does not have the character `€`"));
    }

    #[test]
    fn fixes_that_do_not_settle_are_taken_back_and_reported() {
        let settings = Settings::default();
        let mut session = session(&settings);
        for _ in 0..3 {
            plant(&mut session, "import  ");
            assert!(session.apply());
            session.check();
        }
        plant(&mut session, "import  ");
        session.abandon_unsettled(3);
        let outcome = session.close();
        assert!(outcome.changes.is_empty());
        assert!(outcome.problems[0].message.contains("did not settle in 3 rounds"), "{:?}", outcome.problems);
    }
}
