//! Input that nobody writes by hand: large, deep, circular. Nothing may panic, overflow the stack or take for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::support::settled;
use wsupgrade::lint::check::Checked;
use wsupgrade::project::Project;
use wsupgrade::target::Target;
use wsupgrade::text::edit::apply;
use wsupgrade::text::source::Source;

/// Checks on a thread with the stack that the tool gives to its workers.
fn checked(code: String) -> Checked {
    let run = move || {
        let source = Source::new(PathBuf::from("/nowhere/program.py"), code);
        settled(&source, &Project::default(), &Target::default(), &|_| true)
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(run).unwrap().join().unwrap()
}

fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::from("import websockets\n"), |mut text, index| {
        let _ = writeln!(text, "{}", line(index));
        text
    })
}

#[test]
fn ten_thousand_findings() {
    let code = repeat(10_000, |index| format!("c{index} = websockets.connect(u, extra_headers=h{index})"));
    assert_eq!(checked(code).findings.len(), 10_000);
}

#[test]
fn fifty_thousand_lines_of_one_name() {
    let code = repeat(50_000, |index| format!("x = f(x, {index})")) + "x.status_code\nx(extra_headers=1)\n";
    assert!(checked(code).findings.is_empty());
}

#[test]
fn a_long_chain_of_names() {
    let chain = repeat(10_000, |index| format!("c{} = c{index}", index + 1));
    let code = chain.replacen("import websockets\n", "import websockets\nc0 = websockets.connect\n", 1);
    // Longer than what is followed: unknown, so silent.
    assert!(checked(code.clone() + "c10000(u, extra_headers=h)\n").findings.is_empty());
    assert_eq!(checked(code + "c50(u, extra_headers=h)\n").findings.len(), 1);
}

#[test]
fn many_rebindings_of_a_dictionary() {
    let code = repeat(3_000, |index| format!("params = {{'extra_headers': {index}}}\nwebsockets.connect(u, **params)"));
    assert_eq!(checked(code).findings.len(), 3_000);
}

#[test]
fn deep_nesting() {
    for (open, inner, close) in
        [("(", "websockets", ")"), ("[", "0", "]"), ("not ", "x", ""), ("f(", "1", ")"), ("lambda: ", "1", "")]
    {
        let code = format!("import websockets\nx = {}{inner}{}\n", open.repeat(3_000), close.repeat(3_000));
        let _ = checked(code);
    }
    let sum = format!("import websockets\nx = {}\n", vec!["a.b(c)"; 20_000].join(" + "));
    let _ = checked(sum);
    let chain = format!("import websockets\nwebsockets{}\n", ".connect()".repeat(5_000));
    let _ = checked(chain);
    let blocks = (0..90).fold(String::from("import websockets\n"), |text, depth| text + &" ".repeat(depth) + "if x:\n");
    let _ = checked(blocks + &" ".repeat(90) + "pass\n");
}

#[test]
fn circles() {
    for code in [
        "x = x\nx(extra_headers=1)",
        "a = b\nb = a\na(extra_headers=1)",
        "class A(A): pass\nA().x.status_code",
        "class A(B): pass\nclass B(A): pass\nA().x.status_code",
        "def f(): return f()\nf()(extra_headers=1)",
        "class A:\n    def f(self):\n        self.x = self.x\n        self.x.status_code",
        "p = {**p}\nwebsockets.connect(**p)",
        "p = {}\np.update(p)\nwebsockets.connect(u, **p)",
        "from m import *\nfrom n import *\nx(extra_headers=1)",
        "def f(**k):\n    f(**k)\n    websockets.connect(**k)\nf(extra_headers=1)",
        "def f(**k): g(**k)\ndef g(**k):\n    f(**k)\n    websockets.connect(**k)\nf(extra_headers=1)",
        "class A(A):\n    P = {}\n    def f(self): websockets.connect(**self.P)",
        "class A(A):\n    def f(self): return super().f()\nA().f().status_code",
        "class A:\n    def f(self): return super().f()\nA().f().status_code",
        "a = A()\na.x = a.x\nclass A: pass\na.x.status_code",
        "h = partial(h)\nwebsockets.serve(h)\nh.closed",
        "def h(ws): ws.closed\nwebsockets.serve(lambda ws: h(ws))\nlambda ws: ws.closed",
        "def h(ws):\n    ws.serve(h)\n    ws.closed\nwebsockets.serve(h)",
        "type X = X | X\ndef f(e: X): e.status_code",
        "V = V > 1\nif V: websockets.connect(**k)",
        "X = 'X'\ndef f(e: X): e.status_code",
        "X = 'X | Y'\nY = 'X'\ndef f(e: 'X'): e.status_code",
    ] {
        let _ = checked(format!("import websockets\n{code}\n"));
    }
}

#[test]
fn anything_cut_anywhere() {
    let code = include_str!("../semantic/within_a_file.md");
    let programs: Vec<&str> = code.split("```python\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    for program in programs {
        for (end, _) in program.char_indices() {
            let source = Source::new(PathBuf::from("/nowhere/program.py"), program[..end].to_owned());
            let _ = settled(&source, &Project::default(), &Target::default(), &|_| true);
        }
    }
}

#[test]
fn many_of_what_is_looked_up_by_name() {
    let outside =
        repeat(5_000, |index| format!("c{index} = C()\nc{index}.ws = websockets.connect(u)\nc{index}.ws.closed"));
    let _ = checked(format!("class C: pass\n{outside}"));
    let forwarded = repeat(2_000, |index| {
        format!("def f{index}(**k): return websockets.connect(**k)\nf{index}(extra_headers={index})")
    });
    assert_eq!(checked(forwarded).findings.len(), 2_000);
    let handlers = repeat(3_000, |index| {
        format!("async def h{index}(db, ws): ws.closed\nwebsockets.serve(functools.partial(h{index}, db), '', 1)")
    });
    let _ = checked(format!("import functools\n{handlers}"));
    let with_path = repeat(3_000, |index| {
        format!("async def h{index}(ws, path): await ws.send(path)\nwebsockets.serve(h{index}, '', 1)")
    });
    let checked_handlers = checked(with_path);
    assert_eq!(checked_handlers.findings.iter().filter(|finding| finding.code() == "WS601").count(), 3_000);
    let ladder =
        repeat(3_000, |index| format!("elif isinstance(e, E{index}): e.status_code")).replacen("elif", "if", 1);
    let _ = checked(ladder);
    let asserted = repeat(5_000, |_| "assert isinstance(e, websockets.InvalidStatus)\ne.status_code".to_owned());
    let _ = checked(asserted);
}

#[test]
fn properties_and_containers_that_need_themselves() {
    let server =
        "from fastapi import WebSocket\nasync def chat(ws: WebSocket, a: A):\n    await ws.accept()\n    f(a.x, d)\n";
    let property = "class A:\n    @property\n    def x(self): return self.y\n    @x.setter\n    def x(self, y): self.y = y\n\
                    \x20   @x.deleter\n    def x(self): del self.y\n";
    let container = repeat(40, |index| format!("d['k{index}'] = [d['k{}'], d['x{index}']]", index + 1));
    let _ = checked(format!("{property}d = {{}}\n{container}{server}"));
}

/// Numbers that look random and are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap()
    }
}

/// Parts of a text that begin and end with a word.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, c) in text.char_indices() {
        match found.last_mut() {
            Some(last) if last.end == at && is_word(c) && text[last.clone()].chars().all(is_word) => {
                last.end += c.len_utf8();
            }
            _ if c.is_whitespace() => {}
            _ => found.push(at..at + c.len_utf8()),
        }
    }
    found
}

/// What a hasty hand may do to a program.
fn spoiled(code: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = code.split_inclusive('\n').collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(6) {
        0 => lines.truncate(one + 1),
        1 => drop(lines.remove(one)),
        2 => lines.insert(other, lines[one]),
        3 => lines.swap(one, other),
        choice => {
            let words = words(code);
            let (one, other) = (&words[random.below(words.len())], &words[random.below(words.len())]);
            let put = if choice == 4 { "" } else { &code[other.clone()] };
            return [&code[..one.start], put, &code[one.end..]].concat();
        }
    }
    lines.concat()
}

/// Applies all fixes until there are none. What was valid has to stay valid, and there has to be an end.
fn settles(code: String) {
    let mut text = code;
    for _ in 0..10 {
        let source = Source::new(PathBuf::from("/nowhere/program.py"), text.clone());
        let found = settled(&source, &Project::default(), &Target::default(), &|_| true).findings;
        if found.iter().any(|finding| finding.rule.is_none()) {
            return;
        }
        let fixes: Vec<_> = found.iter().filter_map(|finding| finding.fix.as_ref()).collect();
        let (fixed, _) = apply(&text, fixes.into_iter().filter(|fix| fix.applicability().is_allowed(true)));
        if fixed == text {
            return;
        }
        let parsed = Source::new(PathBuf::from("/nowhere/program.py"), fixed.clone());
        assert!(parsed.parse().errors().is_empty(), "not valid any more:\n{text}\nbecame\n{fixed}");
        text = fixed;
    }
    panic!("the fixes do not settle:\n{text}");
}

/// All programs below `directory`.
fn programs(directory: &Path) -> Vec<String> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let is_python = |path: &Path| path.extension().is_some_and(|extension| extension == "py");
    let read = |path: &PathBuf| match path {
        path if path.is_dir() => programs(path),
        path if is_python(path) => std::fs::read_to_string(path).into_iter().collect(),
        _ => Vec::new(),
    };
    entries.iter().flat_map(read).collect()
}

/// `SPOIL=<directory>` takes the programs of another directory, and spoils them more often.
#[test]
fn spoiled_programs_are_fixed_to_valid_ones() {
    let (directory, times) = match std::env::var_os("SPOIL") {
        Some(directory) => (PathBuf::from(directory), 60),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live"), 6),
    };
    let programs: Vec<String> =
        programs(&directory).into_iter().filter(|code| code.contains("websocket") && code.len() < 100_000).collect();
    assert!(!programs.is_empty());
    let spoil = move || {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        for code in &programs {
            settles(code.clone());
            for _ in 0..times {
                let once = spoiled(code, &mut random);
                settles(if random.below(2) == 0 { spoiled(&once, &mut random) } else { once });
            }
        }
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(spoil).unwrap().join().unwrap();
}

#[test]
fn a_generated_file_of_fifty_thousand_lines() {
    let plain = repeat(12_500, |index| {
        format!(
            "def load_{index}(path, limit):\n    entries = {{path: limit}}\n    entries['a'] = load(path)\n    return entries"
        )
    });
    let code = plain + "websockets.connect(u, extra_headers=h)\n";
    assert_eq!(checked(code).findings.len(), 1);
    let clients = repeat(4_000, |index| {
        format!(
            "async def open_{index}(h):\n    async with websockets.connect(u, extra_headers=h) as ws:\n        return ws.closed"
        )
    });
    assert_eq!(checked(clients).findings.len(), 8_000);
    let data = repeat(50_000, |index| format!("    ('name {index}', {index}, None, [1, 2.5]),")).replacen(
        '\n',
        "\nDATA = [\n",
        1,
    );
    assert_eq!(checked(data + "]\nwebsockets.connect(u, extra_headers=DATA)\n").findings.len(), 1);
}

#[test]
fn huge_classes() {
    let methods = repeat(5_000, |index| {
        format!(
            "    async def m{index}(self):\n        self.a{index} = await websockets.connect(u, extra_headers=self.a{})\n        self.a{index}.closed",
            index / 2
        )
    });
    let code = methods.replacen('\n', "\nclass Client:\n", 1);
    assert_eq!(checked(code).findings.len(), 10_000);
    let bases = repeat(2_000, |index| format!("class C{}(C{index}):\n    def f(self): return self.ws", index + 1));
    let code = bases.replacen('\n', "\nclass C0:\n    ws: websockets.ClientConnection\n", 1);
    let _ = checked(code + "C2000().ws.closed\nC20().ws.closed\n");
}

#[test]
fn many_mocks() {
    let tests = repeat(2_000, |index| {
        format!(
            "def test_{index}():\n    with patch('websockets.connect') as connect:\n        run()\n    connect.assert_called_with('u', extra_headers={{}})"
        )
    });
    let code = tests.replacen('\n', "\nfrom unittest.mock import patch\n", 1);
    assert_eq!(checked(code).findings.len(), 2_000);
}
