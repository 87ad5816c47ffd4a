"""`remxnet lint`: what programs ask for that is not here, told without running them."""

import argparse
import sys
from pathlib import Path

from .arguments import add_json, json_alone

SUMMARY = "read programs, and say line by line what is missing or differs"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The programs."""
    sub.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a script, a notebook, or a folder of them")
    sub.add_argument("--quiet", action="store_true", help="no notes: only what a program stops over")
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 where something is missing, 2 where something is no Python."""
    from ..lint import lint

    report = lint(options.paths)
    if options.quiet:
        report.findings = [each for each in report.findings if each.kind != "note"]
    with json_alone(options.json) as result:
        for text in report.unreadable:
            print(text, file=sys.stderr)
        for each in [] if options.json else report.findings:
            print(each)
        if options.json:
            result(report.as_json())
        else:
            print(report.summary())
    return report.code
