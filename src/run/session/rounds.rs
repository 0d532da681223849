//! What happens between the rounds of fixes.

use super::Session;
use crate::target::BadMetadata;

impl Session<'_> {
    /// Puts imports in order that were in order before the fixes. Whether anything changed.
    pub(crate) fn sort_imports(&mut self) -> bool {
        let mut any = false;
        for entry in &mut self.entries {
            if entry.sort_imports() {
                any = true;
                self.project.set_text(entry.source.clone());
            }
        }
        any
    }

    /// Finds every target again, with the metadata as it is now. Metadata that would not be understood any more is given up.
    pub(super) fn find_targets(&mut self) {
        let known = self.targets.problems();
        self.read_drafts();
        let problems = self.targets.problems();
        let mut is_broken = false;
        for entry in &mut self.entries {
            let is_here = |bad: &&BadMetadata| self.targets.is_shown_as(entry.source.path(), &bad.path);
            if problems.iter().filter(|bad| !known.contains(bad)).any(|bad| is_here(&bad)) {
                is_broken = true;
                self.problems.push(entry.abandon("the fixed metadata could no longer be read"));
            }
        }
        if is_broken {
            self.read_drafts();
        }
    }

    fn read_drafts(&mut self) {
        // A `setup.py` is code as well.
        let drafts = self.entries.iter().filter(|entry| entry.before.is_some());
        let drafts = drafts.map(|entry| (entry.source.path().to_owned(), entry.source.text().to_owned()));
        self.targets = self.targets.with_drafts(drafts);
        for entry in &mut self.entries {
            entry.find_target(&self.targets);
        }
    }

    /// Gives up on the files that would change yet again.
    pub(crate) fn abandon_unsettled(&mut self, rounds: usize) {
        for entry in &mut self.entries {
            match entry.apply(self.settings, |_| true) {
                Ok(false) => {}
                Ok(true) => {
                    let problem = entry.abandon(&format!("its fixes did not settle in {rounds} rounds"));
                    self.problems.push(problem);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
    }
}
