//! A number for each finding by which services recognise it in the next report, also when lines have moved.

use rustc_hash::FxHashMap;

use crate::lint::rule::Finding;
use crate::report::View;
use crate::run::identity::line_text;
use crate::run::session::FileFindings;

/// Numbers findings; none is given twice.
#[derive(Default)]
pub struct Fingerprints {
    /// How often a key has come.
    seen: FxHashMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, in 32 hexadecimal digits.
    pub fn next(&mut self, file: &FileFindings, finding: &Finding, view: &View) -> String {
        let FileFindings { source, .. } = file;
        let key = [view.portable(source.path()), finding.code().to_owned(), line_text(source, finding)].join("\0");
        let count = self.seen.entry(key.clone()).or_default();
        *count += 1;
        format!("{:032x}", fnv1a(format!("{key}\0{count}").as_bytes()))
    }
}

/// FNV-1a with 128 bits: the same on every machine and in every release, which the hashes of the standard library are not.
fn fnv1a(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(format!("{:032x}", super::fnv1a(b"")), "6c62272e07bb014262b821756295c58d");
        assert_eq!(format!("{:032x}", super::fnv1a(b"a")), "d228cb696f1a8caf78912b704e4a8964");
    }
}
