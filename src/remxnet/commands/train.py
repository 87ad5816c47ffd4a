"""`remxnet train`: a named model on a data set of images, from the start or from where a run was left."""

import argparse
import sys
from typing import Any

from ..errors import InputError
from .arguments import DATA_SETS, MODELS, SCHEDULES, add_json, at_least, completed, json_alone

SUMMARY = "train a named model on a data set of images, or go on with a run"

#: what models are trained with where nothing else is asked for, in words; a test holds it against the models
DEFAULTS = {
    "epochs": "10; 30 for vgg11-bn and resnet18",
    "batch_size": "256; 128 for vgg11-bn and resnet18",
    "optimizer": "sgd; nag for vgg11-bn and resnet18",
    "learning_rate": (
        "0.1 for mlp, lenet-bn, vgg11-bn and resnet18, 0.9 for lenet, 0.05 for lenet-relu and families, 0.02 for vgg11 "
        "and nin, 0.01 for alexnet; with an optimizer of another kind its own"
    ),
    "momentum": "0.9; 0.5 for lenet",
    "weight_decay": "0; 0.0005 for vgg11-bn and resnet18",
    "schedule": "constant; cosine for lenet, vgg11-bn and resnet18",
    "warmup": "0; 1 for vgg11-bn and resnet18",
    "augment": "no; yes for vgg11-bn and resnet18",
}


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The model, the data, and how they are brought together; what is not given stays out of the options."""
    sub.argument_default = argparse.SUPPRESS
    model = sub.add_argument(
        "model",
        metavar="MODEL",
        nargs="?",
        help=f"{', '.join(MODELS)}; or a family with its size: FAMILY:WIDTH, as in conv-pool:50 or conv-pool:50x75, "
        "and FILE.py:FAMILY:WIDTH for one of your own",
    )
    completed(model, *MODELS)
    sub.add_argument("--resume", metavar="RUN", help="go on with the run in this directory")
    sub.add_argument(
        "--weights", metavar="RUN", help="start from the weights of another run, as far as they fit (fine-tuning)"
    )
    data = sub.add_argument(
        "--data",
        help=f"default: fashion-mnist; others: {', '.join(DATA_SETS[1:])} (the embedded images), or a folder with the "
        "folders train and test (or val), each with a folder of images for every class",
    )
    completed(data, *DATA_SETS)
    sub.add_argument("--epochs", type=at_least(1), metavar="N", help=f"default: {DEFAULTS['epochs']}")
    sub.add_argument("--batch-size", type=at_least(1), metavar="N", help=f"default: {DEFAULTS['batch_size']}")
    optimizer = sub.add_argument(
        "--optimizer", metavar="NAME", help=f"any of mx.optimizer: sgd, nag, adam, …; default: {DEFAULTS['optimizer']}"
    )
    completed(optimizer, "sgd", "nag", "adam", "adagrad", "adadelta", "rmsprop")
    sub.add_argument(
        "--lr",
        dest="learning_rate",
        type=at_least(0, float),
        metavar="RATE",
        help=f"learning rate; default: {DEFAULTS['learning_rate']}",
    )
    sub.add_argument("--momentum", type=at_least(0, float), metavar="M", help=f"default: {DEFAULTS['momentum']}")
    sub.add_argument(
        "--wd",
        dest="weight_decay",
        type=at_least(0, float),
        metavar="W",
        help=f"weight decay; default: {DEFAULTS['weight_decay']}",
    )
    schedule = sub.add_argument(
        "--schedule",
        metavar="NAME",
        help=f"{', '.join(SCHEDULES)}: how the learning rate falls; default: {DEFAULTS['schedule']}",
    )
    completed(schedule, *SCHEDULES)
    sub.add_argument(
        "--warmup",
        type=at_least(0, float),
        metavar="EPOCHS",
        help=f"the learning rate first rises so long; default: {DEFAULTS['warmup']}",
    )
    sub.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help=f"shift and mirror the training images at random; default: {DEFAULTS['augment']}",
    )
    sub.add_argument("--amp", action="store_true", help="compute in bfloat16, keep the weights in float32")
    sub.add_argument(
        "--patience", type=at_least(1), metavar="N", help="stop when the test accuracy has not improved for N epochs"
    )
    sub.add_argument(
        "--min-delta", type=at_least(0, float), metavar="D", help="by how much it must improve to count; default: 0"
    )
    completed(sub.add_argument("--device", help="cpu, gpu or gpu(1); default: cpu"), "cpu", "gpu")
    sub.add_argument("--seed", type=at_least(0), metavar="N", help="default: 0")
    sub.add_argument(
        "--resize", type=at_least(1), metavar="PIXELS", help="side to scale the images to; default: as they are"
    )
    sub.add_argument("--output", metavar="DIR", help="the run's directory; default: a new one under runs/")
    sub.add_argument("--overwrite", action="store_true", help="replace the run that is in --output")
    sub.add_argument(
        "--checkpoint-every", metavar="N|Ns", help="save within an epoch after N batches or N seconds; default: 60s"
    )
    sub.add_argument("--tensorboard", action="store_true", help="also write the metrics for TensorBoard")
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Train a model and leave weights, metrics and curves in the run's directory."""
    apart = ("command", "name", "resume", "json")
    given = {name: value for name, value in vars(options).items() if name not in apart}
    resumed = getattr(options, "resume", None)
    check(given, resumed)

    from ..experiments import Settings, resume, train
    from ..experiments.training.console import TrainingConsole
    from ..experiments.training.loop import Diverged, Interrupted

    with json_alone(getattr(options, "json", False)) as result, TrainingConsole() as console:
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
            result(finished.as_json())
            return 0
    print(f"remxnet train: {failure}", file=sys.stderr)
    return 1


def check(given: dict[str, Any], resumed: str | None) -> None:
    """Raise InputError where the arguments do not go together."""
    if resumed is None and "model" not in given:
        raise InputError("which model? remxnet train MODEL, or --resume RUN")
    for name in ("output", "overwrite", "weights"):
        if resumed is not None and name in given:
            raise InputError(f"--{name} means nothing with --resume, which goes on in {resumed}")
