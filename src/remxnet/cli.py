"""The command line: reads which subcommand is meant, runs it, and turns its errors into one line and an exit code.

What a subcommand takes and does is in its module of `remxnet.commands`. Exit codes: 0 when it went well, 1 when a
notebook failed or differs, a training run diverged or a program asks for what is not here, 2 for bad arguments or
inputs, 130 after Ctrl-C.
"""

# PYTHON_ARGCOMPLETE_OK
import argparse
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__
from .commands import book_path, compare, convert, info, inspect, kernel, lint, predict, provide, report, run, train
from .commands.arguments import HelpFormatter
from .errors import InputError, or_rather

__all__ = ["main"]

COMMANDS = {
    "train": train,
    "compare": compare,
    "predict": predict,
    "report": report,
    "convert": convert,
    "inspect": inspect,
    "run": run,
    "lint": lint,
    "kernel": kernel,
    "info": info,
    "provide": provide,
    "book-path": book_path,
}

#: options of `run` whose value might end as a program does
WITH_VALUE = frozenset({"--output", "--skip", "--set"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (by default this process's) and return its exit code."""
    top = parser()
    complete(top)
    ours, own = apart(sys.argv[1:] if arguments is None else arguments)
    options = top.parse_args(ours)
    if own:
        options.own_arguments = own
    try:
        return options.command(options)
    except InputError as error:
        print(f"remxnet {options.name}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"remxnet {options.name}: {error.strerror or error}{where}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"remxnet {options.name}: interrupted", file=sys.stderr)
        return 130


def apart(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """A command line, and what in it is for the program that it runs.

    Examples
    --------
    >>> apart(["run", "--old-numpy", "train.py", "--epochs", "3"])
    (['run', '--old-numpy', 'train.py'], ['--epochs', '3'])
    >>> apart(["run", "-m", "package.train", "--epochs", "3"])
    (['run', '-m', 'package.train'], ['--epochs', '3'])
    """
    words = list(arguments)
    end: str = getattr(COMMANDS.get(words[0]), "OWN_ARGUMENTS", "") if words else ""
    for place, word in enumerate(words[1:] if end else (), start=1):
        is_program = words[place - 1] == "-m" or (word.endswith(end) and words[place - 1] not in WITH_VALUE)
        if is_program and not word.startswith("-"):
            return words[: place + 1], words[place + 1 :]
    return words, []


def complete(top: argparse.ArgumentParser) -> None:
    """Answer a shell that asks how a command line could go on; nothing where argcomplete is not installed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(top)


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line, and what was meant where that can be told."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(2, f"{self.prog}: {message}{self.meant(message)}; {self.prog} --help shows the arguments\n")

    def meant(self, message: str) -> str:
        """The command or option that a message's wrong one is nearest to."""
        wrong = re.search(r"invalid choice: '([^']*)'|unrecognized arguments: (--[\w-]+)", message)
        if wrong is None:
            return ""
        choices = [action.choices for action in self._actions if action.choices]
        if wrong[1]:
            return or_rather(wrong[1], [str(choice) for each in choices for choice in each])
        # what is left over is told by the parser of all commands
        subs = [sub for each in choices if isinstance(each, dict) for sub in each.values()]
        return or_rather(wrong[2], [option for parser in (self, *subs) for option in parser._option_string_actions])


def parser() -> Parser:
    """The arguments of all subcommands."""
    top = Parser(prog="remxnet", description="Tools around `import mxnet` on PyTorch.", formatter_class=HelpFormatter)
    top.add_argument("--version", action="version", version=f"remxnet {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        summary = module.SUMMARY
        description = summary[0].upper() + summary[1:] + "."
        sub = commands.add_parser(name, help=summary, description=description, formatter_class=HelpFormatter)
        sub.set_defaults(command=module.run, name=name)
        module.add_arguments(sub)
    return top


if __name__ == "__main__":
    sys.exit(main())
