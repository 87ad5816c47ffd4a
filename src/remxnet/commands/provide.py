"""`remxnet provide`: let pip know that mxnet is here."""

import argparse

SUMMARY = "tell pip that mxnet is installed, so that nothing overwrites it"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """What is provided, or that it is no longer."""
    which = sub.add_mutually_exclusive_group()
    which.add_argument(
        "--helpers", action="store_true", help="the books' d2l, d2lzh and gluonbook too; programs can then import them"
    )
    which.add_argument("--remove", action="store_true", help="take it back")


def run(options: argparse.Namespace) -> int:
    """Write or remove the metadata."""
    from .. import book, provided

    if options.remove:
        gone = provided.remove()
        print(f"no longer provided: {', '.join(gone)}" if gone else "nothing was provided")
        return 0
    provided.provide(book.module_directory() if options.helpers else None)
    print(f"provided: {', '.join(provided.provided())}; pip leaves them alone from now on (remxnet provide --remove)")
    return 0
