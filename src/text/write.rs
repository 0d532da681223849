//! Files that the user asks for by name: reports and baselines. They are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::text::problem::reason;

/// A file to be written. Nobody sees it before it is [closed](Self::close).
#[derive(Debug)]
pub struct Output(Sink);

#[derive(Debug)]
enum Sink {
    /// Beside the file, to be renamed over it; `target` is where links lead.
    Beside { file: NamedTempFile, target: PathBuf },
    /// A pipe or a device stays what it is.
    Straight(File),
}

impl Output {
    /// Prepares to write `path`, so that a path that is no good is known before there is anything to lose.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn open(path: &Path) -> Result<Self, String> {
        let sink = Sink::open(path).map_err(|error| message(&error))?;
        Ok(Self(sink))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn close(self) -> Result<(), String> {
        let result = match self.0 {
            Sink::Straight(mut file) => file.flush(),
            Sink::Beside { file, target } => file.persist(target).map(drop).map_err(|error| error.error),
        };
        result.map_err(|error| message(&error))
    }
}

impl Sink {
    fn open(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata().ok();
        if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self::Straight(File::options().write(true).open(path)?));
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let directory = target.parent().filter(|directory| !directory.as_os_str().is_empty());
        let file = new_file().tempfile_in(directory.unwrap_or(Path::new(".")))?;
        if let Some(metadata) = metadata {
            if metadata.permissions().readonly() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            fs::set_permissions(file.path(), metadata.permissions())?;
        }
        Ok(Self::Beside { file, target })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Sink::Straight(file) => file.write(bytes),
            Sink::Beside { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Sink::Straight(file) => file.flush(),
            Sink::Beside { file, .. } => file.flush(),
        }
    }
}

fn message(error: &io::Error) -> String {
    format!("cannot be written: {}", reason(error))
}

/// Readable as any new file is; a temporary file is for its owner only.
#[cfg(unix)]
fn new_file() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wsupgrade-").permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn new_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wsupgrade-");
    builder
}
