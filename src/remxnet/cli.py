"""The command line: reads which subcommand is meant, runs it, and turns its errors into one line and an exit code.

What a subcommand takes and does is in its module of `remxnet.commands`. Exit codes: 0 when it went well, 1 when a
notebook failed or differs or a training run diverged, 2 for bad arguments or inputs, 130 after Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__
from .commands import book_path, compare, info, kernel, provide, report, run, train
from .errors import InputError

__all__ = ["main"]

COMMANDS = {
    "train": train,
    "compare": compare,
    "report": report,
    "run": run,
    "kernel": kernel,
    "info": info,
    "provide": provide,
    "book-path": book_path,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (by default this process's) and return its exit code."""
    options = parser().parse_args(arguments)
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


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows the arguments\n")


def parser() -> Parser:
    """The arguments of all subcommands."""
    top = Parser(prog="remxnet", description="Tools around `import mxnet` on PyTorch.")
    top.add_argument("--version", action="version", version=f"remxnet {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        summary = module.SUMMARY
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        sub.set_defaults(command=module.run, name=name)
        module.add_arguments(sub)
    return top


if __name__ == "__main__":
    sys.exit(main())
