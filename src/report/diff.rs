//! A unified diff that `git apply` and `patch -p1` accept.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Component, Path};

use similar::udiff::UnifiedHunkHeader;
use similar::{ChangeTag, TextDiff};

use crate::report::{Paint, View};
use crate::run::session::Change;

/// Lines around a change, as `diff -u` has them.
const CONTEXT: usize = 3;

/// Writes the diff of one file.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write(change: &Change, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let (before, after) = (&change.before.source, &change.after);
    let (old, new) = (lines(before.stored()), lines(after.stored()));
    let diff = TextDiff::from_slices(&old, &new);
    let path = without_parents(change.after.path());
    let path = view.relative(&path);
    writeln!(out, "{}", view.terminal.paint(Paint::Strong, &format!("--- {}", name("a", path))))?;
    writeln!(out, "{}", view.terminal.paint(Paint::Strong, &format!("+++ {}", name("b", path))))?;
    for hunk in diff.grouped_ops(CONTEXT) {
        let header = UnifiedHunkHeader::new(&hunk).to_string();
        writeln!(out, "{}", view.terminal.paint(Paint::Info, &header))?;
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value();
            let (text, ending) =
                line.strip_suffix('\n').map_or((line, "\n\\ No newline at end of file\n"), |l| (l, "\n"));
            let painted = |paint, sign| view.terminal.paint(paint, &format!("{sign}{text}"));
            let shown = match change.tag() {
                ChangeTag::Equal => format!(" {text}"),
                ChangeTag::Delete => painted(Paint::Error, '-'),
                ChangeTag::Insert => painted(Paint::Good, '+'),
            };
            // As Git has it: the bytes of the file, whatever the terminal makes of them.
            out.write_all(&after.encode(&shown))?;
            out.write_all(ending.as_bytes())?;
        }
    }
    Ok(())
}

/// The path without the `..` that Git and patch refuse. A link may stand before it, so the disk is asked.
fn without_parents(path: &Path) -> Cow<'_, Path> {
    let has_parents = path.components().any(|part| part == Component::ParentDir);
    let resolved = has_parents.then(|| path.canonicalize().ok()).flatten();
    resolved.map_or(Cow::Borrowed(path), Cow::Owned)
}

/// Only `\n` ends a line of a diff; `\r` is a character like others.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The name in a header. Git ends a name with spaces by a tab, and quotes one with anything else unusual as C would.
fn name(side: &str, path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes = bytes.strip_prefix(b"/").unwrap_or(bytes);
    let plain =
        std::str::from_utf8(bytes).ok().filter(|text| !text.contains(|c: char| c.is_control() || "\"\\".contains(c)));
    match plain {
        Some(text) if cfg!(windows) => format!("{side}/{}", text.replace('\\', "/")),
        Some(text) if text.contains(' ') => format!("{side}/{text}\t"),
        Some(text) => format!("{side}/{text}"),
        None => {
            let quoted: String = bytes.iter().map(|byte| quoted(*byte)).collect();
            format!("\"{side}/{quoted}\"")
        }
    }
}

fn quoted(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    }
}
