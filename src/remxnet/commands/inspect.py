"""`remxnet inspect`: what a file holds, without running anything in it."""

import argparse

from .arguments import add_json, json_alone
from .convert import shape

SUMMARY = "say what a model, a file of parameters, records or states holds"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The files, and shapes that graphs do not tell."""
    sub.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="-symbol.json, .params, .onnx, .safetensors, .rec, .idx or .states",
    )
    sub.add_argument(
        "--shape",
        action="append",
        default=[],
        metavar="[NAME=]N,N,…",
        help="the shape of an input of a graph, as data=1,3,224,224",
    )
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Print what is found, one file after the other."""
    from ..convert.inspection import inspect

    shapes = dict(shape(text) for text in options.shape)
    with json_alone(options.json) as result:
        found = [inspect(file, shapes) for file in options.files]
        if options.json:
            result([each.as_json() for each in found])
        else:
            print("\n\n".join(map(str, found)))
    return 0
