//! How much work a run is: walks, reads and parses are counted on a project with every kind of question to other files.

use crate::support::Sandbox;

/// Groups of modules, each with its own client, helper, server, handler, classes and tests.
const GROUPS: usize = 30;

/// Files that have nothing to do with WebSockets, in each group.
const OTHERS: usize = 6;

/// A handler in one module that another one hands to a server and a test calls, a helper that is passed a connection, a base class
/// with a derived one in another module, options of another module, and a mock in `conftest.py`.
fn project() -> Sandbox {
    let mut files = vec![("pyproject.toml".to_owned(), "[project]\nname = 'p'\n".to_owned())];
    for group in 0..GROUPS {
        let mut add = |name: &str, text: &str| {
            let text = text.replace("GROUP", &format!("g{group}"));
            files.push((format!("g{group}/{name}"), text));
        };
        add("__init__.py", "");
        add("handlers.py", "async def handle_GROUP(ws, path):\n    print(path, ws.open)\n");
        add(
            "server.py",
            "import websockets\nfrom .handlers import handle_GROUP\n\n\nasync def main():\n    \
             async with websockets.serve(handle_GROUP, '', 1):\n        pass\n",
        );
        add("helpers.py", "def is_up_GROUP(conn):\n    return conn.open  # of a websocket\n");
        add(
            "client.py",
            "import websockets\nfrom .helpers import is_up_GROUP\nfrom .settings import HEADERS\n\n\n\
             class Client_GROUP:\n    async def start(self):\n        \
             self.ws_GROUP = await websockets.connect('ws://x', extra_headers=HEADERS)\n        \
             return is_up_GROUP(self.ws_GROUP) and self.ws_GROUP.open\n",
        );
        add(
            "derived.py",
            "from .client import Client_GROUP\n\n\nclass Local(Client_GROUP):\n    def stop(self):\n        return self.ws_GROUP\n",
        );
        add("settings.py", "HEADERS = {'a': 'b'}\n");
        add("conftest.py", "from unittest.mock import Mock\n\n\ndef fake():\n    return Mock()\n");
        add(
            "test_client.py",
            "from unittest.mock import patch\n\n\ndef test_it():\n    with patch('GROUP.client.websockets.connect') as dial:\n        assert dial\n",
        );
        for other in 0..OTHERS {
            add(&format!("other{other}.py"), "import os\n\n\ndef path():\n    return os.path.join('a', 'b')\n");
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Sandbox::new(&files)
}

/// The numbers that `-v` says: walks, files listed, reads besides those of walks, parses.
fn counts(sandbox: &Sandbox, arguments: &str) -> [usize; 4] {
    let ran = sandbox.run(&format!("{arguments} -v"));
    assert!(ran.code < 2, "{}", ran.err);
    let line = ran.err.lines().find(|line| line.starts_with("walks: ")).unwrap_or_else(|| panic!("{}", ran.err));
    let numbers: Vec<usize> =
        line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    numbers.try_into().unwrap()
}

/// Files that can matter in each group: those that name the library, and those that a question leads to.
const MATTER: usize = 9;

#[test]
fn a_whole_tree_is_walked_read_and_parsed_once() {
    let sandbox = project();
    let [walks, listed, read, parsed] = counts(&sandbox, "check .");
    assert_eq!(walks, 1);
    assert_eq!(listed, GROUPS * (9 + OTHERS));
    assert!(read <= listed - GROUPS * 4, "{read} reads besides the walk");
    assert!(parsed <= GROUPS * MATTER, "{parsed} parses");
}

#[test]
fn one_file_pays_for_the_project_only_where_it_asks_and_once() {
    let sandbox = project();
    assert_eq!(counts(&sandbox, "check g0/settings.py"), [1, 1, 0, 0], "nothing in it asks");
    let [walks, listed, _, parsed] = counts(&sandbox, "check g0/helpers.py");
    assert_eq!((walks, listed), (2, GROUPS * (9 + OTHERS)), "who calls the helper is asked in one walk");
    // Every file that starts a server may hand the helper to it, and is parsed with the handlers that it imports.
    assert!(parsed <= GROUPS * 2 + MATTER, "{parsed} parses");
}

#[test]
fn a_fix_parses_what_it_changes_again_and_little_else() {
    let sandbox = project();
    let [_, _, _, checked] = counts(&sandbox, "check .");
    let [walks, _, _, fixed] = counts(&sandbox, "fix --diff --unsafe-fixes .");
    assert_eq!(walks, 1);
    assert!(fixed <= checked + GROUPS * 4 * 3, "{fixed} parses, {checked} for a check");
}

#[test]
fn a_name_that_everybody_uses_leads_only_to_who_can_know() {
    let client = "import websockets\n\n\nclass Client:\n    async def start(self):\n        \
                  self.conn = await websockets.connect('ws://x')\n        return self.conn.open\n";
    let derived = "from client import Client\n\n\nclass Local(Client):\n    conn = None\n";
    let far = "import derived\n\n\nclass Far(derived.Local):\n    conn = None\n";
    let mut files = vec![("client.py".to_owned(), client.to_owned()), ("derived.py".to_owned(), derived.to_owned())];
    files.push(("far.py".to_owned(), far.to_owned()));
    let other = "class Pool(dict):\n    conn = None\n\n    def serve(self, observer):\n        return self.conn\n";
    files.extend((0..200).map(|number| (format!("other{number}.py"), other.to_owned())));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let sandbox = Sandbox::new(&files);
    let [walks, listed, read, parsed] = counts(&sandbox, "check .");
    assert_eq!((walks, listed), (1, 203));
    // The client, and the two classes that derive from it, one over the other.
    assert_eq!((read, parsed), (2, 3));
}

#[test]
fn a_fix_asks_again_only_what_may_be_different() {
    let files = [
        ("pyproject.toml", "[project]\nname = 'p'\n"),
        (
            "changed.py",
            "import websockets\n\n\nasync def go():\n    await websockets.connect('ws://x', extra_headers={})\n",
        ),
        ("helper.py", "def is_up(conn):\n    return conn.open  # of a websocket\n"),
        ("caller.py", "import helper\n\n\ndef f(it):\n    return helper.is_up(it)\n"),
    ];
    let sandbox = Sandbox::new(&files);
    let [_, _, _, checked] = counts(&sandbox, "check .");
    let [walks, _, _, fixed] = counts(&sandbox, "fix --diff .");
    assert_eq!(walks, 1);
    assert_eq!(fixed, checked + 1, "the changed file is parsed once more");
}

/// Files of which each asks who calls its helper: one that all of them name alike, or one of its own. They are so large that few of
/// their trees are kept.
fn askers(count: usize, helper: impl Fn(usize) -> String) -> Sandbox {
    let text = |number: usize| {
        let name = helper(number);
        format!("import websockets\n{}\n\ndef {name}(conn):\n    return conn.open\n", "pass\n".repeat(12_000))
    };
    let mut files = vec![("pyproject.toml".to_owned(), "[project]\nname = 'p'\n".to_owned())];
    files.push(("main.py".to_owned(), "import src\n".to_owned()));
    files.extend((0..count).map(|number| (format!("src/asks{number}.py"), text(number))));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Sandbox::new(&files)
}

#[test]
fn nobody_waits_for_what_shows_without_asking() {
    // Named in one file only, and in too many to ask.
    for helper in [|number: usize| format!("is_up_{number}"), |_| "is_up".to_owned()] {
        let [walks, _, read, parsed] = counts(&askers(100, helper), "check .");
        assert_eq!((walks, read, parsed), (1, 0, 100));
    }
}

#[test]
fn a_directory_inside_of_a_project_asks_what_is_around_it_once() {
    let sandbox = askers(100, |number| format!("is_up_{number}"));
    let [walks, listed, _, parsed] = counts(&sandbox, "check src");
    assert_eq!((walks, listed), (2, 101));
    assert_eq!(parsed, 132, "the first ones have to wait");
}
