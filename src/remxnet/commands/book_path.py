"""`remxnet book-path`: where the modules are that the books' programs import."""

import argparse

from .. import book

SUMMARY = "print the directory of the books' helpers, for PYTHONPATH"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(options: argparse.Namespace) -> int:
    """Print the directory to put on PYTHONPATH."""
    print(book.module_directory())
    return 0
