"""Experiments: named models, data sets ready for them, a training loop, and the runs it leaves on disk.

What is trained stands here: `models` and `families`, found by their `names`, sized by `budget`, told by `layers`, and
`settings`. Three rooms stand on it: `runs` is what is kept on disk, `training` what trains, `compare` what compares.

Examples
--------
>>> from remxnet.experiments import Settings, train
>>> settings = Settings(model="lenet", data="sample", epochs=1, output="runs/first")
>>> run = train(settings)  # doctest: +SKIP
"""

from .models import MODELS
from .prediction import Prediction, predict
from .runs import EpochResult, Run, load_net, open_run
from .settings import Settings
from .training import Watcher, load_images, resume, train

__all__ = [
    "MODELS", "EpochResult", "Prediction", "Run", "Settings", "Watcher", "load_images", "load_net", "open_run",
    "predict", "resume", "train",
]  # fmt: skip
