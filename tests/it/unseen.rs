//! What could not be looked into is counted, and listed by `--show-unseen`: nobody is told "All clear" instead.

use crate::support::Sandbox;

/// What is listed for one file.
fn unseen(code: &str) -> Vec<String> {
    let sandbox = Sandbox::new(&[("pyproject.toml", "[project]\nname = 'p'\n"), ("app.py", code)]);
    let ran = sandbox.run("check --show-unseen .");
    let lines: Vec<String> = ran.err.lines().map(str::to_owned).collect();
    assert_eq!(ran.out.contains("All clear"), lines.is_empty() && ran.code == 0, "{}{}", ran.out, ran.err);
    lines
}

#[test]
fn options_of_unknown_names_are_counted() {
    let call =
        "import websockets\n\nasync def dial(uri, **options):\n    return await websockets.connect(uri, **options)\n";
    assert_eq!(unseen(call), ["app.py:4:42: which arguments this passes to `connect()` is not known."]);
    let read = "import json\nfrom websockets import serve\n\ndef start(handler):\n    return serve(handler, '', 1, **json.load(open('x')))\n";
    assert_eq!(unseen(read), ["app.py:5:34: which arguments this passes to `serve()` is not known."]);
}

#[test]
fn options_that_an_attribute_is_given_are_counted() {
    let class = "import websockets\n\nclass Client:\n    def __init__(self, uri, options):\n        ASSIGN\n\n    \
                 async def dial(self):\n        return await websockets.connect(self.uri, **self.options)\n";
    let why = ["app.py:8:51: which arguments this passes to `connect()` is not known."];
    assert_eq!(unseen(&class.replace("ASSIGN", "self.uri, self.options = uri, options")), why);
    assert_eq!(unseen(&class.replace("ASSIGN", "self.options = options")), why);
    let none: [String; 0] = [];
    assert_eq!(unseen(&class.replace("ASSIGN", "self.options = {'open_timeout': 5}")), none);
    assert_eq!(unseen(&class.replace("ASSIGN", "self.options: dict = {}")), none);
}

#[test]
fn a_name_for_two_modules_is_counted() {
    let shim = "import sys\nif sys.platform == 'emscripten':\n    import app.shim as websockets\nelse:\n    import websockets\n\n\
                async def dial(uri):\n    return (await websockets.connect(uri)).open\n";
    let why = "is not always what is imported here, so nothing that is done with it was checked.";
    assert_eq!(unseen(shim), [format!("app.py:5:12: `websockets` {why}")]);
    let stub = "try:\n    from websockets import connect\nexcept ImportError:\n    def connect(uri):\n        raise RuntimeError\n";
    assert_eq!(unseen(stub), [format!("app.py:2:28: `connect` {why}")]);
}

#[test]
fn the_last_lines_say_how_many_there_are() {
    let code =
        "import websockets\n\nasync def dial(uri, **options):\n    return await websockets.connect(uri, **options)\n";
    let found =
        format!("{code}\nasync def other(uri):\n    return await websockets.connect(uri, extra_headers={{}})\n");
    let run = |code: &str, arguments: &str| {
        let ran = Sandbox::new(&[("pyproject.toml", "[project]\nname = 'p'\n"), ("app.py", code)]).run(arguments);
        ran.out.lines().last().map(str::to_owned).unwrap_or_default()
    };
    let last = "1 place could not be looked into; `--show-unseen` lists it.";
    assert_eq!(run(code, "check ."), last);
    assert_eq!(run(&found, "check ."), last);
    assert_eq!(run(&found, "fix ."), last);
    assert_eq!(
        run(&format!("{code}{}", code.replace("dial", "again")), "check ."),
        last.replace("1 place", "2 places").replace("it.", "them.")
    );
}

#[test]
fn what_is_seen_is_not_counted() {
    let none: [String; 0] = [];
    for code in [
        // The names of the options are known.
        "import websockets\nOPTIONS = {'open_timeout': 5}\n\nasync def dial(uri):\n    return await websockets.connect(uri, **OPTIONS)\n",
        // Nobody else's functions.
        "import websockets\nfrom other import connect\n\nasync def dial(uri, **options):\n    return await connect(uri, **options)\n",
        // Nothing that could be used in its place.
        "try:\n    import websockets\nexcept ImportError:\n    websockets = None\n",
        // Both are of the library.
        "try:\n    from websockets.asyncio.client import connect\nexcept ImportError:\n    from websockets import connect\n",
        // An exception of its own stands in for one that is still there.
        "try:\n    from websockets import ConnectionClosed\nexcept ImportError:\n    class ConnectionClosed(Exception):\n        pass\n",
    ] {
        assert_eq!(unseen(code), none, "{code}");
    }
    let pinned = [
        ("pyproject.toml", "[project]\nname = 'p'\ndependencies = ['websockets<14']\n"),
        (
            "app.py",
            "import websockets\n\nasync def dial(uri, **options):\n    return await websockets.connect(uri, **options)\n",
        ),
    ];
    assert!(Sandbox::new(&pinned).run("check --show-unseen .").err.is_empty(), "the old client is what is supported");
}
