//! One run over many files: the files of a session, checked in parallel, linked, and fixed in memory.
//!
//! Each file is checked alone first, with what other files define looked up in the [`Project`]. What concerns several files
//! at once comes second: [`link`] joins the facts of all files and runs the rules that look at endpoints. Fixes are made in
//! memory, all files a round at a time, so that every file sees the others as they will be; see [`crate::run::fix`].

mod rounds;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::lint::check;
use crate::lint::registry::{self, RULES};
use crate::lint::rule::{Check, Rule, Severity};
use crate::lint::usage;
use crate::project::files::{Found, Walked};
use crate::project::{self, Project};
use crate::python::{Model, Relied};
use crate::run::agreement::Agreement;
use crate::run::baseline::{Baseline, Review};
use crate::run::config::Configs;
use crate::run::declarations::{Judged, judge, stale_locks};
use crate::run::entry::Entry;
use crate::run::handshakes::link;
use crate::run::inside::Inside;
use crate::run::progress::Progress;
use crate::run::scripts;
use crate::syntax::tree::Tree;
use crate::target::{Side, Targets};
use crate::text::paths::shown;
use crate::text::problem::Problem;
use crate::text::source::Source;
use crate::websockets::contract::facts::Participant;
use crate::websockets::contract::script::Scripts;
use crate::websockets::contract::{self, Contract, Facts};

pub use crate::run::outcome::{Change, FileFindings, Outcome, Supported};

/// What a file is told can lead it to further questions, this many times.
const MOST_ROUNDS: usize = 12;

/// As many files show whether the rest of the project is asked at all, and what all of them ask.
const FIRST: usize = 32;

/// Visitors recurse as deep as the code nests; generated code nests deep. The memory is only reserved, not used.
pub const STACK: usize = 64 << 20;

/// What a run is asked to do.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What holds for which file.
    pub configs: Arc<Configs>,
    /// How many threads work. At least one does.
    pub threads: usize,
    /// The findings that are known.
    pub baseline: Option<Arc<Baseline>>,
    /// Receives how far the run is.
    pub progress: Progress,
    /// The least severity that is reported and fixed; all of them without one.
    pub min_severity: Option<Severity>,
    /// Whether comments suppress nothing.
    pub ignore_noqa: bool,
}

/// Checks what a walk found.
pub fn check(walked: Walked, settings: &Settings) -> Outcome {
    let mut session = Session::open(walked, settings);
    session.check();
    session.outcome()
}

/// The subprotocol contract of what a walk found, with paths as `shown` gives them, and what could not be read.
pub fn agreement(walked: Walked, settings: &Settings, shown: &dyn Fn(&Path) -> String) -> (Agreement, Vec<Problem>) {
    let mut session = Session::open(walked, settings);
    session.check();
    let (around, scripts) = (session.contract_around(), session.take_scripts());
    let agreement = Agreement::new(&session.contract(&[&around, &scripts.facts]), shown);
    (agreement, session.outcome().problems)
}

/// The files of a run.
pub(crate) struct Session<'a> {
    settings: &'a Settings,
    project: Project,
    targets: Targets,
    /// `None` where there is nothing to do, or the system has no threads left.
    pool: Option<ThreadPool>,
    entries: Vec<Entry>,
    /// What the rest of the project says, once somebody asks.
    around: Option<Vec<Facts>>,
    /// What scripts and pages say, once an endpoint depends on it.
    scripts: Option<Scripts>,
    directories: Vec<PathBuf>,
    named: Vec<PathBuf>,
    inside: Inside,
    problems: Vec<Problem>,
    checked: usize,
    /// Whether the text of standard input passes through: nothing else is to be changed.
    is_stdin: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn open(mut walked: Walked, settings: &'a Settings) -> Self {
        let project = Project::new(settings.configs.clone());
        project.list(&mut walked);
        let Walked { files, directories, named, checked, problems, .. } = walked;
        let threads = settings.threads.clamp(1, files.len().max(1));
        let pool = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
        let pool = pool.ok().filter(|_| !files.is_empty());
        let targets = Targets::new();
        let (entries, around, scripts) = (Vec::new(), None, None);
        let is_stdin = false;
        let inside = Inside::new(&directories, &named);
        let mut session = Self {
            settings,
            project,
            targets,
            pool,
            entries,
            around,
            scripts,
            directories,
            named,
            inside,
            problems,
            checked,
            is_stdin,
        };
        let targets = &session.targets;
        let opened = each(session.pool.as_ref(), files, |Found { path, bytes, saved, .. }| {
            let source = Source::decode(path.clone(), bytes).map_err(|error| Problem::undecodable(&path, &error))?;
            let mut entry = Entry::new(source, Some(Arc::default()), &settings.configs);
            entry.find_target(targets);
            Ok((entry, saved))
        });
        for result in opened {
            match result {
                Ok((entry, saved)) => {
                    session.project.know(entry.source.clone());
                    session.is_stdin |= !saved;
                    session.entries.push(entry);
                }
                Err(problem) => session.problems.push(problem),
            }
        }
        session
    }

    /// Goes on with other settings, which allow more.
    pub(crate) fn go_on(&mut self, settings: &'a Settings) {
        self.settings = settings;
        for entry in &mut self.entries {
            entry.go_on(&settings.configs);
            entry.find_target(&self.targets);
        }
        self.check();
    }

    /// Checks the files that changed, then what concerns all of them.
    pub(crate) fn check(&mut self) {
        self.settings.progress.start(self.entries.iter().filter(|entry| entry.dirty).count());
        self.prepare();
        for round in 1.. {
            self.check_dirty(round == 1);
            answer(&self.project, self.pool.as_ref(), self.settings.threads);
            // Answers can lead to further questions.
            if round == MOST_ROUNDS || !self.entries.iter().any(|entry| entry.checked.relied.is_waiting) {
                break;
            }
            self.entries.iter_mut().for_each(|entry| entry.dirty |= entry.checked.relied.is_waiting);
        }
        self.entries.iter_mut().for_each(|entry| entry.linked.clear());
        self.link_endpoints();
        self.link_declarations();
        for entry in &mut self.entries {
            check::fit(&mut entry.linked, &entry.source);
            entry.config.settle(&mut entry.linked);
        }
    }

    /// Finds out what is handed to servers, as far as that shows without a question.
    fn prepare(&self) {
        let code = self.entries.iter().filter(|entry| entry.target.is_some());
        let sources: Vec<Arc<Source>> = code.map(|entry| entry.source.clone()).collect();
        if let Some(pool) = &self.pool {
            pool.install(|| self.project.prepare(&sources));
        }
    }

    fn check_dirty(&mut self, is_first: bool) {
        let (project, progress) = (&self.project, &self.settings.progress);
        let mut dirty: Vec<&mut Entry> = self.entries.iter_mut().filter(|entry| entry.dirty).collect();
        let check = |entry: &mut Entry| {
            let problem = entry.check(project);
            if is_first {
                progress.advance();
            }
            problem
        };
        let rest = dirty.split_off(dirty.len().min(FIRST));
        let mut problems: Vec<Option<Problem>> = each(self.pool.as_ref(), dirty, check);
        if !rest.is_empty() {
            // Files of a directory inside of the project would all wait for what is around it, and be checked twice.
            answer(project, self.pool.as_ref(), self.settings.threads);
            problems.extend(each(self.pool.as_ref(), rest, check));
        }
        self.problems.extend(problems.into_iter().flatten());
    }

    fn link_endpoints(&mut self) {
        let rules = rules_about(|check| matches!(check, Check::Endpoint(_) | Check::FirstOffer(_)), &self.entries);
        if rules.is_empty() || self.entries.iter().all(|entry| entry.checked.facts.is_empty()) {
            return;
        }
        let around = self.around.take().unwrap_or_else(|| self.contract_around());
        let mut contract = self.contract(&[&around]);
        let is_asked = self.scripts.is_some() || contract.depends_on_clients();
        let scripts = if is_asked { self.take_scripts() } else { Scripts::default() };
        if !scripts.facts.is_empty() {
            contract = self.contract(&[&around, &scripts.facts]);
        }
        link(&mut self.entries, &contract, &rules);
        // Tests that call one of these endpoints with a stand-in are looked for once there is something to say about it.
        let faked = self.faked();
        if !faked.is_empty() {
            self.entries.iter_mut().for_each(|entry| entry.linked.clear());
            let contract = self.contract(&[&around, &scripts.facts, &faked]);
            link(&mut self.entries, &contract, &rules);
        }
        self.around = Some(around);
        self.scripts = is_asked.then_some(scripts);
    }

    fn take_scripts(&mut self) -> Scripts {
        self.scripts.take().unwrap_or_else(|| scripts::read(self.project.scripts(), self.pool.as_ref()))
    }

    /// The contract of the files of the run and these others.
    fn contract(&self, others: &[&[Facts]]) -> Contract {
        Contract::link(self.entries.iter().map(|entry| &entry.checked.facts).chain(others.iter().copied().flatten()))
    }

    /// What the project's metadata declares, beside what its code asks for. A metadata file is found through the code that it
    /// applies to, and is an entry from its first finding on, or when the baseline has one that is gone.
    fn link_declarations(&mut self) {
        let rules = rules_about(is_about_declarations, &self.entries);
        if rules.is_empty() || self.entries.iter().all(|entry| entry.checked.usage.is_empty()) {
            return;
        }
        let mut judged = judge(&self.entries, &rules, &[], &self.targets);
        // A file that was asked for by name may be one that the rest of the project only imports on some versions.
        if judged.iter().any(|file| !file.findings.is_empty()) {
            let says = |entry: &Entry| entry.checked.usage.uses_library;
            let say = |model: &Model<'_>, _: &Tree| usage::chosen(model);
            let chosen: Vec<String> =
                self.ask_around(says, &|text| text.contains("websockets"), &say).into_iter().flatten().collect();
            if !chosen.is_empty() {
                judged = judge(&self.entries, &rules, &chosen, &self.targets);
            }
        }
        for Judged { path, findings } in judged {
            let is_it = |entry: &Entry| self.targets.is_shown_as(entry.source.path(), &path);
            if let Some(at) = self.entries.iter().position(is_it) {
                self.entries[at].link(findings);
            } else if (!findings.is_empty() || self.is_expired(&path))
                && !self.is_stdin
                && let Some(text) = self.targets.text(&path)
            {
                let is_outside = !path.canonicalize().is_ok_and(|path| self.inside.contains(&path));
                let mut entry = Entry::new(Source::new(path, text), None, &self.settings.configs);
                entry.is_outside = is_outside;
                entry.link(findings);
                self.entries.push(entry);
            }
        }
    }

    /// Whether the baseline knows findings in a metadata file without any, and all code that it applies to was asked for.
    fn is_expired(&self, path: &Path) -> bool {
        let is_known = self.settings.baseline.as_ref().is_some_and(|baseline| baseline.has(path));
        is_known && path.canonicalize().is_ok_and(|path| self.is_below(&path))
    }

    /// Whether a canonical path lies in a directory that was asked for.
    fn is_below(&self, path: &Path) -> bool {
        self.directories.iter().any(|directory| path.starts_with(directory))
    }

    /// What the other files of the same projects say, for files that were asked for by name: a hook passes the changed files only,
    /// and an endpoint is right or wrong by what its clients do elsewhere. Who asks for a directory has said what belongs together.
    fn ask_around<T: Send>(
        &self,
        says: impl Fn(&Entry) -> bool,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        question: &(dyn Fn(&Model<'_>, &Tree) -> T + Sync),
    ) -> Vec<T> {
        let is_alone = |entry: &&Entry| {
            let path = entry.source.path().canonicalize();
            says(entry) && !path.is_ok_and(|path| self.is_below(&path))
        };
        self.inspect_projects(self.entries.iter().filter(is_alone), &[], wanted, question)
    }

    /// Asks the files that are not of the run, in the projects around some that are.
    fn inspect_projects<'e, T: Send>(
        &self,
        entries: impl Iterator<Item = &'e Entry>,
        names: &[&str],
        wanted: &(dyn Fn(&str) -> bool + Sync),
        question: &(dyn Fn(&Model<'_>, &Tree) -> T + Sync),
    ) -> Vec<T> {
        let nearest = |entry: &Entry| project::nearest(entry.source.path())?.canonicalize().ok();
        let roots: BTreeSet<PathBuf> = entries.filter_map(nearest).collect();
        let threads = self.settings.threads;
        let inspect = |root| self.project.inspect(root, names, threads, wanted, question);
        let look = || roots.iter().flat_map(|root| inspect(root)).collect();
        self.pool.as_ref().filter(|_| !roots.is_empty()).map_or_else(Vec::new, |pool| pool.install(look))
    }

    /// What files of the project that are not of the run say about the endpoints that were found fault with.
    fn faked(&self) -> Vec<Facts> {
        let found = self.entries.iter().filter(|entry| !entry.linked.is_empty());
        let functions = found.flat_map(|entry| &entry.checked.facts.functions);
        let mut names: Vec<&str> = functions.map(Participant::name).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Vec::new();
        }
        let mut facts = self.inspect_projects(self.entries.iter(), &names, &contract::is_mentioned, &contract_of);
        facts.retain(|facts| !facts.faked.is_empty());
        facts
    }

    fn contract_around(&self) -> Vec<Facts> {
        let mut around = self.ask_around(|entry| entry.checked.facts.answers(), &contract::takes_part, &contract_of);
        let base = std::env::current_dir().ok();
        for facts in &mut around {
            facts.path = shown(&facts.path, base.as_deref());
        }
        around
    }

    /// Applies in every file the fixes that go together there. Whether any text changed. What is declared moves first, so that
    /// the code is written for the new range.
    pub(crate) fn apply(&mut self) -> bool {
        let is_declaration = |rule: &Rule| is_about_declarations(&rule.check);
        if self.apply_of(is_declaration) {
            self.find_targets();
            return true;
        }
        self.apply_of(|rule| !is_declaration(rule))
    }

    fn apply_of(&mut self, wanted: impl Fn(&Rule) -> bool) -> bool {
        let mut any = false;
        for entry in &mut self.entries {
            match entry.apply(self.settings, &wanted) {
                Ok(false) => {}
                Ok(true) => {
                    any = true;
                    if entry.target.is_some() {
                        self.project.set_text(entry.source.clone());
                    }
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        any
    }

    /// Checks the files again that were told something of a changed one which is different now. Where nothing changed, nothing is to
    /// be done.
    pub(crate) fn check_dependents(&mut self) {
        self.prepare();
        self.project.ask_again();
        answer(&self.project, self.pool.as_ref(), self.settings.threads);
        let (files, questions) = self.project.take_changes();
        let mut any = false;
        for entry in self.entries.iter_mut().filter(|entry| !entry.abandoned && entry.target.is_some()) {
            let Relied { files: asked, questions: asking, .. } = &entry.checked.relied;
            entry.dirty = !asked.is_disjoint(&files) || !asking.is_disjoint(&questions);
            any |= entry.dirty;
        }
        if any {
            self.check();
        }
    }

    /// How many findings there are to report now.
    pub(crate) fn count(&self) -> usize {
        self.entries.iter().map(|entry| entry.review(self.settings).0.new.len()).sum()
    }

    /// What was found and changed so far.
    pub(crate) fn outcome(&self) -> Outcome {
        let (inside, work) = (self.inside.clone(), self.project.work());
        let mut outcome = Outcome { checked: self.checked, inside, work, ..Outcome::default() };
        outcome.problems.extend(self.targets.problems().into_iter().map(Problem::from));
        if let Some(baseline) = &self.settings.baseline {
            let parsed: Vec<&Path> = self.entries.iter().map(|entry| entry.source.path()).collect();
            let asked = |path: &Path| self.is_below(path) || self.named.iter().any(|named| named == path);
            outcome.expired = baseline.expired_elsewhere(&parsed, &asked, &registry::can_matter);
        }
        outcome.problems.extend(self.problems.iter().cloned());
        let stale = stale_locks(&self.entries, &self.targets);
        for entry in &self.entries {
            if let Some(target) = &entry.target {
                let new = || Supported { target: target.clone(), first: entry.source.path().to_owned(), files: 0 };
                outcome.targets.entry(target.to_string()).or_insert_with(new).files += 1;
                if target.side == Side::Legacy {
                    outcome.pinned.insert(entry.source.path().to_owned());
                }
            }
            outcome.configs.extend(entry.config.files().next().map(Path::to_owned));
            outcome
                .directories
                .extend(entry.source.path().canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned())));
            outcome.warnings.extend(entry.warnings());
            outcome.unseen.extend(entry.unseen());
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
            if let Some(before) = entry.before.as_ref().filter(|before| before.source.text() != entry.source.text()) {
                outcome.changes.push(Change {
                    before: before.clone(),
                    after: entry.source.clone(),
                    rules: entry.rules.clone(),
                    unsafe_rules: entry.unsafe_rules.clone(),
                });
            }
        }
        // A lock file is its tool's, so where a declaration moved away from it somebody has to be told.
        let moved =
            outcome.changes.iter().any(|change| change.rules.iter().any(|rule| is_about_declarations(&rule.check)));
        if moved {
            outcome.warnings.extend(stale.into_iter().map(|(path, message)| Problem::new(path, message)));
            outcome.warnings.sort();
        }
        // Metadata was found last.
        outcome.files.sort_by(|a, b| a.source.path().cmp(b.source.path()));
        outcome.changes.sort_by(|a, b| a.after.path().cmp(b.after.path()));
        outcome.problems.sort();
        outcome.expired.sort();
        outcome.found = outcome.left();
        outcome
    }
}

fn contract_of(model: &Model<'_>, tree: &Tree) -> Facts {
    contract::collect(tree.source(), tree.module(), model)
}

fn is_about_declarations(check: &Check) -> bool {
    matches!(check, Check::Declaration(_))
}

/// The rules of a kind that are on in some file.
fn rules_about(kind: impl Fn(&Check) -> bool, entries: &[Entry]) -> Vec<&'static Rule> {
    let is_on = |rule: &&Rule| entries.iter().any(|entry| entry.selection.contains(rule));
    RULES.iter().filter(|rule| kind(&rule.check)).filter(is_on).collect()
}

/// Answers what the project was asked.
fn answer(project: &Project, pool: Option<&ThreadPool>, threads: usize) {
    if let Some(pool) = pool {
        pool.install(|| project.answer(threads));
    }
}

/// Does `work` for each item, on all threads, and keeps the order.
fn each<T: Send, R: Send>(pool: Option<&ThreadPool>, items: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    match pool {
        Some(pool) => pool.install(|| items.into_par_iter().map(work).collect()),
        None => items.into_iter().map(work).collect(),
    }
}

#[cfg(test)]
mod tests {
    use ruff_text_size::TextRange;

    use super::*;
    use crate::lint::rule::Finding;
    use crate::text::edit::{Applicability, Edit};

    const TEXT: &str = "import websockets\n";

    fn session(settings: &Settings) -> Session<'_> {
        let found = ["a.py", "b.py"].map(|path| Found::new(path.into(), TEXT.into()));
        let mut session = Session::open(Walked { files: found.into(), ..Walked::default() }, settings);
        session.check();
        session
    }

    /// A rule's mistake: what it would write in the place of the file's first word.
    fn plant(session: &mut Session<'_>, content: &str) {
        let range = TextRange::new(0.into(), 6.into());
        let mut finding = Finding::new(RULES.first(), range, "", Severity::Error);
        finding.fix(Applicability::Safe, vec![Edit::replace(range, content)]);
        session.entries[0].checked.findings = vec![finding];
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
        let outcome = session.outcome();
        assert!(outcome.changes.is_empty());
        assert_eq!(outcome.files.len(), 1, "the finding stays");
        let [problem] = outcome.problems.as_slice() else { panic!("{:?}", outcome.problems) };
        assert!(problem.message.contains("would not be valid Python (rules applied: WS"), "{}", problem.message);
    }

    #[test]
    fn a_fix_that_the_encoding_cannot_hold_is_refused() {
        let settings = Settings::default();
        let found = Found::new("a.py".into(), b"# coding: latin-1\n".into());
        let mut session = Session::open(Walked { files: vec![found], ..Walked::default() }, &settings);
        session.check();
        plant(&mut session, "# \u{20ac}");
        assert!(!session.apply());
        let outcome = session.outcome();
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
        let outcome = session.outcome();
        assert!(outcome.changes.is_empty());
        assert!(outcome.problems[0].message.contains("did not settle in 3 rounds"), "{:?}", outcome.problems);
    }
}
