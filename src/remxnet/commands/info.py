"""`remxnet info`: what is installed here."""

import argparse

from .arguments import add_json, json_alone

SUMMARY = "show versions, devices and coverage"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """How to print it."""
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Print the versions, devices and counts, and what is wrong with its repair; 1 where something is."""
    from .. import info

    found = info.gathered()
    with json_alone(options.json) as result:
        if options.json:
            result(found.as_json())
        else:
            print(found)
    return 0 if found.well else 1
