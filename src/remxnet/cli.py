"""The command line: `remxnet train`, `run`, `info` and `book-path`.

Each subcommand reads its arguments, calls the module that does the work, and says what came of it. Exit codes: 0 when
it went well, 1 when a notebook failed or differs, 2 for bad arguments or inputs, 130 after Ctrl-C.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from . import __version__, book
from .errors import InputError

__all__ = ["main"]


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
    for name, command, summary, arguments in (
        ("train", train, "train a named model on a data set of images", train_arguments),
        ("run", run, "run the cells of a notebook in order", run_arguments),
        ("info", info, "show versions, devices and coverage", None),
        ("book-path", book_path, "print the directory of the books' helpers, for PYTHONPATH", None),
    ):
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        sub.set_defaults(command=command, name=name)
        if arguments:
            arguments(sub)
    return top


def at_least(smallest: float, kind: type = int) -> Callable[[str], float]:
    """An argparse type: a finite number that is not less than `smallest`."""

    def parse(text: str) -> float:
        number = kind(text)
        if not smallest <= number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {smallest} up")
        return number

    parse.__name__ = "whole number" if kind is int else "number"
    return parse


# --- train -----------------------------------------------------------------------------------------------------------


def train_arguments(sub: argparse.ArgumentParser) -> None:
    """Arguments of `remxnet train`."""
    sub.add_argument("model", metavar="MODEL", help="lenet, lenet-relu, alexnet or mlp")
    sub.add_argument(
        "--data",
        default="fashion-mnist",
        help="fashion-mnist (default), mnist, cifar10, or sample: the embedded images",
    )
    sub.add_argument("--epochs", type=at_least(1), default=10, metavar="N", help="default 10")
    sub.add_argument("--batch-size", type=at_least(1), default=256, metavar="N", help="default 256")
    sub.add_argument("--lr", type=at_least(0, float), metavar="RATE", help="learning rate; default: the model's")
    sub.add_argument("--momentum", type=at_least(0, float), metavar="M", help="default: the model's")
    sub.add_argument("--device", default="cpu", help="cpu (default), gpu or gpu(1)")
    sub.add_argument("--seed", type=at_least(0), default=0, metavar="N", help="default 0")
    sub.add_argument("--resize", type=at_least(1), metavar="PIXELS", help="side to scale the images to")
    sub.add_argument("--output", metavar="DIR", help="the run's directory; default: a new one under runs/")
    sub.add_argument("--overwrite", action="store_true", help="replace the run that is in --output")


def train(options: argparse.Namespace) -> int:
    """Train a model and leave weights, metrics and curves in the run's directory."""
    from .experiments import Settings
    from .experiments import train as train_model
    from .experiments.console import TrainingConsole
    from .experiments.train import Interrupted

    settings = Settings(
        model=options.model,
        data=options.data,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.lr,
        momentum=options.momentum,
        device=options.device,
        seed=options.seed,
        resize=options.resize,
        output=options.output,
        overwrite=options.overwrite,
    )
    with TrainingConsole(settings) as console:
        try:
            finished = train_model(settings, console)
        except Interrupted as interrupted:
            console.interrupted(interrupted.run)
            return 130
        console.finished(finished)
    return 0


# --- run -------------------------------------------------------------------------------------------------------------


def run_arguments(sub: argparse.ArgumentParser) -> None:
    """Arguments of `remxnet run`."""
    sub.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    sub.add_argument("--check", action="store_true", help="compare with the stored outputs; exit 1 on a difference")
    sub.add_argument("--skip", action="append", default=[], metavar="TEXT", help="leave out the cells that hold TEXT")


def run(options: argparse.Namespace) -> int:
    """Run a notebook; with --check show only what differs."""
    from .notebooks import NotebookConsole, run_notebook

    console = NotebookConsole(check=options.check)
    report = run_notebook(
        options.notebook,
        check=options.check,
        skip=options.skip,
        echo=console.echo,
        announce=console.announce,
        conclude=console.conclude,
    )
    print(f"{options.notebook.name}: {report.summary()}")
    return 0 if report.passed else 1


# --- info, book-path -------------------------------------------------------------------------------------------------


def info(options: argparse.Namespace) -> int:
    """Show what is installed here."""
    from .info import report

    print(report())
    return 0


def book_path(options: argparse.Namespace) -> int:
    """Print the directory to put on PYTHONPATH."""
    print(book.module_directory())
    return 0


if __name__ == "__main__":
    sys.exit(main())
