//! Input that nobody writes by hand: large, deep, circular. Nothing may panic, overflow the stack or take for ever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fmt::Write as _;
use std::path::PathBuf;

use wsupgrade::check::{Checked, check};
use wsupgrade::project::Project;
use wsupgrade::source::Source;
use wsupgrade::target::Target;

/// Checks on a thread with the stack that the tool gives to its workers.
fn checked(code: String) -> Checked {
    let run = move || {
        let source = Source::new(PathBuf::from("/nowhere/program.py"), code);
        check(&source, &Project::default(), &Target::default(), &|_| true)
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
    let code = include_str!("semantic/within_a_file.md");
    let programs: Vec<&str> = code.split("```python\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    for program in programs {
        for (end, _) in program.char_indices() {
            let source = Source::new(PathBuf::from("/nowhere/program.py"), program[..end].to_owned());
            let _ = check(&source, &Project::default(), &Target::default(), &|_| true);
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
