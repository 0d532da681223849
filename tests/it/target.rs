//! The target of real-looking projects, one metadata format after the other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wsupgrade::target::{Kind, Side, Target, Targets};
use wsupgrade::text::source::Source;

/// A repository with these files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// One line for the target of `file`, and one for each problem; paths as in the project.
fn describe(root: &Path, file: &str) -> String {
    let targets = Targets::new();
    let target = targets.for_file(&root.join(file));
    let mut lines = vec![target.to_string()];
    lines.extend(targets.problems().iter().map(ToString::to_string));
    lines.join("\n").replace(&format!("{}/", root.display()), "")
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    assert_eq!(describe(project(files).path(), "app.py"), expected, "{files:#?}");
}

/// Many texts for one file.
#[track_caller]
fn check_each(file: &str, table: &[(&str, &str)]) {
    for (text, expected) in table {
        check(&[(file, text)], expected);
    }
}

const NOTHING: &str = "websockets, any version (modern), by default: nothing declares websockets";

/// The sides and floors that `packaging` 26.3 gives, over the releases on the package index and one far future version.
#[test]
fn ranges_are_read_as_packaging_reads_them() {
    const TABLE: &[(&str, &str, &str)] = &[
        (">=14.2", "modern", "14.2"),
        (">=14", "modern", "14.0"),
        (">=14.0,<18", "modern", "14.0"),
        (">=14.2,<18", "modern", "14.2"),
        (">=10", "both", "10.0"),
        (">=10,<14", "legacy", "10.0"),
        (">=10.0,<15", "both", "10.0"),
        (">=8.1", "both", "8.1"),
        ("<14", "legacy", "3.0"),
        ("<14.0", "legacy", "3.0"),
        ("<=13.1", "legacy", "3.0"),
        ("<=14.0", "both", "3.0"),
        ("<14.1", "both", "3.0"),
        ("<18", "both", "3.0"),
        ("<=13", "legacy", "3.0"),
        (">13", "both", "13.0.1"),
        (">13.0", "both", "13.0.1"),
        (">13.1", "modern", "14.0"),
        (">13.0.1,<14", "legacy", "13.1"),
        (">=13.1", "both", "13.1"),
        (">=13.1,!=14.0", "both", "13.1"),
        (">=13,!=13.*", "modern", "14.0"),
        (">=13.0,!=13.0,!=13.0.1,!=13.1", "modern", "14.0"),
        ("!=13.*", "both", "3.0"),
        ("!=14.*", "both", "3.0"),
        ("!=14.0", "both", "3.0"),
        ("~=12.0", "legacy", "12.0"),
        ("~=13.0", "legacy", "13.0"),
        ("~=13.1", "legacy", "13.1"),
        ("~=14.0", "modern", "14.0"),
        ("~=10.4", "legacy", "10.4"),
        ("~=11.0.0", "legacy", "11.0"),
        ("~=15.0.1", "modern", "15.0.1"),
        ("==12.*", "legacy", "12.0"),
        ("==13.*", "legacy", "13.0"),
        ("==14.*", "modern", "14.0"),
        ("==14.0", "modern", "14.0"),
        ("==14", "modern", "14.0"),
        ("==13.1", "legacy", "13.1"),
        ("==13.1.0", "legacy", "13.1"),
        ("==9.1.0", "legacy", "9.1"),
        ("==15.0.1", "modern", "15.0.1"),
        ("===14.2", "modern", "14.2"),
        ("===13.1", "legacy", "13.1"),
        (">=14.0rc1", "modern", "14.0"),
        (">=13.1.post1", "modern", "14.0"),
        (">=14.0.dev0", "modern", "14.0"),
        ("<14.0rc1", "legacy", "3.0"),
        ("<14.0.dev0", "legacy", "3.0"),
        ("== 12.0", "legacy", "12.0"),
        (">= 10.4 , < 14", "legacy", "10.4"),
        (">=10,", "both", "10.0"),
        (">=v14", "modern", "14.0"),
        (">=0", "both", "3.0"),
        (">=10,<14,!=13.0.*", "legacy", "10.0"),
        (">=14.2,==16.*", "modern", "16.0"),
        ("!=17.*,>=13.1,<17.1", "both", "13.1"),
        ("<8", "legacy", "3.0"),
    ];
    for (range, side, floor) in TABLE {
        let target = Target::from_range(range).unwrap();
        let found = (target.side.to_string(), target.floor.unwrap().to_string());
        assert_eq!((found.0.as_str(), found.1.as_str()), (*side, *floor), "{range}");
    }
}

#[test]
fn a_range_without_a_release_is_decided_by_its_own_versions() {
    for (range, side, floor) in [
        (">=18", Side::Modern, "18"),
        (">17.4", Side::Modern, "17.4.1"),
        ("==17.5", Side::Modern, "17.5"),
        ("==14.2+local", Side::Modern, "14.2+local"),
        ("==14.0rc1", Side::Modern, "14.0rc1"),
        ("==13.2", Side::Legacy, "13.2"),
        ("<14,>=13.1.1", Side::Legacy, "13.1.1"),
    ] {
        let target = Target::from_range(range).unwrap();
        assert_eq!((target.side, target.floor.unwrap().to_string().as_str()), (side, floor), "{range}");
    }
    for range in [">=14,<14", ">=1!10", ">14,<14.0.1", "==99!1", "nonsense", "14", ">=14..2", "^14"] {
        let error = Target::from_range(range).unwrap_err();
        assert!(error.contains(range), "{error}");
    }
    assert_eq!(Target::from_range("").unwrap(), Target::default());
}

#[test]
fn pyproject_pep_621() {
    for (dependencies, expected) in [
        ("'websockets>=14.2',", "websockets>=14.2 (modern), from pyproject.toml:5"),
        ("'websockets >=10,<14',", "websockets>=10,<14 (legacy), from pyproject.toml:5"),
        ("\"WebSockets[x] ~= 12.0 ; python_version >= '3.8'\",", "websockets~=12.0 (legacy), from pyproject.toml:5"),
        ("'websockets (>=10)',", "websockets>=10 (both), from pyproject.toml:5"),
        ("'websockets',", "websockets, any version (modern), from pyproject.toml:5"),
        ("'websockets>=10', 'websockets<14'", "websockets>=10,<14 (legacy), from pyproject.toml:5"),
        (
            "\"websockets<14; python_version < '3.9'\", \"websockets>=14; python_version >= '3.9'\"",
            "websockets<14 or >=14 (both), from pyproject.toml:5",
        ),
        (
            "'websockets @ git+https://github.com/python-websockets/websockets@13.1',",
            "websockets, version unknown (modern), from pyproject.toml:5",
        ),
        ("'websockets-stubs>=1', 'pytest-websockets<14', 'types-websockets', 'websockets_x==9'", NOTHING),
        ("# 'websockets<14',", NOTHING),
    ] {
        let text = format!("[project]\nname = 'x'\ndependencies = [\n  'requests',\n  {dependencies}\n]\n");
        check(&[("pyproject.toml", &text)], expected);
    }
}

#[test]
fn pyproject_other_tables() {
    check_each(
        "pyproject.toml",
        &[
            (
                "[project.optional-dependencies]\nws = ['websockets>=13']\n",
                "websockets>=13 (both), from pyproject.toml:2",
            ),
            (
                "[project.optional-dependencies]\nb = ['websockets>=14']\na = ['websockets<12']\n",
                "websockets>=14 or <12 (both), from pyproject.toml:2",
            ),
            (
                "[project.optional-dependencies]\ntest = ['websockets>=14']\nws = ['websockets<14']\n",
                "websockets<14 (legacy), from pyproject.toml:3",
            ),
            (
                "[dependency-groups]\nws = ['websockets>=14']\ndev = ['pytest', {include-group = 'ws'}]\n",
                "websockets>=14 (modern), from pyproject.toml:2",
            ),
            (
                "[project]\ndependencies = ['websockets<14']\n[dependency-groups]\ndev = ['websockets>=14']\n",
                "websockets<14 (legacy), from pyproject.toml:2",
            ),
            (
                "[project]\ndependencies = ['websockets']\n[dependency-groups]\ndev = ['websockets<14']\n",
                "websockets<14 (legacy), from pyproject.toml:4",
            ),
            (
                "[tool.pdm.dev-dependencies]\ntest = ['websockets==12.*']\n",
                "websockets==12.* (legacy), from pyproject.toml:2",
            ),
            ("[tool.uv]\ndev-dependencies = ['websockets>=13']\n", "websockets>=13 (both), from pyproject.toml:2"),
            (
                "[project]\ndependencies = ['websockets']\n[tool.uv]\nconstraint-dependencies = ['websockets<14']\n",
                "websockets<14 (legacy), from pyproject.toml:4",
            ),
            (
                "[tool.hatch.envs.test]\nextra-dependencies = ['websockets>=15']\n",
                "websockets>=15 (modern), from pyproject.toml:2",
            ),
            ("[build-system]\nrequires = ['websockets<14']\n[tool.other]\nwebsockets = '<14'\n", NOTHING),
            ("[tool.mypy]\nmodule = 'websockets.*'\n", NOTHING),
        ],
    );
    check(
        &[
            ("pyproject.toml", "[tool.setuptools.dynamic]\ndependencies = {file = ['reqs/run.txt']}\n"),
            ("reqs/run.txt", "# comment\nwebsockets>=10\n"),
        ],
        "websockets>=10 (both), from reqs/run.txt:2",
    );
}

#[test]
fn poetry() {
    for (dependency, expected) in [
        ("websockets = '^12.0'", "websockets>=12.0,<13 (legacy), from pyproject.toml:3"),
        ("websockets = '~14.1'", "websockets>=14.1,<14.2 (modern), from pyproject.toml:3"),
        ("websockets = '*'", "websockets, any version (modern), from pyproject.toml:3"),
        ("Websockets = {version = '>=10 <15', extras = ['x']}", "websockets>=10,<15 (both), from pyproject.toml:3"),
        (
            "websockets = {git = 'https://example.com/websockets.git'}",
            "websockets, version unknown (modern), from pyproject.toml:3",
        ),
        (
            "websockets = [\n  {version = '^10', python = '<3.8'},\n  {version = '^14', python = '>=3.8'},\n]",
            "websockets>=10,<11 or >=14,<15 (both), from pyproject.toml:4",
        ),
        (
            "[tool.poetry.dependencies.websockets]\nversion = '^13'\noptional = true",
            "websockets>=13,<14 (legacy), from pyproject.toml:4",
        ),
    ] {
        let text = format!("[tool.poetry.dependencies]\npython = '^3.8'\n{dependency}\n");
        check(&[("pyproject.toml", &text)], expected);
    }
    check_each(
        "pyproject.toml",
        &[
            (
                "[tool.poetry.group.dev.dependencies]\nwebsockets = '^11'\n",
                "websockets>=11,<12 (legacy), from pyproject.toml:2",
            ),
            (
                "[tool.poetry.dev-dependencies]\nwebsockets = '11.0.3'\n",
                "websockets==11.0.3 (legacy), from pyproject.toml:2",
            ),
        ],
    );
}

#[test]
fn setup_cfg() {
    check_each(
        "setup.cfg",
        &[
            (
                "[options]\ninstall_requires =\n    requests\n    # websockets<9\n    websockets>=10  # c\n",
                "websockets>=10 (both), from setup.cfg:5",
            ),
            ("[options]\ninstall_requires = requests; websockets<14\n", "websockets<14 (legacy), from setup.cfg:2"),
            (
                "[options.extras_require]\nws =\n  websockets~=13.0;python_version>'3.8'\n",
                "websockets~=13.0 (legacy), from setup.cfg:3",
            ),
            ("[mypy-websockets.*]\nx = True\n[other]\ninstall_requires = websockets<14\n", NOTHING),
        ],
    );
    check(
        &[("setup.cfg", "[options]\ninstall_requires = file: deps.txt\n"), ("deps.txt", "websockets==12.0")],
        "websockets==12.0 (legacy), from deps.txt:1",
    );
}

#[test]
fn setup_py() {
    check_each(
        "setup.py",
        &[
            ("setup(install_requires=['a', 'websockets>=10,<14'])", "websockets>=10,<14 (legacy), from setup.py:1"),
            (
                "reqs = [\n  'a',\n  'websockets>=14',\n]\nsetuptools.setup(install_requires=reqs)\n",
                "websockets>=14 (modern), from setup.py:3",
            ),
            (
                "reqs = ['a']\nreqs += ['websockets<14']\nsetup(install_requires=reqs + ['b'])\n",
                "websockets<14 (legacy), from setup.py:2",
            ),
            (
                "ws = ['websockets<14']\nsetup(extras_require={'ws': ws, 'all': [*ws, 'b']})\n",
                "websockets<14 (legacy), from setup.py:1",
            ),
            (
                "kw = {'install_requires': 'a\\nwebsockets>=12'}\nsetup(**kw)\n",
                "websockets>=12 (both), from setup.py:1",
            ),
            (
                "reqs = []\nif x:\n    reqs.append('websockets>=8.1,<9')\nsetup(install_requires=reqs)\n",
                "websockets>=8.1,<9 (legacy), from setup.py:3",
            ),
            (
                "kw = {}\nreqs = ['websockets>=3.2']\nkw['install_requires'] = reqs\nsetup(**kw)\n",
                "websockets>=3.2 (both), from setup.py:2",
            ),
            (
                "extras = {}\nextras['ws'] = ['websockets>=14']\nsetup(extras_require=extras)\n",
                "websockets>=14 (modern), from setup.py:2",
            ),
            ("setup(install_requires=open('websockets.txt').read())\n", NOTHING),
            ("setup(setup_requires=['websockets<14'])  # websockets\n", NOTHING),
            ("a = b\nb = a\nsetup(install_requires=a)  # websockets\n", NOTHING),
        ],
    );
}

#[test]
fn requirements_files() {
    check_each(
        "requirements.txt",
        &[
            ("requests==2\nwebsockets==10.4\n", "websockets==10.4 (legacy), from requirements.txt:2"),
            ("# websockets==9\nwebsockets>=14 # >=10\n", "websockets>=14 (modern), from requirements.txt:2"),
            (
                "websockets==13.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n",
                "websockets==13.1 (legacy), from requirements.txt:1",
            ),
            ("websockets==13.1 --hash=sha256:aa\r\n", "websockets==13.1 (legacy), from requirements.txt:1"),
            (
                "-e git+https://github.com/a/websockets.git#egg=websockets\n",
                "websockets, version unknown (modern), from requirements.txt:1",
            ),
            ("\u{feff}websockets<14", "websockets<14 (legacy), from requirements.txt:1"),
            ("-i https://pypi.org/simple\nwebsockets-client==1\n", NOTHING),
        ],
    );
}

#[test]
fn requirements_files_together() {
    let circle = [
        ("requirements.txt", "-r reqs/base.txt\n"),
        ("reqs/base.txt", "-r ../requirements.txt\n-rmore.txt"),
        ("reqs/more.txt", "websockets<14"),
    ];
    check(&circle, "websockets<14 (legacy), from reqs/more.txt:1");
    let missing = "-r missing.txt\n-c https://example.com/c.txt\nwebsockets>=14\n";
    check(&[("requirements.txt", missing)], "websockets>=14 (modern), from requirements.txt:3");
    for (files, expected) in [
        (
            [("requirements.txt", "websockets\n-c c.txt\n"), ("c.txt", "websockets<14\n")],
            "websockets<14 (legacy), from c.txt:1",
        ),
        (
            [("requirements/base.txt", "websockets==12.0\n"), ("requirements/dev.txt", "websockets==15.0")],
            "websockets==12.0 (legacy), from requirements/base.txt:1",
        ),
        (
            [("requirements-dev.txt", "websockets>=14"), ("requirements.txt", "websockets<14")],
            "websockets<14 (legacy), from requirements.txt:1",
        ),
        (
            [("dev-requirements.txt", "websockets>=14"), ("constraints.txt", "websockets")],
            "websockets>=14 (modern), from dev-requirements.txt:1",
        ),
        (
            [("constraints.txt", "websockets<14"), ("requirements.txt", "websockets")],
            "websockets<14 (legacy), from constraints.txt:1",
        ),
        (
            [("requirements.in", "websockets>=10"), ("requirements.txt", "websockets==14.2")],
            "websockets>=10 (both), from requirements.in:1",
        ),
        (
            [("requirements.in", "websockets"), ("requirements.txt", "websockets==13.1")],
            "websockets, any version, 13.1 locked in requirements.txt:1 (both), from requirements.in:1",
        ),
        ([("notes.txt", "websockets<14"), ("constraints.txt", "websockets")], NOTHING),
    ] {
        check(&files, expected);
    }
}

#[test]
fn a_requirements_file_in_utf_16_is_read() {
    let root = project(&[]);
    let bytes: Vec<u8> = "\u{feff}websockets==12.0\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(root.path().join("requirements.txt"), bytes).unwrap();
    let target = Targets::new().for_file(&root.path().join("app.py"));
    assert_eq!((target.side, target.evidence.clone().unwrap().range), (Side::Legacy, None));
}

#[test]
fn pipfile() {
    check_each(
        "Pipfile",
        &[
            ("[packages]\nwebsockets = '==10.4'\n", "websockets==10.4 (legacy), from Pipfile:2"),
            ("[dev-packages]\nwebsockets = {version = '>=14'}\n", "websockets>=14 (modern), from Pipfile:2"),
            ("[packages]\nwebsockets = '*'\n", "websockets, any version (modern), from Pipfile:2"),
        ],
    );
}

#[test]
fn conda() {
    for (item, expected) in [
        ("- websockets>=10", "websockets>=10 (both), from environment.yml:4"),
        ("- websockets=10.4", "websockets==10.4.* (legacy), from environment.yml:4"),
        ("- websockets=11.0.3=py39ha55989b_1", "websockets==11.0.3 (legacy), from environment.yml:4"),
        ("- 'conda-forge::websockets 13.1'  # c", "websockets==13.1 (legacy), from environment.yml:4"),
        ("- websockets", "websockets, any version (modern), from environment.yml:4"),
        ("- pip\n  - pip:\n    - a\n    - websockets==14.2", "websockets==14.2 (modern), from environment.yml:7"),
        ("# - websockets<14", NOTHING),
        ("- websocket-client=1", NOTHING),
    ] {
        let text = format!("name: websockets\ndependencies:\n  - python=3.11\n  {item}\n");
        check(&[("environment.yml", &text)], expected);
    }
    check(
        &[("environment.yml", "channels:\n- websockets\ndependencies:\n- pip:\n  - a\n- websockets<14\n")],
        "websockets<14 (legacy), from environment.yml:6",
    );
}

const POETRY_LOCK: &str = r#"[[package]]
name = "websocket-client"
version = "1.0"

[[package]]
name = "websockets"
version = "13.1"
"#;

const PIPFILE_LOCK: &str = r#"{
    "default": {
        "websockets": {
            "hashes": [
                "sha256:a"
            ],
            "version": "==12.0"
        }
    }
}
"#;

#[test]
fn lock_files_count_where_no_version_is_written() {
    let newer = POETRY_LOCK.replace("13.1", "15.0.1");
    let plain = ("pyproject.toml", "[project]\ndependencies = ['websockets']\n");
    for (files, expected) in [
        (
            &[plain, ("poetry.lock", POETRY_LOCK)][..],
            "websockets, any version, 13.1 locked in poetry.lock:7 (both), from pyproject.toml:2",
        ),
        (
            &[plain, ("uv.lock", &newer)],
            "websockets, any version, 15.0.1 locked in uv.lock:7 (modern), from pyproject.toml:2",
        ),
        (&[("pdm.lock", POETRY_LOCK)], "websockets, any version, 13.1 locked in pdm.lock:7 (both)"),
        (&[("Pipfile.lock", PIPFILE_LOCK)], "websockets, any version, 12.0 locked in Pipfile.lock:7 (both)"),
        (
            &[("poetry.lock", POETRY_LOCK), ("requirements.txt", "websockets>=14")],
            "websockets>=14 (modern), from requirements.txt:1",
        ),
    ] {
        check(files, expected);
    }
    // The lock of a workspace lies at its root.
    let root = project(&[("uv.lock", POETRY_LOCK), ("member/pyproject.toml", plain.1)]);
    assert_eq!(
        describe(root.path(), "member/src/a.py"),
        "websockets, any version, 13.1 locked in uv.lock:7 (both), from member/pyproject.toml:2"
    );
    let target = Targets::new().for_file(&root.path().join("member/a.py"));
    assert_eq!(target.floor.as_ref().unwrap().to_string(), "13.1");
}

#[test]
fn the_nearest_directory_that_mentions_websockets_decides() {
    let root = project(&[
        ("pyproject.toml", "[project]\nrequires-python = '>=3.9'\ndependencies = ['websockets<14']\n"),
        ("new/pyproject.toml", "[project]\nrequires-python = '>=3.11'\ndependencies = ['websockets>=14']\n"),
        ("silent/pyproject.toml", "[project]\nrequires-python = '>=3.12'\ndependencies = ['requests']\n"),
        ("repo/.git/config", ""),
    ]);
    for (file, expected) in [
        ("a.py", "websockets<14 (legacy), from pyproject.toml:3"),
        ("x/y/z.py", "websockets<14 (legacy), from pyproject.toml:3"),
        ("new/src/a.py", "websockets>=14 (modern), from new/pyproject.toml:3"),
        ("new/../a.py", "websockets<14 (legacy), from pyproject.toml:3"),
        ("silent/a.py", "websockets<14 (legacy), from pyproject.toml:3"),
        ("repo/a.py", NOTHING),
    ] {
        assert_eq!(describe(root.path(), file), expected, "{file}");
    }
    let targets = Targets::new();
    let python = |file: &str| targets.for_file(&root.path().join(file)).python;
    assert_eq!(
        [python("a.py"), python("x/a.py"), python("new/a.py"), python("silent/a.py"), python("repo/a.py")],
        [Some((3, 9)), Some((3, 9)), Some((3, 11)), Some((3, 12)), None]
    );
}

#[test]
fn inline_metadata_comes_first() {
    let root = project(&[("requirements.txt", "websockets<14\n")]);
    let describe = |text: &str| {
        let source = Source::new(root.path().join("a.py"), text.to_owned());
        let target = Targets::new().for_source(&source);
        let own = target.evidence.as_ref().filter(|evidence| evidence.path.ends_with("a.py"));
        let literal = own.and_then(|evidence| text.get(evidence.range.clone()?));
        let text = format!("{target} [{}]", literal.unwrap_or("-"));
        text.replace(&format!("{}/", root.path().display()), "")
    };
    let script = "#!/usr/bin/python\n# /// script\n# requires-python = '>=3.11'\n# dependencies = [\n#\n\
                  #   'websockets>=14.2',\n# ]\n# ///\n";
    let around = "websockets<14 (legacy), from requirements.txt:1 [-]";
    assert_eq!(describe(script), "websockets>=14.2 (modern), from a.py:6 [>=14.2]");
    assert_eq!(describe(&script.replace('\n', "\r\n")), "websockets>=14.2 (modern), from a.py:6 [>=14.2]");
    assert_eq!(describe("# /// script\n# dependencies = ['a']\n# ///\n"), format!("{NOTHING} [-]"));
    for other in ["# /// script\n# x = 1\n# ///\n", "# /// script\n# dependencies = ['a']\nimport a\n", "import a\n"] {
        assert_eq!(describe(other), around, "{other}");
    }
}

#[test]
fn broken_metadata_is_reported_and_passed_by() {
    for (files, expected) in [
        (
            &[("pyproject.toml", "[project]\ndependencies = ['websockets>=10'\nx = \n")][..],
            &[NOTHING, "pyproject.toml:3: not valid TOML: "][..],
        ),
        (
            &[("pyproject.toml", "[project\n'websockets'"), ("requirements.txt", "websockets<14")],
            &["websockets<14 (legacy), from requirements.txt:1", "pyproject.toml:1: not valid TOML: "],
        ),
        (
            &[("requirements.txt", "a\nwebsockets>=10.*\n")],
            &[
                "websockets, version unknown (modern), from requirements.txt:2",
                "requirements.txt:2: `>=10.*` is not a version specifier: ",
            ],
        ),
        (
            &[("requirements.txt", "websockets>=14,<14\n")],
            &[
                "websockets, version unknown (modern), from requirements.txt:1",
                "requirements.txt:1: no version of websockets is in the range",
            ],
        ),
        (&[("setup.py", "x = (\nwebsockets")], &[NOTHING, "setup.py:2: not valid Python: "]),
        (&[("pyproject.toml", "[broken")], &[NOTHING]),
        (&[("pyproject.toml", "project = 1\ntool = ['websockets']\ndependency-groups = {a = 1, b = [1]}")], &[NOTHING]),
    ] {
        let root = project(files);
        let found = describe(root.path(), "app.py");
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{found}");
        assert!(lines.iter().zip(expected).all(|(line, start)| line.starts_with(start)), "{found}");
    }
}

/// The range is what an edit replaces.
#[test]
fn the_evidence_holds_the_bytes_of_the_specifier() {
    let url = "websockets @ https://example.com/w.whl";
    for (file, text, expected, kind) in [
        (
            "pyproject.toml",
            "[project]\ndependencies = [\"é\", \"websockets[x] >= 10, <14 ; python_version > '3'\"]",
            ">= 10, <14",
            Kind::Requirement,
        ),
        ("pyproject.toml", "\u{feff}[project]\ndependencies = ['''websockets(>=10)''']", ">=10", Kind::Requirement),
        ("pyproject.toml", "[project]\ndependencies = ['websockets']", "", Kind::Requirement),
        ("pyproject.toml", "[tool.poetry.dependencies]\nwebsockets = { version = \"^12\" }", "^12", Kind::Table),
        ("setup.cfg", "[options]\r\ninstall_requires =\r\n\twebsockets>=9\r\n", ">=9", Kind::Requirement),
        ("setup.py", "setup(install_requires=['''\n  a\n  websockets>=9\n'''])", ">=9", Kind::Requirement),
        ("requirements.txt", "  websockets >=9 # c\n", ">=9", Kind::Requirement),
        ("Pipfile", "[packages]\n\"websockets\" = \"*\"", "*", Kind::Table),
        ("environment.yml", "dependencies:\n- \"websockets =10.4\"\n", "=10.4", Kind::Conda),
        ("requirements.txt", url, " @ https://example.com/w.whl", Kind::Unknown),
    ] {
        let root = project(&[(file, text)]);
        let target = Targets::new().for_file(&root.path().join("a.py"));
        let evidence = target.evidence.as_ref().unwrap();
        assert_eq!(text.get(evidence.range.clone().unwrap()), Some(expected), "{text}");
        assert_eq!(evidence.kind, kind, "{text}");
    }
    let escaped = project(&[("pyproject.toml", "[project]\ndependencies = [\"websockets\\u003e=10\"]")]);
    let target = Targets::new().for_file(&escaped.path().join("a.py"));
    assert_eq!((target.side, target.evidence.as_ref().unwrap().range.clone()), (Side::Both, None));
}

#[test]
fn threads_agree() {
    let root = project(&[("requirements.txt", "websockets<14\nwebsockets>=x\n"), ("a/b/c/d.py", "")]);
    let targets = Targets::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(targets.for_file(&root.path().join("a/b/c/d.py")).side, Side::Legacy));
        }
    });
    assert_eq!(targets.problems().len(), 1);
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_read_without_a_panic() {
    let samples = [
        ("pyproject.toml", "[tool.poetry.dependencies]\nwebsockets = {version = \"^18446744073709551615 || ~1\"}\n"),
        (
            "pyproject.toml",
            "\u{feff}[project]\ndependencies = ['é', 'websockets[x] (>=9,<14) ; y', 'websockets @ x ; y']\n",
        ),
        ("setup.cfg", "[options]\ninstall_requires = é; websockets>=9\n  websockets[;]>=1 # é\n"),
        ("setup.py", "a = ['''é\\\nwebsockets>=9''']\na.append(*b)\nsetup(install_requires=a + a, **{**c, 'x': 1})\n"),
        (
            "requirements.txt",
            "-r\n-é\n-c é\nwebsockets>=9 \\\n --hash=é\n-e é#egg=websockets[x]\nwebsockets[é]==1!2 #é\n",
        ),
        ("environment.yml", "dependencies:\n-\n- \"\n- 'é::websockets =10|é'\n- pip:\n  - websockets==é\n"),
        ("Pipfile.lock", "{\n \"websockets\": {\n  \"version\": \"==é\"\n  \"version\": \"==1\"\n"),
        ("uv.lock", "[[package]]\nname = \"websockets\"\nversion = \"é\"\nversion = \"1\"\n"),
    ];
    let root = project(&[]);
    for (name, text) in samples {
        let file = root.path().join(name);
        for end in (0..=text.len()).rev() {
            // Cut between bytes, not between characters.
            fs::write(&file, &text.as_bytes()[..end]).unwrap();
            let targets = Targets::new();
            let target = targets.for_file(&root.path().join("a.py"));
            let range = target.evidence.as_ref().and_then(|evidence| evidence.range.clone());
            assert!(range.is_none_or(|range| range.start <= range.end && range.end <= end), "{text} at {end}");
            drop((target.to_string(), targets.problems()));
        }
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_range_says_how_far_it_reaches() {
    let reaches = |range: &str, major, minor| Target::from_range(range).unwrap().reaches([major, minor]);
    assert!(reaches(">=14", 17, 0) && reaches(">=10,<17.1", 17, 0) && reaches("==17.4", 17, 2));
    assert!(!reaches(">=14,<17", 17, 0) && !reaches("==16.1.1", 17, 0) && !reaches("<14", 14, 0));
    assert!(Target::default().reaches([17, 4]));
    assert!(!Target::from(Side::Legacy).reaches([14, 0]));
}

#[test]
fn a_floor_says_what_is_older() {
    let starts_before = |range: &str| Target::from_range(range).unwrap().starts_before([14, 1]);
    assert!(starts_before(">=14") && starts_before(">=10") && starts_before("==14.0"));
    assert!(!starts_before(">=14.1") && !starts_before(">13.1,!=14.0"));
    let default = Target::default();
    assert!(!default.starts_before([14, 1]) && !default.starts_at([14, 1]), "nothing is known");
    assert!(Target::from_range("==17.0.1").unwrap().starts_at([17, 0, 1]));
}
