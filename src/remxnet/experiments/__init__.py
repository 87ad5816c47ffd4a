"""Experiments: named models, data sets ready for them, a training loop, and the runs it leaves on disk.

Examples
--------
>>> from remxnet.experiments import Settings, train
>>> settings = Settings(model="lenet", data="sample", epochs=1, output="runs/first")
>>> run = train(settings)  # doctest: +SKIP
"""

from .models import MODELS
from .runs import EpochResult, Run, load_net, open_run
from .train import Settings, Watcher, resume, train

__all__ = ["MODELS", "EpochResult", "Run", "Settings", "Watcher", "load_net", "open_run", "resume", "train"]
