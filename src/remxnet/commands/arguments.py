"""Kinds of arguments that several subcommands take."""

import argparse
from collections.abc import Callable

__all__ = ["at_least"]


def at_least(smallest: float, kind: type = int) -> Callable[[str], float]:
    """An argparse type: a finite number that is not less than `smallest`."""

    def parse(text: str) -> float:
        number = kind(text)
        if not smallest <= number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {smallest} up")
        return number

    parse.__name__ = "whole number" if kind is int else "number"
    return parse
