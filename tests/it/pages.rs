//! Python in the fences of Markdown, where a page is named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it cannot go on")]

use crate::support::{LEGACY, Sandbox};

const PAGE: &str = "\
# Wie man verbindet: é

Pass `extra_headers=` to `connect`:

```python
import websockets
from websockets.exceptions import InvalidStatusCode
```

Then:

```python
async def main(uri):
    try:
        await websockets.connect(uri, extra_headers={\"é\": \"x\"})  # ☃
    except InvalidStatusCode as e:
        print(e.status_code)
```

```console
$ python -c 'websockets.connect(uri, extra_headers=h)'
```

```python
>>> websockets.connect(uri, extra_headers=h)
```
";

#[test]
fn a_page_that_is_named_is_checked_at_its_lines() {
    let sandbox = Sandbox::new(&[("README.md", PAGE), ("a.py", "x = 1\n")]);
    let ran = sandbox.run("check --isolated --output-format concise README.md");
    assert!(ran.out.contains("README.md:15:39: WS101 [*]"), "{}", ran.out);
    assert!(ran.out.contains("README.md:16:12: WS201 [*]"), "{}", ran.out);
    assert_eq!(ran.out.matches("WS101").count(), 1, "{}", ran.out);
    assert!(!ran.out.contains("syntax-error"), "{}", ran.out);
    // Who names a directory means its code.
    assert!(sandbox.run("check --isolated .").out.contains("All clear: 1 file checked."));
}

#[test]
fn a_fix_changes_the_code_of_a_page_and_nothing_else() {
    let sandbox = Sandbox::new(&[("README.md", PAGE)]);
    let after = PAGE
        .replace("connect(uri, extra_headers={", "connect(uri, additional_headers={")
        .replace("InvalidStatusCode", "InvalidStatus")
        .replace("e.status_code", "e.response.status_code");
    let diff = sandbox.run("fix --isolated --diff README.md");
    assert!(
        diff.out.contains("+        await websockets.connect(uri, additional_headers={\"é\": \"x\"})  # ☃"),
        "{}",
        diff.out
    );
    assert_eq!(sandbox.run("fix --isolated README.md").code, 0);
    assert_eq!(sandbox.read("README.md"), after);
    assert_eq!(sandbox.run("fix --isolated README.md").code, 0);
    assert_eq!(sandbox.read("README.md"), after);
    let windows = PAGE.replace('\n', "\r\n");
    sandbox.write("README.md", windows.as_bytes());
    sandbox.run("fix --isolated README.md");
    assert_eq!(sandbox.read("README.md"), after.replace('\n', "\r\n"));
}

#[test]
fn what_is_no_python_is_left_alone() {
    for page in [
        LEGACY.to_owned(),
        format!("```\n{LEGACY}```\n"),
        format!("```pycon\n{LEGACY}```\n"),
        format!("```python\n{LEGACY}"),
        format!("1. In a list:\n\n   ```python\n   {}   ```\n", LEGACY.replace('\n', "\n   ")),
        format!("> ```python\n> {}\n> ```\n", LEGACY.trim_end().replace('\n', "\n> ")),
    ] {
        let sandbox = Sandbox::new(&[("page.md", &page)]);
        assert_eq!(sandbox.run("fix --isolated page.md").code, 0, "{page}");
        assert_eq!(sandbox.read("page.md"), page);
    }
}
