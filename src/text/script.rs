//! Scripts without an ending: their first line says who runs them.

/// As long as Linux reads it.
pub const LONGEST: u64 = 256;

/// Whether the first line of a script says that Python runs it: `#!/usr/bin/python3 -u`, `#!/usr/bin/env -S uv run --script`.
pub fn is_run_by_python(start: &[u8]) -> bool {
    let Some(line) = start.strip_prefix(b"#!") else { return false };
    let line = line.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_ascii_whitespace();
    let program = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut name = words.next().map(program).unwrap_or_default();
    if name == "env" {
        // Its own options, and variables that it sets.
        let mut rest = words.by_ref().skip_while(|word| word.starts_with('-') || word.contains('='));
        name = rest.next().map(program).unwrap_or_default();
    }
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    match name {
        "uv" => words.by_ref().any(|word| word == "run") && words.any(|word| matches!(word, "--script" | "-s")),
        "pipx" => words.any(|word| word == "run"),
        _ => {
            let version = ["pythonw", "python", "pypy"].iter().find_map(|python| name.strip_prefix(python));
            version.is_some_and(|version| {
                // Python 2 does not run websockets.
                !version.starts_with('2') && version.chars().all(|c| c.is_ascii_digit() || c == '.')
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_run_by_python;

    #[test]
    fn the_first_line_says_who_runs_a_script() {
        for line in [
            "#!/usr/bin/python3 -u",
            "#! /usr/bin/env python\r",
            "#!/usr/bin/env -S uv run --script",
            "#!/usr/bin/env -S uv run --quiet --script\n# /// script",
            "#!/usr/bin/env -S pipx run",
            "#!/usr/bin/env -S PYTHONUNBUFFERED=1 python3.12 -X dev",
            "#!/opt/venv/bin/pypy3.10",
            "#!python",
        ] {
            assert!(is_run_by_python(line.as_bytes()), "{line}");
        }
        for line in [
            "#!/bin/sh",
            "#!/usr/bin/env python2.7",
            "#!/usr/bin/env -S uv run pytest",
            "#!/usr/bin/env pytest",
            "#!/usr/bin/pythonista",
            "#!/bin/bash\npython3",
            " #!/usr/bin/python3",
            "#!",
            "#!/usr/bin/env",
            "",
        ] {
            assert!(!is_run_by_python(line.as_bytes()), "{line}");
        }
    }
}
