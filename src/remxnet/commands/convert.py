"""`remxnet convert`: a model carried to another format, and proven equal before anything is written."""

import argparse

from .arguments import add_json, at_least, json_alone

SUMMARY = "write a model as ONNX, PyTorch or MXNet's files, and prove it equal"

ENDINGS = ".onnx, .py, .pt2, .safetensors, .params"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The model, what is written, and what the graph does not tell by itself."""
    sub.add_argument(
        "model",
        metavar="MODEL",
        help="PREFIX of PREFIX-symbol.json and PREFIX-NNNN.params, a symbol file, an .onnx file, the folder of a run "
        "of remxnet train, or the name of a network of Gluon's zoo",
    )
    sub.add_argument("out", metavar="OUT", help=f"the file to write; its ending says what: {ENDINGS}")
    sub.add_argument(
        "--shape",
        action="append",
        default=[],
        metavar="[NAME=]N,N,…",
        help="the shape of an input, as data=1,3,224,224; without a name where there is only one",
    )
    sub.add_argument(
        "--dtype", action="append", default=[], metavar="[NAME=]DTYPE", help="the dtype of an input; default: float32"
    )
    sub.add_argument("--epoch", type=at_least(0), metavar="N", help="which parameters of a prefix; default: the last")
    sub.add_argument("--params", metavar="FILE", help="the parameters, where they are not beside the graph")
    sub.add_argument("--seed", type=at_least(0), metavar="N", help="draw the parameters of a network of the zoo")
    sub.add_argument("--ignore-extra", action="store_true", help="leave parameters aside that the graph does not have")
    sub.add_argument("--opset", type=at_least(7), metavar="N", help="ONNX's operator set, 17 or later; default: 17")
    sub.add_argument("--dynamic", action="store_true", help="take batches of any size: the first axis of every input")
    sub.add_argument(
        "--like", choices=("mxnet", "torch"), default="mxnet", help="whose names a .safetensors has; default: mxnet"
    )
    sub.add_argument(
        "--check-with", metavar="FILE.npz", help="compare on these inputs, by their names, as well as on random ones"
    )
    sub.add_argument(
        "--tolerance",
        type=at_least(0, float),
        default=1e-4,
        metavar="T",
        help="how far an output may be off, as a share of its largest element; default: 0.0001",
    )
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Convert, and print what was written and how far both sides are apart."""
    from ..convert import convert

    with json_alone(options.json) as result:
        done = convert(
            options.model,
            options.out,
            epoch=options.epoch,
            params=options.params,
            seed=options.seed,
            ignore_extra=options.ignore_extra,
            shapes=dict(shape(text) for text in options.shape),
            dtypes=dict(named(text) for text in options.dtype),
            opset=options.opset,
            dynamic=options.dynamic,
            like=options.like,
            check_with=options.check_with,
            tolerance=options.tolerance,
        )
        if options.json:
            result(done.as_json())
        else:
            print(done)
    return 0


def named(text: str) -> tuple[str, str]:
    """`NAME=VALUE`, or a value without a name."""
    name, equals, value = text.rpartition("=")
    return (name, value) if equals else ("", text)


def shape(text: str) -> tuple[str, tuple[int, ...]]:
    """A name and the lengths after it.

    Raises
    ------
    InputError
        They are no lengths.
    """
    from ..errors import InputError

    name, value = named(text)
    try:
        lengths = tuple(int(part) for part in value.strip("()").replace("x", ",").split(",") if part.strip())
    except ValueError:
        lengths = ()
    if not lengths or min(lengths) < 1:
        raise InputError(f"--shape {text}: expected lengths such as data=1,3,224,224")
    return name, lengths
