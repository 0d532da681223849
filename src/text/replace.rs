//! A person's file gets a new content: whole or not at all, only where it still is what was read, and with everything that makes it
//! theirs: its name, links, owner, permissions and attributes.
//!
//! In two steps, so that many files can take their places at nearly one moment: [`Replacement::prepare`] writes the new content beside
//! the file, and to the disk; [`Replacement::finish`] looks at the file once more and exchanges the two.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::text::problem::reason;
use crate::text::read::{self, MOST_SOURCE};
use crate::text::temporary::{self, Temporary};

const CHANGED: &str = "not written: it changed on the disk while wsupgrade was at work. Run again.";

/// A new content that is ready to take its place.
#[derive(Debug)]
pub struct Replacement {
    /// Where links lead.
    path: PathBuf,
    state: State,
    new: Temporary,
}

/// What tells a file that was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    /// The device and the number of the file on it.
    identity: Option<(u64, u64)>,
    length: u64,
    modified: Option<SystemTime>,
}

impl Replacement {
    /// Writes `after` beside the file at `path`, which has to hold `before`. `is_inside` says whether the place to which links lead may
    /// be written to.
    ///
    /// # Errors
    /// Says why the file has to stay as it is.
    pub fn prepare(
        path: &Path,
        before: &[u8],
        after: &[u8],
        is_inside: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, String> {
        // A link stays a link; its target is what changes.
        let path = path.canonicalize().map_err(|error| problem(&error))?;
        if !is_inside(&path) {
            return Err(
                "not written: it lies outside of what was given to wsupgrade. Name it, or its directory, as well."
                    .into(),
            );
        }
        let file = read::open(&path).map_err(|error| problem(&error))?;
        let metadata = file.metadata().map_err(|error| problem(&error))?;
        if metadata.permissions().readonly() {
            return Err("not written: the file is read-only. Make it writable (`chmod u+w`) and run again.".into());
        }
        if names(&metadata) > 1 {
            return Err("not written: the file has other names (hard links), which would keep the old content. Make it a file of its own and run again.".into());
        }
        let mut bytes = Vec::new();
        read::read_to(&file, MOST_SOURCE, &mut bytes).map_err(|error| problem(&error))?;
        if bytes != before {
            return Err(CHANGED.into());
        }
        let directory = path.parent().unwrap_or(Path::new("."));
        let (new, mut written) = Temporary::create(directory, true).map_err(|error| problem(&error))?;
        written.write_all(after).map_err(|error| problem(&error))?;
        keep(&file, &metadata, &written)?;
        // Without this a loss of power soon after could leave neither content.
        written.sync_data().map_err(|error| problem(&error))?;
        Ok(Self { path, state: State::of(&metadata), new })
    }

    /// Where the file is.
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Exchanges the two, if the file still is what it was.
    ///
    /// # Errors
    /// Says why the file is as it was, or as somebody else has made it meanwhile.
    pub fn finish(self, before: &[u8]) -> Result<(), String> {
        let Self { path, state, new } = self;
        if !is_untouched(&path, &state, before) {
            return Err(CHANGED.into());
        }
        let is_exchanged = exchange(new.path(), &path).map_err(|error| problem(&error))?;
        if !is_exchanged {
            new.place(&path).map_err(|error| problem(&error))?;
        } else if !is_untouched(new.path(), &state, before) {
            // Somebody was faster: theirs goes back. What they put there since is the newest, and stays.
            let ours = fs::symlink_metadata(&path).ok().map(|metadata| State::of(&metadata));
            exchange(new.path(), &path).map_err(|error| problem(&error))?;
            if fs::symlink_metadata(new.path()).ok().map(|metadata| State::of(&metadata)) != ours {
                exchange(new.path(), &path).map_err(|error| problem(&error))?;
            }
            return Err(CHANGED.into());
        }
        temporary::placed();
        Ok(())
    }
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self { identity: identity(metadata), length: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Whether the file at `path` is the one that was read, and holds what was read.
fn is_untouched(path: &Path, state: &State, before: &[u8]) -> bool {
    let is_same = || fs::symlink_metadata(path).is_ok_and(|metadata| State::of(&metadata) == *state);
    is_same() && read::regular(path, MOST_SOURCE).is_ok_and(|bytes| bytes == before) && is_same()
}

fn problem(error: &io::Error) -> String {
    format!("not written: {}. The file is as it was.", reason(error))
}

/// Lets the names in a directory outlast a loss of power, so that what was told as written is.
///
/// A system that cannot do that keeps the files whole all the same, old or new.
#[cfg(unix)]
pub fn synchronise(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}

/// The system opens no directories.
#[cfg(not(unix))]
pub fn synchronise(_directory: &Path) {}

/// Gives `new` what makes `file` its owner's.
fn keep(file: &File, metadata: &Metadata, new: &File) -> Result<(), String> {
    keep_owner(metadata, new)?;
    keep_attributes(file, new)?;
    new.set_permissions(metadata.permissions()).map_err(|error| problem(&error))
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<(u64, u64)> {
    None
}

/// How many names the file has.
#[cfg(unix)]
fn names(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink()
}

#[cfg(not(unix))]
fn names(_metadata: &Metadata) -> u64 {
    1
}

/// A new file is the user's own; only root can give it to somebody else.
#[cfg(unix)]
fn keep_owner(metadata: &Metadata, new: &File) -> Result<(), String> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (user, group) = (metadata.uid(), metadata.gid());
    let own = new.metadata().map_err(|error| problem(&error))?;
    let (user, group) = ((own.uid() != user).then_some(user), (own.gid() != group).then_some(group));
    if user.is_none() && group.is_none() {
        return Ok(());
    }
    let whose = if user.is_some() { "user" } else { "group" };
    fchown(new, user, group).map_err(|error| {
        format!("not written: it belongs to another {whose}, to whom it cannot be given again ({}).", reason(&error))
    })
}

#[cfg(not(unix))]
fn keep_owner(_metadata: &Metadata, _new: &File) -> Result<(), String> {
    Ok(())
}

/// Access control lists are among the extended attributes.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn keep_attributes(file: &File, new: &File) -> Result<(), String> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    use rustix::io::Errno;
    /// The system allows no more.
    const MOST: usize = 64 << 10;
    let mut names = vec![0; MOST];
    let length = match flistxattr(file, names.as_mut_slice()) {
        Ok(length) => length,
        // A file system without any.
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
        Err(error) => return Err(problem(&error.into())),
    };
    let mut value = vec![0; MOST];
    let mut ours = vec![0; MOST];
    for name in names.get(..length).unwrap_or_default().split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let lost = |error: Errno| {
            let (name, error) = (String::from_utf8_lossy(name), io::Error::from(error));
            format!("not written: its attribute `{name}` could not be kept ({}).", reason(&error))
        };
        let length = fgetxattr(file, name, value.as_mut_slice()).map_err(lost)?;
        let value = value.get(..length).unwrap_or_default();
        // The system gives some of them to every new file, and to be set by hand to nobody.
        let has = fgetxattr(new, name, ours.as_mut_slice()).is_ok_and(|length| ours.get(..length) == Some(value));
        if !has {
            fsetxattr(new, name, value, XattrFlags::empty()).map_err(lost)?;
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn keep_attributes(_file: &File, _new: &File) -> Result<(), String> {
    Ok(())
}

/// Exchanges two files at once. `false` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(path: &Path, before: &str, after: &str) -> Result<(), String> {
        Replacement::prepare(path, before.as_bytes(), after.as_bytes(), &|_| true)?.finish(before.as_bytes())
    }

    fn directory() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.py");
        fs::write(&path, "old\n").unwrap();
        (directory, path)
    }

    fn content(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(directory).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_stays_beside_it() {
        let (directory, path) = directory();
        replace(&path, "old\n", "new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(content(directory.path()), ["a.py"]);
    }

    #[test]
    fn a_file_that_changed_is_left_alone_whenever_that_was() {
        let (directory, path) = directory();
        assert_eq!(replace(&path, "other\n", "new\n").unwrap_err(), CHANGED);
        let prepare = || Replacement::prepare(&path, b"old\n", b"new\n", &|_| true).unwrap();
        // Written in place, with the old length.
        let prepared = prepare();
        fs::write(&path, "OLD\n").unwrap();
        assert_eq!(prepared.finish(b"old\n").unwrap_err(), CHANGED);
        assert_eq!(fs::read_to_string(&path).unwrap(), "OLD\n");
        // Replaced by one that holds the same.
        fs::write(&path, "old\n").unwrap();
        let prepared = prepare();
        fs::write(directory.path().join("b"), "old\n").unwrap();
        fs::rename(directory.path().join("b"), &path).unwrap();
        assert_eq!(prepared.finish(b"old\n").unwrap_err(), CHANGED);
        // Taken away.
        let prepared = prepare();
        fs::remove_file(&path).unwrap();
        assert_eq!(prepared.finish(b"old\n").unwrap_err(), CHANGED);
        assert!(content(directory.path()).is_empty());
    }

    #[test]
    fn a_place_outside_is_not_written() {
        let (_directory, path) = directory();
        let refused = Replacement::prepare(&path, b"old\n", b"new\n", &|_| false).unwrap_err();
        assert!(refused.contains("lies outside"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let (directory, path) = directory();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
        let link = directory.path().join("link");
        symlink("a.py", &link).unwrap();
        replace(&link, "old\n", "new\n").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o751);
        fs::hard_link(&path, directory.path().join("hard")).unwrap();
        let refused = replace(&path, "new\n", "newer\n").unwrap_err();
        assert!(refused.contains("hard links"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn attributes_stay() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let (_directory, path) = directory();
        if setxattr(&path, "user.note", b"x", XattrFlags::empty()).is_err() {
            return;
        }
        replace(&path, "old\n", "new\n").unwrap();
        let mut value = [0; 8];
        assert_eq!(getxattr(&path, "user.note", &mut value), Ok(1));
    }
}
