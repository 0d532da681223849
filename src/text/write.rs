//! Files that the user asks for by name: reports and baselines. They are written whole or not at all, and where a shell would write
//! them: a link stays a link, and so does a pipe.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::text::problem::reason;
use crate::text::temporary::Temporary;

/// The system follows no more links than this.
const MOST_LINKS: usize = 40;

/// A file to be written. Nobody sees it before it is [closed](Self::close).
#[derive(Debug)]
pub struct Output(Sink);

#[derive(Debug)]
enum Sink {
    /// Beside the file, to be renamed over it; `target` is where links lead.
    Beside { temporary: Temporary, file: File, target: PathBuf },
    /// A pipe or a device stays what it is.
    Straight(File),
    /// A file with several names is written in its place, once all is known.
    InPlace { content: Vec<u8>, file: File },
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
            Sink::Beside { temporary, target, .. } => temporary.place(&target),
            Sink::InPlace { content, mut file } => file.set_len(0).and_then(|()| file.write_all(&content)),
        };
        result.map_err(|error| message(&error))
    }
}

impl Sink {
    fn open(path: &Path) -> io::Result<Self> {
        let target = target(path)?;
        let metadata = target.metadata().ok();
        if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self::Straight(File::options().write(true).open(path)?));
        }
        if metadata.as_ref().is_some_and(has_other_names) {
            return Ok(Self::InPlace { content: Vec::new(), file: File::options().write(true).open(target)? });
        }
        let directory = target.parent().filter(|directory| !directory.as_os_str().is_empty());
        let (temporary, file) = Temporary::create(directory.unwrap_or(Path::new(".")), false)?;
        if let Some(metadata) = metadata {
            if metadata.permissions().readonly() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            file.set_permissions(metadata.permissions())?;
        }
        Ok(Self::Beside { temporary, file, target })
    }
}

/// Where the links at `path` lead, also where nothing is there yet.
///
/// # Errors
/// When they lead in a circle.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else {
            return Ok(target.canonicalize().unwrap_or(target));
        };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

#[cfg(unix)]
fn has_other_names(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_names(_metadata: &fs::Metadata) -> bool {
    false
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Sink::Straight(file) | Sink::Beside { file, .. } => file.write(bytes),
            Sink::InPlace { content, .. } => content.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Sink::Straight(file) | Sink::Beside { file, .. } => file.flush(),
            Sink::InPlace { .. } => Ok(()),
        }
    }
}

fn message(error: &io::Error) -> String {
    format!("cannot be written: {}", reason(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn write(path: &Path, text: &str) {
        let mut output = Output::open(path).unwrap();
        output.write_all(text.as_bytes()).unwrap();
        output.close().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links() {
        use std::os::unix::fs::{MetadataExt as _, symlink};
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        symlink("there", path("first")).unwrap();
        symlink("first", path("second")).unwrap();
        for text in ["new", "newer"] {
            write(&path("second"), text);
            assert_eq!(fs::read_to_string(path("there")).unwrap(), text);
        }
        assert!(path("first").is_symlink() && path("second").is_symlink());
        symlink("circle", path("circle")).unwrap();
        assert!(Output::open(&path("circle")).is_err());
        fs::hard_link(path("there"), path("other")).unwrap();
        write(&path("other"), "both");
        assert_eq!(fs::read_to_string(path("there")).unwrap(), "both");
        assert_eq!(path("there").metadata().unwrap().nlink(), 2);
    }

    #[test]
    fn what_is_not_closed_was_never_there() {
        let directory = tempfile::tempdir().unwrap();
        let mut output = Output::open(&directory.path().join("report")).unwrap();
        output.write_all(b"half").unwrap();
        drop(output);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
