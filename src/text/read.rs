//! Reading files that a checked tree names or holds: regular files only, and only up to a size.
//!
//! A tree is not trusted. `requirements.txt` may be a FIFO that nobody writes into, `-r /dev/zero` never ends, and a sparse file of a
//! terabyte takes no room on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The most that metadata, configuration and ignore files may have. The largest lock files have a tenth of it.
pub const MOST_METADATA: u64 = 32 << 20;

/// The most that Python files, notebooks and baselines may have.
pub const MOST_SOURCE: u64 = 256 << 20;

/// All of the regular file at `path`, up to `most` bytes.
///
/// # Errors
/// When it cannot be read, is something else, or is larger.
pub fn regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_to(&open(path)?, most, &mut bytes)?;
    Ok(bytes)
}

/// Opens the regular file at `path`. Nothing else is opened: some devices act on that alone.
///
/// # Errors
/// When it cannot be opened, or is something else.
pub fn open(path: &Path) -> io::Result<File> {
    refuse_special(&path.metadata()?)?;
    // What is there may be exchanged between the two: not to wait for a FIFO, and to look again.
    let file = without_waiting().open(path)?;
    refuse_special(&file.metadata()?)?;
    Ok(file)
}

/// Appends all of `file` to `bytes`, which may come to `most` bytes.
///
/// # Errors
/// When it cannot be read, or is larger.
pub fn read_to(file: &File, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    // A file in /proc has no size and a content.
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large(most));
    }
    bytes.reserve(usize::try_from(length).unwrap_or_default().saturating_sub(bytes.len()));
    let room = most.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let read = file.take(room + 1).read_to_end(bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > room { Err(too_large(most)) } else { Ok(()) }
}

/// All of a file that the user names, whatever it is, up to `most` bytes: a pipe is what they meant.
///
/// # Errors
/// When it cannot be read, or is larger.
pub fn named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// Whether a file was not read for what it is, rather than because the system could not.
pub fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge)
}

fn refuse_special(metadata: &std::fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
}

fn too_large(most: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MiB", most >> 20))
}

#[cfg(unix)]
fn without_waiting() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    options
}

#[cfg(not(unix))]
fn without_waiting() -> OpenOptions {
    let mut options = File::options();
    options.read(true);
    options
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn only_regular_files_of_a_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(regular(&path, 5).unwrap(), b"12345");
        assert!(is_refused(&regular(&path, 4).unwrap_err()));
        let error = regular(Path::new("/dev/zero"), 5).unwrap_err();
        assert_eq!(error.to_string(), "it is no regular file");
        assert!(is_refused(&named(Path::new("/dev/zero"), 5).unwrap_err()));
        assert!(!is_refused(&regular(&directory.path().join("none"), 5).unwrap_err()));
        let fifo = directory.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert!(is_refused(&regular(&fifo, 5).unwrap_err()), "nobody waits for it");
        let sparse = directory.path().join("sparse");
        File::create(&sparse).unwrap().set_len(1 << 40).unwrap();
        assert!(is_refused(&regular(&sparse, MOST_SOURCE).unwrap_err()));
        assert!(regular(Path::new("/proc/self/status"), 1 << 20).unwrap().len() > 100, "it has no size");
    }
}
