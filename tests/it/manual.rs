//! Shell completions and man pages say what the command line takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::process::Command;

use crate::support::Sandbox;
use clap::CommandFactory as _;
use wsupgrade::cli::arguments::Cli;

/// The commands that are shown, each with the flags that are.
fn commands() -> Vec<(String, Vec<String>)> {
    let mut root = Cli::command();
    root.build();
    let shown = root.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    let flags = |command: &clap::Command| {
        let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
        shown.filter_map(|argument| argument.get_long().map(str::to_owned)).collect::<Vec<_>>()
    };
    let commands: Vec<_> = shown.map(|command| (command.get_name().to_owned(), flags(command))).collect();
    assert!(commands.iter().any(|(name, flags)| name == "check" && flags.contains(&"unsafe-fixes".to_owned())));
    commands
}

fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

#[test]
fn completions_know_every_flag() {
    let sandbox = Sandbox::new(&[]);
    for (shell, prefix) in
        [("bash", "--"), ("zsh", "--"), ("fish", " -l "), ("elvish", "cand --"), ("powershell", "'--")]
    {
        let script = sandbox.run(&format!("generate-shell-completion {shell}"));
        assert_eq!((script.code, script.err.as_str()), (0, ""), "{shell}");
        for (command, flags) in commands() {
            assert!(script.out.contains(&command), "{shell}: {command}");
            for flag in flags {
                assert!(script.out.contains(&format!("{prefix}{flag}")), "{shell}: {command} --{flag}");
            }
        }
        if exists(shell) && ["bash", "zsh", "fish"].contains(&shell) {
            sandbox.write(shell, script.out.as_bytes());
            sandbox.other(shell, &["-n", shell], b"");
        }
    }
    assert_eq!(sandbox.run("generate-shell-completion tcsh").code, 2);
}

#[test]
fn bash_completes() {
    if !exists("bash") {
        return;
    }
    let sandbox = Sandbox::new(&[]);
    let script = sandbox.run("generate-shell-completion bash").out;
    let completed = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let (last, previous) = (words[words.len() - 1], words[words.len() - 2]);
        let state = format!("COMP_WORDS=({line})\nCOMP_CWORD={}", words.len() - 1);
        let ask = format!("{script}\n{state}\n_wsupgrade wsupgrade {last} {previous}\necho \"${{COMPREPLY[@]}}\"");
        let output = Command::new("bash").args(["--norc", "-c", &ask]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(completed("wsupgrade ch"), "check");
    assert_eq!(completed("wsupgrade check --unsafe"), "--unsafe-fixes");
    assert_eq!(completed("wsupgrade fix --color al"), "always");
    assert_eq!(
        completed("wsupgrade check --select WS10"),
        (1..10).map(|n| format!("WS10{n}")).collect::<Vec<_>>().join(" ")
    );
    assert_eq!(completed("wsupgrade explain extra-"), "extra-headers");
}

#[test]
fn man_pages_know_every_flag() {
    let sandbox = Sandbox::new(&[]);
    // A hyphen that is one, and no sign to break a line at.
    let roff = |text: &str| text.replace('-', "\\-");
    let root = sandbox.run("generate-man-page").out;
    for (command, flags) in commands() {
        assert!(root.contains(&roff(&format!("wsupgrade-{command}(1)"))), "{command}");
        let page = sandbox.run(&format!("generate-man-page {command}"));
        assert_eq!((page.code, page.err.as_str()), (0, ""), "{command}");
        let title = format!(".TH wsupgrade-{command} 1  \"wsupgrade {}\"", env!("CARGO_PKG_VERSION"));
        assert!(page.out.contains(&title), "{}", page.out);
        for flag in flags {
            assert!(page.out.contains(&roff(&format!("\\fB--{flag}\\fR"))), "{command} --{flag}");
        }
    }
    let unknown = sandbox.run("generate-man-page chek");
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.starts_with("error: chek: there is no such command."), "{}", unknown.err);
}
