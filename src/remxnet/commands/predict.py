"""`remxnet predict`: what a trained run takes pictures for."""

import argparse

from .arguments import add_json, at_least, completed, json_alone

SUMMARY = "say what pictures show, by a trained run"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The run, the pictures, and how much to say."""
    sub.add_argument("run", metavar="RUN", help="the directory of a run")
    sub.add_argument("pictures", nargs="+", metavar="PICTURE", help="files of pictures")
    sub.add_argument("--top", type=at_least(1), default=3, metavar="N", help="show the N likeliest classes; default: 3")
    sub.add_argument("--weights", choices=("best", "last"), default="best", help="which weights; default: best")
    completed(sub.add_argument("--device", default="cpu", help="cpu, gpu or gpu(1); default: cpu"), "cpu", "gpu")
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Print a line for each picture: its file, the likeliest classes and their probabilities."""
    from ..experiments import predict
    from ..experiments.training.learner import find_device

    with json_alone(options.json) as result:
        found = predict(options.run, options.pictures, options.weights, find_device(options.device))
        width = max(len(each.picture) for each in found)
        for each in found:
            _, _, classes = each.line(int(options.top)).partition("  ")
            print(f"{each.picture:{width}}  {classes}")
        result([each.as_json() for each in found])
    return 0
