//! Encodings, compared with the Python that runs the files.
//!
//! Ignored by default, because it asks Python: `cargo test --test it encodings -- --ignored`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::tools::{command, python, succeed};
use wsupgrade::text::encoding::Encoding;

/// As Python knows them, of single bytes.
const SINGLE: &[&str] = &[
    "ascii",
    "latin-1",
    "l1",
    "cp819",
    "cp1250",
    "cp1251",
    "cp1252",
    "windows-1252",
    "cp1253",
    "cp1254",
    "cp1256",
    "cp1257",
    "cp1258",
    "cp874",
    "iso-8859-2",
    "latin2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "cyrillic",
    "iso-8859-6",
    "iso-8859-7",
    "greek",
    "iso-8859-8",
    "iso-8859-9",
    "latin5",
    "iso-8859-10",
    "iso-8859-11",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "latin9",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "cp866",
    "mac-roman",
    "mac-cyrillic",
];

/// Of several bytes. Some characters of these differ, and none of the bytes that mean something to Python's grammar.
const DOUBLE: &[&str] = &[
    "euc-jp",
    "ujis",
    "shift_jis",
    "sjis",
    "cp932",
    "ms932",
    "gbk",
    "cp936",
    "gb2312",
    "euc-cn",
    "gb18030",
    "big5",
    "big5-hkscs",
    "euc-kr",
    "cp949",
    "uhc",
];

/// What Python makes of each of `inputs`, in hexadecimal: the code points, or nothing where it cannot be decoded.
fn decoded(encoding: &str, inputs: &[Vec<u8>]) -> Vec<Option<String>> {
    let program = "
import sys
encoding, *inputs = sys.stdin.read().split()
for line in inputs:
    try:
        print(' '.join(format(ord(c), 'x') for c in bytes.fromhex(line).decode(encoding)))
    except UnicodeDecodeError:
        print('-')
";
    let hex = |input: &Vec<u8>| input.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), format!("{encoding}\n{}\n", inputs.iter().map(hex).collect::<Vec<_>>().join("\n")))
        .unwrap();
    let mut python = command(python());
    let answers = succeed(python.args(["-c", program]).stdin(std::fs::File::open(list.path()).unwrap()));
    answers.lines().map(|line| (line != "-").then(|| line.to_owned())).collect()
}

fn own(encoding: &str, input: &[u8]) -> Option<String> {
    let text =
        Encoding::of(format!("# coding: {encoding}\nx = '\u{e9}'").as_bytes()).unwrap().decode(input.to_vec()).ok()?;
    Some(text.chars().map(|c| format!("{:x}", u32::from(c))).collect::<Vec<_>>().join(" "))
}

#[test]
#[ignore = "asks Python"]
fn single_bytes_are_the_characters_that_python_reads() {
    let inputs: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for encoding in SINGLE {
        for (input, python) in inputs.iter().zip(decoded(encoding, &inputs)) {
            let own = own(encoding, input);
            // A byte that is not read here is a file that is reported. None is read that Python does not read, or otherwise.
            assert!(own.is_none() || own == python, "{encoding}: {input:x?} is {own:?}, and {python:?} in Python");
            let refused = ["iso-8859-9", "latin5", "iso-8859-11", "koi8-u"].contains(encoding);
            assert!(own.is_some() || python.is_none() || refused, "{encoding}: {input:x?} is not read");
        }
    }
}

#[test]
#[ignore = "asks Python"]
fn ascii_between_several_bytes_is_where_python_sees_it() {
    let pairs = (0x80..=0xff).flat_map(|lead| (0x20..=0xff).map(move |trail| vec![lead, trail, b'\'', b'\n']));
    let inputs: Vec<Vec<u8>> = pairs.collect();
    for encoding in DOUBLE {
        let mut both = 0;
        for (input, python) in inputs.iter().zip(decoded(encoding, &inputs)) {
            let (Some(python), Some(own)) = (python, own(encoding, input)) else { continue };
            both += 1;
            let ascii = |text: &str| {
                let is_ascii =
                    |word: &&str| word.len() <= 2 && u8::from_str_radix(word, 16).is_ok_and(|byte| byte < 0x80);
                text.split(' ').filter(is_ascii).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(ascii(&own), ascii(&python), "{encoding}: {input:x?}");
        }
        assert!(both > 5000, "{encoding}: {both}");
    }
}
