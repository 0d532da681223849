//! A run that has been made, and what it says.

use std::io::{self, Write};
use std::sync::Arc;

use crate::cli::arguments::RunArgs;
use crate::cli::commands::Exit;
use crate::cli::run::Migration;
use crate::report::gate::Gate;
use crate::report::summary::{Plan, Waiting};
use crate::report::{self, View};
use crate::run::baseline::Baseline;
use crate::run::config::{FailOn, Format};
use crate::run::fix;
use crate::run::noqa;
use crate::run::preview::Previews;
use crate::run::session::Outcome;
use crate::run::todo;
use crate::text::problem::{Problem, reason};
use crate::text::source::Source;
use crate::text::write::Output;

/// A run that has been made, to be told.
pub(super) struct Job<'a> {
    pub(super) arguments: &'a RunArgs,
    pub(super) format: Format,
    pub(super) fail_on: FailOn,
    pub(super) view: &'a View,
    pub(super) outcome: Outcome,
    /// What is next.
    pub(super) previews: Previews,
    pub(super) out: &'a mut Gate<'static>,
    pub(super) err: &'a mut Gate<'static>,
    /// Where the findings go, if not to `out`, and how they look there.
    pub(super) file: Option<Output>,
    pub(super) in_file: &'a View,
    /// Whether what went wrong is still to be told: a checklist has it in its place.
    pub(super) tells: bool,
}

impl Job<'_> {
    /// `check`.
    pub(super) fn findings(&mut self) -> io::Result<()> {
        let folded = self.waiting().filter(|_| self.folds());
        let Self { arguments, format, view, outcome, out, file, in_file, .. } = self;
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, None, file)?,
            None => show(arguments, *format, view, outcome, folded.as_ref(), *out)?,
        }
        if self.has_summary() {
            let (plan, waiting) = (self.plan(), self.waiting());
            writeln!(self.out, "{}", self.view.summary(&self.outcome, &plan, waiting.as_ref()))?;
        }
        Ok(())
    }

    /// What it takes to be rid of what was found.
    fn plan(&self) -> Plan {
        Plan::new(&self.outcome, self.previews.fix.as_ref(), self.previews.with_unsafe.as_ref())
    }

    /// What waits behind a pin, and what the move comes to.
    fn waiting(&self) -> Option<Waiting> {
        Waiting::new(&self.outcome, self.previews.migrate?)
    }

    /// Whether what waits behind a pin is told in a few lines: whoever asks for severity info gets all of it.
    fn folds(&self) -> bool {
        self.previews.migrate.is_some() && self.arguments.min_severity.is_none()
    }

    /// Whether standard output is for people, who like a last line.
    fn has_summary(&self) -> bool {
        !self.arguments.quiet && (self.file.is_some() || self.format.is_for_people())
    }

    /// `check --diff` and `fix --diff`. Nothing but the diff goes to standard output.
    pub(super) fn diff(&mut self) -> io::Result<()> {
        let (plan, waiting) = (self.plan(), self.waiting());
        let Self { arguments, view, outcome, out, err, file, in_file, .. } = self;
        // What `patch` reads has the bytes of the files, whatever they are; what people see has not.
        let is_read = !view.terminal.color && !view.terminal.is_watched;
        for change in &outcome.changes {
            match file {
                Some(file) => report::diff::write(change, in_file, file)?,
                None if is_read => report::diff::write(change, view, out.around())?,
                None => report::diff::write(change, view, *out)?,
            }
        }
        // On a terminal both end up in one place, in this order.
        out.flush()?;
        if !arguments.quiet {
            writeln!(err, "{}", view.fix_summary(outcome, "Would fix", &plan, waiting.as_ref()))?;
        }
        Ok(())
    }

    /// `fix`.
    pub(super) fn fix(&mut self) -> io::Result<()> {
        fix::write(&mut self.outcome);
        let has_summary = self.has_summary();
        let (plan, waiting) = (self.plan(), self.waiting());
        let Self { arguments, format, view, outcome, out, err, file, in_file, .. } = self;
        if !arguments.quiet {
            // Where a program reads standard output, it gets the findings only.
            let to: &mut dyn Write = if has_summary { *out } else { *err };
            for change in &outcome.changes {
                writeln!(to, "{}", view.fixed(change))?;
            }
            if !outcome.changes.is_empty() && !outcome.files.is_empty() && file.is_none() {
                writeln!(to)?;
            }
        }
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, None, file)?,
            None => show(arguments, *format, view, outcome, None, *out)?,
        }
        if has_summary {
            writeln!(out, "{}", view.fix_summary(outcome, "Fixed", &plan, waiting.as_ref()))?;
        }
        Ok(())
    }

    /// `fix -`: the text passes through.
    pub(super) fn filter(&mut self, text: &[u8]) -> io::Result<()> {
        let has_summary = self.has_summary();
        let (plan, waiting) = (self.plan(), self.waiting());
        let Self { arguments, format, view, outcome, out, err, file, in_file, .. } = self;
        if outcome.problems.is_empty() {
            let to: &mut dyn Write = if view.terminal.is_watched { *out } else { out.around() };
            match outcome.changes.first() {
                Some(change) => to.write_all(&change.after.bytes())?,
                None => to.write_all(text)?,
            }
        }
        match file {
            Some(file) => show(arguments, *format, in_file, outcome, None, file)?,
            None => show(arguments, *format, view, outcome, None, *err)?,
        }
        if has_summary {
            writeln!(err, "{}", view.fix_summary(outcome, "Fixed", &plan, waiting.as_ref()))?;
        }
        Ok(())
    }

    /// `--write-baseline`: what is found is agreed to, and nothing is left to report.
    pub(super) fn agree(&mut self, mut baseline: Baseline) -> io::Result<()> {
        fix::write(&mut self.outcome);
        let Self { arguments, view, outcome, out, .. } = self;
        baseline.remove(&outcome.expired);
        baseline.add(&outcome.files);
        outcome.files.clear();
        if let Err(message) = baseline.write() {
            outcome.problems.push(Problem::new(baseline.path(), message));
        } else if !arguments.quiet {
            for change in &outcome.changes {
                writeln!(out, "{}", view.fixed(change))?;
            }
            writeln!(out, "{}", view.written(&baseline))?;
        }
        Ok(())
    }

    /// Says what the baseline has in vain, and takes it out if it `updates`.
    pub(super) fn expire(&mut self, mut baseline: Baseline, updates: bool) -> io::Result<()> {
        let Self { view, outcome, err, .. } = self;
        if outcome.expired.is_empty() {
            return Ok(());
        }
        if updates {
            baseline.remove(&outcome.expired);
            if let Err(message) = baseline.write() {
                outcome.problems.push(Problem::new(baseline.path(), message));
                return Ok(());
            }
        }
        writeln!(err, "{}", view.expired(&baseline, &outcome.expired, updates))
    }

    /// `migrate`: changes what can be changed, and lists the rest. `noted` are the files that have comments about it.
    pub(super) fn migrate(&mut self, migration: &Migration, noted: Vec<Arc<Source>>) -> io::Result<()> {
        let Self { arguments, view, outcome, out, err, tells, .. } = self;
        if arguments.diff {
            for change in &outcome.changes {
                report::diff::write(change, view, *out)?;
            }
            out.flush()?;
            if !arguments.quiet {
                report::checklist::text(outcome, false, view, *err)?;
                *tells = false;
            }
        } else {
            todo::update(outcome, noted, migration.adds_todo);
            fix::write(outcome);
            let fixed = outcome.changes.iter().filter(|change| !change.rules.is_empty() && !arguments.quiet);
            for change in fixed {
                writeln!(out, "{}", view.fixed(change))?;
            }
            report::checklist::text(outcome, true, view, *out)?;
            *tells = false;
        }
        let Some(path) = &migration.checklist else { return Ok(()) };
        let written = Output::open(path).and_then(|mut file| {
            let text = report::checklist::markdown(outcome, &view.plain());
            file.write_all(text.as_bytes()).map_err(|error| reason(&error))?;
            file.close()
        });
        match written {
            Ok(()) if arguments.quiet => {}
            Ok(()) => writeln!(out, "The checklist is in {}.", view.path(path))?,
            Err(message) => {
                let problem = Problem::new(path, message);
                writeln!(err, "{}", view.problem(&problem))?;
                outcome.problems.push(problem);
            }
        }
        Ok(())
    }

    /// `check --add-noqa`: what cannot get a comment is left to be reported.
    pub(super) fn note(&mut self, reason: &str) -> io::Result<()> {
        noqa::add(&mut self.outcome, reason);
        fix::write(&mut self.outcome);
        if !self.outcome.files.is_empty() {
            self.findings()?;
        }
        if !self.arguments.quiet {
            let to: &mut dyn Write = if self.has_summary() { self.out } else { self.err };
            writeln!(to, "{}", self.view.noted(&self.outcome.changes))?;
        }
        Ok(())
    }

    /// Says what went wrong.
    pub(super) fn tell(&mut self) -> io::Result<()> {
        let Self { view, outcome, err, .. } = self;
        for warning in &outcome.warnings {
            writeln!(err, "{}", view.warning(warning))?;
        }
        for problem in &outcome.problems {
            writeln!(err, "{}", view.problem(problem))?;
        }
        Ok(())
    }

    pub(super) fn exit(&self) -> Exit {
        let fails = |least| {
            let pending = self.arguments.diff && self.outcome.has_changed(least);
            pending || self.outcome.has_left(least)
        };
        let least = self.fail_on.severity();
        if !self.outcome.problems.is_empty() {
            Exit::Failed
        } else if self.arguments.show_target {
            Exit::Clean
        } else if !self.arguments.exit_zero && least.is_some_and(fails) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

/// Shows what was found; what is `folded` in a few lines where the format is one to read.
fn show(
    arguments: &RunArgs,
    format: Format,
    view: &View,
    outcome: &Outcome,
    folded: Option<&Waiting>,
    to: &mut dyn Write,
) -> io::Result<()> {
    match (arguments.statistics, format) {
        (true, Format::Json) => report::statistics::json(&outcome.files, view, to),
        (true, _) => report::statistics::table(&outcome.files, view, to),
        (false, format) => report::write(format, outcome, view, folded, to),
    }
}
