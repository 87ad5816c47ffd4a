"""`remxnet info`: what is installed here."""

import argparse

SUMMARY = "show versions, devices and coverage"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(options: argparse.Namespace) -> int:
    """Print the versions, devices and counts, and what is wrong with its repair; 1 where something is."""
    from ..info import report

    text, well = report()
    print(text)
    return 0 if well else 1
