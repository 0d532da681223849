//! wsupgrade beside ripgrep and Ruff, as ratios from one run: `cargo bench`.
//!
//! Two trees are generated under `target/`, the same each time: one in which every tenth file mentions websockets, and one in
//! which hardly any does. Programs take turns, so that a busy moment of the machine hits all of them; each time is the median
//! of its runs, and ripgrep's is 1. A program that is not installed is left out.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark stops where it cannot measure, and prints"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 9;

/// Slower programs get fewer runs: enough for a ratio of one digit.
const PATIENCE: Duration = Duration::from_secs(20);

struct Tree {
    name: &'static str,
    files: usize,
    /// One file in so many mentions websockets.
    mentions: usize,
}

const TREES: [Tree; 3] = [
    Tree { name: "dense", files: 10_000, mentions: 10 },
    Tree { name: "sparse", files: 20_000, mentions: 300 },
    Tree { name: "one-file", files: 1, mentions: 1 },
];

impl Tree {
    /// Generates the tree where it is not there yet.
    fn path(&self) -> PathBuf {
        let path = target().join("bench").join(self.name);
        if !path.is_dir() {
            let unfinished = path.with_extension("unfinished");
            let _ = fs::remove_dir_all(&unfinished);
            for number in 0..self.files {
                let package = unfinished
                    .join(format!("package_{:02}", number / 100 % 40))
                    .join(format!("part_{:03}", number / 100));
                fs::create_dir_all(&package).unwrap();
                fs::write(package.join(format!("module_{number:05}.py")), module(number, number % self.mentions == 0))
                    .unwrap();
            }
            fs::rename(&unfinished, &path).unwrap();
        }
        path
    }
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// A module of four to thirty kilobytes of plain code. Those that mention websockets import it; one in ten is in legacy style.
fn module(number: usize, mentions: bool) -> String {
    let mut text = format!(
        "\"\"\"Module {number} of a generated tree.\"\"\"\n\nimport json\nimport logging\nfrom typing import Optional\n\n"
    );
    if mentions {
        text += "import websockets\nfrom websockets.exceptions import InvalidStatus, InvalidStatusCode\n\n";
    }
    text += "logger = logging.getLogger(__name__)\n";
    for function in 0..6 + number * 7919 % 40 {
        write!(text, "\n\n{}", FUNCTION.replace("NUMBER", &function.to_string())).unwrap();
    }
    if mentions {
        text += if number.is_multiple_of(100) { LEGACY } else { MODERN };
    }
    text
}

const FUNCTION: &str = r#"def load_NUMBER(path: str, limit: Optional[int] = None) -> dict:
    """Reads the entries of a file, up to a limit."""
    entries = {}
    with open(path, encoding="utf-8") as lines:
        for count, line in enumerate(lines):
            if limit is not None and count >= limit:
                logger.info("stopped after %d entries of %s", count, path)
                break
            entry = json.loads(line)
            entries[entry["name"]] = entry.get("value", NUMBER)
    return entries
"#;

const LEGACY: &str = r#"

async def send(uri, token, text):
    try:
        async with websockets.connect(uri, extra_headers={"Authorization": token}) as ws:
            await ws.send(text)
    except InvalidStatusCode as exc:
        logger.error("refused with HTTP %d", exc.status_code)
"#;

const MODERN: &str = r#"

async def send(uri, token, text):
    try:
        async with websockets.connect(uri, additional_headers={"Authorization": token}) as ws:
            await ws.send(text)
    except InvalidStatus as exc:
        logger.error("refused with HTTP %d", exc.response.status_code)
"#;

struct Contender {
    name: String,
    command: Command,
    times: Vec<Duration>,
}

impl Contender {
    fn new(name: &str, program: &str, arguments: &[&str], tree: &Path) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).arg(tree).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { name: name.to_owned(), command, times: Vec::new() }
    }

    fn run(&mut self) -> Duration {
        let started = Instant::now();
        let status = self.command.status().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let time = started.elapsed();
        // 1: found something, in all three programs.
        assert!(matches!(status.code(), Some(0 | 1)), "{}: {status}", self.name);
        time
    }

    fn is_worth_another_run(&self) -> bool {
        self.times.iter().sum::<Duration>() < PATIENCE && self.times.len() < RUNS
    }

    fn median(&mut self) -> Duration {
        self.times.sort_unstable();
        self.times[self.times.len() / 2]
    }
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Ruff itself: what is on the `PATH` may be a wrapper that takes longer to start than Ruff takes to run.
fn ruff() -> String {
    let mut python = Command::new("python3");
    python.args(["-c", "import ruff; print(ruff.find_ruff_bin())"]).stderr(Stdio::null());
    let found = python.output().ok().filter(|output| output.status.success());
    let path = found.and_then(|output| String::from_utf8(output.stdout).ok());
    path.map_or_else(|| "ruff".to_owned(), |path| path.trim().to_owned())
}

fn contenders(tree: &Path, with: &[&str]) -> Vec<Contender> {
    let has = |program: &str| with.contains(&program);
    let cache = target().join("bench/ruff-cache");
    let cache = cache.to_str().unwrap();
    let program = ruff();
    let ruff = ["check", "--isolated", "--select", "F401", "--quiet"];
    let mut contenders =
        vec![Contender::new("wsupgrade check", env!("CARGO_BIN_EXE_wsupgrade"), &["check", "--quiet"], tree)];
    if has("rg") {
        contenders.push(Contender::new("rg -l websocket", "rg", &["-l", "websocket"], tree));
    }
    if has("ruff") {
        let with_cache = [&ruff[..], &["--cache-dir", cache]].concat();
        let without = [&ruff[..], &["--no-cache"]].concat();
        contenders.push(Contender::new("ruff check --select F401, warm cache", &program, &with_cache, tree));
        contenders.push(Contender::new("ruff check --select F401 --no-cache", &program, &without, tree));
    }
    contenders
}

fn measure(tree: &Tree, with: &[&str]) {
    let path = tree.path();
    let mut contenders = contenders(&path, with);
    for contender in &mut contenders {
        // Fills the page cache, and Ruff's own.
        contender.run();
    }
    for _ in 0..RUNS {
        for contender in contenders.iter_mut().filter(|contender| contender.is_worth_another_run()) {
            let time = contender.run();
            contender.times.push(time);
        }
    }
    let unit = contenders.iter_mut().find(|contender| contender.name.starts_with("rg")).map(Contender::median);
    let unit = unit.unwrap_or_else(|| contenders[0].median());
    println!("\n{}: {} files, {} mention websockets", tree.name, tree.files, tree.files.div_ceil(tree.mentions));
    for contender in &mut contenders {
        let (median, runs) = (contender.median(), contender.times.len());
        let ratio = median.as_secs_f64() / unit.as_secs_f64();
        println!("  {:<36} {ratio:>7.2}  {:>9.1} ms, median of {runs}", contender.name, median.as_secs_f64() * 1000.0);
    }
}

fn main() {
    let installed: Vec<&str> = ["rg", "ruff"].into_iter().filter(|program| is_installed(program)).collect();
    for missing in ["rg", "ruff"].iter().filter(|program| !installed.contains(program)) {
        println!("{missing} is not installed: left out");
    }
    let unit = if installed.contains(&"rg") { "rg -l websocket" } else { "wsupgrade" };
    println!("whole-tree check, warm page cache; the first number is the ratio to {unit}");
    for tree in &TREES {
        measure(tree, &installed);
    }
}
