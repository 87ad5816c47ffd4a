"""Experiments: named models, data sets ready for them, a training loop, and the runs it leaves on disk.

Examples
--------
>>> from remxnet.experiments import Settings, train
>>> settings = Settings(model="lenet", data="sample", epochs=1, output="runs/first")
>>> history = train(settings)  # doctest: +SKIP
"""

from .models import MODELS
from .train import EpochResult, Settings, train

__all__ = ["MODELS", "EpochResult", "Settings", "train"]
