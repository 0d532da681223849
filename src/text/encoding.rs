//! Encodings of Python files (PEP 263): which one a file declares, and the way from bytes to text and back.
//!
//! Text that goes back has to be the bytes that came, so a file is read only where both directions agree. The codecs are those of
//! the WHATWG. They differ from Python's of the same name in a few places: bytes that Python does not read are refused here too
//! where one byte tells, and of the East Asian encodings some characters in strings and comments look different in a report.

use encoding_rs::{DecoderResult, EncoderResult, Encoding as Codec};

use crate::text::source::Undecodable;

/// How the text of a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// What Python reads where nothing is declared.
    Utf8,
    /// Seven bits: a file that declares so, or one that declares something unknown and needs no more.
    Ascii,
    /// Each byte is the character of that number. The WHATWG calls another encoding by this name.
    Latin1,
    /// One of the others.
    Other(&'static Codec, Refused),
}

/// Bytes that have a meaning for the WHATWG, and none or another one for Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// None that a single byte shows.
    Nothing,
    /// What the code pages of Windows leave open, which are control characters for the WHATWG.
    Undefined,
    /// 0x80 to 0x9F: the code page of Windows stands in for the ISO encoding that it extends there.
    Extension,
    /// Two letters of Belarusian, which are box drawings in Python's KOI8-U.
    Boxes,
}

impl Refused {
    fn contains(self, byte: u8, character: char) -> bool {
        match self {
            Self::Nothing => false,
            Self::Undefined => ('\u{80}'..='\u{9f}').contains(&character),
            Self::Extension => (0x80..=0x9f).contains(&byte),
            Self::Boxes => matches!(byte, 0xae | 0xbe),
        }
    }
}

/// By the names that Python knows, in lower case and without punctuation.
const OTHERS: &[(&[&str], &Codec, Refused)] = &[
    (&["cp1250", "windows1250", "1250"], encoding_rs::WINDOWS_1250, Refused::Undefined),
    (&["cp1251", "windows1251", "1251"], encoding_rs::WINDOWS_1251, Refused::Undefined),
    (&["cp1252", "windows1252", "1252"], encoding_rs::WINDOWS_1252, Refused::Undefined),
    (&["cp1253", "windows1253", "1253"], encoding_rs::WINDOWS_1253, Refused::Undefined),
    (&["cp1254", "windows1254", "1254"], encoding_rs::WINDOWS_1254, Refused::Undefined),
    (&["cp1256", "windows1256", "1256"], encoding_rs::WINDOWS_1256, Refused::Undefined),
    (&["cp1257", "windows1257", "1257"], encoding_rs::WINDOWS_1257, Refused::Undefined),
    (&["cp1258", "windows1258", "1258"], encoding_rs::WINDOWS_1258, Refused::Undefined),
    (&["cp874"], encoding_rs::WINDOWS_874, Refused::Undefined),
    (&["iso88592", "latin2", "l2"], encoding_rs::ISO_8859_2, Refused::Nothing),
    (&["iso88593", "latin3", "l3"], encoding_rs::ISO_8859_3, Refused::Nothing),
    (&["iso88594", "latin4", "l4"], encoding_rs::ISO_8859_4, Refused::Nothing),
    (&["iso88595", "cyrillic"], encoding_rs::ISO_8859_5, Refused::Nothing),
    (&["iso88596", "arabic"], encoding_rs::ISO_8859_6, Refused::Nothing),
    (&["iso88597", "greek"], encoding_rs::ISO_8859_7, Refused::Nothing),
    (&["iso88598", "hebrew"], encoding_rs::ISO_8859_8, Refused::Nothing),
    (&["iso88599", "latin5", "l5"], encoding_rs::WINDOWS_1254, Refused::Extension),
    (&["iso885910", "latin6", "l6"], encoding_rs::ISO_8859_10, Refused::Nothing),
    (&["iso885911", "thai"], encoding_rs::WINDOWS_874, Refused::Extension),
    (&["iso885913", "latin7", "l7"], encoding_rs::ISO_8859_13, Refused::Nothing),
    (&["iso885914", "latin8", "l8"], encoding_rs::ISO_8859_14, Refused::Nothing),
    (&["iso885915", "latin9", "l9"], encoding_rs::ISO_8859_15, Refused::Nothing),
    (&["iso885916", "latin10", "l10"], encoding_rs::ISO_8859_16, Refused::Nothing),
    (&["koi8r"], encoding_rs::KOI8_R, Refused::Nothing),
    (&["koi8u"], encoding_rs::KOI8_U, Refused::Boxes),
    (&["cp866", "ibm866", "866"], encoding_rs::IBM866, Refused::Nothing),
    (&["macroman", "macintosh"], encoding_rs::MACINTOSH, Refused::Nothing),
    (&["maccyrillic"], encoding_rs::X_MAC_CYRILLIC, Refused::Nothing),
    (&["eucjp", "ujis"], encoding_rs::EUC_JP, Refused::Nothing),
    (&["shiftjis", "sjis", "csshiftjis"], encoding_rs::SHIFT_JIS, Refused::Nothing),
    (&["cp932", "932", "ms932", "mskanji", "windows31j"], encoding_rs::SHIFT_JIS, Refused::Nothing),
    (&["gbk", "cp936", "936", "ms936"], encoding_rs::GBK, Refused::Nothing),
    (&["gb2312", "euccn", "eucgb2312cn", "chinese"], encoding_rs::GBK, Refused::Nothing),
    (&["gb18030", "gb180302000"], encoding_rs::GB18030, Refused::Nothing),
    (&["big5", "big5tw", "csbig5", "big5hkscs", "hkscs"], encoding_rs::BIG5, Refused::Nothing),
    (&["euckr", "korean", "ksc5601", "ksx1001"], encoding_rs::EUC_KR, Refused::Nothing),
    (&["cp949", "949", "ms949", "uhc"], encoding_rs::EUC_KR, Refused::Nothing),
];

/// Encodings that Python knows and nobody here decodes, in which a file of seven bits reads as it does in ASCII. Not all are so: in
/// UTF-7 a plus sign begins something else.
const LIKE_ASCII: &[&str] = &[
    "437",
    "720",
    "737",
    "775",
    "850",
    "852",
    "855",
    "857",
    "858",
    "860",
    "861",
    "862",
    "863",
    "865",
    "869",
    "950",
    "1006",
    "1125",
    "1255",
    "1361",
    "arabic",
    "asmo708",
    "cp1006",
    "cp1051",
    "cp1125",
    "cp1255",
    "cp1361",
    "cp154",
    "cp367",
    "cp437",
    "cp720",
    "cp737",
    "cp775",
    "cp850",
    "cp852",
    "cp855",
    "cp856",
    "cp857",
    "cp858",
    "cp860",
    "cp861",
    "cp862",
    "cp863",
    "cp865",
    "cp866u",
    "cp869",
    "cp950",
    "cpgr",
    "cpis",
    "csascii",
    "csbig5",
    "csisolatin1",
    "csisolatin2",
    "csisolatin3",
    "csisolatin4",
    "csisolatin5",
    "csisolatin6",
    "csisolatinarabic",
    "csisolatincyrillic",
    "csisolatingreek",
    "csisolatinhebrew",
    "cskoi8r",
    "eucjis2004",
    "eucjisx0213",
    "hproman8",
    "ibm367",
    "ibm437",
    "ibm775",
    "ibm819",
    "ibm850",
    "ibm852",
    "ibm855",
    "ibm857",
    "ibm858",
    "ibm860",
    "ibm861",
    "ibm862",
    "ibm863",
    "ibm865",
    "ibm869",
    "iso646us",
    "johab",
    "jisx0213",
    "koi8t",
    "kz1048",
    "macarabic",
    "maccenteuro",
    "maccentraleurope",
    "maccroatian",
    "macgreek",
    "maciceland",
    "maclatin2",
    "macromanian",
    "macturkish",
    "ms1361",
    "ms950",
    "palmos",
    "pt154",
    "ptcp154",
    "rk1048",
    "roman8",
    "strk10482002",
    "tis620",
    "tis6200",
    "windows1255",
];

impl Encoding {
    /// The encoding of a file, by its byte order mark and what it declares.
    ///
    /// # Errors
    /// When the declaration is unknown, or the byte order mark contradicts it.
    pub fn of(bytes: &[u8]) -> Result<Self, Undecodable> {
        let Some(name) = declared(bytes) else { return Ok(Self::Utf8) };
        let encoding = Self::named(&name);
        if bytes.starts_with("\u{feff}".as_bytes()) && encoding != Some(Self::Utf8) {
            return Err(Undecodable::Marked(name));
        }
        if encoding.is_none() && bytes.is_ascii() && is_like_ascii(&name) {
            return Ok(Self::Ascii);
        }
        encoding.ok_or(Undecodable::Encoding(name))
    }

    /// The encoding that Python means by a name.
    fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        // Editors add how lines end, `utf-8-unix`, and Python takes it.
        let is = |plain: &str| name.strip_prefix(plain).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if is("utf-8") {
            return Some(Self::Utf8);
        }
        if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
            return Some(Self::Latin1);
        }
        match name.replace(['-', '.'], "").as_str() {
            "utf8" | "utf8sig" | "u8" | "utf" | "cp65001" => Some(Self::Utf8),
            "ascii" | "usascii" | "us" | "646" => Some(Self::Ascii),
            "latin1" | "latin" | "iso88591" | "iso8859" | "8859" | "l1" | "cp819" => Some(Self::Latin1),
            name => {
                let (_, codec, refused) = OTHERS.iter().find(|(names, ..)| names.contains(&name))?;
                Some(Self::Other(codec, *refused))
            }
        }
    }

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "ASCII",
            Self::Latin1 => "Latin-1",
            Self::Other(codec, _) => codec.name(),
        }
    }

    /// The text of `bytes`.
    ///
    /// # Errors
    /// At the first byte that is no text, or when the text would not become the same bytes again.
    pub fn decode(self, bytes: Vec<u8>) -> Result<String, Undecodable> {
        let invalid = |offset| Undecodable::Invalid { offset, encoding: self.name() };
        match self {
            Self::Ascii if !bytes.is_ascii() => Err(invalid(bytes.iter().take_while(|byte| byte.is_ascii()).count())),
            Self::Utf8 | Self::Ascii => {
                String::from_utf8(bytes).map_err(|error| invalid(error.utf8_error().valid_up_to()))
            }
            Self::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
            Self::Other(codec, refused) => {
                let text = decode(codec, &bytes).map_err(invalid)?;
                // A refused byte is a character of its own: only encodings of single bytes have them.
                let mut pairs = bytes.iter().zip(text.chars());
                match pairs.position(|(byte, character)| refused.contains(*byte, character)) {
                    Some(offset) => Err(invalid(offset)),
                    None if self.encode(&text).as_ref() == Ok(&bytes) => Ok(text),
                    None => Err(Undecodable::Lossy(self.name())),
                }
            }
        }
    }

    /// The bytes of `text`.
    ///
    /// # Errors
    /// At the first character that the encoding does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Ascii => text.chars().find(|c| !c.is_ascii()).map_or_else(|| Ok(text.as_bytes().to_vec()), Err),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).map_err(|_| c)).collect(),
            Self::Other(codec, _) => encode(codec, text),
        }
    }
}

fn is_like_ascii(name: &str) -> bool {
    LIKE_ASCII.contains(&name.to_ascii_lowercase().replace(['-', '_', '.'], "").as_str())
}

/// The text, or the offset of the first byte that is none.
fn decode(codec: &'static Codec, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = codec.new_decoder_without_bom_handling();
    let mut text =
        String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or(0usize)?);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::Malformed(bad, after), read) => Err(read.saturating_sub(usize::from(bad) + usize::from(after))),
        (DecoderResult::OutputFull, read) => Err(read),
    }
}

/// The bytes, or the first character that has none.
fn encode(codec: &'static Codec, text: &str) -> Result<Vec<u8>, char> {
    let mut encoder = codec.new_encoder();
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let most = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
        bytes.reserve(most.unwrap_or(rest.len()));
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::Unmappable(character) => return Err(character),
            EncoderResult::OutputFull => rest = rest.get(read..).unwrap_or_default(),
        }
    }
}

/// The name in the comment that declares the encoding: on the first line, or on the second below nothing but a comment.
fn declared(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')).take(lines_to_read(bytes)) {
        let code = line.trim_ascii_start();
        match code.first() {
            None => {}
            Some(b'#') => {
                if let Some(name) = named_in(code) {
                    return Some(name);
                }
            }
            Some(_) => return None,
        }
    }
    None
}

/// `\r\n` is one ending; split at both bytes it leaves an empty line in between.
fn lines_to_read(bytes: &[u8]) -> usize {
    let first = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let is_pair = first.is_some_and(|at| bytes.get(at..at + 2) == Some(b"\r\n"));
    if is_pair { 3 } else { 2 }
}

fn named_in(comment: &[u8]) -> Option<String> {
    memchr::memmem::find_iter(comment, "coding").find_map(|at| {
        let rest = comment.get(at + "coding".len()..)?;
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?;
        let rest = rest.trim_ascii_start();
        let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_.".contains(byte));
        let name = rest.get(..end.unwrap_or(rest.len()))?;
        (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Undecodable> {
        Encoding::of(bytes)?.decode(bytes.to_vec())
    }

    #[test]
    fn a_declaration_counts_where_python_looks_for_it() {
        let is_latin = |head: &[u8]| Encoding::of(&[head, b"x = '\xe9'\n"].concat()) == Ok(Encoding::Latin1);
        for head in [
            "# coding: latin-1\n",
            "# -*- coding: iso-8859-1 -*-\r\n",
            "#!/usr/bin/env python\r\n# vim: set fileencoding=latin1 :\r\n",
            "\n\x0c # decoding by coding=L1\n",
            "# one\r# coding: latin-1-unix\r",
        ] {
            assert!(is_latin(head.as_bytes()), "{head:?}");
        }
        assert!(is_latin(b"# \xe9: coding: latin-1\n"), "the comment is in the encoding, too");
        for head in ["import os\n# coding: latin-1\n", "#\n#\n# coding: latin-1\n", "# coding latin-1\n", "# coding:\n"]
        {
            assert!(!is_latin(head.as_bytes()), "{head:?}");
        }
    }

    #[test]
    fn every_byte_that_is_read_comes_back() {
        for (names, ..) in OTHERS {
            let encoding = Encoding::named(names[0]).unwrap();
            let mut count = 0;
            for lead in 0x80..=0xff_u8 {
                for trail in (0x20..=0xff_u8).step_by(5) {
                    let bytes = vec![lead, trail, b'\n'];
                    if let Ok(text) = encoding.decode(bytes.clone()) {
                        count += 1;
                        assert_eq!(encoding.encode(&text), Ok(bytes));
                    }
                }
            }
            assert!(count > 1000, "{names:?}: {count}");
        }
    }

    #[test]
    fn what_is_no_text_is_named_by_its_place() {
        let invalid = |offset, encoding| Err(Undecodable::Invalid { offset, encoding });
        assert_eq!(read(b"x = '\xe9'\n"), invalid(5, "UTF-8"));
        assert_eq!(read(b"# coding: ascii\nx = '\xe9'\n"), invalid(21, "ASCII"));
        assert_eq!(read(b"# coding: cp1252\nx = '\x81'\n"), invalid(22, "windows-1252"));
        assert_eq!(read(b"# coding: latin5\nx = '\x80'\n"), invalid(22, "windows-1254"));
        assert_eq!(read(b"# coding: koi8-u\nx = '\xae'\n"), invalid(22, "KOI8-U"));
        assert_eq!(read(b"# coding: euc-jp\nx = '\xa4'\n"), invalid(22, "EUC-JP"));
        assert_eq!(read(b"# coding: utf-7\nx = '\xe9'\n"), Err(Undecodable::Encoding("utf-7".into())));
        assert_eq!(read(b"\xef\xbb\xbf# coding: latin-1\n"), Err(Undecodable::Marked("latin-1".into())));
        assert!(read(b"# coding: cp850\nx = 1\n").is_ok(), "plain ASCII");
        assert!(read(b"# coding: cp850\nx = '\xe9'\n").is_err());
        assert!(read(b"# coding: utf-7\nx = 1\n").is_err(), "a plus sign is none there");
        assert!(read(b"# coding: klingon\nx = 1\n").is_err(), "Python refuses it");
        assert!(read(b"\xef\xbb\xbf# coding: utf-8-sig\nx = '\xc3\xa9'\n").is_ok());
    }

    #[test]
    fn a_character_that_the_encoding_lacks_is_not_written() {
        assert_eq!(Encoding::Latin1.encode("é€"), Err('€'));
        assert_eq!(Encoding::Ascii.encode("aé"), Err('é'));
        assert_eq!(Encoding::named("cp1252").unwrap().encode("é€"), Ok(vec![0xe9, 0x80]));
        assert_eq!(Encoding::named("koi8-r").unwrap().encode("é"), Err('é'));
    }
}
