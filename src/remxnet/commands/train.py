"""`remxnet train`: a named model on a data set of images, from the start or from where a run was left."""

import argparse
import sys
from typing import Any

from ..errors import InputError
from .arguments import at_least

SUMMARY = "train a named model on a data set of images, or go on with a run"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The model, the data, and how they are brought together; what is not given stays out of the options."""
    sub.argument_default = argparse.SUPPRESS
    sub.add_argument(
        "model",
        metavar="MODEL",
        nargs="?",
        help="mlp, lenet, lenet-relu, lenet-bn, alexnet, vgg11, vgg11-bn, nin, resnet18",
    )
    sub.add_argument("--resume", metavar="RUN", help="go on with the run in this directory")
    sub.add_argument(
        "--data",
        help="fashion-mnist (default), mnist, cifar10, sample: the embedded images, or a folder with the folders train "
        "and test, each with a folder of images for every class",
    )
    sub.add_argument("--epochs", type=at_least(1), metavar="N", help="default: the model's")
    sub.add_argument("--batch-size", type=at_least(1), metavar="N", help="default: the model's")
    sub.add_argument("--optimizer", metavar="NAME", help="any of mx.optimizer: sgd, nag, adam, …; default: the model's")
    sub.add_argument(
        "--lr",
        dest="learning_rate",
        type=at_least(0, float),
        metavar="RATE",
        help="learning rate; default: the model's",
    )
    sub.add_argument("--momentum", type=at_least(0, float), metavar="M", help="default: the model's")
    sub.add_argument(
        "--wd", dest="weight_decay", type=at_least(0, float), metavar="W", help="weight decay; default: the model's"
    )
    sub.add_argument(
        "--schedule",
        metavar="NAME",
        help="constant, step, cosine or poly: how the learning rate falls; default: the model's",
    )
    sub.add_argument(
        "--warmup",
        type=at_least(0, float),
        metavar="EPOCHS",
        help="the learning rate first rises so long; default: the model's",
    )
    sub.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="shift and mirror the training images at random; default: the model's",
    )
    sub.add_argument("--amp", action="store_true", help="compute in bfloat16, keep the weights in float32")
    sub.add_argument(
        "--patience", type=at_least(1), metavar="N", help="stop when the test accuracy has not improved for N epochs"
    )
    sub.add_argument("--min-delta", type=at_least(0, float), metavar="D", help="by how much it must improve to count")
    sub.add_argument("--device", help="cpu (default), gpu or gpu(1)")
    sub.add_argument("--seed", type=at_least(0), metavar="N", help="default 0")
    sub.add_argument("--resize", type=at_least(1), metavar="PIXELS", help="side to scale the images to")
    sub.add_argument("--output", metavar="DIR", help="the run's directory; default: a new one under runs/")
    sub.add_argument("--overwrite", action="store_true", help="replace the run that is in --output")
    sub.add_argument(
        "--checkpoint-every", metavar="N|Ns", help="save within an epoch after N batches or N seconds; default 60s"
    )
    sub.add_argument("--tensorboard", action="store_true", help="also write the metrics for TensorBoard")


def run(options: argparse.Namespace) -> int:
    """Train a model and leave weights, metrics and curves in the run's directory."""
    given = {name: value for name, value in vars(options).items() if name not in ("command", "name", "resume")}
    resumed = getattr(options, "resume", None)
    check(given, resumed)

    from ..experiments import Settings, resume, train
    from ..experiments.training.console import TrainingConsole
    from ..experiments.training.loop import Diverged, Interrupted

    with TrainingConsole() as console:
        try:
            finished = (
                train(Settings.of_model(**given), console) if resumed is None else resume(resumed, console, **given)
            )
        except Interrupted as interrupted:
            console.interrupted(interrupted.run, interrupted.epoch, interrupted.done)
            return 130
        except Diverged as diverged:
            failure = diverged
        else:
            console.finished(finished)
            return 0
    print(f"remxnet train: {failure}", file=sys.stderr)
    return 1


def check(given: dict[str, Any], resumed: str | None) -> None:
    """Raise InputError where the arguments do not go together."""
    if resumed is None and "model" not in given:
        raise InputError("which model? remxnet train MODEL, or --resume RUN")
    for name in ("output", "overwrite"):
        if resumed is not None and name in given:
            raise InputError(f"--{name} means nothing with --resume, which goes on in {resumed}")
