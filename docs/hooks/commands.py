"""The page of the command line, made of the commands themselves."""

from __future__ import annotations

import html
import re
from typing import Any

PAGE = "command_line.md"
_HEAD = "---\nhide: [navigation]\n---\n\n"
_INTRODUCTION = """\
Every command says this of itself: `gfe-mc --help`, `gfe-mc run --help`. A command ends with 0
where all is well, with 1 where something failed, with 2 where what was asked for is refused, with 3
where `--max-seconds` ended it (the same command goes on), and with 130 where it was interrupted.
"""


def text() -> str:
    """Return the page: usage, arguments and options of every command."""
    import typer
    from typer.cli import get_docs_for_click

    from gfe_mc.cli import app

    command = typer.main.get_command(app)
    context: Any = command.context_class(command, info_name="gfe-mc")
    made = html.unescape(get_docs_for_click(obj=command, ctx=context, name="gfe-mc"))
    made = re.sub(r"^# .*\n", f"{_HEAD}# Command line\n\n{_INTRODUCTION}", made, count=1)
    made = re.sub(r"(?m)^\* `--help`: .*\n", "", made)
    # Lists of commands cut what these say; the table of contents has their names.
    made = re.sub(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+", "", made)
    return re.sub(r"\*\*Options\*\*:\n+(?=#|\Z)", "", made)


def on_files(files: Any, config: Any) -> Any:
    """Add the page to those of the site."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, PAGE, content=text()))
    return files
