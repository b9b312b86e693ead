"""The command in a process that has imported what commands import, so that it starts at once."""

from __future__ import annotations

import os
import resource
import sys

from gfe_mc.cli import main
from tests.reliability.hostile_lines import Line


def run(line: Line, folder: str, said: str) -> None:
    """Become the command: in a folder, saying what it says into a file, and its code in another."""
    code = os.open(f"{said}.code", os.O_WRONLY | os.O_CREAT)
    os.setsid()
    os.chdir(folder)
    os.environ |= {"HOME": folder, "GFE_MC_CACHE": os.path.join(folder, "cache")}
    handle = os.open(said, os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(handle, stream)
    os.close(handle)
    _limit(line)
    sys.stdout, sys.stderr = (os.fdopen(one, "w", buffering=1, closefd=False) for one in (1, 2))
    sys.argv = ["gfe-mc", *line.arguments]
    try:
        main()
    except SystemExit as stop:
        # The server of processes loses a code now and then.
        os.write(code, str(stop.code or 0).encode())
        raise


def _limit(line: Line) -> None:
    """Take from the process what its command line is to do without."""
    if line.limit == "few files":
        resource.setrlimit(resource.RLIMIT_NOFILE, (line.most, line.most))
    elif line.limit == "small files":
        resource.setrlimit(resource.RLIMIT_FSIZE, (line.most, line.most))
    elif line.limit == "full disk":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    elif line.limit == "nobody reads":
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)
