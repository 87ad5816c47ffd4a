"""`remxnet info`: what is installed here."""

import argparse

SUMMARY = "show versions, devices and coverage"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(options: argparse.Namespace) -> int:
    """Print the versions, devices and counts."""
    from ..info import report

    print(report())
    return 0
