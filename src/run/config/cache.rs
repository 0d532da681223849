//! The configuration of every directory, each looked at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::{Config, Layer, file};
use crate::target::Goal;
use crate::text::paths::normalised;
use crate::text::problem::Problem;

/// Finds the configuration of a file, and remembers it for its directory. Shared by all threads of a run.
#[derive(Debug, Default)]
pub struct Configs {
    /// What the command line says, strongest last.
    flags: Vec<Arc<Layer>>,
    /// The working directory.
    pub(super) base: Option<PathBuf>,
    /// What holds where no file is found, or none is looked for.
    default: Arc<Config>,
    /// Whether files are looked for.
    discovers: bool,
    directories: RwLock<FxHashMap<PathBuf, Arc<Config>>>,
    problems: Mutex<Vec<Problem>>,
    goal: Option<Goal>,
}

/// Where the configuration is taken from, besides flags.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Files are not looked for.
    pub isolated: bool,
    /// These are used in their place: files, and settings written as `key = value`.
    pub given: Vec<String>,
}

impl Configs {
    /// The configuration from `sources`, with `flags` above all.
    ///
    /// # Errors
    /// What is wrong with what is given.
    pub fn new(sources: &Sources, flags: Layer) -> Result<Self, Vec<Problem>> {
        let base = std::env::current_dir().ok();
        let root = base.clone().unwrap_or_default();
        let (mut layers, mut above) = (None, Vec::new());
        for given in &sources.given {
            // What is a file is taken as one, whatever its name looks like.
            if given.contains('=') && !Path::new(given).exists() {
                let inline = file::inline(given, &root).map_err(|problem| vec![Problem::new("--config", problem)])?;
                above.push(Arc::new(inline));
            } else if layers.is_some() {
                return Err(vec![Problem::new("--config", "only one file can be given. Let it `extend` the other.")]);
            } else {
                layers = Some(file::named(&root.join(given), &root, base.as_deref())?);
            }
        }
        above.push(Arc::new(flags));
        let discovers = !sources.isolated && layers.is_none();
        let mut problems = Vec::new();
        let layers = layers.unwrap_or_default().into_iter().chain(above.iter().cloned()).collect();
        let default = Arc::new(Config::new(layers, root, &mut problems));
        let problems = Mutex::new(problems.into_iter().map(|problem| Problem::new("--config", problem)).collect());
        Ok(Self { flags: above, base, default, discovers, directories: RwLock::default(), problems, goal: None })
    }

    /// The same for a migration: code is written for `goal` where no setting says what to support.
    pub fn toward(self, goal: Option<Goal>) -> Self {
        Self { goal, ..self }
    }

    /// Where a migration goes.
    pub fn goal(&self) -> Option<Goal> {
        self.goal
    }

    /// The configuration of a file or directory, by its place: what is in it does not count.
    pub fn for_path(&self, path: &Path) -> Arc<Config> {
        if !self.discovers {
            return self.default.clone();
        }
        let path = self.absolute(path);
        self.in_directory(path.parent().unwrap_or(&path))
    }

    /// The configuration for what is in a directory.
    pub fn inside(&self, directory: &Path) -> Arc<Config> {
        if !self.discovers {
            return self.default.clone();
        }
        self.in_directory(&self.absolute(directory))
    }

    /// The configuration of the working directory.
    pub fn here(&self) -> Arc<Config> {
        self.base.as_deref().map_or_else(|| self.default.clone(), |base| self.inside(base))
    }

    /// The path from the root of the file system, `..` resolved as it is spelled.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.base.as_deref().map_or_else(|| path.to_owned(), |base| base.join(path));
        normalised(&joined)
    }

    /// Whether the file or a directory around it is excluded by a configuration that says so for paths on the command line too.
    pub fn is_forced_out(&self, path: &Path) -> bool {
        let absolute = self.absolute(path);
        // The patterns of a configuration hold below its own directory.
        let governed = absolute.ancestors().map_while(|path| {
            let config = self.for_path(path);
            let name = path.file_name().filter(|_| path.starts_with(&config.root) && path != config.root)?;
            Some(config.force_exclude && config.excludes(name, || path.to_owned()))
        });
        governed.into_iter().any(|excluded| excluded)
    }

    /// What is wrong with the files that were looked at so far, sorted.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        problems.sort();
        problems.dedup();
        problems
    }

    fn in_directory(&self, directory: &Path) -> Arc<Config> {
        if let Some(known) = self.directories.read().unwrap_or_else(PoisonError::into_inner).get(directory) {
            return known.clone();
        }
        // Two threads may do the same work; the lock is not held while files are read.
        let found = file::find(directory, self.base.as_deref());
        let config = match found.map(|found| found.and_then(|layers| self.resolve(layers, directory))) {
            Some(Ok(config)) => config,
            Some(Err(problems)) => {
                self.problems.lock().unwrap_or_else(PoisonError::into_inner).extend(problems);
                self.default.clone()
            }
            None => directory.parent().map_or_else(|| self.default.clone(), |parent| self.in_directory(parent)),
        };
        let mut directories = self.directories.write().unwrap_or_else(PoisonError::into_inner);
        directories.entry(directory.to_owned()).or_insert(config).clone()
    }

    fn resolve(&self, layers: Vec<Arc<Layer>>, directory: &Path) -> Result<Arc<Config>, Vec<Problem>> {
        let mut problems = Vec::new();
        let layers = layers.into_iter().chain(self.flags.iter().cloned()).collect();
        let config = Config::new(layers, directory.to_owned(), &mut problems);
        let at = |problem| Problem::new(directory, problem);
        if problems.is_empty() { Ok(Arc::new(config)) } else { Err(problems.into_iter().map(at).collect()) }
    }
}
