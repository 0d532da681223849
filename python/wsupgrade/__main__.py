"""`python -m wsupgrade`: runs the program that was installed with this package."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Iterator

NAME = "wsupgrade" + (sysconfig.get_config_var("EXE") or "")


def candidates() -> Iterator[Path]:
    """Where the program can be, the surest first."""
    # What the installer wrote down.
    try:
        files = importlib.metadata.files("wsupgrade") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == NAME:
            yield Path(file.locate())
    # `pip install --target` moves it afterwards.
    yield Path(__file__).resolve().parent.parent / "bin" / NAME
    yield Path(sysconfig.get_path("scripts")) / NAME


def main() -> int:
    for program in candidates():
        if program.is_file():
            command = [os.fspath(program), *sys.argv[1:]]
            if sys.platform == "win32":
                # There, the caller of a program that is replaced by another does not wait for it.
                return subprocess.run(command).returncode
            os.execv(command[0], command)
    print(f"error: the program {NAME} is missing. Install the package again: pip install --force-reinstall wsupgrade", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
