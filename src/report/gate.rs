//! The one way out: everything that is printed or put into a report passes here, and nothing in it reaches a terminal as a command.
//!
//! Texts from a tree are made harmless where they become a message. This is for what was forgotten there: control characters are
//! spelled out, and of escape sequences only those pass that this tool writes itself, where it may use colours at all.

use std::io::{self, Write};
use std::mem;

use crate::text::printable::is_command;

/// How a character is spelled that must not be there as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// `\u{1b}`. Where `colors` is set, what paints text and links rules may pass.
    Text {
        /// Whether this tool writes escape sequences there.
        colors: bool,
    },
    /// `\u001b`, which means the same in a string of JSON.
    Json,
    /// `&#x1b;`.
    Xml,
}

/// A writer behind the gate.
pub struct Gate<'w> {
    inner: Box<dyn Write + 'w>,
    spelling: Escape,
    /// The beginning of a character or a sequence whose end has not come yet.
    pending: Vec<u8>,
}

/// No sequence of ours is longer.
const LONGEST: usize = 512;

impl<'w> Gate<'w> {
    /// A gate before `inner`.
    pub fn new(inner: impl Write + 'w, spelling: Escape) -> Self {
        Self { inner: Box::new(inner), spelling, pending: Vec::new() }
    }

    /// The way around the gate, for the content of a file that a program reads.
    pub fn around(&mut self) -> &mut (dyn Write + 'w) {
        &mut *self.inner
    }

    /// Appends to `out` what may pass of `bytes`. Returns how many bytes were dealt with: what is left needs more to be judged.
    fn pass(&self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.iter().position(|byte| may_begin(*byte)).unwrap_or(rest.len());
            let (before, rest) = rest.split_at(plain);
            out.extend_from_slice(before);
            at += plain;
            if rest.is_empty() {
                break;
            }
            match self.judge(rest) {
                Verdict::Pass(length) => {
                    out.extend_from_slice(rest.get(..length).unwrap_or_default());
                    at += length;
                }
                Verdict::Spell(c) => {
                    out.extend_from_slice(self.spell(c).as_bytes());
                    at += c.len_utf8();
                }
                Verdict::Wait => break,
            }
        }
        at
    }

    fn judge(&self, bytes: &[u8]) -> Verdict {
        let first = bytes.first().copied().unwrap_or_default();
        if first == 0x1b && self.spelling == (Escape::Text { colors: true }) {
            return sequence(bytes);
        }
        let length = match first {
            0xc2 | 0xd8 => 2,
            0xe2 => 3,
            _ => return Verdict::Spell(char::from(first)),
        };
        let Some(whole) = bytes.get(..length) else { return Verdict::Wait };
        match std::str::from_utf8(whole).ok().and_then(|text| text.chars().next()) {
            Some(c) if is_command(c) && self.is_spelled(c) => Verdict::Spell(c),
            Some(_) => Verdict::Pass(length),
            None => Verdict::Pass(1),
        }
    }

    /// What turns text around is a danger to people; programs take a string for what it is.
    fn is_spelled(&self, c: char) -> bool {
        c.is_control() || matches!(self.spelling, Escape::Text { .. })
    }

    fn spell(&self, c: char) -> String {
        match self.spelling {
            Escape::Text { .. } => c.escape_default().to_string(),
            Escape::Json => format!("\\u{:04x}", u32::from(c)),
            // There is no spelling for the others.
            Escape::Xml if u32::from(c) < 0x20 => char::REPLACEMENT_CHARACTER.to_string(),
            Escape::Xml => format!("&#x{:x};", u32::from(c)),
        }
    }
}

enum Verdict {
    Pass(usize),
    Spell(char),
    Wait,
}

/// Whether a character or sequence that has to be looked at may begin with this byte.
fn may_begin(byte: u8) -> bool {
    byte < 0x20 && byte != b'\n' && byte != b'\t' || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Whether `bytes` begin with a sequence of ours: a colour, or a link to the page of a rule.
fn sequence(bytes: &[u8]) -> Verdict {
    const LINK: &[u8] = concat!("\u{1b}]8;;", env!("CARGO_PKG_REPOSITORY"), "/").as_bytes();
    const END: &[u8] = b"\x1b]8;;\x1b\\";
    let no = Verdict::Spell('\u{1b}');
    if bytes.len() > LONGEST {
        return sequence(bytes.get(..LONGEST).unwrap_or_default()).or_spelled();
    }
    if bytes.starts_with(b"\x1b[") {
        let end = bytes.iter().skip(2).position(|byte| !byte.is_ascii_digit() && *byte != b';').map(|at| at + 2);
        let Some(end) = end else { return Verdict::Wait };
        let codes = std::str::from_utf8(bytes.get(2..end).unwrap_or_default()).unwrap_or_default();
        let is_ours = bytes.get(end) == Some(&b'm') && codes.split(';').all(paints);
        return if is_ours { Verdict::Pass(end + 1) } else { no };
    }
    if bytes.starts_with(END) {
        return Verdict::Pass(END.len());
    }
    if bytes.starts_with(LINK) {
        let rest = bytes.get(LINK.len()..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| !byte.is_ascii_graphic()) else { return Verdict::Wait };
        return match rest.get(end..end + 2) {
            Some(b"\x1b\\") => Verdict::Pass(LINK.len() + end + 2),
            None if rest.get(end) == Some(&0x1b) => Verdict::Wait,
            _ => no,
        };
    }
    let may_become = |whole: &[u8]| whole.starts_with(bytes);
    if may_become(b"\x1b[") || may_become(LINK) || may_become(END) { Verdict::Wait } else { no }
}

impl Verdict {
    /// What is too long to wait for is not ours.
    fn or_spelled(self) -> Self {
        if matches!(self, Self::Wait) { Self::Spell('\u{1b}') } else { self }
    }
}

/// Colours and weights; nothing that hides text.
fn paints(code: &str) -> bool {
    matches!(code.parse::<u8>(), Ok(0..=4 | 22..=24 | 30..=37 | 39 | 90..=97)) || code.is_empty()
}

impl Write for Gate<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.is_empty() && !bytes.iter().any(|byte| may_begin(*byte)) {
            return self.inner.write(bytes);
        }
        let mut all = mem::take(&mut self.pending);
        all.extend_from_slice(bytes);
        let mut out = Vec::with_capacity(all.len() + 16);
        let done = self.pass(&all, &mut out);
        self.pending = all.split_off(done);
        self.inner.write_all(&out)?;
        Ok(bytes.len())
    }

    /// What is still waited for is no character and no sequence of ours.
    fn flush(&mut self) -> io::Result<()> {
        for byte in mem::take(&mut self.pending) {
            match byte {
                0x1b => self.inner.write_all(self.spell('\u{1b}').as_bytes())?,
                byte => self.inner.write_all(&[byte])?,
            }
        }
        self.inner.flush()
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        // Whoever needs to know whether it was written has flushed before.
        let _ = self.flush();
    }
}

impl std::fmt::Debug for Gate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("spelling", &self.spelling).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What passes, whether it comes at once or byte by byte.
    fn passed(text: &str, spelling: Escape) -> String {
        let mut at_once = Vec::new();
        Gate::new(&mut at_once, spelling).write_all(text.as_bytes()).unwrap();
        let mut in_bytes = Vec::new();
        let mut gate = Gate::new(&mut in_bytes, spelling);
        text.bytes().for_each(|byte| gate.write_all(&[byte]).unwrap());
        drop(gate);
        assert_eq!(at_once, in_bytes, "{text:?}");
        String::from_utf8(at_once).unwrap()
    }

    const PLAIN: Escape = Escape::Text { colors: false };
    const COLORED: Escape = Escape::Text { colors: true };

    #[test]
    fn text_passes_and_commands_are_spelled_out() {
        let text = "caf\u{e9} \u{2500}\u{201c} \u{a0}\u{610}\tx\n";
        for spelling in [PLAIN, COLORED, Escape::Json, Escape::Xml] {
            assert_eq!(passed(text, spelling), text);
        }
        assert_eq!(passed("\u{1b}]52;c;eA==\u{7}\r\n", PLAIN), "\\u{1b}]52;c;eA==\\u{7}\\r\n");
        assert_eq!(passed("\u{9d}52;c\u{9c} \u{7f} \u{202e}", PLAIN), "\\u{9d}52;c\\u{9c} \\u{7f} \\u{202e}");
        assert_eq!(passed("\"\u{7f}\u{9b}\u{202e}\"", Escape::Json), "\"\\u007f\\u009b\u{202e}\"");
        assert_eq!(passed("\u{9b}\u{1b}", Escape::Xml), "&#x9b;\u{fffd}");
    }

    #[test]
    fn of_sequences_only_our_own_pass_and_only_with_colours() {
        let link = concat!("\u{1b}]8;;", env!("CARGO_PKG_REPOSITORY"), "/x.md\u{1b}\\WS101\u{1b}]8;;\u{1b}\\");
        let painted = format!("\u{1b}[31mred\u{1b}[0m \u{1b}[1;36mcyan\u{1b}[39m {link}\n");
        assert_eq!(passed(&painted, COLORED), painted);
        assert!(!passed(&painted, PLAIN).contains('\u{1b}'));
        for hostile in [
            "\u{1b}]52;c;eA==\u{7}",
            "\u{1b}[8mhidden",
            "\u{1b}[2J",
            "\u{1b}]8;;https://elsewhere.example/\u{1b}\\",
            "\u{1b}]0;title\u{7}",
            "\u{1b}P",
            "\u{1b}",
            "\u{1b}[31",
            "\u{9b}31m",
        ] {
            let shown = passed(hostile, COLORED);
            assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        }
        let endless = format!("\u{1b}[{}", "1;".repeat(2000));
        assert!(passed(&endless, COLORED).starts_with("\\u{1b}[1;"));
    }
}
