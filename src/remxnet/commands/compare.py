"""`remxnet compare`: families of networks with as many parameters each, trained alike."""

import argparse
import sys

from ..errors import InputError
from .arguments import DATA_SETS, SCHEDULES, add_json, at_least, completed, json_alone

SUMMARY = "train networks of several families with as many parameters each, and compare them"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The families, the budget and the training; what is not given stays out of the options."""
    sub.argument_default = argparse.SUPPRESS
    sub.add_argument(
        "families",
        metavar="FAMILY",
        nargs="*",
        help="mlp, conv, conv-pool, or FILE.py:FAMILY for one of your own; default: these three",
    )
    sub.add_argument("--resume", metavar="DIR", help="go on with the comparison in this directory")
    sub.add_argument(
        "--budget", type=at_least(1), metavar="N", help="parameters of each, within half a percent; default: 100000"
    )
    sub.add_argument("--epochs", type=at_least(1), metavar="N", help="default: 100")
    sub.add_argument("--seeds", type=at_least(1), metavar="N", help="train each family with N seeds; default: 3")
    sub.add_argument(
        "--lr", dest="learning_rate", type=at_least(0, float), metavar="RATE", help="learning rate; default: 0.001"
    )
    sub.add_argument("--optimizer", metavar="NAME", help="any of mx.optimizer; default: adam")
    sub.add_argument("--batch-size", type=at_least(1), metavar="N", help="default: 256")
    sub.add_argument(
        "--schedule", metavar="NAME", help=f"{', '.join(SCHEDULES)}: how the learning rate falls; default: constant"
    )
    sub.add_argument(
        "--warmup", type=at_least(0, float), metavar="EPOCHS", help="the learning rate first rises so long; default: 0"
    )
    sub.add_argument("--wd", dest="weight_decay", type=at_least(0, float), metavar="W", help="weight decay; default: 0")
    sub.add_argument(
        "--augment", action="store_true", help="shift and mirror the training images at random; default: no"
    )
    data = sub.add_argument(
        "--data",
        help=f"default: fashion-mnist; others: {', '.join(DATA_SETS[1:])} (the embedded images), or a folder of images",
    )
    completed(data, *DATA_SETS)
    sub.add_argument("--device", help="cpu, gpu or gpu(1); default: cpu")
    sub.add_argument(
        "--resize", type=at_least(1), metavar="PIXELS", help="side to scale the images to; default: as they are"
    )
    sub.add_argument("--output", metavar="DIR", help="the comparison's directory; default: a new one under runs/")
    sub.add_argument("--overwrite", action="store_true", help="replace the comparison that is in --output")
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Train the families, print the table and what it says, and leave everything in the comparison's directory."""
    apart = ("command", "name", "resume", "json")
    given = {name: value for name, value in vars(options).items() if name not in apart}
    if not given.get("families"):
        given.pop("families", None)
    resumed = getattr(options, "resume", None)
    if resumed is not None and given:
        raise InputError(
            f"--resume {resumed} goes on as the comparison was started; leave {', '.join(map(spelled, given))} out"
        )

    from ..experiments.compare import compare, resume_comparison
    from ..experiments.compare.console import CompareConsole
    from ..experiments.training.loop import Interrupted

    with json_alone(getattr(options, "json", False)) as result, CompareConsole() as console:
        try:
            comparison = resume_comparison(resumed, console) if resumed else compare(**given, watcher=console)
        except (Interrupted, KeyboardInterrupt):
            console.paused()
            return 130
        console.ended(comparison)
        result(comparison.as_json())
    lost = sum(len(each.diverged) for each in comparison.contestants)
    if lost:
        print(f"remxnet compare: the loss of {lost} of the runs became no number; see above", file=sys.stderr)
    return 1 if lost else 0


def spelled(name: str) -> str:
    """An option as it stands on the command line."""
    short = {"families": "FAMILY", "learning_rate": "--lr", "weight_decay": "--wd"}
    return short.get(name, f"--{name.replace('_', '-')}")
