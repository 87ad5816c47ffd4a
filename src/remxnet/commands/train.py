"""`remxnet train`: a named model on a data set of images."""

import argparse

from .arguments import at_least

SUMMARY = "train a named model on a data set of images"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The model, the data, and how they are brought together."""
    sub.add_argument("model", metavar="MODEL", help="lenet, lenet-relu, alexnet or mlp")
    sub.add_argument(
        "--data",
        default="fashion-mnist",
        help="fashion-mnist (default), mnist, cifar10, or sample: the embedded images",
    )
    sub.add_argument("--epochs", type=at_least(1), default=10, metavar="N", help="default 10")
    sub.add_argument("--batch-size", type=at_least(1), default=256, metavar="N", help="default 256")
    sub.add_argument("--lr", type=at_least(0, float), metavar="RATE", help="learning rate; default: the model's")
    sub.add_argument("--momentum", type=at_least(0, float), metavar="M", help="default: the model's")
    sub.add_argument("--device", default="cpu", help="cpu (default), gpu or gpu(1)")
    sub.add_argument("--seed", type=at_least(0), default=0, metavar="N", help="default 0")
    sub.add_argument("--resize", type=at_least(1), metavar="PIXELS", help="side to scale the images to")
    sub.add_argument("--output", metavar="DIR", help="the run's directory; default: a new one under runs/")
    sub.add_argument("--overwrite", action="store_true", help="replace the run that is in --output")


def run(options: argparse.Namespace) -> int:
    """Train a model and leave weights, metrics and curves in the run's directory."""
    from ..experiments import Settings, train
    from ..experiments.console import TrainingConsole
    from ..experiments.train import Interrupted

    settings = Settings(
        model=options.model,
        data=options.data,
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.lr,
        momentum=options.momentum,
        device=options.device,
        seed=options.seed,
        resize=options.resize,
        output=options.output,
        overwrite=options.overwrite,
    )
    with TrainingConsole(settings) as console:
        try:
            finished = train(settings, console)
        except Interrupted as interrupted:
            console.interrupted(interrupted.run)
            return 130
        console.finished(finished)
    return 0
