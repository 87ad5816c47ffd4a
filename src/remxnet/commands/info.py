"""`remxnet info`: what is installed here."""

import argparse

from .arguments import add_json, json_alone

SUMMARY = "show versions, devices and coverage"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """What to show, and how to print it."""
    sub.add_argument(
        "--coverage",
        action="store_true",
        help="how many of MXNet 1.9.1's names are here, module by module, and which are not",
    )
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Print the versions, devices and counts, and what is wrong with its repair; 1 where something is."""
    from .. import info

    if options.coverage:
        with json_alone(options.json) as result:
            if options.json:
                result(info.names_here())
            else:
                print(info.coverage_table())
        return 0
    found = info.gathered()
    with json_alone(options.json) as result:
        if options.json:
            result(found.as_json())
        else:
            print(found)
    return 0 if found.well else 1
