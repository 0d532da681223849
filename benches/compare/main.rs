//! wsupgrade beside ripgrep and Ruff, as ratios: `cargo bench` measures, and writes `docs/benchmarks.md`.
//!
//! Every figure is the median of several pairs. The two programs of a pair run one after the other, so that a busy moment of the
//! machine hits both; a ratio is that of one pair.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark stops where it cannot measure, and prints"
)]

mod dense;
mod trees;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Pairs for each figure.
const PAIRS: usize = 7;

const WSUPGRADE: &str = env!("CARGO_BIN_EXE_wsupgrade");

/// A program with its arguments.
struct Program {
    program: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
}

impl Program {
    fn new(program: impl Into<PathBuf>, directory: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { program: program.into(), arguments, directory: directory.to_owned() }
    }

    fn wsupgrade(directory: &Path, arguments: &[&str]) -> Self {
        Self::new(WSUPGRADE, directory, arguments)
    }

    fn rg(directory: &Path) -> Self {
        Self::new("rg", directory, &["-l", "websockets", "."])
    }

    fn with(mut self, files: &[PathBuf]) -> Self {
        self.arguments.extend(files.iter().map(|file| file.to_string_lossy().into_owned()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory).env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self) -> Duration {
        let started = Instant::now();
        let status = self.command().status().unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let time = started.elapsed();
        // 1: found something, or found nothing, in all programs.
        assert!(matches!(status.code(), Some(0 | 1)), "{}: {status}", self.program.display());
        time
    }

    /// The most memory that it held, in megabytes; `None` where Python cannot say.
    fn peak(&self) -> Option<f64> {
        const ASK: &str = "import resource, subprocess, sys\n\
            subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let mut python = Command::new("python3");
        python.args(["-c", ASK]).arg(&self.program).args(&self.arguments).current_dir(&self.directory);
        let kilobytes: f64 = String::from_utf8(python.output().ok()?.stdout).ok()?.trim().parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

/// What pairs of runs gave.
struct Pairs {
    ratio: f64,
    first: f64,
    second: f64,
}

/// Lets `first` and `second` take turns.
fn compare(first: &Program, second: &Program) -> Pairs {
    // Fills the page cache.
    second.run();
    first.run();
    let runs: Vec<(f64, f64)> = (0..PAIRS).map(|_| (first.run().as_secs_f64(), second.run().as_secs_f64())).collect();
    Pairs {
        ratio: median(runs.iter().map(|(first, second)| first / second)),
        first: median(runs.iter().map(|(first, _)| first * 1000.0)),
        second: median(runs.iter().map(|(_, second)| second * 1000.0)),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The document, written and printed line by line.
#[derive(Default)]
struct Report(String);

impl Report {
    fn line(&mut self, line: &str) {
        println!("{line}");
        writeln!(self.0, "{line}").unwrap();
    }

    fn title(&mut self, title: &str, columns: &[&str]) {
        self.line(&format!("\n## {title}\n"));
        self.line(&format!("| {} |", columns.join(" | ")));
        self.line(&format!("|{}", columns.iter().map(|_| " --- |").collect::<String>()));
    }

    fn pairs(&mut self, what: &str, against: &str, pairs: &Pairs) {
        let Pairs { ratio, first, second } = pairs;
        self.line(&format!("| {what} | {against} | {ratio:.2} | {first:.1} ms | {second:.1} ms |"));
    }
}

const PAIR: [&str; 5] = ["", "beside", "ratio", "this", "that"];

/// A whole tree: all rules, one rule, and the other programs.
fn whole(report: &mut Report, title: &str, tree: &Path, ruff: Option<&Path>) {
    report.title(title, &PAIR);
    let check = || Program::wsupgrade(tree, &["check", "--quiet", "."]);
    let rg = Program::rg(tree);
    report.pairs("`wsupgrade check`", "`rg -l websockets`", &compare(&check(), &rg));
    let one = Program::wsupgrade(tree, &["check", "--quiet", "--select", "WS101", "."]);
    report.pairs("`wsupgrade check --select WS101`", "`rg -l websockets`", &compare(&one, &rg));
    report.pairs("`wsupgrade check --select WS101`", "all rules", &compare(&one, &check()));
    if let Some(ruff) = ruff {
        let uncached = ["check", "--isolated", "--select", "F401", "--quiet", "--no-cache", "."];
        let ruff = Program::new(ruff, tree, &uncached);
        report.pairs("`ruff check --select F401 --no-cache`", "`rg -l websockets`", &compare(&ruff, &rg));
        report.pairs("`ruff check --select F401 --no-cache`", "`wsupgrade check`", &compare(&ruff, &check()));
    }
}

/// Some files of a tree, as pre-commit passes them.
fn some_files(report: &mut Report, tree: &Path) {
    report.title("Some files of the dense tree, as pre-commit passes them", &PAIR);
    let files = trees::python_files(tree);
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap_or_default();
    let says = |word: &str| files.iter().find(|file| text(file).contains(word)).cloned();
    let nothing = Program::new("true", tree, &[]);
    let rg = Program::rg(tree);
    let check = |files: &[PathBuf]| Program::wsupgrade(tree, &["check", "--quiet"]).with(files);
    let shapes = [
        ("one file without a WebSocket", files.iter().find(|file| !text(file).contains("ebsocket")).cloned()),
        ("one client", says("additional_headers=")),
        ("one file that reads `.open` of a parameter", says("while door.open")),
        ("one endpoint that accepts", says(".accept(")),
        ("one handler that another file starts", says("async def handle(connection, path)")),
        ("one test that patches `connect`", says("websockets.connect\", AsyncMock()")),
    ];
    for (what, file) in shapes {
        let Some(file) = file else { continue };
        let one = check(&[file]);
        report.pairs(what, "`true`", &compare(&one, &nothing));
        report.pairs(what, "`rg -l websockets` of the tree", &compare(&one, &rg));
    }
    for count in [10, 200] {
        let step = files.len() / count;
        let some: Vec<PathBuf> = files.iter().step_by(step).take(count).cloned().collect();
        report.pairs(&format!("{count} files"), "`rg -l websockets` of the tree", &compare(&check(&some), &rg));
    }
}

/// How time and memory grow with the tree: beside the smallest one.
fn growth(report: &mut Report, title: &str, trees: &[(String, PathBuf)]) {
    report.title(title, &["", "time", "beside the first", "peak memory"]);
    let programs: Vec<Program> =
        trees.iter().map(|(_, tree)| Program::wsupgrade(tree, &["check", "--quiet", "."])).collect();
    for ((name, _), program) in trees.iter().zip(&programs) {
        let pairs = compare(program, &programs[0]);
        let peak = program.peak().map_or_else(|| "?".to_owned(), |peak| format!("{peak:.0} MB"));
        report.line(&format!("| {name} | {:.0} ms | {:.2} | {peak} |", pairs.first, pairs.ratio));
    }
}

fn main() {
    // `cargo test --benches` only wants to know whether it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let dense = trees::dense(1.0);
    let ruff = trees::ruff();
    let mut report = Report::default();
    report.line("# Benchmarks\n");
    report.line("Written by `cargo bench`, with the build that is published. Each figure is the median of 7 pairs of runs that took turns, with a");
    report.line("warm page cache; a ratio is the median of the ratios of the pairs. The dense tree is generated, with the numbers of a large application:");
    let counts = dense::COUNTED;
    report.line(&format!(
        "{} Python files in {} directories, {} of them tests; {} say `websocket`, {} say `websockets`, {} use mocks, {} accept connections.",
        counts.files, counts.directories, counts.tests, counts.websocket, counts.websockets, counts.mocks, counts.accepts
    ));
    report.line("The sparse tree is made of large packages from the package index.");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    report.line(&format!("Measured on {cores} cores."));
    whole(&mut report, "The dense tree", &dense, ruff.as_deref());
    let sparse = trees::sparse();
    if let Some(sparse) = &sparse {
        let title = format!("The sparse tree: {} files", trees::python_files(sparse).len());
        whole(&mut report, &title, sparse, ruff.as_deref());
    }
    some_files(&mut report, &dense);
    report.title("`fix` of the dense tree", &PAIR);
    let fix = Program::wsupgrade(&dense, &["fix", "--diff", "--quiet", "."]);
    let check = Program::wsupgrade(&dense, &["check", "--quiet", "."]);
    report.pairs("`wsupgrade fix --diff`", "`wsupgrade check`", &compare(&fix, &check));
    let files = [0.5, 1.0, 2.0].map(|times| (format!("{} files", counts.times(times).files), trees::dense(times)));
    growth(&mut report, "Growth with the files of the dense tree", &files);
    let handlers = [200, 400, 800].map(|count| (format!("{count} handlers in 3000 files"), trees::handlers(count)));
    growth(&mut report, "Growth with handlers that other files start", &handlers);
    let classes = [200, 400, 800].map(|count| (format!("{count} classes"), trees::classes(count)));
    growth(&mut report, "Growth with classes derived across files", &classes);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md");
    fs::write(document, report.0).unwrap();
}
