//! A directory to work in, and the command run in it.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use wsupgrade::lint::check::{Checked, check};
use wsupgrade::lint::rule::Rule;
use wsupgrade::project::Project;
use wsupgrade::target::Target;
use wsupgrade::text::source::Source;

/// A legacy client: one safe fix.
pub const LEGACY: &str = "import websockets\n\nwebsockets.connect(uri, extra_headers=h)\n";
/// The same after the fix.
pub const MODERN: &str = "import websockets\n\nwebsockets.connect(uri, additional_headers=h)\n";

/// Checks one file until the project has answered all its questions.
pub fn settled(source: &Arc<Source>, project: &Project, target: &Target, selected: &dyn Fn(&Rule) -> bool) -> Checked {
    loop {
        let checked = check(source, project, target, selected);
        if !project.answer(1) {
            return checked;
        }
    }
}

/// A temporary directory.
pub struct Sandbox(TempDir);

impl Sandbox {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self(TempDir::new().unwrap());
        for (name, text) in files {
            sandbox.write(name, text.as_bytes());
        }
        sandbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Runs wsupgrade with arguments separated by spaces.
    pub fn run(&self, arguments: &str) -> Ran {
        self.pipe(arguments, b"")
    }

    /// The same with standard input.
    pub fn pipe(&self, arguments: &str, input: &[u8]) -> Ran {
        let mut command = wsupgrade(&self.path(""));
        command.args(arguments.split_whitespace());
        feed(command, input)
    }

    /// Runs another program; it must succeed.
    pub fn other(&self, program: &str, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path(""));
        let ran = feed(command, input);
        assert_eq!(ran.code, 0, "{program} {arguments:?}: {}{}", ran.out, ran.err);
        ran
    }
}

/// The command, in an environment that says nothing about colours and languages.
pub fn wsupgrade(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsupgrade"));
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "LC_ALL", "LC_CTYPE", "LANG"] {
        command.env_remove(name);
    }
    command.current_dir(directory);
    command
}

/// What a program said.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn feed(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}
