"""A hook of the documentation's build: the help texts of the command line, taken from the command line itself.

In a page, `<!-- help: NAME -->` stands for what `remxnet NAME --help` prints, and `<!-- help -->` for what
`remxnet --help` prints. Subcommands that no such line names get a section of their own at the end of the page.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

MARK = re.compile(r"^<!-- help(?:: ([\w-]+))? -->$", re.MULTILINE)
COLUMNS = "88"  # as wide as a code block is on the page


def on_page_markdown(markdown: str, page: Any, **context: Any) -> str:
    """Fill in the help texts; called by mkdocs for every page."""
    return with_help(markdown, page.file.src_uri) if context and MARK.search(markdown) else markdown


def with_help(markdown: str, name: str) -> str:
    """The page with its help texts.

    Raises
    ------
    ValueError
        If a line names a subcommand that does not exist.
    """
    texts = help_texts()
    named = {match[1] for match in MARK.finditer(markdown)}
    unknown = sorted(str(command) for command in named - texts.keys())
    if unknown:
        raise ValueError(f"{name}: there is no subcommand {', '.join(unknown)}")
    filled = MARK.sub(lambda match: block(texts[match[1]]), markdown)
    rest = [command for command in texts if command not in named and command is not None]
    return filled + "".join(f"\n## remxnet {command}\n\n{block(texts[command])}\n" for command in rest)


def help_texts() -> dict[str | None, str]:
    """What `--help` prints for each subcommand; under None, for the program."""
    from remxnet import cli

    with mock.patch.dict(os.environ, {"COLUMNS": COLUMNS, "NO_COLOR": "1"}):
        top = cli.parser()
        texts: dict[str | None, str] = {None: top.format_help()}
        for action in top._subparsers._group_actions if top._subparsers else []:
            assert isinstance(action.choices, dict)
            texts |= {name: sub.format_help() for name, sub in action.choices.items()}
    return texts


def block(text: str) -> str:
    """A code block of plain text."""
    return f"```text\n{text.rstrip()}\n```"
