"""What several subcommands have in common: kinds of arguments, names to complete, help texts, results as JSON."""

import argparse
import contextlib
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["DATA_SETS", "MODELS", "HelpFormatter", "add_json", "at_least", "completed", "json_alone"]

#: what has a name, for help texts and shells, which are not to wait for what the names stand for
MODELS = ("mlp", "lenet", "lenet-relu", "lenet-bn", "alexnet", "vgg11", "vgg11-bn", "nin", "resnet18")
DATA_SETS = ("fashion-mnist", "mnist", "cifar10", "sample")
SCHEDULES = ("constant", "step", "cosine", "poly")


class HelpFormatter(argparse.HelpFormatter):
    """Help texts that wrap at blanks only: a name with hyphens is one word."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False, break_long_words=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = textwrap.wrap(
            " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
            break_long_words=False,
        )  # fmt: skip
        return "\n".join(lines)


def at_least(smallest: float, kind: type = int) -> Callable[[str], float]:
    """An argparse type: a finite number that is not less than `smallest`."""

    def parse(text: str) -> float:
        number = kind(text)
        if not smallest <= number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {smallest} up")
        return number

    parse.__name__ = "whole number" if kind is int else "number"
    return parse


def completed(action: argparse.Action, *names: str) -> None:
    """Have a shell offer names for an argument that takes others as well."""
    action.completer = lambda **_: names  # type: ignore[attr-defined]


def add_json(sub: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    sub.add_argument("--json", action="store_true", help="print the result as JSON; all else goes to standard error")


@contextlib.contextmanager
def json_alone(wanted: bool) -> Iterator[Callable[[Any], None]]:
    """Keep standard output for a result as JSON, where it is wanted, which what is yielded prints."""
    out = sys.stdout

    def result(value: Any) -> None:
        if wanted:
            print(json.dumps(value, indent=2, ensure_ascii=False), file=out)

    with contextlib.redirect_stdout(sys.stderr) if wanted else contextlib.nullcontext():
        yield result
