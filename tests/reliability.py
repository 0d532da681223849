#!/usr/bin/env python3
"""Tries to make wsupgrade lose or tear a file: kills it, signals it, edits under its hands, fills the disk, runs it twice at once.

usage: reliability.py BIN [--runs N] [--scratch DIR] [LOOP ...]

Prints one line for each loop, with what happened how often. The exit code is 1 when something was lost, torn or left behind.
"""
import argparse, collections, os, random, shutil, signal, subprocess, sys, tempfile, threading, time
from pathlib import Path

LEGACY = "import websockets\n\nwebsockets.connect(uri, extra_headers=h)\n"
MODERN = LEGACY.replace("extra_headers", "additional_headers")
FILES = 60
random.seed(14)


def tree(options):
    top = Path(tempfile.mkdtemp(dir=options.scratch))
    for at in range(FILES):
        path = top / f"p{at % 6}" / f"m{at}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(LEGACY)
    return top


def start(options, top, **more):
    command = [options.bin, "fix", "-q", "--isolated", "."]
    return subprocess.Popen(command, cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def length(options):
    """How long a run takes that nobody disturbs."""
    top, begin = tree(options), time.monotonic()
    start(options, top).communicate()
    shutil.rmtree(top)
    return time.monotonic() - begin


def state(top):
    """How many files are old, new, torn; and what is there besides."""
    found = collections.Counter()
    for path in top.rglob("*"):
        if path.is_file():
            text = path.read_text() if path.suffix == ".py" else None
            found["old" if text == LEGACY else "new" if text == MODERN else "left behind" if text is None else "torn"] += 1
    return found


def interrupt(options, number):
    total, ends, whole = collections.Counter(), collections.Counter(), length(options)
    for _ in range(options.runs):
        top = tree(options)
        run = start(options, top)
        time.sleep(random.uniform(0, whole * 1.1))
        run.send_signal(number)
        run.communicate()
        found = state(top)
        total["torn"] += found["torn"] + FILES - found["old"] - found["new"] - found["torn"]
        total["files left behind"] += found["left behind"]
        total["half a set"] += bool(found["old"] and found["new"])
        ends[run.returncode] += 1
        start(options, top).communicate()
        found = state(top)
        total["left behind after the next run"] += found["left behind"]
        total["not fixed by the next run"] += found["new"] != FILES
        shutil.rmtree(top)
    forgiven = ("files left behind", "half a set") if number == signal.SIGKILL else ()
    return total, f"exit codes {dict(ends)}", all(count == 0 for key, count in total.items() if key not in forgiven)


def save_over(path, text):
    path.write_text(text)


def save_renamed(path, text):
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.rename(path)


def save_backed_up(path, text):
    path.rename(path.with_name(f"{path.name}~"))
    path.write_text(text)


def editor(options, save):
    """Somebody saves a file at any moment of a run: what they saved must be there, alone or with the fix made in it."""
    total, whole = collections.Counter(), length(options)
    mine = LEGACY + "\n# mine\n"
    for _ in range(options.runs):
        top = tree(options)
        run = start(options, top)
        edited = random.sample(sorted(top.rglob("*.py")), 10)
        for path in edited:
            time.sleep(random.uniform(0, whole / 10))
            save(path, mine)
        run.communicate()
        for path in edited:
            text = path.read_text() if path.exists() else ""
            total["edits"] += 1
            total["kept"] += text == mine
            total["kept and fixed"] += text == mine.replace("extra_headers", "additional_headers")
            total["lost"] += "# mine" not in text
        total["left behind"] += sum(path.name.startswith(".wsupgrade") for path in top.rglob("*"))
        shutil.rmtree(top)
    return total, "", total["lost"] + total["left behind"] == 0


def together(options):
    """Three runs at once over one tree."""
    total = collections.Counter()
    for _ in range(max(options.runs // 5, 1)):
        top = tree(options)
        runs = [start(options, top) for _ in range(3)]
        for run in runs:
            run.communicate()
        start(options, top).communicate()
        found = state(top)
        total["trees"] += 1
        total["not right"] += found["new"] != FILES or found["left behind"] > 0
        shutil.rmtree(top)
    return total, "", total["not right"] == 0


def full(options):
    """A disk without room for one more file. Needs root, to mount one."""
    total = collections.Counter()
    place = Path(tempfile.mkdtemp(dir=options.scratch))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", place], stderr=subprocess.DEVNULL).returncode:
        return total, "skipped: cannot mount", True
    try:
        for at in range(4):
            (place / f"m{at}.py").write_text(LEGACY + f"# {'x' * 6000}\n")
        try:
            with open(place / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(b"x" * 4096)
        except OSError:
            pass
        run = start(options, place)
        said = run.communicate()[1].decode()
        for path in place.glob("m*.py"):
            text = path.read_text()
            total["old" if text.startswith(LEGACY) else "new" if text.startswith(MODERN) else "torn"] += 1
        total["left behind"] += sum(path.name.startswith(".wsupgrade") for path in place.rglob("*"))
    finally:
        subprocess.run(["umount", place])
    return total, f"exit code {run.returncode}, {said.count('not written')} told", total["torn"] + total["left behind"] == 0


def foreign(options):
    """Files that are read-only, or somebody else's. As root an owner can be given back, so it is; otherwise it is refused."""
    total = collections.Counter()
    top = tree(options)
    paths = sorted(top.rglob("*.py"))
    for path in paths[:20]:
        path.chmod(0o444)
    if os.geteuid() == 0:
        for path in paths[20:40]:
            os.chown(path, 12345, 12345)
    run = start(options, top)
    said = run.communicate()[1].decode()
    total["read-only, changed"] = sum(path.read_text() != LEGACY for path in paths[:20])
    total["read-only, told"] = said.count("read-only")
    if os.geteuid() == 0:
        total["owner lost"] = sum(path.stat().st_uid != 12345 for path in paths[20:40])
    shutil.rmtree(top)
    return total, f"exit code {run.returncode}", total["read-only, changed"] + total["owner lost"] == 0


LOOPS = {
    "INT": lambda options: interrupt(options, signal.SIGINT),
    "TERM": lambda options: interrupt(options, signal.SIGTERM),
    "KILL": lambda options: interrupt(options, signal.SIGKILL),
    "editor that writes in place": lambda options: editor(options, save_over),
    "editor that renames": lambda options: editor(options, save_renamed),
    "editor that keeps a backup": lambda options: editor(options, save_backed_up),
    "concurrent runs": together,
    "full disk": full,
    "foreign files": foreign,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin")
    parser.add_argument("loops", nargs="*")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--scratch")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    holds = True
    for name, loop in LOOPS.items():
        if not options.loops or any(one in name for one in options.loops):
            total, note, is_right = loop(options)
            holds &= is_right
            figures = ", ".join(f"{key}: {count}" for key, count in total.items())
            print(f"{'ok  ' if is_right else 'FAIL'} {name}: {figures} {note}".rstrip(), flush=True)
    sys.exit(not holds)


if __name__ == "__main__":
    main()
